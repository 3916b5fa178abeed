//! What is agreed on, as a whole: who approves one plan has not approved another.

use std::collections::BTreeMap;

use causeway_primitives::{B256, keccak256};

use super::catalogue::{Doing, Kind, Parameter, Procedure};
use crate::domain::maintenance;

/// Characters of a reason: it goes into the audit and into chat messages.
pub const LONGEST_REASON: usize = 300;
/// Characters of a parameter's value.
pub const LONGEST_VALUE: usize = 200;

/// Parameters by name.
pub type Values = BTreeMap<String, String>;

/// What is to be done, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Of the catalogue.
    pub procedure: String,
    /// Where.
    pub service: String,
    /// How.
    pub deed: Deed,
    /// With what.
    pub values: Values,
    /// Why, for the audit.
    pub reason: String,
}

/// How a plan is carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// By an action that the service offers.
    Action {
        /// Its name.
        action: String,
        /// The action that takes it back, with the same parameters.
        undo: Option<String>,
    },
    /// By a person, because no service may.
    ByHand {
        /// What to do.
        instructions: String,
    },
}

/// Why something is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing of that name.
    #[error("there is no procedure {0}; the catalogue names them")]
    Unknown(String),
    /// A parameter is missing, or not what it must be.
    #[error("`{name}` must be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A parameter that the procedure does not take.
    #[error("{procedure} takes no `{name}`")]
    Stray {
        /// The procedure.
        procedure: &'static str,
        /// The parameter.
        name: String,
    },
    /// No reason, or one that is no sentence.
    #[error("a reason is 1 to {LONGEST_REASON} characters on one line that say why")]
    Reason,
}

impl Plan {
    /// The plan of a procedure with these values. Empty values count as not given.
    ///
    /// # Errors
    /// [`Error`].
    pub fn of(procedure: &'static Procedure, given: Values, reason: &str) -> Result<Self, Error> {
        let reason = reason.trim();
        let is_sentence =
            (1..=LONGEST_REASON).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
        if !is_sentence {
            return Err(Error::Reason);
        }
        let values: Values = given
            .into_iter()
            .map(|(name, value)| (name, value.trim().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let is_known = |name: &String| procedure.parameters.iter().any(|parameter| parameter.name == name);
        if let Some(name) = values.keys().find(|name| !is_known(name)) {
            return Err(Error::Stray { procedure: procedure.name, name: name.clone() });
        }
        for parameter in procedure.parameters {
            take(parameter, values.get(parameter.name))?;
        }
        let deed = match procedure.doing {
            Doing::Action { action, undo, .. } => {
                Deed::Action { action: action.to_owned(), undo: undo.map(str::to_owned) }
            }
            Doing::ByHand(instructions) => Deed::ByHand { instructions: instructions.to_owned() },
        };
        Ok(Self {
            procedure: procedure.name.to_owned(),
            service: procedure.service.to_owned(),
            deed,
            values,
            reason: reason.to_owned(),
        })
    }

    /// The value of a parameter; empty when there is none.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The action that takes it back.
    pub fn undo(&self) -> Option<&str> {
        match &self.deed {
            Deed::Action { undo, .. } => undo.as_deref(),
            Deed::ByHand { .. } => None,
        }
    }

    /// Names exactly this plan: keccak256 over its texts, each behind its length in 8 bytes.
    pub fn hash(&self) -> B256 {
        let mut bytes = Vec::new();
        let (kind, done, undo) = match &self.deed {
            Deed::Action { action, undo } => ("action", action.as_str(), undo.as_deref().unwrap_or_default()),
            Deed::ByHand { instructions } => ("by_hand", instructions.as_str(), ""),
        };
        let values = self.values.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        for text in [&self.procedure, &self.service, kind, done, undo, &self.reason].into_iter().chain(values) {
            // A text of 2^64 bytes does not exist.
            bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        keccak256(bytes)
    }
}

fn take(parameter: &Parameter, value: Option<&String>) -> Result<(), Error> {
    let fits = match value {
        None => parameter.optional.is_some(),
        Some(value) => {
            let is_line = value.chars().count() <= LONGEST_VALUE && !value.chars().any(char::is_control);
            is_line && is_of(parameter.kind, value)
        }
    };
    if fits { Ok(()) } else { Err(Error::Value { name: parameter.name, expected: parameter.expected }) }
}

fn is_of(kind: Kind, value: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    match kind {
        Kind::Text => true,
        Kind::Time => maintenance::time(value).is_some(),
        Kind::Names => maintenance::names(value).iter().all(|name| name.chars().all(is_plain)),
    }
}
