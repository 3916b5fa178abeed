//! The default backend: the gateway's own key on the token's own contract, without anything between.

mod abi;
mod backend;

pub use self::backend::{Direct, Token, Tokens};
