//! Gather → judge → act → record. What is decided is decided in the domain; here it is given what it needs, and obeyed.

mod adjustments;
pub mod alerts;
mod ask;
mod dashboards;
mod desk;
mod error;
mod events;
mod examine;
mod follow_up;
mod gather;
mod guard;
mod halts;
mod heartbeat;
mod incident;
mod latching;
mod look;
mod pause;
mod record;
mod recount;
pub mod replay;
pub mod report;
mod resume;
mod status;
mod sweep;
mod upkeep;

pub use self::{
    dashboards::{AlertBoard, AssetBalance, Dependency, Measure, SystemHealth},
    desk::{Answer, CapSetting, Standing},
    error::Error,
    events::{Happened, Tail},
    guard::{Guard, Parts, Probation, Settings},
    halts::Which,
    heartbeat::Heartbeat,
    incident::Dossier,
    look::{Look, Outage, Sight},
    pause::{PauseParts, PauseSettings, Pauser},
    record::Checked,
    resume::Read,
    status::{Condition, Facts, Status},
};
