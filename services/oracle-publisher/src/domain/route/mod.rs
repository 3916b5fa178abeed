//! Prices from other markets: a venue that quotes in a stablecoin is multiplied by that stablecoin's
//! own feed, and a cross rate is computed from two feeds. Every feed on the way has its own quorum.

mod convert;
mod graph;
mod units;

pub(in crate::domain) use convert::walk;
pub use convert::{Conversions, ConvertError, Leg, Operation, Quotation, Route};
pub use graph::{Checked, Composition, Error, FeedNode, Path, RouteGraph, RouteOf, SourceNode, Unchecked};
pub use units::Units;
