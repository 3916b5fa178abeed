//! Looking, keeping, listening: what makes the picture that the pages show; and changes, which people make.

mod alerts;
mod board;
pub mod changes;
mod door;
mod fleet;
mod follower;
mod keeper;
mod listener;
mod looker;
mod meter;
mod quiet;
mod reception;
mod shelf;
mod upkeep;

pub use self::{
    alerts::{Alerts, CONCERNS},
    board::Board,
    door::{By, Door, Person, Refused},
    fleet::{Fleet, Replicated, Seen},
    follower::Follower,
    keeper::Keeper,
    listener::Listener,
    looker::Lookers,
    meter::{Meter, Meters},
    quiet::Quiet,
    reception::{Reception, Returned, Turned},
    shelf::{Kept, Shelf, Shown},
    upkeep::Upkeep,
};
