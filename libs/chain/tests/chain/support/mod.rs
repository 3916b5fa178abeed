//! What the tests share: endpoint sets over anvils, a sender with a clock that the test sets, intents that
//! publish a round, and journals that fail on command.

mod journal;
mod journaled;
mod world;

pub(crate) use self::{
    journal::{Crash, CrashingJournal},
    journaled::{RESEND, STUCK, memory, outcome, state},
    world::*,
};
