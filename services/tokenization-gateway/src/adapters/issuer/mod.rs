//! Our contracts: which call a movement is, what they remember of it, and what they say with evidence. Who carries the calls
//! to them is another module's: `direct` or `firefly`.

mod abi;
mod backend;
mod chain;
mod operation;
mod seams;

#[cfg(test)]
pub(crate) use self::operation::samples;
pub(crate) use self::{
    abi::{SettlementToken, TokenBridge},
    chain::{Effect, Trial},
    operation::arrived,
};
pub use self::{
    backend::{Bridges, Issuer},
    chain::Chain,
    operation::{Operation, Route, Token, Tokens},
    seams::{Bridge, Carrier},
};
