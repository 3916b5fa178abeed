//! Who hears of an alert, when, and how often: a pure state machine over values.
//!
//! [`next`] takes what happened and the time and returns what is due. Ages are measured on the monotonic
//! clock, so a step of wall time neither pages anybody nor swallows a page; maintenance windows are wall
//! time, because people agree on them by the calendar.

mod mute;
mod outbound;
mod rule;
mod saved;
mod state;
mod step;

#[cfg(test)]
mod tests;

pub(crate) use self::saved::{SavedAt, decode, encode};
pub use self::{
    mute::{Window, WindowId},
    rule::{Condition, Escalation, Grouping, Matcher, Mode, Policy, PolicyError, Rule},
    state::{Acknowledgement, Firing, State},
    step::{Effect, Event, Now, next},
};
