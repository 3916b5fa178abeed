//! Decisions and states: one transaction for all that an evaluation changes.

use std::collections::BTreeMap;

use async_trait::async_trait;
use causeway_journal::rows;
use causeway_primitives::{B256, FeedId, Timestamp};
use causeway_store::{
    Error, Named as _, Transaction, audit,
    lease::{Leadership, assert_current},
};

use super::{
    Store,
    values::{answer, digest, parse, signed, unsigned},
};
use crate::{
    app::{control::Landing, record, view::DecisionView},
    ports::{Entry, FeedState, Ledger, NewDecision, NewPublication},
};

#[async_trait]
impl Ledger for Store {
    async fn get_feed(&self, feed: &FeedId) -> Result<FeedState, Error> {
        let unreadable = |column| move |_: record::Error| Error::Unreadable { column };
        let row = sqlx::query!(
            r#"
            SELECT (SELECT state FROM breaker_state WHERE feed_id = $1) AS breaker,
                   (SELECT answer::TEXT FROM publication WHERE feed_id = $1 AND state = 'pending') AS pending,
                   (SELECT MAX(ordinal) FROM attempt JOIN publication USING (intent_key)
                    WHERE feed_id = $1 AND state = 'pending') AS attempts,
                   (SELECT state FROM publication WHERE feed_id = $1 AND state <> 'pending'
                    ORDER BY decided_at DESC LIMIT 1) AS last
            "#,
            feed.as_str(),
        )
        .fetch_one(self.pool.executor())
        .named("get_feed", self.pool.queries())
        .await?;
        let sources = sqlx::query!("SELECT source_id, state FROM source_state WHERE feed_id = $1", feed.as_str())
            .fetch_all(self.pool.executor())
            .named("get_feed_sources", self.pool.queries())
            .await?;
        let mut states = BTreeMap::new();
        for source in sources {
            let state = record::read_source(&source.state).map_err(unreadable("source_state.state"))?;
            states.insert(parse(&source.source_id, "source_state.source_id")?, state);
        }
        let breaker = row.breaker.as_deref().map(record::read_breaker).transpose();
        Ok(FeedState {
            breaker: breaker.map_err(unreadable("breaker_state.state"))?,
            sources: states,
            pending: row.pending.map(|text| answer(&text, "publication.answer")).transpose()?,
            attempts: row.attempts.and_then(|attempts| u32::try_from(attempts).ok()).unwrap_or(0),
            decision: self.find_latest_decision(feed).await?,
            last: row.last.map(|state| if state == "confirmed" { Landing::Landed } else { Landing::Lost }),
        })
    }

    async fn insert_entry(&self, leadership: &Leadership, entry: &Entry) -> Result<Option<u64>, Error> {
        let mut tx = self.pool.begin().await?;
        assert_current(&mut tx, leadership).await?;
        let decision_id = match &entry.decision {
            Some(decision) => Some(insert_decision(&mut tx, entry, decision).await?),
            None => None,
        };
        upsert_breaker(&mut tx, entry).await?;
        upsert_sources(&mut tx, entry).await?;
        insert_events(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(decision_id)
    }
}

impl Store {
    async fn find_latest_decision(&self, feed: &FeedId) -> Result<Option<DecisionView>, Error> {
        let row = sqlx::query!(
            r#"
            SELECT kind, reason, decided_at FROM decision JOIN decision_head USING (feed_id, sequence)
            WHERE feed_id = $1
            "#,
            feed.as_str(),
        )
        .fetch_optional(self.pool.executor())
        .named("find_latest_decision", self.pool.queries())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let decided_at = Timestamp::from_datetime(row.decided_at);
        let decided_at = decided_at.map_err(|_| Error::Unreadable { column: "decision.decided_at" })?;
        Ok(Some(DecisionView { kind: row.kind.into(), reason: row.reason.into(), decided_at }))
    }
}

async fn insert_decision(tx: &mut Transaction, entry: &Entry, decision: &NewDecision) -> Result<u64, Error> {
    insert_policy(tx, entry, decision).await?;
    let head = lock_head(tx, &entry.feed).await?;
    let sequence = head.map_or(1, |(sequence, _)| sequence.saturating_add(1));
    let link = audit::link(head.map(|(_, digest)| digest), decision.record.as_bytes());
    let queries = tx.queries();
    let decision_id = sqlx::query_scalar!(
        r#"
        INSERT INTO decision (feed_id, sequence, decided_at, kind, reason, record, policy_digest, digest, trace_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        RETURNING decision_id
        "#,
        entry.feed.as_str(),
        signed(sequence),
        entry.decided_at.to_datetime(),
        decision.kind,
        decision.reason,
        decision.record,
        decision.policy_digest.as_slice(),
        link.as_slice(),
        entry.trace_id,
    )
    .fetch_one(&mut **tx)
    .named("insert_decision", &queries)
    .await?;
    advance_head(tx, &entry.feed, sequence, link).await?;
    let decision_id = unsigned(decision_id, "decision.decision_id")?;
    if let Some(publication) = &decision.publication {
        rows::insert_intent(tx, &publication.intent, entry.decided_at).await?;
        insert_publication(tx, entry, decision_id, publication).await?;
    }
    Ok(decision_id)
}

async fn insert_policy(tx: &mut Transaction, entry: &Entry, decision: &NewDecision) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        "INSERT INTO policy (digest, record, first_used_at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
        decision.policy_digest.as_slice(),
        decision.policy,
        entry.decided_at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("insert_policy", &queries)
    .await
    .map(drop)
}

async fn lock_head(tx: &mut Transaction, feed: &FeedId) -> Result<Option<(u64, B256)>, Error> {
    let queries = tx.queries();
    let head = sqlx::query!("SELECT sequence, digest FROM decision_head WHERE feed_id = $1 FOR UPDATE", feed.as_str())
        .fetch_optional(&mut **tx)
        .named("lock_decision_head", &queries)
        .await?;
    head.map(|row| {
        let sequence = unsigned(row.sequence, "decision_head.sequence")?;
        Ok((sequence, digest(&row.digest, "decision_head.digest")?))
    })
    .transpose()
}

async fn advance_head(tx: &mut Transaction, feed: &FeedId, sequence: u64, link: B256) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO decision_head (feed_id, sequence, digest) VALUES ($1, $2, $3)
        ON CONFLICT (feed_id) DO UPDATE SET sequence = excluded.sequence, digest = excluded.digest
        "#,
        feed.as_str(),
        signed(sequence),
        link.as_slice(),
    )
    .execute(&mut **tx)
    .named("advance_decision_head", &queries)
    .await
    .map(drop)
}

