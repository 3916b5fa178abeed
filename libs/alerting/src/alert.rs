//! The alert as a value: a name that has a runbook, a subject, an urgency, and words for a person who was
//! asleep a minute ago.
//!
//! Texts are cleaned and cut instead of refused, because an alert must not be lost over a long error
//! message; names and label keys are refused, because they become file names, URLs and metric labels.

use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

use causeway_primitives::Timestamp;
use sha2::{Digest, Sha256};

/// Why a text names nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not an alert name.
    #[error("an alert name is 1 to 64 letters and digits and starts with a capital, for example OracleNoLeader")]
    Name,
    /// Not a severity.
    #[error("a severity is one of critical, error, warning, info")]
    Severity,
    /// Not a tier.
    #[error("a tier is one of halt, alert, track")]
    Tier,
    /// Not a label name.
    #[error("a label name is 1 to 32 characters of a-z, 0-9 and '_' and starts with a letter")]
    Label,
    /// More labels than any channel shows.
    #[error("an alert carries at most 16 labels")]
    TooManyLabels,
}

/// What kind of trouble; also the name of its page under `docs/runbooks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Cow<'static, str>);

impl Name {
    /// A name that stands in the program. Use it in a `const`, where a bad name does not compile.
    ///
    /// # Panics
    /// When the text is no name.
    pub const fn literal(text: &'static str) -> Self {
        assert!(is_name(text.as_bytes()), "an alert name is letters and digits and starts with a capital");
        Self(Cow::Borrowed(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if is_name(text.as_bytes()) { Ok(Self(Cow::Owned(text.to_owned()))) } else { Err(Error::Name) }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(crate) const fn is_name(text: &[u8]) -> bool {
    let Some((first, mut rest)) = text.split_first() else { return false };
    if !first.is_ascii_uppercase() || text.len() > 64 {
        return false;
    }
    while let Some((next, tail)) = rest.split_first() {
        if !next.is_ascii_alphanumeric() {
            return false;
        }
        rest = tail;
    }
    true
}

/// How soon a person has to know. Ordered: the most urgent is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// In the daily report.
    Info,
    /// Within the hour.
    Warning,
    /// Within a quarter of an hour.
    Error,
    /// Pages somebody within five minutes.
    Critical,
}

impl Severity {
    /// All of them, most urgent first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Error, Self::Warning, Self::Info];

    /// Metric label, log field, wire value and rule notation at once; PagerDuty uses the same four words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Severity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text).ok_or(Error::Severity)
    }
}

/// What the trouble does to the system, apart from who must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Tier 1: something was stopped because of it. Never muted, never held back for grouping.
    Halt,
    /// Tier 2: told to people, nothing stops.
    Alert,
    /// Tier 3: kept for the record and for trends.
    Track,
}

impl Tier {
    /// Label and wire value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Halt => "halt",
            Self::Alert => "alert",
            Self::Track => "track",
        }
    }
}

impl FromStr for Tier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Halt, Self::Alert, Self::Track].into_iter().find(|tier| tier.as_str() == text).ok_or(Error::Tier)
    }
}

/// Words for people: one line, at most 500 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(String);

impl Text {
    /// Long enough for a sentence with an error's cause, short enough for every channel.
    const MAX_CHARS: usize = 500;

