//! Calls as intents of our own sender, with our own key.

use std::sync::Arc;

use alloy::{primitives::U256, sol_types::SolError};
use async_trait::async_trait;
use causeway_chain::{
    intent::{Expectation, Failure, Intent, IntentKey, OnNonceTaken, Outcome, Stage},
    journal::Journal,
    revert::Reason,
    sender::Sender,
};
use causeway_primitives::{ChainId, Timestamp};

use crate::{
    adapters::issuer::{Carrier, Operation, SettlementToken},
    domain::{reference::Reference, request::OnChain},
    ports::{Effect, NoEffect, Progress, Unread},
};

/// A sender, which somebody else drives, and its journal.
#[derive(Debug)]
pub struct Direct {
    chain: ChainId,
    sender: Sender,
    journal: Arc<dyn Journal>,
}

impl Direct {
    /// On this chain.
    pub fn new(chain: ChainId, sender: Sender, journal: Arc<dyn Journal>) -> Self {
        Self { chain, sender, journal }
    }

    /// What a stage of the sender means for the request.
    fn told(&self, stage: &Stage) -> Progress {
        match stage {
            Stage::Unsigned => Progress::Unsigned,
            Stage::Pending { .. } | Stage::Included { .. } => Progress::Signed,
            Stage::Settled(Outcome::Confirmed(inclusion)) => Progress::Mined(OnChain {
                chain: self.chain,
                tx_hash: inclusion.tx_hash,
                block_number: inclusion.block_number,
                block_hash: inclusion.block_hash,
            }),
            Stage::Settled(Outcome::Failed(Failure::Expired)) => Progress::Lapsed,
            // The token says itself that it has happened before.
            Stage::Settled(Outcome::Failed(Failure::WouldRevert(Reason::Custom { selector, .. })))
                if *selector == SettlementToken::ReferenceUsed::SELECTOR =>
            {
                Progress::Doubtful
            }
            Stage::Settled(Outcome::Failed(Failure::WouldRevert(_) | Failure::Refused(_) | Failure::TooMuchGas)) => {
                Progress::WouldRevert
            }
            Stage::Settled(
                Outcome::Reverted { .. } | Outcome::EventMissing(_) | Outcome::Failed(Failure::NonceTaken),
            ) => Progress::Doubtful,
        }
    }
}

#[async_trait]
impl Carrier for Direct {
    fn effect(&self, operation: Operation, name: (Reference, u32), expires_at: Timestamp) -> Result<Effect, NoEffect> {
        Ok(Effect::Intent(Intent {
            key: key(name)?,
            to: operation.contract,
            value: U256::ZERO,
            data: operation.data,
            expect: Expectation::Event(operation.expect),
            // The reference, and not the nonce, is what keeps it from happening twice.
            on_nonce_taken: OnNonceTaken::SignAgain,
            expires_at: Some(expires_at),
            traceparent: causeway_telemetry::propagation::current_traceparent(),
        }))
    }

    fn wake(&self) {
        self.sender.wake();
    }

    async fn progress(&self, names: &[(Reference, u32)]) -> Result<Vec<Progress>, Unread> {
        let keys: Result<Vec<_>, _> = names.iter().map(|name| key(*name)).collect();
        let Ok(keys) = keys else { return Ok(vec![Progress::Doubtful; names.len()]) };
        let stages = self.journal.find_stages(&keys).await?;
        Ok(stages.iter().map(|stage| stage.as_ref().map_or(Progress::Doubtful, |stage| self.told(stage))).collect())
    }
}

/// The name of an attempt's intent: the same attempt is never journaled under two.
fn key((reference, attempt): (Reference, u32)) -> Result<IntentKey, NoEffect> {
    format!("token:{reference}:{attempt}").parse().map_err(|_| NoEffect::Key)
}
