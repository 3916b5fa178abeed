//! From the bytes of a message to what it orders: pure, whole or not at all.
//!
//! Reading, validating and telling are one call, because a message of which a part cannot be understood orders nothing: the
//! answer is a list of orders or a refusal that says where and why. What orders become needs a directory of accounts and
//! assets, and is not decided here.

mod fin;
mod iso;
mod read;
mod refusal;
mod terms;
#[cfg(test)]
mod tests;

pub use self::{
    read::{Read, Standard, digest, read, standard},
    refusal::{Finding, Refusal, Unwanted},
};
