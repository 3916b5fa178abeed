//! The parts of a report as data: amounts and long numbers as text, spans in milliseconds, times in RFC 3339.

use serde::Serialize;
use utoipa::ToSchema;

/// The window: sends at or after `from` and before `until`.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowPart {
    /// Its beginning.
    pub from: String,
    /// Its end, which is not within.
    pub until: String,
}

/// How far a chain was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChainPart {
    /// The chain.
    pub chain_id: u64,
    /// Its last stored block.
    pub block_number: u64,
    /// That block's time.
    pub timestamp: String,
}

/// Whether everything of the window was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoveragePart {
    /// True when every chain was read past the end of the window and nothing is missing.
    pub whole: bool,
    /// Chains that were.
    pub read: Vec<ChainPart>,
    /// Chains that were not: their part of the window is not all there.
    pub behind: Vec<ChainPart>,
    /// Things that are there and could not be read.
    pub open_holes: u64,
}

/// Execution − send, exact over single messages.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatencyPart {
    /// Over so many messages.
    pub messages: u64,
    /// The mean.
    pub mean_ms: u64,
    /// The median.
    pub p50_ms: u64,
    /// 95 %.
    pub p95_ms: u64,
    /// 99 %.
    pub p99_ms: u64,
    /// The longest.
    pub longest_ms: u64,
    /// Executions whose block time lies before that of their send: two clocks that differ. Counted as zero.
    pub backwards: u64,
}

/// A message that took far longer than the others of its lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutlierPart {
    /// Which.
    pub message_id: String,
    /// When it was sent.
    pub sent_at: String,
    /// How long it took.
    pub latency_ms: u64,
}

/// Messages that took far longer than the others of their lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutliersPart {
    /// Longer than this: the third quartile and three times the distance between the quartiles.
    pub beyond_ms: Option<u64>,
    /// Slowest first.
    pub messages: Vec<OutlierPart>,
    /// True when there may be more than are listed.
    pub at_least: bool,
}

/// Messages sent in the window.
#[derive(Debug, Serialize, ToSchema)]
pub struct VolumePart {
    /// The lane; absent: all together.
    pub lane: Option<String>,
    /// The cohort.
    pub sent: u64,
    /// Of these.
    pub executed: u64,
    /// Of these.
    pub failed: u64,
    /// Of these.
    pub expired: u64,
    /// Of these: on their way, and in no rate.
    pub pending: u64,
    /// Executed, failed or expired: what the rate is of.
    pub ended: u64,
    /// Executed of ended; absent when nothing has ended.
    pub success_rate_percent: Option<String>,
    /// Of the executed ones.
    pub latency: Option<LatencyPart>,
    /// The slowest ones.
    pub outliers: OutliersPart,
}

/// Fees of a lane in one token.
#[derive(Debug, Serialize, ToSchema)]
pub struct LaneFeesPart {
    /// The lane.
    pub lane: String,
    /// The chain that they were paid on.
    pub chain_id: Option<u64>,
    /// The token; zero is the chain's coin.
    pub token: String,
    /// Messages.
    pub messages: u64,
    /// In the token's smallest unit.
    pub total: String,
    /// Rounded down.
    pub per_message: String,
    /// In the window of the same length before.
    pub per_message_before: Option<String>,
    /// `up`, `down`, `flat`, or `unknown` without a window before.
    pub trend: &'static str,
    /// By how much of the earlier mean.
    pub trend_percent: Option<String>,
    /// Bytes of data of these messages.
    pub data_bytes: u64,
}

/// Fees of a UTC day in one token, all lanes together.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayFeesPart {
    /// Its beginning.
    pub day: String,
    /// The chain that they were paid on.
    pub chain_id: Option<u64>,
    /// The token.
    pub token: String,
    /// Messages.
    pub messages: u64,
    /// In the token's smallest unit.
    pub total: String,
}

/// What was paid. Amounts of two tokens are never added.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeesPart {
    /// By lane and token.
    pub lanes: Vec<LaneFeesPart>,
    /// By day and token.
    pub days: Vec<DayFeesPart>,
}

/// Executions of a lane that failed for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorKindPart {
    /// The lane.
    pub lane: String,
    /// The sort: for example `receiver`, `rate_limit`, `out_of_gas`.
    pub kind: &'static str,
    /// The errors by their names, outermost first: the last is the root cause.
    pub reason: String,
    /// What the last one said in full.
    pub words: String,
    /// Executions.
    pub attempts: u64,
    /// Of all failed executions.
    pub share_percent: String,
    /// The last one.
    pub last_at: String,
    /// The message of the last one.
    pub example: String,
}

