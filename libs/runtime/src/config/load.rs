//! From three layers to a filled structure, or to one line that says what is wrong.

use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Value;

use super::{
    Effective, Environment, Error, FlatName, Invalid, Origin, Problem, SettingPath, effective::Secrets, environment,
    layers::Layers, secret,
};

/// What a service tells about its settings.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The defaults as a TOML document: `include_str!("../config/default.toml")`.
    pub defaults: &'static str,
    /// The first segment of long names: `ORACLE` makes `ORACLE__CHAIN__ID`.
    pub prefix: &'static str,
    /// Tables of names that operators know.
    pub flat_names: &'static [&'static [FlatName]],
    /// Lists of the settings that may not be shown: paths in which `*` stands for any one segment, and behind
    /// which `[]` says that the setting is a list. Each of them
    /// may be given as `<name>_file` instead, the path of a file that holds it.
    pub secrets: &'static [&'static [&'static str]],
}

/// A filled structure and what is known about its values.
#[derive(Debug, Clone)]
pub struct Loaded<T> {
    /// The settings as texts and numbers, in need of validation.
    pub raw: T,
    /// Who set them, and what may not be shown.
    pub effective: Effective,
}

/// Loads the defaults, then `file`, then the environment.
///
/// # Errors
/// [`Error`] when the file cannot be read, when a layer is no TOML, or when the result does not fit `T`,
/// which should deny unknown fields.
pub fn load<T: DeserializeOwned>(
    schema: &Schema,
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Loaded<T>, Error> {
    let secrets = Secrets(schema.secrets);
    let mut layers = Layers::parse(schema.defaults, |_| Origin::Default)?;
    if let Some(path) = file {
        layers.overlay(read(path)?);
    }
    apply_environment(&mut layers, schema, environment)?;
    secret::read_files(&mut layers, secrets)?;
    let effective = Effective::new(layers, secrets);
    let raw = serde_path_to_error::deserialize(Value::Table(effective.table().clone()))
        .map_err(|error| explain(&effective, error.path(), error.inner()))?;
    Ok(Loaded { raw, effective })
}

fn read(path: &Path) -> Result<Layers, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    Layers::parse(&text, |line| Origin::File { path: path.to_owned(), line })
}

fn apply_environment(layers: &mut Layers, schema: &Schema, environment: &Environment) -> Result<(), Error> {
    let secrets = Secrets(schema.secrets);
    let flat_names = schema.flat_names.iter().copied().flatten();
    for (path, value, origin) in environment.flat_names(flat_names, |path| secrets.names(path)) {
        put(layers, path, value, origin)?;
    }
    for (path, text, origin) in environment.long_names(schema.prefix) {
        let other = layers.origin(&path);
        if layers.get(&path).is_some() && matches!(other, Origin::Environment { .. }) {
            let problem = Problem::SetTwice { other };
            return Err(Invalid { setting: path, value: None, problem, origin }.into());
        }
        let value = environment::like(text, layers.get(&path));
        put(layers, path, value, origin)?;
    }
    Ok(())
}

fn put(layers: &mut Layers, path: SettingPath, value: Value, origin: Origin) -> Result<(), Error> {
    layers.set(&path, value, origin.clone()).map_err(|_| {
        let known = "a section that exists, or the next element of a list".to_owned();
        Invalid { setting: path, value: None, problem: Problem::Unknown { known }, origin }.into()
    })
}

/// Turns serde's message into ours. It has three shapes that matter; the part before `expected` quotes
/// the value, which [`Effective::describe`] shows on its own terms.
fn explain(effective: &Effective, path: &serde_path_to_error::Path, error: &toml::de::Error) -> Error {
    let (path, message) = (SettingPath::from(path), error.message());
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let expected = || message.split_once("expected ").map(|(_, expected)| in_plain_words(expected));
    let (setting, problem) = if message.starts_with("unknown field") {
        let setting = if path.last() == Some(quoted()) { path } else { path.child(quoted()) };
        let known = expected().unwrap_or_else(|| "nothing here".to_owned());
        (setting, Problem::Unknown { known })
    } else if message.starts_with("missing field") {
        (path.child(quoted()), Problem::Missing)
    } else if let Some(expected) = expected() {
        (path, Problem::Expected(expected))
    } else if effective.is_secret(&path) {
        (path, Problem::Expected("another value".to_owned()))
    } else {
        (path, Problem::Expected(format!("another value: {message}")))
    };
    effective.describe(setting, problem).into()
}

/// Rust's names of types mean nothing to an operator.
fn in_plain_words(expected: &str) -> String {
    let plain = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "`true` or `false`",
        "a string" => "a text",
        "a sequence" => "a list",
        _ if expected.starts_with("struct ") || expected == "a map" => "a section",
        _ => expected,
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests;
