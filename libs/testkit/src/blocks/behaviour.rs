//! How an endpoint behaves: its limits, its manners, its faults.

use std::{ops::RangeInclusive, time::Duration};

/// What one endpoint does. The default is a Besu as it comes: at most 5,000 blocks in a range, any number of
/// logs, batches, no times in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// How long each request takes at least.
    pub latency: Duration,
    /// The most blocks in a range of logs.
    pub range_cap: u64,
    /// The most logs in an answer; `None` for no limit.
    pub most_logs: Option<usize>,
    /// Whether [`Behaviour::most_logs`] also holds for logs by block hash.
    pub limits_by_hash: bool,
    /// Whether `eth_getBlockReceipts` is known.
    pub serves_receipts: bool,
    /// The words in which a limit is told.
    pub wording: Wording,
    /// Whether logs carry `blockTimestamp`.
    pub times_in_logs: bool,
    /// What logs carry as `blockTimestamp` instead of the truth, in seconds.
    pub false_time: Option<u64>,
    /// Whether several calls may come in one request.
    pub takes_batches: bool,
    /// The depth of the `finalized` block; `None` answers as Besu does: unknown block.
    pub finalized_depth: Option<u64>,
    /// How many blocks it is behind the chain.
    pub behind: u64,
    /// Blocks whose logs it does not know, without knowing that: a damaged index.
    pub omits: Option<RangeInclusive<u64>>,
    /// Sends the logs of this many blocks below the range along, which nobody asked for.
    pub strays: u64,
    /// Requests that it has no time for.
    pub busy: Option<Busy>,
}

/// Requests that are turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// How many more.
    pub requests: u32,
    /// What `Retry-After` says, in seconds.
    pub retry_after: Option<u32>,
}

/// Whose words are used where a limit is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// Besu's only sentence for it, without a number.
    Besu,
    /// reth's, with the range that would do when there are too many logs.
    Reth,
    /// Infura's, with the range that would do, in hex.
    Infura,
    /// Words that nobody knows.
    Strange,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            range_cap: 5_000,
            most_logs: None,
            limits_by_hash: true,
            serves_receipts: false,
            wording: Wording::Besu,
            times_in_logs: false,
            false_time: None,
            takes_batches: true,
            finalized_depth: None,
            behind: 0,
            omits: None,
            strays: 0,
            busy: None,
        }
    }
}

impl Wording {
    /// Code and words for too many blocks.
    pub(super) fn too_wide(self, cap: u64) -> (i64, String) {
        match self {
            Self::Besu => (-32_005, "Requested range exceeds maximum RPC range limit".to_owned()),
            Self::Reth => (-32_602, format!("query exceeds max block range {cap}")),
            Self::Infura => (-32_602, format!("block range is too wide, limit {cap}")),
            Self::Strange => (-32_602, "the parameters are not to our taste".to_owned()),
        }
    }

    /// Code and words for too many logs, of which those in `fitting` would not be too many.
    pub(super) fn too_many(self, most: usize, fitting: &RangeInclusive<u64>) -> (i64, String) {
        let (from, to) = (fitting.start(), fitting.end());
        match self {
            Self::Besu => self.too_wide(0),
            Self::Reth => (-32_602, format!("query exceeds max results {most}, retry with the range {from}-{to}")),
            Self::Infura => {
                let text =
                    format!("query returned more than {most} results. Try with this block range [{from:#x}, {to:#x}].");
                (-32_005, text)
            }
            Self::Strange => (-32_000, "this cannot be told".to_owned()),
        }
    }
}
