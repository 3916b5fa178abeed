//! Looking, keeping, listening: what makes the picture that the pages show; and changes, which people make.

mod board;
pub mod changes;
mod door;
mod fleet;
mod keeper;
mod listener;
mod looker;
mod meter;
mod shelf;

pub use self::{
    board::Board,
    door::{Door, Person, Refused},
    fleet::{Fleet, Replicated, Seen},
    keeper::Keeper,
    listener::Listener,
    looker::Looker,
    meter::{Meter, Meters},
    shelf::{Kept, Shelf, Shown},
};
