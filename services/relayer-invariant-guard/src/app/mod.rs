//! Gather → judge → act → record. What is decided is decided in the domain; here it is given what it needs, and obeyed.

mod desk;
mod gather;
mod guard;
mod pause;
mod recount;
mod sweep;

pub use self::{
    desk::{Answer, CapSetting},
    guard::{Guard, Parts, Settings},
    pause::{PauseParts, PauseSettings, Pauser},
};
