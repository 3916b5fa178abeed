//! The world outside, as the gateway asks it: few questions, each with "could not find out" as an answer of its own.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use causeway_chain::{intent::Intent, journal};
use causeway_primitives::{Address, AssetId, ChainId, FeedId, Timestamp};

use crate::domain::{
    reconcile::Supply,
    request::{OnChain, Request},
    units::Units,
    valuation::Quote,
};

/// The guard gives no leave, or nobody could be asked, which is the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no leave: {reason}")]
pub struct NoLeave {
    /// Label and field value.
    pub reason: &'static str,
}

/// Leave for one movement, counted against the guard's caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// How long it is good for from now: nothing is signed under it afterwards.
    pub good_for: Duration,
}

/// Whoever may stop everything.
pub trait Guard: Send + Sync + Debug {
    /// Whether leave could be had now. Takes none.
    ///
    /// # Errors
    /// [`NoLeave`].
    fn stands(&self) -> Result<(), NoLeave>;

    /// Takes leave for one movement. The last thing before it is journaled.
    ///
    /// # Errors
    /// [`NoLeave`]: nothing may be moved.
    fn take(&self, asset: &AssetId, units: Units) -> Result<Leave, NoLeave>;
}

/// Whoever knows prices.
#[async_trait]
pub trait Oracle: Send + Sync + Debug {
    /// The price of a feed. Never fails: an oracle that does not answer is [`Quote::Unreachable`].
    async fn quote(&self, feed: &FeedId) -> Quote;
}

/// What the token remembers of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// Exactly this.
    Found,
    /// Something else.
    OtherContent,
    /// Nothing.
    Absent,
    /// Nobody could say with evidence.
    Unreadable,
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is signed that could be mined.
    Unsigned,
    /// It may be mined at any time, or is and not final.
    Signed,
    /// Final, with the expected event.
    Mined(OnChain),
    /// Ended unsigned, because its time was over.
    Lapsed,
    /// Ended unsigned, because it would be refused, now and by any node.
    WouldRevert,
    /// Ended in another way: only the token knows what became of it.
    Doubtful,
}

/// What came of asking a token for its supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SupplyAt {
    /// What it says.
    pub supply: Supply,
    /// The block's height.
    pub block_number: u64,
    /// The block.
    pub block_hash: causeway_primitives::B256,
}

/// A request for which no effect can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoEffect {
    /// The backend has no token of this asset.
    #[error("the backend has no token of this asset")]
    Asset,
    /// The backend does not do this.
    #[error("the backend does not do this kind of movement")]
    Kind,
    /// The names do not make a key of an intent, which none of ours ever is.
    #[error("the request has no name that an intent can bear")]
    Key,
}

/// Whatever carries out movements of tokens.
#[async_trait]
pub trait Backend: Send + Sync + Debug {
    /// The chain that it works on.
    fn chain(&self) -> ChainId;

    /// What is to be journaled for this attempt: signed by nobody after `expires_at`.
    ///
    /// # Errors
    /// [`NoEffect`].
    fn effect(&self, request: &Request, attempt: u32, expires_at: Timestamp) -> Result<Intent, NoEffect>;

    /// Makes the sender look at the journal now.
    fn wake(&self);

    /// How far a request's last attempt has come.
    ///
    /// # Errors
    /// The journal's.
    async fn progress(&self, request: &Request) -> Result<Progress, journal::Error>;

    /// What the token remembers of a request's reference, at a final block that a quorum agrees on.
    async fn look_up(&self, request: &Request) -> Sighting;

    /// The token's supply and the sum of these balances, at one final block that a quorum agrees on; `None` when there is
    /// no such evidence.
    async fn supply(&self, asset: &AssetId, holders: &[Address]) -> Option<SupplyAt>;
}
