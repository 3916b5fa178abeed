//! What is wrong with a configuration, in one line a setting.

use std::{fmt, io, path::PathBuf};

use super::SettingPath;

/// Why a configuration cannot be used. The process ends with exit code 2.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that was named cannot be read.
    #[error("{}: could not be read ({source})", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why. Printed with the error, because this line is all that an operator gets to see.
        source: io::Error,
    },
    /// A file, or a value, is no TOML.
    #[error("{origin}: {message}")]
    Syntax {
        /// Where.
        origin: Origin,
        /// What the parser expected. It never quotes the text, which may hold a secret.
        message: String,
    },
    /// Settings that are not as they must be; never empty.
    #[error("{}", lines(.0))]
    Invalid(Vec<Invalid>),
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(vec![invalid])
    }
}

fn lines(problems: &[Invalid]) -> String {
    problems.iter().map(Invalid::to_string).collect::<Vec<_>>().join("\n")
}

/// One setting that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// Which one.
    pub setting: SettingPath,
    /// Its value in at most 120 characters, `[redacted]` when it is secret; `None` when it has none.
    pub value: Option<String>,
    /// What is wrong.
    pub problem: Problem,
    /// Who set it.
    pub origin: Origin,
}

/// What is wrong with a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// There is no such setting; what there is instead.
    Unknown {
        /// The known names, ready to be read.
        known: String,
    },
    /// It has no value and no default.
    Missing,
    /// The value is none of those expected.
    Expected(String),
    /// It was set by two names of the same rank.
    SetTwice {
        /// The other name.
        other: Origin,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { known } => write!(f, "unknown setting, expected {known}"),
            Self::Missing => f.write_str("expected a value, but there is none"),
            Self::Expected(expected) => write!(f, "expected {expected}"),
            Self::SetTwice { other } => write!(f, "expected one value, but {other} sets it too"),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, value, problem, origin } = self;
        match value {
            Some(value) => write!(f, "{setting} = {value}: {problem} (from {origin})"),
            None => write!(f, "{setting}: {problem} (from {origin})"),
        }
    }
}

/// Who set a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The service's built-in default.
    Default,
    /// A line of the configuration file.
    File {
        /// As it was named.
        path: PathBuf,
        /// Counted from one.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the built-in defaults"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment { name } => f.write_str(name),
        }
    }
}
