//! The seams to the outside: what sources tell the application, and what the application needs from a
//! store and a chain. A trait here is an I/O port; everything else is concrete.

mod chain;
#[cfg(test)]
pub(crate) mod fake;
mod ledger;
mod records;
mod sources;

pub use self::{
    chain::{ChainGap, FeedChain, FeedReading, RoundFinder, Wanted},
    ledger::{Entry, FeedState, Ledger, NewDecision, NewEvent, NewPublication},
    records::{DecisionQuery, DecisionRow, Head, Records, RoundCursor, RoundRow, Rounds},
    sources::{Fault, QuotaReading, Signal, SignalSink, Tick},
};
