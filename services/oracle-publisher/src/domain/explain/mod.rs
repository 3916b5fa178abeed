//! A decision in words and data: why this answer, who counted, who did not and why, and which rule came
//! out how. Computed from the record on demand and never stored, so the words can improve for old rounds.

mod account;
mod rules;
mod sources;
mod summary;
mod words;

#[cfg(test)]
mod tests;

pub use account::{Explanation, Mark, Rule, RuleLine, SourceLine, explain};
