//! What a relayer embeds so that it acts only under a guard's lease. Small, to be audited at one sitting: read
//! `clearance` (the rules, pure), `permit` (how an act is bound to them), `latch` (what survives a restart), then
//! `renewal` (the only thing that talks to a guard on its own).
//!
//! # What is promised
//!
//! Nothing is sent after its lease has run out, while a halt covers it, or under an epoch that is not the highest one
//! seen: whatever guard, network, clock or neighbour do. A guard that is dead, cut off, halted or not sure gives no lease,
//! so that its silence stops the relayer within one lease.
//!
//! # Why it is so
//!
//! ```text
//! VARIABLES  now         the holder's monotonic clock, read by nobody else
//!            epoch       the highest epoch seen, durable
//!            halted      scope ↦ epoch of its halt, durable
//!            lease       scope ↦ (epoch, sequence, until)
//!
//! Permitted(s)    ≜  ∃ L ∈ lease: L.scope covers s ∧ L.epoch = epoch ∧ now < L.until
//!                    ∧ ¬∃ h ∈ halted: h.scope overlaps s
//!
//! Grant(L, sent)  ≜  L answers the request that was sent at `sent`
//!                    ∧ L.epoch ≥ epoch
//!                    ∧ (L.epoch = lease[L.scope].epoch ⇒ L.sequence > lease[L.scope].sequence)
//!                    ∧ ∀ h ∈ halted: h.scope overlaps L.scope ⇒ L.epoch > h.epoch
//!                    ∧ epoch'  = L.epoch
//!                    ∧ halted' = halted without what overlaps L.scope
//!                    ∧ lease'  = lease with L until sent + L.ttl
//!
//! Halt(h)         ≜  halted' = halted with h ∧ epoch' = max(epoch, h.epoch) ∧ lease' = lease without what h overlaps
//! Tick            ≜  now' > now
//! Act(s)          ≜  Permitted(s), evaluated in the step that hands the work to the executor, and again in each later
//!                    step of it
//! ```
//!
//! 1. **No lease lives longer here than at the guard.** The holder counts the time to live from before the request left
//!    it, the guard from when it granted; `sent ≤ granted`, so `until ≤ granted + ttl` in any unit of delay. A guard
//!    that waits so long knows that the holder has stopped. Both count durations on their own clock, so no two clocks are
//!    ever compared; only their rates must agree, within [`Settings::margin`].
//! 2. **Only a grant makes `until` larger.** Keep-alives, refusals and errors do not touch it.
//! 3. **A halt is not undone by anything older.** A grant that was on its way when the halt came has an epoch that is not
//!    above the halt's, and is ignored, before and after a restart: the latch is written before a grant loosens anything,
//!    and a latch that cannot be read refuses everything.
//! 4. **A leader that lost its place cannot grant.** Its epoch is below the one that its successor's leases carry.
//! 5. **The check is not earlier than the act.** [`Signed`] gives its bytes only to the closure that is called behind the
//!    second check, and the future that it makes is checked before each of its steps, so that a process that was stopped
//!    for an hour in the middle of a request does not finish it.
//!
//! # What is not promised
//!
//! What is in a mempool cannot be called back. A machine that sleeps or is paused as a whole stops its monotonic clock:
//! relayers belong where that does not happen. Whoever holds the key need not use this library.

mod answer;
mod clearance;
mod guard;
mod latch;
mod permit;
mod relayer;
mod renewal;
mod report;

pub use crate::{
    clearance::{Amount, Authority, Refused, Spend, Standing},
    guard::{Guard, Guards},
    permit::{NotDone, Permit, Signed, Signing},
    relayer::{Error, Relayer, Settings},
    renewal::Worker,
    report::{Full, Lost},
};