async fn insert_publication(
    tx: &mut Transaction,
    entry: &Entry,
    decision_id: u64,
    publication: &NewPublication,
) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO publication (intent_key, feed_id, decision_id, based_on_round, answer, reason, state, decided_at,
                                 updated_at, trace_id, signer)
        VALUES ($1, $2, $3, $4::TEXT::NUMERIC, $5::TEXT::NUMERIC, $6, 'pending', $7, $7, $8, $9)
        "#,
        publication.intent.key.as_str(),
        entry.feed.as_str(),
        signed(decision_id),
        publication.based_on_round.to_string(),
        publication.answer.to_string(),
        publication.reason,
        entry.decided_at.to_datetime(),
        entry.trace_id,
        publication.signer.as_str(),
    )
    .execute(&mut **tx)
    .named("insert_publication", &queries)
    .await
    .map(drop)
}

async fn upsert_breaker(tx: &mut Transaction, entry: &Entry) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        INSERT INTO breaker_state (feed_id, state, updated_at) VALUES ($1, $2, $3)
        ON CONFLICT (feed_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
        "#,
        entry.feed.as_str(),
        record::write_breaker(&entry.breaker).map_err(unwritable("breaker_state.state"))?,
        entry.decided_at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("upsert_breaker", &queries)
    .await
    .map(drop)
}

async fn upsert_sources(tx: &mut Transaction, entry: &Entry) -> Result<(), Error> {
    if entry.sources.is_empty() {
        return Ok(());
    }
    let queries = tx.queries();
    let ids: Vec<String> = entry.sources.iter().map(|(id, _)| id.to_string()).collect();
    let states = entry.sources.iter().map(|(_, state)| record::write_source(state)).collect::<Result<Vec<_>, _>>();
    let states = states.map_err(unwritable("source_state.state"))?;
    sqlx::query!(
        r#"
        INSERT INTO source_state (feed_id, source_id, state, updated_at)
        SELECT $1, source_id, state, $4 FROM UNNEST($2::TEXT[], $3::TEXT[]) AS given (source_id, state)
        ON CONFLICT (feed_id, source_id) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at
        "#,
        entry.feed.as_str(),
        &ids,
        &states,
        entry.decided_at.to_datetime(),
    )
    .execute(&mut **tx)
    .named("upsert_sources", &queries)
    .await
    .map(drop)
}

async fn insert_events(tx: &mut Transaction, entry: &Entry) -> Result<(), Error> {
    for event in &entry.events {
        super::journal::insert_event(tx, event, entry.decided_at, entry.trace_id.as_deref()).await?;
    }
    Ok(())
}

fn unwritable(column: &'static str) -> impl FnOnce(record::Error) -> Error {
    move |source| Error::Unwritable { column, source: Box::new(source) }
}
