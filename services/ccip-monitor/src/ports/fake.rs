//! What was stored, in memory: for tests of what readers are shown.

use std::{
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use causeway_primitives::{Address, B256, ChainId, MessageId, Timestamp};
use causeway_service::ops::{EventLog, EventRow};
use causeway_store::Error;

use super::{
    AttemptView, BalanceAt, Changes, Cursor, Direction, Dossier, Filter, FindingView, HistoryStep, InFlightCut,
    LaneStats, LastExecution, MessageChange, MessageView, Numbers, PageKey, Records, Reports, Watch,
};
use crate::domain::{
    diagnose::evidence::{Arrival, Blocker},
    lane::LaneKey,
    report::{Rows, Window},
    spend::Sample,
};

/// Rows as a store would hold them; `broken` answers every question with an error.
#[derive(Debug, Default)]
pub(crate) struct FakeStore {
    /// In any order; keys are different.
    pub(crate) messages: Vec<MessageView>,
    /// Of every message.
    pub(crate) history: Vec<HistoryStep>,
    /// Of every message.
    pub(crate) attempts: Vec<AttemptView>,
    /// Of every window.
    pub(crate) stats: Vec<LaneStats>,
    /// In any order.
    pub(crate) findings: Vec<FindingView>,
    /// In order; more may come while a test reads.
    pub(crate) changes: Mutex<Vec<MessageChange>>,
    /// In order.
    pub(crate) events: Vec<EventRow>,
    /// Of every question.
    pub(crate) in_flight: InFlightCut,
    /// Of every window.
    pub(crate) rows: Rows,
    /// What every question fails with.
    pub(crate) broken: Option<fn() -> Error>,
}

impl FakeStore {
    fn ask(&self) -> Result<&Self, Error> {
        self.broken.map_or(Ok(self), |error| Err(error()))
    }

    /// A message changes.
    pub(crate) fn change(&self, sequence: u64, message: &MessageView) {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).push(MessageChange {
            sequence,
            key: message.key,
            id: message.id,
            lane_name: message.lane_name.clone(),
            status: message.status,
        });
    }

    fn changes(&self) -> Vec<MessageChange> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn matches(filter: &Filter, view: &MessageView) -> bool {
    fn fits<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
        wanted.is_none() || wanted == found
    }
    fits(filter.source_chain.as_ref(), view.source.chain_id.as_ref())
        && fits(filter.destination_chain.as_ref(), view.destination.chain_id.as_ref())
        && fits(filter.status.as_ref(), Some(&view.status))
        && fits(filter.sender.as_ref(), Some(&view.sender))
        && fits(filter.receiver.as_ref(), Some(&view.receiver))
        && fits(filter.lane.as_ref(), Some(&view.lane_name))
        && filter.sent_from.is_none_or(|from| view.sent_at >= from)
        && filter.sent_before.is_none_or(|before| view.sent_at < before)
        && !view.orphaned
}

#[async_trait]
impl Records for FakeStore {
    async fn find_message(&self, id: MessageId) -> Result<Option<MessageView>, Error> {
        Ok(self.ask()?.messages.iter().find(|view| view.id == id).cloned())
    }

    async fn list_messages_of_transaction(&self, chain: ChainId, tx: B256) -> Result<Vec<MessageView>, Error> {
        let of = |side: &super::Side| side.chain_id == Some(chain) && side.tx == Some(tx);
        let is_of = |view: &&MessageView| !view.orphaned && (of(&view.source) || of(&view.destination));
        let found = self.ask()?.messages.iter().filter(is_of);
        Ok(found.cloned().collect())
    }

    async fn list_messages(
        &self,
        filter: &Filter,
        from: Option<(PageKey, Direction)>,
        limit: u32,
    ) -> Result<Vec<MessageView>, Error> {
        let place = |view: &MessageView| (view.sent_at, view.key);
        let mut found: Vec<_> = self.ask()?.messages.iter().filter(|view| matches(filter, view)).cloned().collect();
        found.sort_by_key(|view| std::cmp::Reverse(place(view)));
        match from {
            None => {}
            Some((key, Direction::Older)) => found.retain(|view| place(view) < (key.sent_at, key.key)),
            Some((key, Direction::Newer)) => {
                found.retain(|view| place(view) > (key.sent_at, key.key));
                found.reverse();
            }
        }
        found.truncate(usize::try_from(limit).unwrap());
        Ok(found)
    }

    async fn list_history(&self, _: u64) -> Result<Vec<HistoryStep>, Error> {
        Ok(self.ask()?.history.clone())
    }

    async fn list_attempts(&self, _: u64) -> Result<Vec<AttemptView>, Error> {
        Ok(self.ask()?.attempts.clone())
    }

