//! The blocks of a message, each with its reader and its writer.

mod application;
mod basic;
pub(crate) mod tags;
mod text;

pub use self::{
    application::{ApplicationHeader, Priority},
    basic::{BasicHeader, LogicalTerminal},
    tags::{SubBlock, SubBlocks},
    text::{Field, Text},
};
