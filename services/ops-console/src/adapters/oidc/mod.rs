//! A provider of OpenID Connect, found by discovery: where people are sent, what becomes of the code that they come back with,
//! and whether the token behind it is the provider's.

mod attempt;
mod client;
mod error;
mod keys;
mod provider;
mod signature;
mod token;

pub(crate) use self::attempt::LASTS;
pub use self::{
    attempt::Attempt,
    client::{Settings, is_private},
    error::Error,
    provider::Provider,
    token::Places,
};
