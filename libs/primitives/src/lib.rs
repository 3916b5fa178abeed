//! The vocabulary that every Causeway crate shares: ids, prices, on-chain answers, thresholds, times.
//!
//! Everything here is a value: parsed once at the edge, checked in its arithmetic, without I/O, without
//! a clock and without binary floating point. What a crate needs for its wire formats (serde, prost,
//! sqlx) it converts at its own edge.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

mod answer;
mod ccip;
mod ids;
mod percent;
mod price;
mod scope;
mod time;

pub use ::time::Date;
pub use alloy_primitives::{Address, B256, Bytes, I256, U256, aliases::I512, keccak256};
pub use rust_decimal::Decimal;

pub use crate::{
    answer::{Answer, AnswerError, Decimals, RoundId},
    ccip::{CcipError, ChainSelector, MessageId},
    ids::{AssetId, ChainId, ChainName, FeedId, IdError, LaneName, Pair, RelayerId, SignerId, SourceId, VenueId},
    percent::{Ppm, PpmError},
    price::{Price, PriceError},
    scope::{Scope, ScopeError},
    time::{Monotonic, TimeError, Timestamp},
};
