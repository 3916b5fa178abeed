//! What the services told. The rows are the cursor: what is the newest row of a service was read up to.

use causeway_primitives::Timestamp;
use causeway_store::{Error, Named as _, lease::Leadership, upkeep::is_archiving};
use rust_decimal::Decimal;

use super::{Store, values::timestamp};

/// An event of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Who told it.
    pub service: String,
    /// The service's own number.
    pub sequence: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Kind, for example `round_confirmed`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// One sentence.
    pub summary: String,
    /// 32 hexadecimal digits; empty when there is no trace.
    pub trace_id: String,
}

impl Store {
    /// The number of the newest event of a service that is stored; 0 for none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn newest_event(&self, service: &str) -> Result<u64, Error> {
        let newest = sqlx::query_scalar!("SELECT MAX(sequence) FROM event WHERE service = $1", service)
            .fetch_one(self.pool.executor())
            .named("newest_event", self.pool.queries())
            .await?;
        newest.map_or(Ok(0), |number| u64::try_from(number).map_err(|_| Error::Unreadable { column: "event.sequence" }))
    }

    /// Stores events of one service; one that is there already stays as it is.
    ///
    /// # Errors
    /// [`Error`]; also when the lease has passed to somebody else.
    pub async fn store_events(&self, leadership: &Leadership, events: &[EventRow]) -> Result<(), Error> {
        let mut tx = self.begin(leadership).await?;
        let queries = tx.queries();
        sqlx::query!(
            r#"
            INSERT INTO event (service, sequence, at, kind, subject, summary, trace_id)
            SELECT * FROM UNNEST($1::TEXT[], $2::NUMERIC[], $3::TIMESTAMPTZ[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[])
            ON CONFLICT DO NOTHING
            "#,
            &texts(events, |event| &event.service),
            &events.iter().map(|event| Decimal::from(event.sequence)).collect::<Vec<_>>(),
            &events.iter().map(|event| event.at.to_datetime()).collect::<Vec<_>>(),
            &texts(events, |event| &event.kind),
            &texts(events, |event| &event.subject),
            &texts(events, |event| &event.summary),
            &texts(events, |event| &event.trace_id),
        )
        .execute(&mut *tx)
        .named("store_events", &queries)
        .await?;
        tx.commit().await
    }

    /// The newest events of all services, newest first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_events(&self, limit: u32) -> Result<Vec<EventRow>, Error> {
        let rows = sqlx::query!(
            "SELECT service, sequence, at, kind, subject, summary, trace_id FROM event
             ORDER BY at DESC, service, sequence DESC LIMIT $1",
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_events", self.pool.queries())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(EventRow {
                    service: row.service,
                    sequence: u64::try_from(row.sequence)
                        .map_err(|_| Error::Unreadable { column: "event.sequence" })?,
                    at: timestamp(row.at, "event.at")?,
                    kind: row.kind,
                    subject: row.subject,
                    summary: row.summary,
                    trace_id: row.trace_id,
                })
            })
            .collect()
    }

    /// Forgets events, unless they go into files, that are older, but for the newest of each service, which says where to read on.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn forget_events(&self, before: Timestamp) -> Result<u64, Error> {
        if is_archiving(&self.pool).await? {
            return Ok(0);
        }
        let forgotten = sqlx::query!(
            r#"
            DELETE FROM event WHERE at < $1
              AND sequence < (SELECT MAX(newest.sequence) FROM event AS newest WHERE newest.service = event.service)
            "#,
            before.to_datetime(),
        )
        .execute(self.pool.executor())
        .named("forget_events", self.pool.queries())
        .await?;
        Ok(forgotten.rows_affected())
    }
}

fn texts(events: &[EventRow], of: impl Fn(&EventRow) -> &String) -> Vec<String> {
    events.iter().map(|event| of(event).clone()).collect()
}
