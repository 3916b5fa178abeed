//! A journal in memory, for tests and for tools that send once. It forgets with the process.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy::primitives::B256;
use async_trait::async_trait;
use causeway_primitives::Timestamp;

use super::{Error, Inserted, Journal};
use crate::intent::{Attempt, Intent, IntentKey, IntentState, Stage};

/// A journal that forgets.
#[derive(Debug, Default)]
pub struct MemoryJournal {
    states: Mutex<Vec<IntentState>>,
}

impl MemoryJournal {
    fn states(&self) -> MutexGuard<'_, Vec<IntentState>> {
        // Every write is one assignment, so a panicking holder leaves nothing half done.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, key: &IntentKey, change: impl FnOnce(&mut IntentState) -> Option<T>) -> Result<T, Error> {
        let mut states = self.states();
        let state = states.iter_mut().find(|state| state.intent.key == *key);
        state.and_then(change).ok_or_else(|| Error::Conflict(key.clone()))
    }
}

#[async_trait]
impl Journal for MemoryJournal {
    async fn insert(&self, intent: &Intent, _at: Timestamp) -> Result<Inserted, Error> {
        let mut states = self.states();
        match states.iter().find(|state| state.intent.key == intent.key) {
            Some(state) => {
                let same = Intent { traceparent: state.intent.traceparent.clone(), ..intent.clone() };
                if state.intent == same {
                    Ok(Inserted::Existing(state.stage.clone()))
                } else {
                    Err(Error::KeyReused(intent.key.clone()))
                }
            }
            None => {
                states.push(IntentState { intent: intent.clone(), stage: Stage::Unsigned, attempts: Vec::new() });
                Ok(Inserted::New)
            }
        }
    }

    async fn find(&self, key: &IntentKey) -> Result<Option<IntentState>, Error> {
        Ok(self.states().iter().find(|state| state.intent.key == *key).cloned())
    }

    async fn list_open(&self) -> Result<Vec<IntentState>, Error> {
        Ok(self.states().iter().filter(|state| !matches!(state.stage, Stage::Settled(_))).cloned().collect())
    }

    async fn record_attempt(&self, key: &IntentKey, attempt: &Attempt) -> Result<(), Error> {
        self.change(key, |state| {
            match state.stage {
                Stage::Unsigned => {}
                Stage::Pending { nonce } if nonce == attempt.nonce => {}
                Stage::Pending { .. } | Stage::Included { .. } | Stage::Settled(_) => return None,
            }
            state.stage = Stage::Pending { nonce: attempt.nonce };
            state.attempts.push(attempt.clone());
            Some(())
        })
    }

    async fn record_sent(&self, key: &IntentKey, hash: B256, at: Timestamp) -> Result<(), Error> {
        self.change(key, |state| {
            let attempt = state.attempts.iter_mut().find(|attempt| attempt.hash == hash)?;
            attempt.sent_at = Some(at);
            Some(())
        })
    }

    async fn advance(&self, key: &IntentKey, from: &Stage, to: &Stage, _at: Timestamp) -> Result<(), Error> {
        self.change(key, |state| {
            if state.stage != *from {
                return None;
            }
            state.stage = to.clone();
            Some(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::contract;

    #[tokio::test]
    async fn the_journal_in_memory_upholds_the_contract() {
        contract::uphold(&MemoryJournal::default()).await;
    }
}
