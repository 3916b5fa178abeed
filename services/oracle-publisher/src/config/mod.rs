//! Settings → values that need no second look. Everything that can be wrong without asking the world is found
//! here, before anything is bound, opened or sent; the rest (chain id, decimals, roles) at start.

mod backtest;
mod chain;
mod feeds;
mod graph;
mod load;
mod names;
mod one_feed;
mod quoted;
mod raw;
mod references;
mod settings;
mod signers;
mod source;
#[cfg(test)]
mod tests;
mod venues;

pub use self::{
    backtest::backtest_policy,
    chain::{Chain, Dialect, Publisher},
    feeds::{Feed, Feeds},
    load::{load, load_store},
    names::SERVICE,
    settings::Config,
    signers::{Keyed, SignerSettings, Signers},
    source::{Role, Source},
    venues::{VenueFacts, Venues},
};
