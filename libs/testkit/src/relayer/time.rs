//! The machine's two clocks, as numbers that processes on one machine can compare.

use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

pub(super) use crate::bridge::witness::monotonic_nanos;

/// Wall time, in milliseconds since the epoch.
pub(super) fn wall_millis() -> u64 {
    let time = clock_gettime(ClockId::Realtime);
    let (seconds, nanos) = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    seconds.unwrap_or_default().saturating_mul(1_000).saturating_add(nanos.unwrap_or_default() / 1_000_000)
}

/// An instant of this process on CLOCK_MONOTONIC, which is also what tokio's clock runs on.
pub(super) fn on_monotonic(instant: Instant) -> u64 {
    let (now, here) = together();
    let ahead = instant.saturating_duration_since(here).as_nanos();
    let behind = here.saturating_duration_since(instant).as_nanos();
    let saturated = |nanos: u128| u64::try_from(nanos).unwrap_or(u64::MAX);
    now.saturating_add(saturated(ahead)).saturating_sub(saturated(behind))
}

/// Both clocks at one moment: a process that was stopped between the two readings reads them again.
fn together() -> (u64, Instant) {
    loop {
        let (before, here) = (monotonic_nanos(), Instant::now());
        if monotonic_nanos().saturating_sub(before) < 1_000_000 {
            return (before, here);
        }
    }
}
