//! What must hold before and after a change, and whether it does. What could not be seen is neither: nothing is begun and
//! nothing is called done on it.

/// Something that can be looked at. Each is a word; which words there are is told with each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Whether it offers the plan's action: `offered`, `missing`.
    Action,
    /// The state of the source that `source_id` names, in the publisher's words: `healthy`, `excluded`, ….
    Source,
    /// What people told the breaker of the feed that `feed_id` names: `forced_open`, `forced_closed`, `none`.
    Forced,
    /// The halt that goes by the change's own name: `holds`, `none`.
    Halt,
    /// The relayer's scope that `scope` names: `halted`, `running`.
    Scope,
    /// The state of the request that `request_id` names: `held`, `reported`, ….
    Request,
    /// Whether one of these alerts fires about what the first parameter names: `fires`, `quiet`.
    Alert(&'static [&'static str]),
    /// Whether the plan's `from` and `until` make sense: `ahead`, `past`, `upside_down`, `too_long`.
    Times,
    /// The maintenance window that `window_id` names, or the change itself: `none`, `planned`, `open`, `over`.
    Window,
}

impl Fact {
    /// For people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Action => "the action at the service",
            Self::Source => "the source",
            Self::Forced => "what the feed's breaker was told",
            Self::Halt => "the halt of this change",
            Self::Scope => "the relayer's scope",
            Self::Request => "the request",
            Self::Alert(_) => "its alerts",
            Self::Times => "its time",
            Self::Window => "the maintenance window",
        }
    }
}

/// A fact and what it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// The fact.
    pub fact: Fact,
    /// One of these. There is no "none of these": a word that this console does not know yet would be fine by it.
    pub is: &'static [&'static str],
}

/// What a look showed: a word, or why there is none.
pub type Seen = Result<String, String>;

/// Whether it is as it must be. Ordered: the greatest of several is what they are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It could not be seen.
    Unknown,
    /// It does not hold.
    Fails,
}

impl Verdict {
    /// The label in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Unknown => "unknown",
            Self::Fails => "fails",
        }
    }

    /// The one of this label.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Holds, Self::Unknown, Self::Fails].into_iter().find(|verdict| verdict.as_str() == name)
    }
}

/// What was looked at, and what it showed, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether it holds.
    pub verdict: Verdict,
    /// In words.
    pub words: String,
}

impl Expectation {
    /// Whether what was seen is what it must be.
    pub fn judge(&self, seen: &Seen) -> Finding {
        let (what, wanted) = (self.fact.words(), self.is.join(" or "));
        match seen {
            Err(gap) => {
                let words = format!("{what} could not be seen: {gap}; {wanted} wanted");
                Finding { verdict: Verdict::Unknown, words }
            }
            Ok(word) => {
                let verdict = if self.is.contains(&word.as_str()) { Verdict::Holds } else { Verdict::Fails };
                Finding { verdict, words: format!("{what} is {word}; {wanted} wanted") }
            }
        }
    }
}

/// Several together: one that fails is a failure, and one that is unknown leaves the rest unknown.
pub fn together(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Unknown)
}
