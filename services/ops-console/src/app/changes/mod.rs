//! Changes: the desk where people deal with them, and the hand that carries them out.

mod desk;
mod error;
mod hand;
mod world;

pub use self::{
    desk::{Desk, MOST_WAITING, Preview, Proposal, Rules},
    error::Error,
    hand::Hand,
    world::{Call, World},
};
