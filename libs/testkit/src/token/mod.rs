//! Tokens that an issuer mints, burns and moves by reference, and the registry of assets: what a tokenization gateway
//! works on, deployed on a chain and read without the code under test.

mod abi;
mod bridge;
mod deployed;
#[cfg(test)]
mod tests;

pub use self::{
    abi::{AssetRegistry, SettlementToken, TokenBridge},
    bridge::{Bridge, End},
    deployed::{Registry, Spec, Token},
};