/// Executions that failed in the window, whenever their messages were sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorsPart {
    /// All of them.
    pub attempts: u64,
    /// By lane and reason, most frequent first.
    pub kinds: Vec<ErrorKindPart>,
    /// Those whose reason is too rare to be listed.
    pub unlisted: u64,
}

/// Messages of a time.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountPart {
    /// Its beginning.
    pub start: String,
    /// Sent in it.
    pub sent: u64,
    /// Executed in it, whenever they were sent.
    pub executed: u64,
}

/// An hour of the day.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourPart {
    /// 0 to 23, UTC.
    pub hour: u64,
    /// Sent in it, all days together.
    pub sent: u64,
}

/// How much room a lane had.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoomPart {
    /// The lane.
    pub lane: String,
    /// The busiest hour of the window.
    pub busiest: CountPart,
    /// The highest hour in the year up to the window's end.
    pub highest: CountPart,
    /// What of the highest hour was left in the busiest one.
    pub headroom_percent: String,
}

/// Messages over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityPart {
    /// Mean sends an hour, to the thousandth.
    pub mean_per_hour: String,
    /// UTC days with a message.
    pub days: Vec<CountPart>,
    /// The busiest hours of the day.
    pub peak_hours: Vec<HourPart>,
    /// What room is measured against.
    pub room_basis: &'static str,
    /// By lane.
    pub room: Vec<RoomPart>,
}

/// Somebody who used a lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartyPart {
    /// Who.
    pub account: String,
    /// Messages.
    pub messages: u64,
    /// The first message ever.
    pub first_seen: String,
}

/// Who used an end of a lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessPart {
    /// The lane.
    pub lane: String,
    /// `sender` or `receiver`.
    pub end: &'static str,
    /// Accounts that are allowed; absent: everybody is.
    pub allowed: Option<usize>,
    /// Accounts that were seen.
    pub seen: usize,
    /// Those seen that are not allowed.
    pub not_allowed: Vec<PartyPart>,
    /// Those seen for the first time ever.
    pub new: Vec<PartyPart>,
}

/// A change of a contract's settings.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettingPart {
    /// When.
    pub at: String,
    /// The chain.
    pub chain_id: u64,
    /// The block.
    pub block_number: u64,
    /// The transaction.
    pub tx_hash: String,
    /// The contract.
    pub contract: String,
    /// For example `ownership_transferred`, `role_granted`, `senders_allowed`.
    pub kind: String,
    /// Whom or what it names.
    pub subject: String,
}

/// How often something was seen that must never be.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingPart {
    /// For example `duplicate_execution`.
    pub kind: &'static str,
    /// `integrity`, `replay`, `order`, `access` or `settings`.
    pub concern: &'static str,
    /// First seen in the window.
    pub seen: u64,
    /// Of these: not closed.
    pub open: u64,
}

/// The form of messages of a lane.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormatPart {
    /// The lane.
    pub lane: String,
    /// Messages.
    pub messages: u64,
    /// Ids that the content gives.
    pub id_verified: u64,
    /// Ids that it does not give.
    pub id_mismatched: u64,
    /// Ids that have no formula over the content.
    pub id_not_derivable: u64,
    /// Ids that no event states.
    pub id_derived: u64,
    /// Receivers that are not 20 bytes.
    pub receivers_not_evm: u64,
    /// Bytes of data: median.
    pub data_p50_bytes: u64,
    /// Bytes of data: 95 %.
    pub data_p95_bytes: u64,
    /// Bytes of data: most.
    pub data_longest_bytes: u64,
}

/// The security review.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityPart {
    /// Each lane and end that was used.
    pub access: Vec<AccessPart>,
    /// Changes of the contracts' settings, in order.
    pub settings: Vec<SettingPart>,
    /// Every kind that was looked for, seen or not.
    pub findings: Vec<FindingPart>,
    /// By lane.
    pub formats: Vec<FormatPart>,
}

/// An amount of a token.
#[derive(Debug, Serialize, ToSchema)]
pub struct AmountPart {
    /// The token; zero is the chain's coin.
    pub token: String,
    /// In its smallest unit.
    pub amount: String,
}

/// Something that could cost less.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpportunityPart {
    /// The lane.
    pub lane: String,
    /// `batch` or `pack`.
    pub way: &'static str,
    /// What was seen.
    pub observation: String,
    /// What it would have saved in the window; absent when there is too little to go by.
    pub saving: Option<AmountPart>,
    /// What the figure rests on.
    pub assumption: &'static str,
}

/// The cost review.
#[derive(Debug, Serialize, ToSchema)]
pub struct CostPart {
    /// What could cost less.
    pub opportunities: Vec<OpportunityPart>,
}
