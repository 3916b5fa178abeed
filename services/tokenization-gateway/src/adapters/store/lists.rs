//! Which requests there are: those that are due, those that people look for, and the way of one.

use causeway_primitives::{AssetId, Timestamp};
use causeway_store::{Error, Named as _};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::{
    Store,
    values::{Column as _, signed, small, timestamp, unsigned},
};
use crate::domain::{
    request::{Request, RequestId, trace_id},
    saga::State,
};

/// No request is taken then: the end that stands for "no end".
const NEVER: OffsetDateTime = datetime!(9999-12-31 23:59:59.999 UTC);

/// What people look for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The word of a state.
    pub state: Option<&'static str>,
    /// Reasons to be in it; any where there is none.
    pub reasons: Vec<&'static str>,
    /// Reasons that are not wanted.
    pub except: Vec<&'static str>,
    /// An asset.
    pub asset: Option<AssetId>,
    /// A UETR, in small letters.
    pub uetr: Option<String>,
}

impl Filter {
    /// States and their reasons, as columns.
    fn places(&self) -> (Vec<String>, Vec<String>) {
        let is_wanted = |place: &State| {
            let reason = place.reason();
            self.state.is_none_or(|state| state == place.as_str())
                && (self.reasons.is_empty() || self.reasons.contains(&reason))
                && !self.except.contains(&reason)
        };
        let places = State::every().filter(is_wanted);
        places.map(|place| (place.as_str().to_owned(), place.reason().to_owned())).unzip()
    }
}

/// Where a page ends that begins behind this request.
fn end(before: Option<&Request>) -> (OffsetDateTime, Uuid) {
    before.map_or((NEVER, Uuid::max()), |request| (request.created_at.to_datetime(), Uuid::from_u128(request.id.get())))
}

/// One step of a request's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// Grows with each step of any request.
    pub sequence: u64,
    /// The request.
    pub request: RequestId,
    /// Counts from 1 within the request.
    pub step: u32,
    /// What happened.
    pub event: String,
    /// The state behind it.
    pub state: String,
    /// The state's reason; empty where there is none.
    pub reason: String,
    /// Who did it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The request's trace; told only where the steps of many requests are listed.
    pub trace_id: Option<String>,
}

impl Store {
    /// Requests that the runner should look at, the longest due first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_due(&self, now: Timestamp, limit: u32) -> Result<Vec<Request>, Error> {
        let ids = sqlx::query_scalar!(
            "SELECT request_id FROM request WHERE due_at <= $1 ORDER BY due_at, request_id LIMIT $2",
            now.to_datetime(),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_due", self.pool.queries())
        .await?;
        self.fetch_requests(&ids.into_iter().map(|id| RequestId::new(id.as_u128())).collect::<Vec<_>>()).await
    }