    async fn list_lane_stats(&self, _: Timestamp, _: Timestamp) -> Result<Vec<LaneStats>, Error> {
        Ok(self.ask()?.stats.clone())
    }

    async fn list_findings(&self, limit: u32) -> Result<Vec<FindingView>, Error> {
        let found = self.list_all_findings(None, u32::MAX).await?.into_iter().filter(|view| view.closed_at.is_none());
        Ok(found.take(usize::try_from(limit).unwrap()).collect())
    }
}

#[async_trait]
impl Watch for FakeStore {
    async fn last_change(&self) -> Result<u64, Error> {
        self.ask().map(|store| store.changes().last().map_or(0, |change| change.sequence))
    }

    async fn list_changes(&self, after: u64, limit: u32) -> Result<Changes, Error> {
        let found = self.ask()?.changes().into_iter().filter(|change| change.sequence > after);
        let changes: Vec<_> = found.take(usize::try_from(limit).unwrap()).collect();
        let up_to = changes.last().map_or(after, |change| change.sequence);
        Ok(Changes { changes, up_to })
    }

    async fn list_messages_by_key(&self, keys: &[u64]) -> Result<Vec<MessageView>, Error> {
        Ok(self.ask()?.messages.iter().filter(|view| keys.contains(&view.key)).cloned().collect())
    }
}

#[async_trait]
impl EventLog for FakeStore {
    async fn last_event(&self) -> Result<u64, Error> {
        self.ask().map(|store| store.events.last().map_or(0, |event| event.sequence))
    }

    async fn list_events(&self, after: u64, limit: u32) -> Result<Vec<EventRow>, Error> {
        let found = self.ask()?.events.iter().filter(|event| event.sequence > after).cloned();
        Ok(found.take(usize::try_from(limit).unwrap()).collect())
    }
}

#[async_trait]
impl Reports for FakeStore {
    async fn read_in_flight(&self, lane: Option<&str>, token: Option<Address>) -> Result<InFlightCut, Error> {
        let mut cut = self.ask()?.in_flight.clone();
        cut.values.retain(|value| lane.is_none_or(|lane| lane == value.lane_name));
        cut.values.retain(|value| token.is_none_or(|token| token == value.token));
        Ok(cut)
    }

    async fn list_all_findings(&self, before: Option<u64>, limit: u32) -> Result<Vec<FindingView>, Error> {
        let mut found = self.ask()?.findings.clone();
        found.retain(|view| before.is_none_or(|before| view.sequence < before));
        found.sort_by_key(|view| std::cmp::Reverse(view.sequence));
        found.truncate(usize::try_from(limit).unwrap());
        Ok(found)
    }

    async fn read_report_rows(&self, _: Window) -> Result<Rows, Error> {
        Ok(self.ask()?.rows.clone())
    }
}

/// Nothing is known around any message.
#[async_trait]
impl Dossier for FakeStore {
    async fn find_cursor(&self, _: ChainId) -> Result<Option<Cursor>, Error> {
        self.ask().map(|_| None)
    }

    async fn count_holes_since(&self, _: ChainId, _: Timestamp) -> Result<u64, Error> {
        self.ask().map(|_| 0)
    }

    async fn find_arrival(&self, _: &LaneKey, _: Address, _: u64) -> Result<Option<Arrival>, Error> {
        self.ask().map(|_| None)
    }

    async fn list_leaves(&self, _: &LaneKey, _: Address, _: RangeInclusive<u64>) -> Result<Vec<(u64, B256)>, Error> {
        self.ask().map(|_| Vec::new())
    }

    async fn find_blocker(&self, _: &LaneKey, _: Address, _: u64) -> Result<Option<Blocker>, Error> {
        self.ask().map(|_| None)
    }

    async fn find_last_execution(&self, _: &LaneKey) -> Result<Option<LastExecution>, Error> {
        self.ask().map(|_| None)
    }

    async fn find_numbered(&self, _: &LaneKey, _: u64) -> Result<Option<(u64, MessageId)>, Error> {
        self.ask().map(|_| None)
    }

    async fn read_numbers(&self, _: &LaneKey, _: Address, _: u64, _: u32) -> Result<Numbers, Error> {
        self.ask().map(|_| Numbers::default())
    }

    async fn insert_balance(&self, _: &BalanceAt) -> Result<(), Error> {
        self.ask().map(|_| ())
    }

    async fn list_balances(&self, _: ChainId, _: Address, _: Address, _: Timestamp) -> Result<Vec<Sample>, Error> {
        self.ask().map(|_| Vec::new())
    }

    async fn delete_balances(&self, _: ChainId, _: Timestamp) -> Result<u64, Error> {
        self.ask().map(|_| 0)
    }
}

#[cfg(test)]
mod tests;
