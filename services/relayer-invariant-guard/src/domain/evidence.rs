//! Everything that a verdict depends on, besides the rules: one consistent cut of books and chains.
//!
//! The cut is made in this order, and every judgement rests on it: the mempool's nonces; then one REPEATABLE READ, READ ONLY
//! snapshot of the relayer's database, sums and watermarks together; then each chain at exactly its watermark, asked of
//! every endpoint. So the books are never ahead of what a chain was asked for, and a journalled transaction is never
//! missing from books that are older than the mempool.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, AssetId, B256, ChainName, Timestamp, U256};

use super::{checkpoint::Checkpoint, finding::Gap, matching::Pairing, name::Name, quantity::Quantity};

/// Something that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// It is known.
    Known(T),
    /// It could not be found out.
    Missing(Gap),
}

/// One evaluation's evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// When it was complete: for people, no judgement depends on it.
    pub taken_at: Timestamp,
    /// The relayer's database.
    pub books: Seen<Books>,
    /// The chains, each with what every endpoint said.
    pub chains: BTreeMap<ChainName, Vec<Answer>>,
    /// What was known before of messages that are not over: all open ones, and those that came up again.
    pub ledger: Vec<Pairing>,
    /// Signed corrections that people approved, summed up.
    pub adjustments: BTreeMap<(AssetId, Name), Quantity>,
    /// The last checkpoint, or the approved genesis. `None`: there is nothing to go on from.
    pub checkpoint: Option<Checkpoint>,
    /// What people approved to be different from the checkpoint.
    pub approved: Approved,
}

/// Approved changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approved {
    /// Hashes of rules that may follow the checkpoint's.
    pub rules: BTreeSet<B256>,
    /// Values that a slot may have besides the configured one, in a window that is open now.
    pub slots: BTreeSet<(Name, B256)>,
    /// Changes of what was counted before.
    pub corrections: BTreeSet<Correction>,
}

/// A change of the books' past that people made on purpose, such as an event that was missing. It is good against one
/// checkpoint only, so that nobody can change the same sum again under the same approval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Correction {
    /// The hash of the checkpoint whose sums were right before.
    pub checkpoint: B256,
    /// The asset.
    pub asset: AssetId,
    /// The sum.
    pub term: Name,
    /// What it is counted anew, less what counting on from that checkpoint gives.
    pub difference: Quantity,
}

/// Up to where the books know a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Watermark {
    /// The block.
    pub height: u64,
    /// Its hash, as the books have it.
    pub hash: B256,
}

/// One snapshot of the relayer's database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Books {
    /// Up to where it knows each chain.
    pub watermarks: BTreeMap<ChainName, Watermark>,
    /// Cumulative sums up to there, by asset and term.
    pub sums: BTreeMap<(AssetId, Name), U256>,
    /// Further figures of the books at the watermark of their chain, by chain, asset and term. They may fall as well as
    /// rise, so no checkpoint holds them.
    pub terms: BTreeMap<ChainName, BTreeMap<(AssetId, Name), U256>>,
    /// Where the sums were counted anew, from the first row: what counting on from the checkpoint gives in the same
    /// snapshot. `None` where they were only counted on.
    pub carried: Option<BTreeMap<(AssetId, Name), U256>>,
    /// The newest batch: number and root.
    pub last_batch: Option<(u64, B256)>,
    /// The newest row of proofs below which every one is of a block that the books know; 0 before the first. Those above
    /// are looked at again.
    pub last_proof: u64,
    /// Batches that share a number or a root with another one, that are new, that were not anchored at the checkpoint, or
    /// that a proof below names.
    pub batches: Vec<BatchRow>,
    /// Deposits that are in more than one batch, with the batches.
    pub shared_deposits: BTreeMap<B256, BTreeSet<u64>>,
    /// Proofs that were executed since the checkpoint, and all of a message or leaf that was executed more than once.
    pub proofs: Vec<ProofRow>,
    /// The accounts that sign.
    pub accounts: Vec<AccountRow>,
    /// The contracts that count messages.
    pub messages: Vec<MessageRow>,
    /// Unique constraints that exist.
    pub constraints: BTreeSet<Name>,
    /// Value that left in a window of blocks, by asset and window.
    pub outflows: BTreeMap<(AssetId, Name), U256>,
}

