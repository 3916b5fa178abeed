//! What the chains say, in one vocabulary for all dialects.

use causeway_primitives::{Address, B256, Bytes, ChainId, ChainSelector, MessageId, Timestamp, U256};

use super::lane::LaneKey;

/// Where on its chain an event stands. (chain, block hash, log index) names it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// The chain.
    pub chain: ChainId,
    /// The block's height.
    pub block: u64,
    /// The block's hash: two blocks of one height are two places.
    pub block_hash: B256,
    /// The block's time.
    pub time: Timestamp,
    /// The transaction.
    pub tx: B256,
    /// The log's number within the block.
    pub log_index: u64,
    /// Who emitted it.
    pub contract: Address,
}

/// An event of a watched contract, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub event: LaneEvent,
}

/// What an event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaneEvent {
    /// A message was accepted on its source chain.
    Sent(Box<Sent>),
    /// A range of messages arrived on the destination chain.
    Committed(Committed),
    /// One message arrived, in a dialect whose relay says so for each.
    Delivered {
        /// The lane.
        lane: LaneKey,
        /// The message.
        id: MessageId,
    },
    /// A commit was withdrawn: its messages have not arrived.
    RootRemoved {
        /// The root of the commit.
        root: B256,
    },
    /// An execution was tried, and left a log.
    Attempted(Box<Attempted>),
    /// An execution was passed over.
    Skipped(Skipped),
    /// The contracts' own settings changed.
    Changed(Changed),
}

/// A message at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The lane.
    pub lane: LaneKey,
    /// Its id.
    pub id: MessageId,
    /// Where the id comes from.
    pub id_origin: IdOrigin,
    /// Whether the id is the one that its content gives.
    pub id_proof: IdProof,
    /// Number within the on-ramp, from 1. `None` where the dialect does not count.
    pub sequence: Option<u64>,
    /// Number within (lane, sender), from 1. `None`: executed in any order.
    pub nonce: Option<u64>,
    /// Who sent it.
    pub sender: Address,
    /// Who gets it: 20 bytes on an EVM chain.
    pub receiver: Bytes,
    /// What it says.
    pub payload: Payload,
    /// What the fee was paid in; zero is the chain's own coin.
    pub fee_token: Address,
    /// The fee in the smallest unit of `fee_token`.
    pub fee: U256,
    /// The fee in juels (10⁻¹⁸ LINK), where the event states it.
    pub fee_juels: Option<U256>,
    /// Gas for the receiver, where the event states it.
    pub gas_limit: Option<U256>,
    /// Tokens that travel along.
    pub tokens: Vec<TokenAmount>,
    /// The leaf that an execution of this very message shows; see [`super::lane::Leaf::Executed`].
    pub leaf: Option<B256>,
}

/// Where a message's id comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdOrigin {
    /// The event states it.
    Stated,
    /// The event states none: keccak256(transaction hash ‖ uint256(log index)). Stable only once the block is final.
    Derived,
}

/// Whether a message's id is the one that its content gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdProof {
    /// It is.
    Verified,
    /// It is not: somebody tampers, or this program's formula is wrong. Either must be looked at.
    Mismatch {
        /// What the content gives.
        computed: MessageId,
    },
    /// The dialect has no formula over the content.
    NotDerivable,
}

/// A message's data: all of it by hash and length, the beginning by value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payload {
    /// keccak256 of the whole.
    pub hash: B256,
    /// Bytes of the whole.
    pub length: u64,
    /// At most [`Payload::KEPT`] bytes from the beginning.
    pub head: Bytes,
}

impl Payload {
    /// Bytes that are kept. Enough for every ABI-encoded instruction that people read; a megabyte of data in a log is
    /// possible, and nobody reads it here.
    pub const KEPT: usize = 4_096;
}

/// Some of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenAmount {
    /// The token on the source chain; where the event names only its pool, the pool.
    pub token: Address,
    /// In the token's smallest unit.
    pub amount: U256,
}

/// A range of messages that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The lane.
    pub lane: LaneKey,
    /// The ramp whose numbers these are; `None` where the version does not say it.
    pub on_ramp: Option<Address>,
    /// The first sequence number.
    pub first: u64,
    /// The last sequence number, not below `first`.
    pub last: u64,
    /// Merkle root over the leaves of the range.
    pub root: B256,
}

/// An execution that left a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// The lane.
    pub lane: LaneKey,
    /// The message, as the destination names it.
    pub id: MessageId,
    /// Its sequence number, where stated.
    pub sequence: Option<u64>,
    /// The leaf that was executed, where stated.
    pub leaf: Option<B256>,
    /// How it ended.
    pub outcome: Outcome,
    /// What the receiver, or the ramp, returned; at most [`Attempted::RETURN_DATA_KEPT`] bytes.
    pub return_data: Bytes,
    /// Gas used by the execution, where stated.
    pub gas_used: Option<U256>,
    /// What it carried, where the event repeats it: by this a message is found whose id the event does not know.
    pub content: Option<Content>,
}

