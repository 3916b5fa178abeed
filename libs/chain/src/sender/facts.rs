//! What the chain shows of an intent: all of it from one endpoint, most of it at one block.

use alloy::primitives::U256;

use super::{fees::Market, gate::Leave};
use crate::{intent::Inclusion, revert::Reason, rpc::RefusalKind};

/// A mined attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mined {
    /// Where.
    pub inclusion: Inclusion,
    /// What the receipt shows.
    pub effect: Effect,
}

/// What a receipt shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Status 1 and what was expected.
    Expected,
    /// Status 1 without the expected event.
    EventMissing,
    /// Status 0.
    Reverted(Reason),
}

/// What an unsigned intent would do at the last block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Simulation {
    /// It would go through for so much gas.
    Passes {
        /// The estimate.
        gas: u64,
    },
    /// The contract would revert.
    Reverts(Reason),
    /// The node refuses to simulate it, for a reason that lies in the intent.
    Refused(RefusalKind),
}

/// What the chain shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The height of the last block.
    pub head: u64,
    /// The base fee of the last block.
    pub base_fee: Option<u128>,
    /// The node's suggested gas price; 0 where the policy does not ask.
    pub gas_price: u128,
    /// The highest final height, if there is one yet.
    pub final_height: Option<u64>,
    /// The account's nonce at the last block.
    pub nonce: u64,
    /// The account's nonce at the final height.
    pub final_nonce: u64,
    /// The account's balance at the last block, in wei.
    pub balance: U256,
    /// The first nonce that neither the chain nor another open intent of ours uses.
    pub free_nonce: u64,
    /// A nonce below the intent's own that nobody is going to use: a reorganisation took an outsider's
    /// transaction back, and everything above waits for it.
    pub gap: Option<u64>,
    /// How many other intents of ours have unmined attempts.
    pub in_flight: usize,
    /// The receipt of a living attempt, if one was mined.
    pub mined: Option<Mined>,
    /// False when the living attempts were signed by another account: a replica with a key of its own led before.
    /// Its bytes are followed and sent again, but nobody here can sign for it.
    pub ours: bool,
    /// True when the endpoint knows a living attempt that is not mined.
    pub pooled: bool,
    /// What an unsigned intent would do; `None` for a signed one.
    pub simulation: Option<Simulation>,
    /// Whether anything may be signed or sent.
    pub leave: Leave,
}

impl Facts {
    pub(super) const fn market(&self) -> Market {
        Market { gas_price: self.gas_price, base_fee: self.base_fee }
    }

    pub(super) fn is_final(&self, height: u64) -> bool {
        self.final_height.is_some_and(|last| height <= last)
    }
}
