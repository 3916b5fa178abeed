//! Maintenance windows, and the notices of them.

use std::collections::BTreeMap;

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, lease::Leadership, outbox::enqueue};
use serde_json::json;
use uuid::Uuid;

use super::{Changes, Store, values::timestamp};
use crate::domain::maintenance::{Notice, Window};

/// When each notice of a window was told.
pub type Told = BTreeMap<Notice, Timestamp>;

impl Store {
    /// Files a window; one of this name that is there already stays as it is.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn insert_window(&self, id: Uuid, window: &Window) -> Result<(), Error> {
        let services: Vec<String> = window.services.iter().cloned().collect();
        let alerts: Vec<String> = window.alerts.iter().cloned().collect();
        sqlx::query!(
            r#"
            INSERT INTO maintenance_window (window_id, from_at, until_at, services, alerts, reason)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (window_id) DO NOTHING
            "#,
            id,
            window.from.to_datetime(),
            window.until.to_datetime(),
            &services,
            &alerts,
            window.reason,
        )
        .execute(self.pool.executor())
        .named("insert_window", self.pool.queries())
        .await
        .map(drop)
    }

    /// Ends a window early; `false` when there is none of this name that is not ended.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn close_window(&self, id: Uuid, now: Timestamp) -> Result<bool, Error> {
        let closed = sqlx::query!(
            "UPDATE maintenance_window SET closed_at = $2 WHERE window_id = $1 AND closed_at IS NULL",
            id,
            now.to_datetime(),
        )
        .execute(self.pool.executor())
        .named("close_window", self.pool.queries())
        .await?;
        Ok(closed.rows_affected() == 1)
    }

    /// The window of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_window(&self, id: Uuid) -> Result<Option<Window>, Error> {
        let row = sqlx::query!(
            "SELECT from_at, until_at, services, alerts, reason, closed_at FROM maintenance_window WHERE window_id = $1",
            id,
        )
        .fetch_optional(self.pool.executor())
        .named("find_window", self.pool.queries())
        .await?;
        row.map(|row| {
            Ok(Window {
                from: timestamp(row.from_at, "maintenance_window.from_at")?,
                until: timestamp(row.until_at, "maintenance_window.until_at")?,
                services: row.services.into_iter().collect(),
                alerts: row.alerts.into_iter().collect(),
                reason: row.reason,
                closed_at: row.closed_at.map(|at| timestamp(at, "maintenance_window.closed_at")).transpose()?,
            })
        })
        .transpose()
    }

    /// Windows that end after a time, by their beginning, at most 200.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_windows(&self, ending_after: Timestamp) -> Result<Vec<(Uuid, Window)>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT window_id, from_at, until_at, services, alerts, reason, closed_at FROM maintenance_window
            WHERE until_at > $1 ORDER BY from_at LIMIT 200
            "#,
            ending_after.to_datetime(),
        )
        .fetch_all(self.pool.executor())
        .named("list_windows", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            let window = Window {
                from: timestamp(row.from_at, "maintenance_window.from_at")?,
                until: timestamp(row.until_at, "maintenance_window.until_at")?,
                services: row.services.into_iter().collect(),
                alerts: row.alerts.into_iter().collect(),
                reason: row.reason,
                closed_at: row.closed_at.map(|at| timestamp(at, "maintenance_window.closed_at")).transpose()?,
            };
            Ok((row.window_id, window))
        });
        row.collect()
    }

    /// The notices of a window.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_notices(&self, id: Uuid) -> Result<Told, Error> {
        let rows = sqlx::query!("SELECT notice, told_at FROM maintenance_notice WHERE window_id = $1", id)
            .fetch_all(self.pool.executor())
            .named("list_notices", self.pool.queries())
            .await?;
        let row = rows.into_iter().map(|row| {
            let notice = Notice::from_name(&row.notice);
            let notice = notice.ok_or(Error::Unreadable { column: "maintenance_notice.notice" })?;
            Ok((notice, timestamp(row.told_at, "maintenance_notice.told_at")?))
        });
        row.collect()
    }
}

impl Changes {
    /// Tells a notice, once: the note and the messages to the webhooks are one. `false`: it was told already.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn tell_notice(
        &self,
        leadership: &Leadership,
        (id, window): (Uuid, &Window),
        notice: Notice,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.store().begin(leadership).await?;
        let queries = tx.queries();
        let noted = sqlx::query!(
            "INSERT INTO maintenance_notice (window_id, notice, told_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            id,
            notice.as_str(),
            now.to_datetime(),
        )
        .execute(&mut *tx)
        .named("insert_notice", &queries)
        .await?;
        if noted.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let message = json!({
            "event": "maintenance_notice",
            "window_id": id,
            "notice": notice.as_str(),
            "from": window.from.to_string(),
            "until": window.until.to_string(),
            "services": window.services,
            "alerts": window.alerts,
            "reason": window.reason,
            "text": words(window, notice),
        });
        for topic in self.topics() {
            enqueue(&mut tx, topic, &format!("{id}-{}", notice.as_str()), &message).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// A notice in a sentence.
pub fn words(window: &Window, notice: Notice) -> String {
    let services: Vec<&str> = window.services.iter().map(String::as_str).collect();
    let of = if services.is_empty() { "all services".to_owned() } else { services.join(", ") };
    format!("{}: maintenance of {of} from {} until {}: {}", notice.as_str(), window.from, window.until, window.reason)
}
