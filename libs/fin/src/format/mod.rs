//! SWIFT's format notation (`6!n3!a15d`), compiled while the crate is compiled, and the matcher that runs it.

mod matcher;
mod notation;

pub(crate) use self::{
    matcher::{Captures, Mismatch, match_value},
    notation::{Format, Item, MAX_PARTS},
};
