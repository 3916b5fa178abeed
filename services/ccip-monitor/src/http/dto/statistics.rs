//! Lanes in figures.

use std::time::Duration;

use causeway_primitives::{Ppm, U256};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::{message::Status, report::Window},
    ports::LaneStats,
};

/// A lane over a window. The cohort is the messages sent in it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct LaneStatistics {
    lane: String,
    sent: u64,
    executed: u64,
    failed: u64,
    expired: u64,
    /// Sent, delivered or executing: said, and in no rate.
    pending: u64,
    /// Executed of those that ended (executed, failed, expired); absent when none did.
    success_rate_percent: Option<String>,
    /// Executed − sent, exact over the executed messages, in milliseconds.
    latency_p50_ms: Option<u64>,
    latency_p95_ms: Option<u64>,
    latency_p99_ms: Option<u64>,
}

impl From<&LaneStats> for LaneStatistics {
    fn from(stats: &LaneStats) -> Self {
        let of = |wanted: Status| {
            stats.by_status.iter().filter(|(status, _)| *status == wanted).map(|(_, count)| count).sum()
        };
        let (executed, failed, expired): (u64, u64, u64) =
            (of(Status::Executed), of(Status::Failed), of(Status::Expired));
        let ended = executed.saturating_add(failed).saturating_add(expired);
        let rate = (ended > 0).then(|| Ppm::of(U256::from(executed), U256::from(ended)));
        let millis = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        let latency = stats.latency.map(|quantiles| quantiles.map(millis));
        Self {
            lane: stats.lane_name.clone(),
            sent: stats.sent,
            executed,
            failed,
            expired,
            pending: stats.sent.saturating_sub(ended),
            success_rate_percent: rate.map(|rate| rate.to_string()),
            latency_p50_ms: latency.map(|[p50, _, _]| p50),
            latency_p95_ms: latency.map(|[_, p95, _]| p95),
            latency_p99_ms: latency.map(|[_, _, p99]| p99),
        }
    }
}

/// Every lane with a message in the window.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct Statistics {
    from: String,
    before: String,
    lanes: Vec<LaneStatistics>,
}

impl Statistics {
    pub(in crate::http) fn new(window: Window, lanes: &[LaneStats]) -> Self {
        Self {
            from: window.from().to_string(),
            before: window.before().to_string(),
            lanes: lanes.iter().map(LaneStatistics::from).collect(),
        }
    }
}
