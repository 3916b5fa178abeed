//! What was stored, in memory: for tests of what readers are shown.

use async_trait::async_trait;
use causeway_primitives::FeedId;
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::Error;

use super::{DecisionQuery, DecisionRow, Head, Records, RoundCursor, RoundRow};

/// Rows as a store would hold them; `broken` answers every question with an error.
#[derive(Debug, Default)]
pub(crate) struct FakeRecords {
    /// Newest first.
    pub(crate) rounds: Vec<RoundRow>,
    /// Oldest first.
    pub(crate) decisions: Vec<DecisionRow>,
    /// What every question fails with.
    pub(crate) broken: Option<fn() -> Error>,
}

impl FakeRecords {
    fn ask(&self) -> Result<&Self, Error> {
        self.broken.map_or(Ok(self), |error| Err(error()))
    }
}

#[async_trait]
impl Records for FakeRecords {
    async fn list_rounds(
        &self,
        feed: Option<&FeedId>,
        after: Option<&RoundCursor>,
        limit: u32,
    ) -> Result<Vec<RoundRow>, Error> {
        let follows = |row: &&RoundRow| {
            after.is_none_or(|cursor| (row.decided_at, &row.intent_key) < (cursor.decided_at, &cursor.intent_key))
        };
        let rows = self.ask()?.rounds.iter().filter(|row| feed.is_none_or(|feed| row.feed == *feed)).filter(follows);
        Ok(rows.take(usize::try_from(limit).unwrap()).cloned().collect())
    }

    async fn find_decision(&self, feed: &FeedId, query: &DecisionQuery) -> Result<Option<DecisionRow>, Error> {
        let mut rows = self.ask()?.decisions.iter().rev().filter(|row| row.feed == *feed);
        let found = match query {
            DecisionQuery::Id(id) => rows.find(|row| row.decision_id == *id),
            DecisionQuery::Latest => rows.next(),
            DecisionQuery::Round(round) => {
                let of_round = self.rounds.iter().find(|row| row.round_id == Some(*round));
                of_round.and_then(|round| rows.find(|row| row.decision_id == round.decision_id))
            }
        };
        Ok(found.cloned())
    }

    async fn list_decisions(&self, feed: &FeedId, after: u64, _: u32) -> Result<Vec<DecisionRow>, Error> {
        let rows = self.ask()?.decisions.iter().filter(|row| row.feed == *feed && row.sequence > after);
        Ok(rows.cloned().collect())
    }

    async fn find_head(&self, feed: &FeedId) -> Result<Option<Head>, Error> {
        let last = self.ask()?.decisions.iter().rev().find(|row| row.feed == *feed);
        Ok(last.map(|row| Head { sequence: row.sequence, digest: row.digest }))
    }

    async fn find_round_of(&self, decision_id: u64) -> Result<Option<RoundRow>, Error> {
        Ok(self.ask()?.rounds.iter().find(|row| row.decision_id == decision_id).cloned())
    }
}

#[async_trait]
impl EventLog for FakeRecords {
    async fn last_event(&self) -> Result<u64, Error> {
        self.ask().map(|_| 0)
    }

    async fn list_events(&self, _: u64, _: u32) -> Result<Vec<EventRow>, Error> {
        self.ask().map(|_| Vec::new())
    }
}
