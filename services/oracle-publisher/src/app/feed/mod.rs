//! One feed as a task: it wakes when a source ticks, when a command comes, and on its cadence, and takes one
//! turn each time.
//!
//! A turn gathers, evaluates, and acts. Ticks only publish; holds, the life cycle of sources and the breaker's
//! moves are recorded on the cadence, so that a thousand ticks a second are no thousand records. A feed
//! waits for nothing without a bound, and for no other feed.

mod entry;
mod patience;
mod references;
mod standby;
mod task;
mod turn;

use self::task::Wake;
pub use self::task::{Deps, FeedTask, Setup};
