//! Settings → values that need no second look. What can be wrong without asking the world is found here, before anything
//! is bound, opened or sent.

mod assets;
mod bridges;
mod chain;
mod load;
mod names;
mod raw;
mod settings;
#[cfg(test)]
mod tests;
mod watch;

pub use self::{
    load::{load, load_store},
    names::SERVICE,
    settings::{
        Backend, BridgeSettings, CactiSettings, Caller, Chain, Config, Delivery, FireflySettings, GuardSettings,
        InboxSettings, Keeping, MonitorSettings, Network, OracleSettings, Right, Way,
    },
};
