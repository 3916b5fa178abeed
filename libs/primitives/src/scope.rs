//! The parts of the work under guard that can be allowed and stopped on their own.

use std::{fmt, str::FromStr};

/// Not one of the words for a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is `batch_creation`, `settlement`, `tokenization` or `all`")]
pub struct ScopeError;

/// A part of the work under guard. `All` covers the others; the others have nothing in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Making and anchoring batches.
    BatchCreation,
    /// Minting, claiming, releasing: what moves value out of custody or creates it.
    Settlement,
    /// Issuing, redeeming and moving tokens on instruction: a gateway's work, beside the bridge's relayer.
    Tokenization,
    /// Everything that is signed.
    All,
}

impl Scope {
    /// Every one of them.
    pub const EVERY: [Self; 4] = [Self::BatchCreation, Self::Settlement, Self::Tokenization, Self::All];

    /// Label, row and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BatchCreation => "batch_creation",
            Self::Settlement => "settlement",
            Self::Tokenization => "tokenization",
            Self::All => "all",
        }
    }

    /// Whether leave for this is leave for `other`.
    pub fn covers(self, other: Self) -> bool {
        self == Self::All || self == other
    }

    /// Whether stopping the one touches the other.
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        Self::EVERY.into_iter().find(|scope| scope.as_str() == text).ok_or(ScopeError)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_13_all_covers_the_parts_and_the_parts_only_themselves() {
        use Scope::{All, BatchCreation, Settlement, Tokenization};
        assert!(Scope::EVERY.into_iter().all(|scope| All.covers(scope) && scope.covers(scope)));
        assert!(!Settlement.covers(All) && !Settlement.covers(BatchCreation));
        assert!(!Tokenization.overlaps(Settlement) && Tokenization.overlaps(All));
        assert!(Settlement.overlaps(All) && All.overlaps(Settlement) && !Settlement.overlaps(BatchCreation));
    }

    #[test]
    fn reads_what_it_writes() {
        assert!(Scope::EVERY.into_iter().all(|scope| scope.as_str().parse() == Ok(scope)));
        assert_eq!("everything".parse::<Scope>(), Err(ScopeError));
    }
}
