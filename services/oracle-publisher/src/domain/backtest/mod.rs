//! The same decision over a recorded price: how many rounds a policy would have cost, and how far the
//! answer on chain would have been from the market. One series, one venue; what it does not simulate
//! is the venues' disagreement and the chain's congestion.

mod chain;
mod ledger;
mod series;

#[cfg(test)]
mod tests;

pub use series::{Error, Report, Rounds, Settings, Tick, run};
