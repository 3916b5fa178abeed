//! Settings → values that need no second look. Everything that can be wrong without asking the world is found here, before
//! anything is bound, opened or read; the rest (chain ids, a preset that the figures contradict) at start.

mod amounts;
mod assets;
mod books;
mod chains;
mod equations;
mod explain;
mod issued;
mod load;
mod names;
mod pause;
mod plans;
mod raw;
mod settings;
mod terms;
#[cfg(test)]
mod tests;

pub use self::{
    assets::AssetSettings,
    chains::ChainSettings,
    explain::explain,
    load::{load, load_store},
    names::SERVICE,
    pause::PauseSettings,
    settings::{BooksSettings, Callers, Config, DeadMan, Rpc, Sweeping},
};
