//! How far a transfer has come, and from where on both chains are read for it.

use causeway_primitives::U256;
use serde::{Deserialize, Serialize};

/// The last final blocks before Cacti was asked. What it does is behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Since {
    /// Here.
    pub(super) home: u64,
    /// There.
    pub(super) far: u64,
}

/// What both chains show behind those blocks, up to their last final ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flows {
    /// What was taken out of the account that Cacti may take from, except by our own references.
    pub(super) taken: U256,
    /// What was minted there for the one who gets it.
    pub(super) given: U256,
}

/// What that means for a transfer of so many units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// So much less here and so much more there.
    Moved,
    /// Nothing on either side.
    Nothing,
    /// One side only, or another amount.
    Other,
}

impl Flows {
    pub(super) fn shown(&self, units: U256) -> Shown {
        if self.taken == units && self.given == units {
            Shown::Moved
        } else if self.taken.is_zero() && self.given.is_zero() {
            Shown::Nothing
        } else {
            Shown::Other
        }
    }
}

/// A stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    /// Nobody was asked.
    Journaled,
    /// Cacti may have been asked.
    Sending(Since),
    /// Cacti says that it is over, or forgot it, and the chains do not show a whole transfer: a person's matter, looked at
    /// further.
    Stranded(Since),
    /// Both chains show it.
    Arrived,
    /// It is over, and neither chain shows anything.
    Returned,
    /// Nobody was asked in time.
    Lapsed,
}

impl Stage {
    pub(super) const fn is_settled(self) -> bool {
        match self {
            Self::Arrived | Self::Returned | Self::Lapsed => true,
            Self::Journaled | Self::Sending(_) | Self::Stranded(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_3_a_transfer_is_moved_when_both_chains_show_exactly_it() {
        for (taken, given, shown) in [
            (10_u64, 10_u64, Shown::Moved),
            (0, 0, Shown::Nothing),
            (10, 0, Shown::Other),
            (0, 10, Shown::Other),
            (20, 20, Shown::Other),
            (10, 9, Shown::Other),
        ] {
            let flows = Flows { taken: U256::from(taken), given: U256::from(given) };
            assert_eq!(flows.shown(U256::from(10)), shown, "{flows:?}");
        }
    }

    #[test]
    fn tok_3_the_first_stage_is_what_the_journal_writes() {
        assert_eq!(serde_json::to_string(&Stage::Journaled).unwrap(), "\"journaled\"");
        let sending = Stage::Sending(Since { home: 1, far: 2 });
        let text = serde_json::to_string(&sending).unwrap();
        assert_eq!(serde_json::from_str::<Stage>(&text).unwrap(), sending);
    }
}
