//! The words in which an aggregation is told: per source a verdict, in sum an answer or the reason
//! why there is none. Every label is metric label, log field and wire value at once.

use causeway_primitives::{Answer, Ppm, Price, SourceId, Timestamp, VenueId};

use crate::domain::observation::{Inactive, Standing};

/// What is wrong with a word, whoever said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Stamped later than our clock and its tolerance.
    Future,
    /// Stamped too long ago by the venue's own clock.
    VenueStale,
    /// Received too long ago.
    Stale,
    /// Repeated for long while the market left it.
    Frozen,
    /// Too far from the median.
    Outlier,
    /// A feed on its route has no price now. Not the source's fault.
    ConversionUnavailable,
    /// Its converted price has no representation.
    ConversionOutOfRange,
}

impl Flaw {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Future => "future",
            Self::VenueStale => "venue_stale",
            Self::Stale => "stale",
            Self::Frozen => "frozen",
            Self::Outlier => "outlier",
            Self::ConversionUnavailable => "conversion_unavailable",
            Self::ConversionOutOfRange => "conversion_out_of_range",
        }
    }
}

/// Why a word had no vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exclusion {
    /// What it said.
    Flawed(Flaw),
    /// Who said it: on probation, compared only.
    Shadow,
    /// Who said it: not to vote now.
    Inactive(Inactive),
    /// The same source said something newer.
    Superseded,
}

impl Exclusion {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flawed(flaw) => flaw.as_str(),
            Self::Shadow => "shadow",
            Self::Inactive(Inactive::Standby) => "standby",
            Self::Inactive(Inactive::Quarantined) => "quarantined",
            Self::Inactive(Inactive::Excluded) => "excluded",
            Self::Superseded => "superseded",
        }
    }
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was its venue's voice.
    Counted,
    /// It was part of its venue's one voice, the median of several sources.
    Merged,
    /// It had no vote.
    Excluded(Exclusion),
}

impl Verdict {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counted => "counted",
            Self::Merged => "merged",
            Self::Excluded(exclusion) => exclusion.as_str(),
        }
    }

    /// True when the word was in the vote.
    pub const fn is_counted(self) -> bool {
        match self {
            Self::Counted | Self::Merged => true,
            Self::Excluded(_) => false,
        }
    }
}

/// One source's part in an aggregation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// Who.
    pub source: SourceId,
    /// Whose voice.
    pub venue: VenueId,
    /// What its word was worth.
    pub standing: Standing,
    /// What it said, in its own market.
    pub quoted: Price,
    /// The same as a price of the feed; `None` when it could not be converted.
    pub converted: Option<Price>,
    /// What became of it.
    pub verdict: Verdict,
    /// What is wrong with it, also where its standing already kept it out: what the life cycle of a
    /// source in quarantine or in the shadow is judged by.
    pub flaw: Option<Flaw>,
    /// Its distance from the median, rounded up; `None` without a median or a converted price.
    pub distance: Option<Ppm>,
}

/// How many venues spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Headcount {
    /// Independent venues that had to agree.
    pub needed: usize,
    /// Independent venues with a full vote that did.
    pub had: usize,
}

/// A price with its credentials. Plain numbers, so that it can stand for a feed on another's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aggregate {
    /// The median before rounding: what routes through this feed multiply with.
    pub exact: Price,
    /// The median rounded half-even to the feed's decimals.
    pub price: Price,
    /// The same as the integer that goes on chain.
    pub answer: Answer,
    /// The distance between the lowest and the highest voice that counted, relative to the median,
    /// rounded up.
    pub spread: Ppm,
    /// Independent venues behind it with a full vote.
    pub voices: usize,
    /// Venues whose fresh voice was rejected as an outlier.
    pub dissenting: usize,
    /// The time of the newest word that counted.
    pub as_of: Timestamp,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoAnswer {
    /// Not one word could be used.
    NothingUsable,
    /// Fewer venues than the quorum had a usable word.
    NoQuorum,
    /// There were enough venues, but not after outliers were taken out. Never silently fewer.
    NoQuorumWithoutOutliers,
    /// A feed that this one is derived from has no answer.
    InputUnavailable,
    /// The price rounds to zero or does not fit the feed's decimals.
    Unrepresentable,
}

impl NoAnswer {
    /// The label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NothingUsable => "nothing_usable",
            Self::NoQuorum => "no_quorum",
            Self::NoQuorumWithoutOutliers => "no_quorum_without_outliers",
            Self::InputUnavailable => "input_unavailable",
            Self::Unrepresentable => "unrepresentable",
        }
    }
}

/// A price, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A price that enough venues stand by. Whether they agree well enough is for the decision.
    Answer(Aggregate),
    /// None.
    NoAnswer(NoAnswer),
}

/// The whole of an aggregation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregation {
    /// Every source that said something, ordered by venue and source. Empty for a derived feed.
    pub contributions: Vec<Contribution>,
    /// How many venues spoke.
    pub headcount: Headcount,
    /// The price, or why there is none.
    pub outcome: Outcome,
}

impl Aggregation {
    /// The price, if there is one.
    pub const fn answer(&self) -> Option<&Aggregate> {
        match &self.outcome {
            Outcome::Answer(aggregate) => Some(aggregate),
            Outcome::NoAnswer(_) => None,
        }
    }
}
