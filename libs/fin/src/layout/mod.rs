//! Which fields a message type has, in which order and how often: as data, with one walk for all types.

mod cash;
mod node;
mod outline;
mod securities;

use self::node::Node;
pub(crate) use self::outline::{Misfit, outline};
pub use self::outline::{Outline, Sequence};
