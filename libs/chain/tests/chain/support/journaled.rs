//! What a sender's journal says about an intent, and the times that the tests let pass.

use std::{sync::Arc, time::Duration};

use causeway_chain::{
    intent::{IntentState, Outcome, Stage},
    journal::{Journal, MemoryJournal},
};

/// After this the sender replaces what is not mined.
pub(crate) const STUCK: Duration = Duration::from_secs(10);
/// After this it sends again what no pool holds.
pub(crate) const RESEND: Duration = Duration::from_secs(2);

pub(crate) fn memory() -> Arc<MemoryJournal> {
    Arc::new(MemoryJournal::default())
}

pub(crate) async fn state(journal: &MemoryJournal, key: &str) -> IntentState {
    journal.find(&key.parse().unwrap()).await.unwrap().unwrap()
}

pub(crate) async fn outcome(journal: &MemoryJournal, key: &str) -> Option<Outcome> {
    match state(journal, key).await.stage {
        Stage::Settled(outcome) => Some(outcome),
        Stage::Unsigned | Stage::Pending { .. } | Stage::Included { .. } => None,
    }
}