    /// Looks at requests again later. Nothing happens to one that has moved meanwhile.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn postpone(&self, requests: &[(&Request, Timestamp)]) -> Result<(), Error> {
        if requests.is_empty() {
            return Ok(());
        }
        sqlx::query!(
            r#"
            UPDATE request SET due_at = later.until
            FROM UNNEST($1::UUID[], $2::TEXT[], $3::TIMESTAMPTZ[]) AS later (request_id, state, until)
            WHERE request.request_id = later.request_id AND request.state = later.state AND request.due_at IS NOT NULL
            "#,
            &requests.column(|(request, _)| Uuid::from_u128(request.id.get())),
            &requests.column(|(request, _)| request.saga.state.as_str().to_owned()),
            &requests.column(|(_, until)| until.to_datetime()),
        )
        .execute(self.pool.executor())
        .named("postpone_requests", self.pool.queries())
        .await
        .map(drop)
    }

    /// Requests before this one, newest first; from the newest when there is none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_requests(
        &self,
        filter: &Filter,
        before: Option<&Request>,
        limit: u32,
    ) -> Result<Vec<Request>, Error> {
        let ids = match &filter.uetr {
            Some(uetr) => self.list_payment(uetr, filter, before, limit).await?,
            None => self.list_places(filter, before, limit).await?,
        };
        self.fetch_requests(&ids.into_iter().map(|id| RequestId::new(id.as_u128())).collect::<Vec<_>>()).await
    }

    /// A stretch of one index for each place.
    async fn list_places(&self, filter: &Filter, before: Option<&Request>, limit: u32) -> Result<Vec<Uuid>, Error> {
        let (states, reasons) = filter.places();
        let (at, id) = end(before);
        sqlx::query_scalar!(
            r#"
            SELECT page.request_id AS "id!"
            FROM UNNEST($1::TEXT[], $2::TEXT[]) AS place (state, reason)
            CROSS JOIN LATERAL (
                SELECT request_id, created_at FROM request
                WHERE state = place.state AND reason = place.reason AND (created_at, request_id) < ($4, $5)
                  AND ($3::TEXT IS NULL OR asset_id = $3)
                ORDER BY created_at DESC, request_id DESC LIMIT $6
            ) AS page
            ORDER BY page.created_at DESC, page.request_id DESC LIMIT $6
            "#,
            &states,
            &reasons,
            filter.asset.as_ref().map(AssetId::as_str),
            at,
            id,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_requests", self.pool.queries())
        .await
    }

    /// The few of one UETR.
    async fn list_payment(
        &self,
        uetr: &str,
        filter: &Filter,
        before: Option<&Request>,
        limit: u32,
    ) -> Result<Vec<Uuid>, Error> {
        let (states, reasons) = filter.places();
        let (at, id) = end(before);
        sqlx::query_scalar!(
            r#"
            SELECT request_id FROM request
            WHERE uetr = $1 AND (state, reason) IN (SELECT * FROM UNNEST($2::TEXT[], $3::TEXT[]))
              AND (created_at, request_id) < ($5, $6) AND ($4::TEXT IS NULL OR asset_id = $4)
            ORDER BY created_at DESC, request_id DESC LIMIT $7
            "#,
            uetr,
            &states,
            &reasons,
            filter.asset.as_ref().map(AssetId::as_str),
            at,
            id,
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_requests_of_uetr", self.pool.queries())
        .await
    }

    /// The way of a request, oldest step first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_steps(&self, id: RequestId) -> Result<Vec<StepRow>, Error> {
        let rows = sqlx::query!(
            "SELECT sequence, step, event, state, reason, actor, at FROM step WHERE request_id = $1 ORDER BY step",
            Uuid::from_u128(id.get()),
        )
        .fetch_all(self.pool.executor())
        .named("list_steps", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(StepRow {
                sequence: unsigned(row.sequence, "step.sequence")?,
                request: id,
                step: small(row.step, "step.step")?,
                event: row.event,
                state: row.state,
                reason: row.reason,
                actor: row.actor,
                at: timestamp(row.at, "step.at")?,
                trace_id: None,
            })
        });
        row.collect()
    }

    /// The number of the last step; 0 before the first.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn last_step(&self) -> Result<u64, Error> {
        let last = sqlx::query_scalar!(r#"SELECT COALESCE(MAX(sequence), 0) AS "last!" FROM step"#)
            .fetch_one(self.pool.executor())
            .named("last_step", self.pool.queries())
            .await?;
        unsigned(last, "step.sequence")
    }

    /// Every step behind this number, oldest first. Steps are numbered in the order of the record, so that a follower
    /// misses none.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list_steps_after(&self, after: u64, limit: u32) -> Result<Vec<StepRow>, Error> {
        let rows = sqlx::query!(
            r#"
            SELECT sequence, step.request_id, step, event, step.state, step.reason, actor, at, traceparent
            FROM step JOIN request ON request.request_id = step.request_id
            WHERE sequence > $1 ORDER BY sequence LIMIT $2
            "#,
            signed(after),
            i64::from(limit),
        )
        .fetch_all(self.pool.executor())
        .named("list_steps_after", self.pool.queries())
        .await?;
        let row = rows.into_iter().map(|row| {
            Ok(StepRow {
                sequence: unsigned(row.sequence, "step.sequence")?,
                request: RequestId::new(row.request_id.as_u128()),
                step: small(row.step, "step.step")?,
                event: row.event,
                state: row.state,
                reason: row.reason,
                actor: row.actor,
                at: timestamp(row.at, "step.at")?,
                trace_id: row.traceparent.as_deref().and_then(trace_id).map(str::to_owned),
            })
        });
        row.collect()
    }
}
