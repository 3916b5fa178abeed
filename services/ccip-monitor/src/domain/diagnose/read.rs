//! What a read gave, or why it gave nothing, with the line that proves it.

use std::fmt;

/// Why something is not known. In words without secrets: endpoints are named by scheme and host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// The configuration names nobody who could be asked.
    #[error("nobody could be asked: {missing} is not configured")]
    NotConfigured {
        /// What is missing there.
        missing: &'static str,
    },
    /// It can be asked only with something else that is not known.
    #[error("not asked: {needs} is not known")]
    Needs {
        /// What.
        needs: &'static str,
    },
    /// No endpoint gave an answer.
    #[error("no endpoint answered: {why}")]
    Unanswered {
        /// What the last one said.
        why: String,
    },
    /// The endpoint answers questions of this kind with nobody's data.
    #[error("the endpoints cannot answer this: {why}")]
    Unsupported {
        /// What they said.
        why: String,
    },
    /// The contract answered, and not with a value: it reverted or has no such function.
    #[error("the contract gave no value: {reason}")]
    Refused {
        /// Its reason.
        reason: String,
    },
    /// The answer cannot be what was asked for.
    #[error("the answer makes no sense: {why}")]
    Nonsense {
        /// What is wrong with it.
        why: String,
    },
    /// The monitor's own store did not answer.
    #[error("the monitor's store did not answer: {why}")]
    Store {
        /// What it said.
        why: String,
    },
}

/// A value that was read, or why it was not, with the read that proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// The value.
    pub value: Result<T, Gap>,
    /// Method, contract, block and value in one line; for a gap, what was tried.
    pub proof: String,
}

impl<T> Read<T> {
    /// Something that was read.
    pub const fn known(value: T, proof: String) -> Self {
        Self { value: Ok(value), proof }
    }

    /// Something that was not read.
    pub const fn gap(gap: Gap, tried: String) -> Self {
        Self { value: Err(gap), proof: tried }
    }

    /// Something that nobody could be asked for.
    pub const fn not_configured(missing: &'static str) -> Self {
        Self::gap(Gap::NotConfigured { missing }, String::new())
    }

    /// Something that cannot be asked without something else.
    pub const fn needs(needs: &'static str) -> Self {
        Self::gap(Gap::Needs { needs }, String::new())
    }

    /// The value, if it is known.
    pub fn find(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }

    /// Why it is not known.
    pub fn find_gap(&self) -> Option<&Gap> {
        self.value.as_ref().err()
    }

    /// The same read with another view of its value.
    pub fn map<U>(self, view: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: self.value.map(view), proof: self.proof }
    }

    /// What was read in words: the value by `words`, or the gap.
    pub fn describe(&self, words: impl FnOnce(&T) -> String) -> String {
        match &self.value {
            Ok(value) => words(value),
            Err(gap) => gap.to_string(),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Ok(value) => value.fmt(f),
            Err(gap) => gap.fmt(f),
        }
    }
}
