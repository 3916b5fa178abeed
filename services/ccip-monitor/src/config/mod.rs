//! Settings → values that need no second look. Everything that can be wrong without asking the world is found here,
//! before anything is bound, opened or read; the rest (chain ids) at start.

mod alerts;
mod chains;
mod dialects;
mod lanes;
mod load;
mod names;
mod one_chain;
mod raw;
mod settings;

pub use self::{
    alerts::AlertLimits,
    chains::ChainSettings,
    lanes::{LaneSettings, Ramp},
    load::{load, load_store},
    names::SERVICE,
    settings::{Config, Monitor},
};
