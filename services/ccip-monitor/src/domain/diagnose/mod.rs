//! Why a message is where it is: a pure walk over evidence, step by step, to a verdict and what to do next.
//!
//! The monitor comes first: while it does not know enough, the verdict is "unknown" and never "stuck". Everything that
//! was read carries the line that proves it, and what could not be read is a [`Gap`], never a zero and never an empty
//! list.
//!
//! Read in this order: [`read`] (what a read gave), [`evidence`] (everything that was asked), [`diagnosis`] (what comes
//! out), [`walk`] (how).

mod blind;
pub mod diagnosis;
pub mod evidence;
mod manual;
pub mod read;
mod steps;
#[cfg(test)]
mod tests;
mod verdict;
pub mod walk;

pub use self::{
    diagnosis::{Diagnosis, Found, Manual, Step, StepName, Verdict, Wait},
    evidence::Evidence,
    manual::more_gas,
    read::{Gap, Read},
    walk::diagnose,
};