    /// Turns control characters into spaces and cuts the rest off.
    pub fn clean(text: &str) -> Self {
        let calm: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Self(calm.trim().chars().take(Self::MAX_CHARS).collect())
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Further facts that tell one instance of an alert from another, for example `chain = 138`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Labels(BTreeMap<String, Text>);

impl Labels {
    const MAX: usize = 16;

    /// Adds a label or replaces its value.
    ///
    /// # Errors
    /// When the name is none, or for a seventeenth label.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, Error> {
        if !is_label(name) {
            return Err(Error::Label);
        }
        self.0.insert(name.to_owned(), Text::clean(value));
        if self.0.len() > Self::MAX { Err(Error::TooManyLabels) } else { Ok(self) }
    }

    /// The value of a label.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Text::as_str)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

pub(crate) fn is_label(name: &str) -> bool {
    name.len() <= 32
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Something that somebody has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What kind of trouble.
    pub name: Name,
    /// How soon a person has to know.
    pub severity: Severity,
    /// What it does to the system.
    pub tier: Tier,
    /// What it is about, for example a feed's id.
    pub subject: Text,
    /// Further facts that are part of its identity.
    pub labels: Labels,
    /// What happened, in one sentence.
    pub summary: Text,
    /// What to do first, in one sentence.
    pub next_step: Text,
    /// Since when.
    pub fired_at: Timestamp,
}

impl Alert {
    /// Path of the page in the repository that says what to do.
    pub fn runbook(&self) -> String {
        format!("docs/runbooks/{}.md", self.name)
    }

    /// The alert's identity: name, subject and labels. Severity, words and time may change while it fires.
    pub fn fingerprint(&self) -> Fingerprint {
        let labels = self.labels.iter().flat_map(|(name, value)| [name, value]);
        Fingerprint::of([self.name.as_str(), self.subject.as_str()].into_iter().chain(labels))
    }
}

/// Identity of an alert, and PagerDuty's `dedup_key`. Prints as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// SHA-256 over the parts, each behind its length: no two lists of parts run together.
    pub(crate) fn of<'a>(parts: impl Iterator<Item = &'a str>) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_string());
            hash.update(":");
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// Reads 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(name: &'static str, subject: &str, labels: Labels) -> Alert {
        Alert {
            name: Name::literal(name),
            severity: Severity::Error,
            tier: Tier::Alert,
            subject: Text::clean(subject),
            labels,
            summary: Text::default(),
            next_step: Text::default(),
            fired_at: Timestamp::EPOCH,
        }
    }

    #[test]
    fn identity_is_name_subject_and_labels_and_nothing_that_changes() {
        let first = alert("OracleNoLeader", "eur-usd", Labels::default());
        let mut later = first.clone();
        (later.severity, later.summary) = (Severity::Critical, Text::clean("still"));
        later.fired_at = Timestamp::EPOCH.after(std::time::Duration::from_secs(9));
        assert_eq!(first.fingerprint(), later.fingerprint());

        let labelled = alert("OracleNoLeader", "eur-usd", Labels::default().with("chain", "138").unwrap());
        assert_ne!(first.fingerprint(), labelled.fingerprint());
    }

    #[test]
    fn parts_of_an_identity_do_not_run_together() {
        let one = alert("A", "bc", Labels::default());
        let other = alert("Ab", "c", Labels::default());
        assert_ne!(one.fingerprint(), other.fingerprint());
    }

    #[test]
    fn names_are_safe_as_file_names() {
        for bad in ["", "lower", "../Passwd", "With Space", "With-Dash", &"A".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(Error::Name), "{bad:?}");
        }
        assert_eq!(alert("OracleNoLeader", "", Labels::default()).runbook(), "docs/runbooks/OracleNoLeader.md");
    }

    #[test]
    fn words_become_one_bounded_line() {
        assert_eq!(Text::clean(" two\r\nlines\u{7} ").as_str(), "two  lines");
        assert_eq!(Text::clean(&"ä".repeat(900)).as_str().chars().count(), 500);
    }

    #[test]
    fn labels_are_bounded_and_named_like_metric_labels() {
        for bad in ["", "Chain", "1st", "a-b", &"a".repeat(33)] {
            assert_eq!(Labels::default().with(bad, "x"), Err(Error::Label), "{bad:?}");
        }
        let full = (0..16).fold(Labels::default(), |labels, n| labels.with(&format!("l{n}"), "x").unwrap());
        assert_eq!(full.with("one_more", "x"), Err(Error::TooManyLabels));
    }

    #[test]
    fn grd_8_severities_are_ordered_by_urgency() {
        assert!(Severity::ALL.is_sorted_by(|a, b| a > b));
        for severity in Severity::ALL {
            assert_eq!(severity.as_str().parse(), Ok(severity));
        }
    }
}
