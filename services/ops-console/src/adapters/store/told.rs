//! What services were told of maintenance.

use std::collections::BTreeMap;

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, lease::Leadership};
use uuid::Uuid;

use super::{Store, values::timestamp};
use crate::domain::telling::{Heard, Told};

/// A service was told of these windows, or it was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The service.
    pub service: String,
    /// The windows.
    pub windows: Vec<Uuid>,
    /// What came of it.
    pub heard: Heard,
}

impl Store {
    /// Notes whom the leader has told just now. Who took nothing knows what he knew before.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn note_told(&self, leadership: &Leadership, tellings: &[Telling], now: Timestamp) -> Result<(), Error> {
        let mut tx = self.begin(leadership).await?;
        let queries = tx.queries();
        for telling in tellings {
            let (outcome, taken_at) = match &telling.heard {
                Heard::Taken => ("taken", Some(now.to_datetime())),
                Heard::Refused(_) => ("refused", None),
                Heard::NotReached(_) => ("not_reached", None),
            };
            let windows = if taken_at.is_some() { telling.windows.as_slice() } else { &[] };
            sqlx::query!(
                r#"
                INSERT INTO maintenance_told (service, windows, taken_at, outcome, words, tried_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                ON CONFLICT (service) DO UPDATE SET
                    windows = CASE WHEN EXCLUDED.taken_at IS NULL THEN maintenance_told.windows ELSE EXCLUDED.windows END,
                    taken_at = COALESCE(EXCLUDED.taken_at, maintenance_told.taken_at),
                    outcome = EXCLUDED.outcome, words = EXCLUDED.words, tried_at = EXCLUDED.tried_at
                "#,
                telling.service,
                windows,
                taken_at,
                outcome,
                telling.heard.words(),
                now.to_datetime(),
            )
            .execute(&mut *tx)
            .named("note_told", &queries)
            .await?;
        }
        tx.commit().await
    }

    /// What each service was told last, by name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_told(&self) -> Result<BTreeMap<String, Told<Uuid>>, Error> {
        let rows = sqlx::query!("SELECT service, windows, taken_at, outcome, words, tried_at FROM maintenance_told")
            .fetch_all(self.pool.executor())
            .named("list_told", self.pool.queries())
            .await?;
        let row = rows.into_iter().map(|row| {
            let told = Told {
                windows: row.windows,
                taken_at: row.taken_at.map(|at| timestamp(at, "maintenance_told.taken_at")).transpose()?,
                heard: heard(&row.outcome, row.words)?,
                tried_at: timestamp(row.tried_at, "maintenance_told.tried_at")?,
            };
            Ok((row.service, told))
        });
        row.collect()
    }
}

fn heard(outcome: &str, words: String) -> Result<Heard, Error> {
    match outcome {
        "taken" => Ok(Heard::Taken),
        "refused" => Ok(Heard::Refused(words)),
        "not_reached" => Ok(Heard::NotReached(words)),
        _ => Err(Error::Unreadable { column: "maintenance_told.outcome" }),
    }
}
