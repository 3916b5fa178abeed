//! What was stored, as its readers see it.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use causeway_primitives::{Address, B256, Bytes, ChainId, ChainSelector, MessageId, Timestamp, U256};
use causeway_store::Error as StoreError;

use crate::domain::{
    event::{IdOrigin, IdProof, Outcome, Payload, TokenAmount},
    finding::Kind,
    lane::LaneKey,
    message::Status,
};

/// One side of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The chain's selector.
    pub selector: ChainSelector,
    /// The chain's id; `None` for a selector that neither the configuration nor the official table knows.
    pub chain_id: Option<ChainId>,
    /// The transaction; at the destination of the last execution.
    pub tx: Option<B256>,
    /// Its block.
    pub block_number: Option<u64>,
    /// Its block's hash.
    pub block_hash: Option<B256>,
    /// Its block's time.
    pub time: Option<Timestamp>,
    /// True when that block is final.
    pub is_final: bool,
}

/// How an execution was found to be of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// By the id that both sides state or give.
    Id,
    /// By source, sender and hash of the data, in order among equals.
    ContentInOrder,
}

/// A message, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// The store's key; orders messages of one instant.
    pub key: u64,
    /// The id.
    pub id: MessageId,
    /// The lane.
    pub lane: LaneKey,
    /// The lane's name.
    pub lane_name: String,
    /// Where the id comes from.
    pub id_origin: IdOrigin,
    /// Whether it is the one that the content gives.
    pub id_proof: IdProof,
    /// Where it comes from.
    pub source: Side,
    /// Where it goes.
    pub destination: Side,
    /// Who sent it.
    pub sender: Address,
    /// Who gets it.
    pub receiver: Bytes,
    /// The on-ramp.
    pub on_ramp: Address,
    /// Number within the ramp.
    pub sequence: Option<u64>,
    /// Number within (lane, sender).
    pub nonce: Option<u64>,
    /// What it says.
    pub payload: Payload,
    /// What the fee was paid in.
    pub fee_token: Address,
    /// The fee.
    pub fee: U256,
    /// The fee in juels, where stated.
    pub fee_juels: Option<U256>,
    /// Gas for the receiver, where stated.
    pub gas_limit: Option<U256>,
    /// Tokens that travel along.
    pub tokens: Vec<TokenAmount>,
    /// The status now.
    pub status: Status,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it arrived; `None` where that cannot be known, or has not happened.
    pub delivered_at: Option<Timestamp>,
    /// When it was executed.
    pub executed_at: Option<Timestamp>,
    /// Executions after the first.
    pub retry_count: u32,
    /// When they were; the first and the last few of many.
    pub retry_timestamps: Vec<Timestamp>,
    /// When the last one was.
    pub last_retry_at: Option<Timestamp>,
    /// How its execution was found.
    pub link: Option<Link>,
    /// True when its send is not on the chain any more and has not come back.
    pub orphaned: bool,
    /// An earlier message with the same sender, receiver and data on the same lane.
    pub possible_resend_of: Option<MessageId>,
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// The transaction.
    pub tx: B256,
    /// Its block.
    pub block_number: u64,
    /// Its block's time.
    pub time: Timestamp,
    /// How it ended; `None`: the transaction was reverted as a whole and left no log.
    pub outcome: Option<Outcome>,
    /// What was returned.
    pub return_data: Bytes,
    /// Gas used, where stated.
    pub gas_used: Option<U256>,
    /// True when its block is not on the chain any more.
    pub orphaned: bool,
}

/// A step of a message's way, undone ones included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryStep {
    /// `sent`, a name of [`crate::domain::message::Event`], or `undone`.
    pub event: String,
    /// The status after it.
    pub status: Status,
    /// When, by the clock of the chain that it stands on; for a judgement by the destination's clock.
    pub at: Timestamp,
    /// The chain.
    pub chain: Option<ChainId>,
    /// The block.
    pub block_number: Option<u64>,
    /// The transaction.
    pub tx: Option<B256>,
    /// Why, in words.
    pub cause: String,
}

/// Which messages are wanted; all that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// From this chain.
    pub source_chain: Option<ChainId>,
    /// To this chain.
    pub destination_chain: Option<ChainId>,
    /// In this status.
    pub status: Option<Status>,
    /// From this account.
    pub sender: Option<Address>,
    /// To this account, as the event writes it.
    pub receiver: Option<Bytes>,
    /// On this lane.
    pub lane: Option<String>,
    /// Sent at or after.
    pub sent_from: Option<Timestamp>,
    /// Sent before.
    pub sent_before: Option<Timestamp>,
}

/// A place in the order newest first: (sent at, key).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageKey {
    /// When the message was sent.
    pub sent_at: Timestamp,
    /// Its key.
    pub key: u64,
}

/// Which way a page goes from its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To older messages.
    Older,
    /// To newer messages.
    Newer,
}

/// A lane in figures over a window of time, by cohort of sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneStats {
    /// The lane.
    pub lane: LaneKey,
    /// Its name.
    pub lane_name: String,
    /// Messages sent in the window.
    pub sent: u64,
    /// Of these, by status now.
    pub by_status: Vec<(Status, u64)>,
    /// Exact quantiles of (executed − sent) over the executed ones: 50, 95, 99 %; `None` without one.
    pub latency: Option<[Duration; 3]>,
}

/// Something that must never be, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingView {
    /// Grows.
    pub sequence: u64,
    /// What.
    pub kind: Kind,
    /// On which chain.
    pub chain: ChainId,
    /// The lane's name.
    pub lane_name: Option<String>,
    /// The message.
    pub message: Option<MessageId>,
    /// What tells it from others.
    pub subject: String,
    /// One sentence.
    pub detail: String,
    /// When it was first seen, by our clock.
    pub seen_at: Timestamp,
    /// When it was over or accepted; `None`: open.
    pub closed_at: Option<Timestamp>,
}

/// The read side. Every method is one bounded query or a few.
#[async_trait]
pub trait Records: Send + Sync + fmt::Debug {
    /// A message by its id; of several lanes the newest.
    async fn find_message(&self, id: MessageId) -> Result<Option<MessageView>, StoreError>;

    /// The messages of a transaction, of either side.
    async fn list_messages_of_transaction(&self, chain: ChainId, tx: B256) -> Result<Vec<MessageView>, StoreError>;

    /// Messages newest first (oldest first for [`Direction::Newer`]), at most `limit`, without orphaned ones.
    async fn list_messages(
        &self,
        filter: &Filter,
        from: Option<(PageKey, Direction)>,
        limit: u32,
    ) -> Result<Vec<MessageView>, StoreError>;

    /// A message's way, oldest step first.
    async fn list_history(&self, key: u64) -> Result<Vec<HistoryStep>, StoreError>;

    /// A message's executions, oldest first.
    async fn list_attempts(&self, key: u64) -> Result<Vec<AttemptView>, StoreError>;

    /// Each lane over a window of time.
    async fn list_lane_stats(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LaneStats>, StoreError>;

    /// Open findings, newest first, at most `limit`.
    async fn list_findings(&self, limit: u32) -> Result<Vec<FindingView>, StoreError>;
}
