//! How eagerly a chain is scanned.

use std::time::Duration;

/// The bounds of a scan. Within them it adapts to each endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanPolicy {
    /// The most blocks in one request; at least 1. Besu answers 5,000 unless configured otherwise.
    pub widest: u64,
    /// The most requests for windows at the same time; at least 1.
    pub in_flight: usize,
    /// The most bytes of JSON that are fetched or expected ahead of what was handed out. What becomes of them
    /// in memory is about as much again while an answer is read, and less afterwards.
    pub ahead_bytes: u64,
    /// The size of an answer that windows are planned for: long enough that a round trip does not count, short
    /// enough to be read in some twenty milliseconds.
    pub answer_bytes: u64,
    /// How many headers are asked for in one request, where block times are not in the logs. geth, Besu and
    /// hosted endpoints take a thousand at most, some of them a hundred.
    pub headers_per_request: usize,
    /// How often the whole set is tried for one window before the scan reports a failure; at least 1.
    pub rounds: u32,
    /// The pause before the second round; it doubles from round to round, with jitter.
    pub round_pause: Duration,
}

impl Default for ScanPolicy {
    /// For a node with Besu's limits, and some 100 MiB of memory at the very most. The rounds last six seconds,
    /// which covers the restart of a node and the usual `Retry-After`.
    fn default() -> Self {
        Self {
            widest: 5_000,
            in_flight: 8,
            ahead_bytes: 32 * 1024 * 1024,
            answer_bytes: 4 * 1024 * 1024,
            headers_per_request: 100,
            rounds: 6,
            round_pause: Duration::from_millis(200),
        }
    }
}