impl Attempted {
    /// Bytes of return data that are kept. Ramps cut at 132; a hostile contract may not.
    pub const RETURN_DATA_KEPT: usize = 1_024;
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Final.
    Succeeded,
    /// May be executed again by hand.
    Failed,
}

/// What a message carries, for linking by content.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Content {
    /// The sender on the source chain.
    pub sender: Address,
    /// keccak256 of the data.
    pub data_hash: B256,
}

/// An execution that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The lane.
    pub lane: LaneKey,
    /// Its sequence number, where stated.
    pub sequence: Option<u64>,
    /// Its sender and nonce, where stated: skips for the order of a sender's messages name them instead of the number.
    pub nonce: Option<SenderNonce>,
    /// Why.
    pub reason: SkipReason,
}

/// A message as its sender counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SenderNonce {
    /// The sender on the source chain.
    pub sender: Address,
    /// Its number within (lane, sender), from 1.
    pub nonce: u64,
}

/// Why an execution was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// It had been executed already.
    AlreadyExecuted,
    /// The committee had tried it already; now it is for people.
    AlreadyAttempted,
    /// An earlier message of the sender has to come first.
    IncorrectNonce,
    /// A message of the sender on the ramp before this one is still on its way.
    PreviousRampInFlight,
    /// The lane is cursed.
    Cursed,
}

impl SkipReason {
    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyExecuted => "already_executed",
            Self::AlreadyAttempted => "already_attempted",
            Self::IncorrectNonce => "incorrect_nonce",
            Self::PreviousRampInFlight => "previous_ramp_in_flight",
            Self::Cursed => "cursed",
        }
    }
}

/// A change of the contracts' own settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// What changed.
    pub kind: ChangeKind,
    /// The other chain that it concerns; `None`: the contract as a whole.
    pub peer: Option<ChainSelector>,
    /// Whom or what it names: an account, a subject, a contract; raw bytes of at most 32.
    pub subject: Bytes,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// A subject was cursed.
    Cursed,
    /// A curse was lifted.
    Uncursed,
    /// The router sends to another on-ramp.
    OnRampSet,
    /// The router takes from one more off-ramp.
    OffRampAdded,
    /// The router takes from an off-ramp no longer.
    OffRampRemoved,
    /// A lane's settings at the on-ramp changed.
    DestinationConfigured,
    /// A lane's settings at the off-ramp changed.
    SourceConfigured,
    /// Senders were allowed.
    SendersAllowed,
    /// Senders were disallowed.
    SendersDisallowed,
    /// The allow-list's administrator changed.
    AllowListAdminSet,
    /// A transfer of ownership was asked for.
    OwnershipTransferRequested,
    /// The owner changed.
    OwnershipTransferred,
    /// The contract that curses was swapped.
    RmnSet,
    /// Commits were halted.
    Paused,
    /// Commits go on.
    Unpaused,
    /// An administrator moved the counter: a gap that is legal.
    SequenceMoved,
    /// A role was granted.
    RoleGranted,
    /// A role was revoked.
    RoleRevoked,
    /// Other settings of a contract were set; the subject is the hash of what they were set to.
    ContractConfigured,
    /// Ramps of a lane were declared to follow earlier ones, whose nonces they continue.
    PreviousRampsSet,
}

impl ChangeKind {
    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cursed => "cursed",
            Self::Uncursed => "uncursed",
            Self::OnRampSet => "on_ramp_set",
            Self::OffRampAdded => "off_ramp_added",
            Self::OffRampRemoved => "off_ramp_removed",
            Self::DestinationConfigured => "destination_configured",
            Self::SourceConfigured => "source_configured",
            Self::SendersAllowed => "senders_allowed",
            Self::SendersDisallowed => "senders_disallowed",
            Self::AllowListAdminSet => "allow_list_admin_set",
            Self::OwnershipTransferRequested => "ownership_transfer_requested",
            Self::OwnershipTransferred => "ownership_transferred",
            Self::RmnSet => "rmn_set",
            Self::Paused => "paused",
            Self::Unpaused => "unpaused",
            Self::SequenceMoved => "sequence_moved",
            Self::RoleGranted => "role_granted",
            Self::RoleRevoked => "role_revoked",
            Self::ContractConfigured => "contract_configured",
            Self::PreviousRampsSet => "previous_ramps_set",
        }
    }
}
