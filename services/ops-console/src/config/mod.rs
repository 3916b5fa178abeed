//! Settings → values that need no second look. What can be wrong without asking the world is found here, before anything
//! is bound, opened or sent.

mod changes;
mod load;
mod names;
mod oidc;
mod raw;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use self::oidc::CALLBACK;
pub use self::{
    changes::ChangeControl,
    load::{load, load_store},
    names::SERVICE,
    oidc::Oidc,
    settings::{Config, History, Links, Looks, People, Template, Token, Watched},
};
