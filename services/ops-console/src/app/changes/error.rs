//! Why somebody's wish for a change was not followed.

use super::desk::MOST_WAITING;
use crate::domain::{
    change::{Refused, plan, rights::Verb},
    people::Role,
};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// He may not.
    #[error("to {} takes the role {}; {}", .verb.words(), .needs.as_str(), listed(.who))]
    MayNot {
        /// What he wanted to do.
        verb: Verb,
        /// What it takes.
        needs: Role,
        /// Who may.
        who: Vec<String>,
    },
    /// There is no such change.
    #[error("there is no such change")]
    Unknown,
    /// What was proposed is no plan.
    #[error("that is no plan")]
    Plan(#[from] plan::Error),
    /// It cannot happen now.
    #[error("it cannot happen")]
    Refused(#[from] Refused),
    /// He has proposed enough that waits.
    #[error("{0} has {MOST_WAITING} proposals that wait; withdraw one that is not wanted any more")]
    TooMany(String),
    /// Another change goes by this name.
    #[error("another change goes by this name")]
    NameTaken,
    /// Somebody else was quicker.
    #[error("it was changed meanwhile; look at it again")]
    Meanwhile,
    /// The database did not answer.
    #[error("the store failed")]
    Store(#[from] causeway_store::Error),
}

impl Error {
    /// The whole of it for the person who asked: what it is, and why.
    pub fn words(&self) -> String {
        match self {
            Self::Plan(why) => why.to_string(),
            Self::Refused(why) => why.to_string(),
            Self::MayNot { .. } | Self::Unknown | Self::TooMany(_) | Self::NameTaken | Self::Meanwhile => {
                self.to_string()
            }
            Self::Store(_) => "the console's database does not answer; nothing is known to have changed".to_owned(),
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nobody here has it".to_owned() } else { format!("{} may", names.join(", ")) }
}
