//! The policy's clock: monotonic while a process runs, and carried on by wall time while none does.
//!
//! Ages of alerts must outlive a process, and a process's monotonic clock does not. This is the one place where wall
//! time makes an age; a step of it while no process ran counts as time passed, or as none.

use std::time::Duration;

use causeway_primitives::Monotonic;
use causeway_runtime::clock::Clock;

use crate::policy::{Now, SavedAt};

/// Where the policy's clock stood at one reading of the process's.
#[derive(Debug, Clone, Copy)]
pub(super) struct PolicyTime {
    reading: Monotonic,
    at: Monotonic,
}

impl PolicyTime {
    /// The process's own clock.
    pub(super) const OWN: Self = Self { reading: Monotonic::new(Duration::ZERO), at: Monotonic::new(Duration::ZERO) };

    /// Goes on from a saved reading.
    pub(super) fn resumed(saved: SavedAt, clock: &dyn Clock) -> Self {
        Self { reading: saved.monotonic.after(clock.now().since(saved.wall)), at: clock.monotonic() }
    }

    /// Both clocks, for the policy.
    pub(super) fn now(self, clock: &dyn Clock) -> Now {
        Now { wall: clock.now(), monotonic: self.reading.after(clock.monotonic().since(self.at)) }
    }

    /// The same reading, to be saved.
    pub(super) const fn stamp(now: Now) -> SavedAt {
        SavedAt { wall: now.wall, monotonic: now.monotonic }
    }
}
