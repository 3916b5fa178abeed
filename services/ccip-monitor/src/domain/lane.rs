//! Lanes: one direction between two chains in one dialect, and what its events can and cannot show.

use std::fmt;

use causeway_primitives::ChainSelector;

/// A family of contracts with the same events and formulas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Chainlink CCIP 1.2 and 1.5: ramps per lane, a commit store, the id is the leaf.
    V1_5,
    /// Chainlink CCIP 1.6: one ramp per chain and direction, commits in the off-ramp.
    V1_6,
    /// Chainlink CCIP 2.0: no commits on chain, the id is the hash of the encoded message.
    V2_0,
    /// An operator's own contracts, described in the configuration under this name.
    Private(Box<str>),
}

impl Dialect {
    /// The name in configuration, labels, rows and pages.
    pub fn as_str(&self) -> &str {
        match self {
            Self::V1_5 => "ccip-1.5",
            Self::V1_6 => "ccip-1.6",
            Self::V2_0 => "ccip-2.0",
            Self::Private(name) => name,
        }
    }

    /// The dialect of this name; every name that is not Chainlink's is an operator's.
    pub fn from_name(name: &str) -> Self {
        match name {
            "ccip-1.5" => Self::V1_5,
            "ccip-1.6" => Self::V1_6,
            "ccip-2.0" => Self::V2_0,
            own => Self::Private(own.into()),
        }
    }

    /// What its events can show.
    pub const fn capabilities(&self) -> Capabilities {
        match self {
            Self::V1_5 => Capabilities { commits: true, sequences: true, leaf: Leaf::IsTheId },
            Self::V1_6 => Capabilities { commits: true, sequences: true, leaf: Leaf::Executed },
            Self::V2_0 => Capabilities { commits: false, sequences: true, leaf: Leaf::IsTheId },
            Self::Private(_) => Capabilities { commits: false, sequences: false, leaf: Leaf::None },
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a dialect's events can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Reports of arrival are on the destination chain: `delivered` can be known.
    pub commits: bool,
    /// Messages of a ramp are counted: a hole can be seen.
    pub sequences: bool,
    /// How an execution says what was executed.
    pub leaf: Leaf,
}

/// How an execution says what was executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// It does not.
    None,
    /// The id is the hash over the content: the same id is the same message.
    IsTheId,
    /// The event carries the leaf hash, which the send's own content must give.
    Executed,
}

/// Which lane an event belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LaneKey {
    /// How it speaks.
    pub dialect: Dialect,
    /// Where its messages come from.
    pub source: ChainSelector,
    /// Where they go.
    pub destination: ChainSelector,
}

impl fmt::Display for LaneKey {
    /// The name of a lane that nobody named: `138-to-16015286601757825753.ccip-1.6`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-to-{}.{}", self.source, self.destination, self.dialect)
    }
}
