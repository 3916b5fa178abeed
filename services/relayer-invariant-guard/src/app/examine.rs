//! Looking without acting: what the guard would say now. Nothing is stored, renewed or halted.

use std::collections::BTreeSet;

use causeway_primitives::B256;
use causeway_store::{Error as StoreError, lease::Leadership};

use super::{Guard, recount::Count};
use crate::domain::{
    checkpoint::Checkpoint,
    evaluate::{Evaluation, evaluate},
};

impl Guard {
    /// What an evaluation would say now. Before there is a checkpoint, the approved genesis stands for it.
    ///
    /// # Errors
    /// [`StoreError`]: the guard's own memory cannot be read.
    pub async fn examine(&self) -> Result<Evaluation, StoreError> {
        let mut evidence = self.gather(Count::On).await?;
        if evidence.checkpoint.is_none() {
            evidence.checkpoint = self.genesis();
        }
        Ok(evaluate(&self.parts.rules, &evidence))
    }

    /// Stores the genesis if people approved these rules and nothing has ever passed.
    pub(super) async fn begin(&self, leadership: &Leadership) -> Result<(), StoreError> {
        if self.parts.store.find_checkpoint().await?.is_some() {
            return Ok(());
        }
        let Some(genesis) = self.genesis() else { return Ok(()) };
        self.parts.store.insert_genesis(leadership, &genesis, self.parts.clock.now()).await?;
        tracing::info!(rules = %genesis.rules, "genesis stored");
        Ok(())
    }

    /// Everything is counted from the first block on; `None` while nobody has approved these rules.
    fn genesis(&self) -> Option<Checkpoint> {
        let rules = self.parts.rules.hash();
        let approved: &BTreeSet<B256> = &self.parts.approved.rules;
        approved.contains(&rules).then(|| Checkpoint { rules, ..Checkpoint::default() })
    }
}