/// A batch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchRow {
    /// The row, which tells two batches with one number apart.
    pub row: u64,
    /// Its number.
    pub number: u64,
    /// Its root.
    pub root: B256,
    /// The chain on which its root is anchored; `None` for one that the rules do not name.
    pub chain: Option<ChainName>,
    /// The block in which it was anchored; `None` while it is not.
    pub anchored_at: Option<u64>,
    /// The leaves of its members, where they were loaded.
    pub leaves: Option<Vec<B256>>,
}

/// What a contract made of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProofOutcome {
    /// It was executed.
    Accepted,
    /// It was refused as a proof; refusals for other reasons are not listed.
    Rejected,
}

/// A proof that was executed or refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProofRow {
    /// The row.
    pub row: u64,
    /// The message that it is for.
    pub message: B256,
    /// The batch that it names.
    pub batch: u64,
    /// The root that it was checked against.
    pub root: B256,
    /// The chain of its contract; `None` for one that the rules do not name.
    pub chain: Option<ChainName>,
    /// The block in which it was executed or refused.
    pub height: u64,
    /// Its leaf, hashed.
    pub leaf: B256,
    /// Its path; `None` when it could not be loaded.
    pub path: Option<Vec<B256>>,
    /// What the contract said.
    pub outcome: ProofOutcome,
}

/// An account that signs, as the books have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountRow {
    /// Its chain.
    pub chain: ChainName,
    /// The account.
    pub address: Address,
    /// The nonce that the next transaction gets.
    pub next: u64,
    /// Nonces below `next` without an active record (pending, sent or mined), with the age of the gap in ms.
    pub gaps: BTreeMap<u64, u64>,
}

/// A contract that counts messages, as the books have it: those of the blocks that are new, or of all of them where the
/// books were counted anew.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageRow {
    /// Its chain.
    pub chain: ChainName,
    /// The contract.
    pub contract: Address,
    /// The number that the first of them must have.
    pub first: u64,
    /// The highest number; `None` where there is no message.
    pub highest: Option<u64>,
    /// How many different numbers there are.
    pub distinct: u64,
    /// How many rows there are.
    pub rows: u64,
}

/// What one endpoint said about a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The endpoint.
    pub endpoint: Name,
    /// Who runs it: endpoints of one operator have one vote.
    pub operator: Name,
    /// What it said.
    pub said: Said,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// All that was asked for.
    Reading {
        /// Its last block.
        head: u64,
        /// Its last final block.
        final_height: u64,
        /// Pending nonces, read before the snapshot of the books.
        pending: BTreeMap<Address, u64>,
        /// What it says at the watermark: this must agree.
        reading: Reading,
    },
    /// Nothing, or not all of it, or something that is no answer.
    Nothing(Gap),
}

/// A chain at its watermark.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Reading {
    /// The hash of the block.
    pub hash: B256,
    /// The hash of the block at the checkpoint's height; `None` without a checkpoint.
    pub checkpoint_hash: Option<B256>,
    /// Balances and supplies, by asset and term.
    pub values: BTreeMap<(AssetId, Name), U256>,
    /// Nonces of accounts.
    pub nonces: BTreeMap<Address, u64>,
    /// The next message number of contracts.
    pub counters: BTreeMap<Address, u64>,
    /// Anchored roots of the batches that were asked for: zero for one without.
    pub roots: BTreeMap<u64, B256>,
    /// Owners, implementations, keepers.
    pub slots: BTreeMap<Name, B256>,
    /// What happened above the checkpoint, in the order of the chain.
    pub events: Vec<Event>,
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// Locked or burned at home, to be minted on the other side.
    Deposit,
    /// Minted on the other side.
    Mint,
    /// Burned on the other side, to be released at home.
    Burn,
    /// Released at home.
    Release,
}

impl EventKind {
    /// Whether value arrives by it.
    pub const fn is_effect(self) -> bool {
        match self {
            Self::Mint | Self::Release => true,
            Self::Deposit | Self::Burn => false,
        }
    }
}

/// A log of the bridge's contracts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// What it says.
    pub kind: EventKind,
    /// The message.
    pub id: B256,
    /// The asset.
    pub asset: AssetId,
    /// In base units of the asset on its home chain.
    pub amount: U256,
    /// Who gets it on the other side.
    pub recipient: B256,
    /// Its block.
    pub height: u64,
    /// Its place in the block.
    pub log_index: u64,
    /// Its transaction.
    pub tx: B256,
}
