//! The settings that hold in the end: who set each, which may not be shown, and a hash over the rest.

use std::fmt::{self, Display};

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::{Invalid, Problem, SettingPath, Validator, layers::Layers, secret::REDACTED};

/// An error shows this much of a value and no more.
const MAX_SHOWN_CHARS: usize = 120;

/// Behind a pattern: the setting is a list.
const LIST: &str = "[]";

/// Which settings may not be shown, as patterns of paths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Secrets(pub(super) &'static [&'static [&'static str]]);

impl Secrets {
    /// Whether this very setting is a secret.
    pub(super) fn names(self, path: &SettingPath) -> bool {
        self.patterns().any(|(pattern, _)| path.matches(pattern))
    }

    /// Whether this very setting is a list of secrets.
    pub(super) fn lists(self, path: &SettingPath) -> bool {
        self.patterns().any(|(pattern, is_list)| is_list && path.matches(pattern))
    }

    fn patterns(self) -> impl Iterator<Item = (&'static str, bool)> {
        let pattern = |pattern: &'static str| pattern.strip_suffix(LIST).map_or((pattern, false), |bare| (bare, true));
        self.0.iter().copied().flatten().copied().map(pattern)
    }

    /// Whether this setting is part of a secret, such as an element of a secret list.
    pub(super) fn cover(self, path: &SettingPath) -> bool {
        self.patterns().any(|(pattern, _)| path.is_under(pattern))
    }
}

/// The settings as they hold after all layers. They hold secrets as texts; what prints them redacts.
#[derive(Clone)]
pub struct Effective {
    layers: Layers,
    secrets: Secrets,
}

impl Effective {
    pub(super) const fn new(layers: Layers, secrets: Secrets) -> Self {
        Self { layers, secrets }
    }

    pub(super) const fn table(&self) -> &Table {
        self.layers.table()
    }

    /// Collects what is wrong with the values, so that an operator hears of all of it at once.
    pub const fn validator(&self) -> Validator<'_> {
        Validator::new(self)
    }

    /// Whether any layer gives this setting a value.
    pub fn is_set(&self, setting: &str) -> bool {
        self.layers.get(&setting.into()).is_some()
    }

    /// One refused setting, with its value and its origin. For what shows only later, such as a chain id
    /// that differs from the chain's own.
    pub fn refuse(&self, setting: &str, expected: impl Display) -> Invalid {
        self.describe(setting.into(), Problem::Expected(expected.to_string()))
    }

    pub(super) fn describe(&self, setting: SettingPath, problem: Problem) -> Invalid {
        // Nobody can say of an unknown setting that it is no secret: it may be one whose name was misspelt.
        let may_be_shown = !matches!(problem, Problem::Unknown { .. });
        let value = self.layers.get(&setting).filter(|value| may_be_shown && !value.is_table());
        let value = value.map(|value| self.show(&setting, value));
        Invalid { value, problem, origin: self.layers.origin(&setting), setting }
    }

    pub(super) fn is_secret(&self, setting: &SettingPath) -> bool {
        self.secrets.cover(setting)
    }

    /// The settings as a TOML document in which each secret reads `[redacted]`.
    pub fn redacted(&self) -> String {
        redact_table(self.table(), &SettingPath::default(), self.secrets).to_string()
    }

    /// A SHA-256 over [`Self::redacted`], in hexadecimal: equal for replicas that are set up alike, and
    /// free of any trace of their secrets.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.redacted()))
    }

    fn show(&self, setting: &SettingPath, value: &Value) -> String {
        let shown = redact(value, setting, self.secrets);
        let text = shown.as_str().map_or_else(|| shown.to_string(), |text| format!("`{text}`"));
        let text = if self.is_secret(setting) { REDACTED.to_owned() } else { text };
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_SHOWN_CHARS).collect()
    }
}

impl fmt::Debug for Effective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

fn redact_table(table: &Table, at: &SettingPath, secrets: Secrets) -> Table {
    table.iter().map(|(key, value)| (key.clone(), redact(value, &at.child(key), secrets))).collect()
}

fn redact(value: &Value, path: &SettingPath, secrets: Secrets) -> Value {
    match value {
        Value::Table(table) => Value::Table(redact_table(table, path, secrets)),
        Value::Array(elements) => Value::Array(
            elements.iter().enumerate().map(|(index, value)| redact(value, &path.child(index), secrets)).collect(),
        ),
        Value::String(_) | Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            if secrets.cover(path) { Value::String(REDACTED.to_owned()) } else { value.clone() }
        }
    }
}
