//! How a source loses its vote, and how it earns it back: healthy → suspect → quarantined → probation
//! (in the shadow, then at reduced weight) → healthy.
//!
//! Three questions, one module each: [`findings`] says what each source did in one evaluation, and
//! whether it was the source or the market; [`next`] moves one source; [`staffing`] says which backups
//! are needed. All pure: the caller stores the records and makes events of the changes.

mod finding;
mod source;
mod staff;

#[cfg(test)]
mod tests;

pub use finding::{Blame, Finding, Findings, Scope, findings};
pub use source::{Cause, Change, Operator, Post, Source, Stage, State, Status, assign, next, set_operator};
pub use staff::{Member, condition, staffing};
