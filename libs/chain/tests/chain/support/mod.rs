//! What the tests share: endpoint sets over anvils, a sender with a clock that the test sets, intents that
//! publish a round, journals that fail on command, and generated chains.

mod generated;
mod journal;
mod journaled;
mod world;

pub(crate) use self::{
    generated::{CONTRACT, Generated, QUICK, Stored, TOPIC, seen},
    journal::{Crash, CrashingJournal},
    journaled::{RESEND, STUCK, memory, outcome, state},
    world::*,
};
