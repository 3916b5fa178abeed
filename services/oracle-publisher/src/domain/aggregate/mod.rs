//! From what sources said to one price with its credentials: who counted, who did not and why, how
//! far apart they were, and whether they were enough.
//!
//! The answer is the median of the venues' voices. Outliers lose their place in the quorum and in the
//! spread, but keep their place in the *order*: for an odd number of voices the plain median is the
//! only value that ⌊(n−1)/2⌋ liars cannot move out of the honest range. Rejecting first would break
//! that: of `100, 100, 200` honest and `99.9, 99.9` lying, a rule that drops 200 as an outlier leaves
//! a median of 99.95, below every honest voice. The value of an outlier is never in the answer: the
//! voices in the middle are never outliers (see [`Outlier`](super::policy::Outlier)).

mod derived;
mod frozen;
mod observed;
mod poll;
mod screen;
mod verdict;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

pub use derived::derive;
pub use observed::aggregate;
pub use verdict::{Aggregate, Aggregation, Contribution, Exclusion, Flaw, Headcount, NoAnswer, Outcome, Verdict};
