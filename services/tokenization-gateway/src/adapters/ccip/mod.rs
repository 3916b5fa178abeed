//! CCIP as a way to another chain: what was sent there is proven there, and ccip-monitor says where it is meanwhile.

mod lane;

pub use self::lane::{Far, Lane};
