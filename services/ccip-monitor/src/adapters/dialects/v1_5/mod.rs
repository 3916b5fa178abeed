//! Chainlink CCIP 1.2 and 1.5: ramps and a commit store for each lane. Their events agree to the byte.
//!
//! The other end of a lane is in the contracts' static configuration and not in their events, so it comes from the
//! list of contracts. The message's id is its leaf: the off-ramp itself refuses a message whose id is another.

mod abi;
mod decode;
mod id;
mod settings;

pub use self::decode::V1_5;
