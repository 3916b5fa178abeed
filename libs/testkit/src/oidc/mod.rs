//! A provider of OpenID Connect on loopback that speaks the real protocol: discovery, authorisation with PKCE, tokens signed
//! with RSA or ECDSA, keys that change, and signing out. It can misbehave in each way that a client must see through.
//!
//! What it says of itself and of people is a test's; its clock is the machine's.

mod keys;
mod misdeed;
mod provider;
mod routes;

pub use self::{
    misdeed::Misdeed,
    provider::{CLIENT, Person, Provider, SECRET},
};
