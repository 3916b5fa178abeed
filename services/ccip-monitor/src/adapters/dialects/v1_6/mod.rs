//! Chainlink CCIP 1.6: one ramp for each chain and direction; the off-ramp takes the reports of arrival.
//!
//! A message has two hashes. Its id is computed at the source over what was sent. Its leaf is computed at the
//! destination over what is executed, the id included; the execution's event carries it. Computing the leaf from the
//! send proves that what was executed is what was sent.

mod abi;
mod decode;
mod hashes;
mod message;
mod settings;

pub use self::decode::V1_6;
