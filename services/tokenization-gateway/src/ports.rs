//! The world outside, as the gateway asks it: few questions, each with "could not find out" as an answer of its own.

use std::{fmt::Debug, time::Duration};

use async_trait::async_trait;
use causeway_chain::{intent::Intent, journal};
use causeway_primitives::{Address, AssetId, ChainId, FeedId, Timestamp};
use causeway_store::Error as StoreError;

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
    /// Somebody else has our name for it, and it is something else.
    Conflict,
}

/// How far that which leaves this chain has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Nothing leaves: what is done here is all there is.
    Here,
    /// What is done here is the first half, and the second is not begun.
    Unsent,
    /// It is there, at a final block that a quorum agrees on.
    Arrived,
    /// It is on its way.
    Underway,
    /// Its delivery failed and may yet succeed, by somebody's hand: nothing is repeated and nothing given back.
    Stranded,
    /// It was refused there for good, and the chain says so.
    Declined,
    /// Something else is there under our reference.
    OtherContent,
    /// Nobody could say with evidence.
    Unreadable,
}

/// What is journaled before an effect, by whom it is that brings it about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Our own sender.
    Intent(Intent),
    /// Another system, over its API.
    Errand(Errand),
}

/// A system that does something for us when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Hyperledger FireFly.
    Firefly,
    /// Hyperledger Cacti.
    Cacti,
}

impl System {
    /// Both.
    pub const EVERY: [Self; 2] = [Self::Firefly, Self::Cacti];

    /// Row and label value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firefly => "firefly",
            Self::Cacti => "cacti",
        }
    }
}

/// Something that another system is to be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// Names it to us and to the other system: the same key twice is the same errand.
    pub key: String,
    /// Whom to ask.
    pub system: System,
    /// What to ask for, as it is posted.
    pub body: String,
    /// After this it is not asked for a first time any more.
    pub expires_at: Timestamp,
    /// Of those that share one, one is open at a time.
    pub lane: Option<String>,
}

/// The record of what was begun could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The sender's.
    #[error("the sender's journal could not be read")]
    Journal(#[from] journal::Error),
    /// The database's.
    #[error("the database did not answer")]
    Store(#[from] StoreError),
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
#[derive(Debug, thiserror::Error)]
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
    /// What was begun before could not be read.
    #[error("what was begun before could not be read")]
    Unread(#[source] Unread),
}

/// Whatever carries out movements of tokens.
#[async_trait]
pub trait Backend: Send + Sync + Debug {
    /// The chain that it works on.
    fn chain(&self) -> ChainId;

    /// What is to be journaled for this attempt: begun by nobody after `expires_at`.
    ///
    /// # Errors
    /// [`NoEffect`].
    fn effect(&self, request: &Request, attempt: u32, expires_at: Timestamp) -> Result<Effect, NoEffect>;

    /// Makes whoever carries it out look at the journal now.
    fn wake(&self);

    /// How far the last attempt at each of these requests has come, in their order.
    ///
    /// # Errors
    /// [`Unread`].
    async fn progress(&self, requests: &[&Request]) -> Result<Vec<Progress>, Unread>;

    /// What tokens remember of the references of these requests, in their order: all at one final block that a quorum agrees
    /// on.
    async fn look_up(&self, requests: &[&Request]) -> Vec<Sighting>;

    /// How far what leaves this chain has come.
    async fn arrival(&self, request: &Request) -> Arrival;

    /// The second half of what leaves in two, when the first is proven and [`Arrival::Unsent`] says so.
    ///
    /// # Errors
    /// [`NoEffect`], also where there are no halves.
    async fn onward(&self, request: &Request, expires_at: Timestamp) -> Result<Effect, NoEffect>;

    /// What gives back what a request took, under a reference of its own; `None` for what takes nothing that could be given
    /// back.
    fn reversal(&self, request: &Request) -> Option<Request>;

    /// The token's supply and the sum of these balances, at one final block that a quorum agrees on; `None` when there is
    /// no such evidence.
    async fn supply(&self, asset: &AssetId, holders: &[Address]) -> Option<SupplyAt>;
}
