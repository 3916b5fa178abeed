//! How far a request has come, and what may happen to it next.
//!
//! ```text
//! RECEIVED → PARSED → VALIDATED → MAPPED → VALUED → APPROVED → GUARDED → SUBMITTING → SUBMITTED → MINED → RECONCILED → REPORTED
//!                                   ▲  │       │        │          │          │           │         │
//!                                   │  └───────┴────────┴── HELD ──┘          └─ UNKNOWN ─┘         └→ COMPENSATING → FAILED
//!                                   └──────────────────────── │ ── in vain ────────┴→ MINED
//!                                                             └→ REJECTED
//! ```
//!
//! Each arrow is one transaction of the store. Whoever dies between two of them finds the request where the last one left
//! it, and [`State::due`] says what is to be done there; every one of these things may be done twice.

mod event;
mod next;
mod state;
#[cfg(test)]
mod tests;

pub use self::{
    event::Event,
    next::{Answer, Illegal, Saga, Transition, next},
    state::{Doubt, Due, Failure, Hold, Rejection, State, StateError},
};
