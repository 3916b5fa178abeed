//! From raw settings to validated ones, hearing all complaints before the start is refused.
//!
//! The checks of numbers return a value even when they complain, so that a service builds its structure
//! in one go; [`Validator::finish`] keeps that structure from ever being used.

use std::{fmt::Display, ops::RangeInclusive, time::Duration};

use super::{Effective, Error, Invalid};

/// The longest span a setting may name. Longer ones are mistaken units.
const MAX_SECONDS: u64 = 366 * 24 * 60 * 60;

/// Collects what is wrong with the settings of one configuration.
#[derive(Debug)]
pub struct Validator<'a> {
    effective: &'a Effective,
    problems: Vec<Invalid>,
}

impl<'a> Validator<'a> {
    pub(super) const fn new(effective: &'a Effective) -> Self {
        Self { effective, problems: Vec::new() }
    }

    /// Complains about a setting: `expected` completes the sentence "expected …".
    pub fn refuse(&mut self, setting: &str, expected: impl Display) {
        self.problems.push(self.effective.refuse(setting, expected));
    }

    /// Whether any layer gives this setting a value; for settings that fall back to those of another section.
    pub fn is_set(&self, setting: &str) -> bool {
        self.effective.is_set(setting)
    }

    /// The value of a result, or a complaint. The error's own text is not shown: it may quote a secret.
    pub fn accept<T, E>(&mut self, setting: &str, expected: impl Display, result: Result<T, E>) -> Option<T> {
        if result.is_err() {
            self.refuse(setting, expected);
        }
        result.ok()
    }

    /// The value itself, which must lie within `range`.
    pub fn within<T: PartialOrd + Display>(&mut self, setting: &str, value: T, range: RangeInclusive<T>) -> T {
        if !range.contains(&value) {
            self.refuse(setting, format_args!("a number between {} and {}", range.start(), range.end()));
        }
        value
    }

    /// A span of at least one second and at most a year.
    pub fn positive_seconds(&mut self, setting: &str, value: u64) -> Duration {
        Duration::from_secs(self.within(setting, value, 1..=MAX_SECONDS))
    }

    /// A span of at most a year, or none at all.
    pub fn seconds(&mut self, setting: &str, value: u64) -> Duration {
        Duration::from_secs(self.within(setting, value, 0..=MAX_SECONDS))
    }

    /// A span of at least one millisecond and at most a year.
    pub fn positive_ms(&mut self, setting: &str, value: u64) -> Duration {
        Duration::from_millis(self.within(setting, value, 1..=MAX_SECONDS.saturating_mul(1_000)))
    }

    /// A span of at most a year, or none at all.
    pub fn ms(&mut self, setting: &str, value: u64) -> Duration {
        Duration::from_millis(self.within(setting, value, 0..=MAX_SECONDS.saturating_mul(1_000)))
    }

    /// Hands out what was built, unless there were complaints.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every complaint.
    pub fn finish<T>(self, built: T) -> Result<T, Error> {
        if self.problems.is_empty() { Ok(built) } else { Err(Error::Invalid(self.problems)) }
    }
}
