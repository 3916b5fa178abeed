//! Chainlink CCIP 2.0: the message travels as one encoded blob, whose hash is its id. Nothing is committed on chain;
//! verifiers attest off chain, and their proofs come with the execution.

mod abi;
mod decode;
mod message;
mod settings;

pub use self::{
    decode::V2_0,
    message::{Error as MessageError, MessageV1, TokenTransfer},
};
