//! The environment as a value, and how its names and texts become settings.
//!
//! Two notations lead to a setting. Every setting has its long name, `PREFIX__SECTION__KEY`, in which an
//! element of a list is its number. Some have a flat name that operators know (`RPC_URL`). A variable
//! that is set to nothing counts as not set, because that is how a manifest leaves one out.

use std::collections::BTreeMap;

use toml::Value;

use super::{Origin, SettingPath};

/// What separates the segments of a long name.
const SEPARATOR: &str = "__";

/// The ending that turns the name of a secret into the name of a file that holds it.
const FILE_ENDING: &str = "_FILE";

/// The variables a process was started with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The environment of this process. Called once, by the code that starts it; everybody else takes
    /// an [`Environment`]. A name that is not Unicode is none of ours.
    pub fn of_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        std::env::vars_os().filter_map(unicode).collect()
    }

    /// The value of `name`, unless it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The settings with a long name under `prefix`, with the text they are set to.
    pub(super) fn long_names<'a>(&'a self, prefix: &str) -> impl Iterator<Item = (SettingPath, &'a str, Origin)> {
        let start = format!("{prefix}{SEPARATOR}");
        self.0.iter().filter(|(_, value)| !value.is_empty()).filter_map(move |(name, value)| {
            let dotted = name.strip_prefix(&start)?.to_lowercase().replace(SEPARATOR, ".");
            Some((SettingPath::from(dotted.as_str()), value.as_str(), Origin::Environment { name: name.clone() }))
        })
    }

    /// What the flat names set. A secret may be set by its own name or by the name of a file.
    pub(super) fn flat_names<'a>(
        &'a self,
        names: impl Iterator<Item = &'a FlatName>,
        is_secret: impl Fn(&SettingPath) -> bool,
    ) -> Vec<(SettingPath, Value, Origin)> {
        let mut settings = Vec::new();
        for flat in names {
            let path = SettingPath::from(flat.path);
            let secret = is_secret(&path);
            if let Some(text) = self.get(flat.env) {
                let origin = Origin::Environment { name: flat.env.to_owned() };
                settings.push((path, flat.kind.value(text), origin));
            }
            let name = format!("{}{FILE_ENDING}", flat.env);
            if let Some(file) = self.get(&name).filter(|_| secret) {
                let path = SettingPath::from(format!("{}_file", flat.path).as_str());
                settings.push((path, Value::String(file.to_owned()), Origin::Environment { name }));
            }
        }
        settings
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

impl<'a, const N: usize> From<[(&'a str, &'a str); N]> for Environment {
    fn from(variables: [(&'a str, &'a str); N]) -> Self {
        variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// A name that operators know, and the setting it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlatName {
    /// The variable, such as `RPC_URL`.
    pub env: &'static str,
    /// The setting, such as `chain.rpc_urls`.
    pub path: &'static str,
    /// How its text is read.
    pub kind: Kind,
}

/// How the text of a variable is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it stands. Exact decimals are texts too.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Texts separated by commas.
    List,
}

impl Kind {
    /// A text that does not fit stays a text: the setting's own type then says what it expected.
    fn value(self, text: &str) -> Value {
        let parsed = match self {
            Self::Text => None,
            Self::Integer => text.trim().parse().ok().map(Value::Integer),
            Self::Boolean => text.trim().parse().ok().map(Value::Boolean),
            Self::List => Some(list(text)),
        };
        parsed.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

/// Reads the text of a long name like the value that it replaces, or by its looks where there is none.
/// A fraction stays a text then, because amounts and thresholds are exact decimals written as texts.
pub(super) fn like(text: &str, replaced: Option<&Value>) -> Value {
    match replaced {
        Some(Value::String(_) | Value::Datetime(_)) => Kind::Text.value(text),
        Some(Value::Integer(_)) => Kind::Integer.value(text),
        Some(Value::Boolean(_)) => Kind::Boolean.value(text),
        Some(Value::Float(_)) => text.trim().parse().map_or_else(|_| Kind::Text.value(text), Value::Float),
        Some(Value::Array(_)) => literal(text).unwrap_or_else(|| list(text)),
        Some(Value::Table(_)) | None => by_looks(text),
    }
}

fn by_looks(text: &str) -> Value {
    if let Some(value) = literal(text) {
        return value;
    }
    match Kind::Boolean.value(text) {
        Value::Boolean(flag) => Value::Boolean(flag),
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Kind::Integer.value(text),
    }
}

/// A list or a table in TOML's own notation.
fn literal(text: &str) -> Option<Value> {
    let wrapped = toml::from_str::<toml::Table>(&format!("value = {text}")).ok()?;
    wrapped.get("value").filter(|value| value.is_array() || value.is_table()).cloned()
}

/// Texts separated by commas or line breaks.
pub(super) fn list(text: &str) -> Value {
    let elements = text.split([',', '\n']).map(str::trim).filter(|element| !element.is_empty());
    Value::Array(elements.map(|element| Value::String(element.to_owned())).collect())
}
