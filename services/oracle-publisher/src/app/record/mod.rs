//! Decisions as they are stored: canonical JSON that holds every input, so that the same decision can be
//! computed again, byte for byte, years later.
//!
//! Canonical means: fields in the order of the types here, no white space, numbers that may exceed 53 bits
//! and all decimals as text. The policy is stored once per version, under its own digest. The format has a
//! version; an old record is replayed by the types of its version or not at all, never half.

mod inputs;
mod policy;
mod result;
mod state;
#[cfg(test)]
mod tests;
mod values;

use causeway_primitives::{B256, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

pub use self::state::{read_breaker, read_source, write_breaker, write_source};
pub use crate::domain::explain::Explanation;
use crate::domain::{
    evaluation::{Evaluation, Inputs, evaluate},
    explain,
    policy::FeedPolicy,
};

/// The version of the format that is written.
const VERSION: u32 = 1;

/// Why a stored text gives no record.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not the JSON of this version.
    #[error("not a record of version {VERSION}")]
    Format(#[source] serde_json::Error),
    /// A version that this program does not know.
    #[error("a record of version {0}, but this program reads version {VERSION}")]
    Version(u32),
    /// A field holds what the domain refuses.
    #[error("`{0}` holds no valid value")]
    Value(&'static str),
    /// The record names another policy than the one given with it.
    #[error("the policy does not belong to the record")]
    Policy,
}

/// A decision about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Canonical JSON of inputs and result.
    pub record: String,
    /// Canonical JSON of the policy.
    pub policy: String,
    /// Digest of the policy.
    pub policy_digest: B256,
}

/// A policy with its canonical text, written once and used for every decision of a feed.
#[derive(Debug, Clone)]
pub struct Policy {
    policy: FeedPolicy,
    text: String,
    digest: B256,
}

impl Policy {
    /// Writes the policy.
    pub fn new(policy: FeedPolicy) -> Self {
        let text = text_of(&policy::Policy::from(policy.terms()));
        let digest = digest_of(&text);
        Self { policy, text, digest }
    }

    /// Reads a stored policy.
    ///
    /// # Errors
    /// [`Error`] when the text is no policy of this version.
    pub fn read(text: &str) -> Result<Self, Error> {
        let stored: policy::Policy = serde_json::from_str(text).map_err(Error::Format)?;
        let policy = FeedPolicy::try_new(stored.try_into()?).map_err(|_| Error::Value("policy"))?;
        Ok(Self { policy, text: text.to_owned(), digest: digest_of(text) })
    }

    /// The policy.
    pub const fn get(&self) -> &FeedPolicy {
        &self.policy
    }

    /// Its canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its digest.
    pub const fn digest(&self) -> B256 {
        self.digest
    }
}

/// The stored form.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    policy: B256,
    config: String,
    inputs: inputs::Inputs,
    result: Box<RawValue>,
}

/// Writes a decision. `config` is the hash of the configuration that was in force.
pub fn write(policy: &Policy, config: &str, inputs: &Inputs, evaluation: &Evaluation) -> String {
    let result = text_of(&result::Result::from(evaluation));
    // A text that was just written as JSON is JSON; the empty object cannot be reached.
    let result = RawValue::from_string(result).unwrap_or_default();
    text_of(&Record { version: VERSION, policy: policy.digest(), config: config.to_owned(), inputs: inputs.into(), result })
}

/// What a replay of one record came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// The same bytes.
    Same,
    /// Other bytes: the record was changed, or the program decides differently now.
    Differs,
}

/// Computes a stored decision again and compares bytes.
///
/// # Errors
/// [`Error`] when the record cannot be read.
pub fn replay(text: &str, policy: &Policy) -> Result<(Replay, String), Error> {
    let (record, inputs) = read(text, policy)?;
    let evaluation = evaluate(policy.get(), &inputs);
    let again = write(policy, &record.config, &inputs, &evaluation);
    let outcome = if again == text { Replay::Same } else { Replay::Differs };
    Ok((outcome, again))
}

/// Computes a stored decision again and puts it into words.
///
/// # Errors
/// [`Error`] when the record cannot be read.
pub fn explain(text: &str, policy: &Policy) -> Result<Explained, Error> {
    let (_, inputs) = read(text, policy)?;
    let evaluation = evaluate(policy.get(), &inputs);
    let explanation = explain::explain(policy.get(), &inputs, &evaluation);
    Ok(Explained { inputs, evaluation, explanation })
}

/// A decision with everything that is known of it.
#[derive(Debug, Clone)]
pub struct Explained {
    /// What it depended on.
    pub inputs: Inputs,
    /// What it came to.
    pub evaluation: Evaluation,
    /// The same in words.
    pub explanation: Explanation,
}

fn read(text: &str, policy: &Policy) -> Result<(Record, Inputs), Error> {
    let record: Record = serde_json::from_str(text).map_err(Error::Format)?;
    if record.version != VERSION {
        return Err(Error::Version(record.version));
    }
    if record.policy != policy.digest() {
        return Err(Error::Policy);
    }
    let inputs = Inputs::try_from(&record.inputs)?;
    Ok((record, inputs))
}

/// When the decision was taken.
///
/// # Errors
/// [`Error`] when the text is no record.
pub fn decided_at(text: &str) -> Result<Timestamp, Error> {
    let record: Record = serde_json::from_str(text).map_err(Error::Format)?;
    Ok(Inputs::try_from(&record.inputs)?.now)
}

/// The text as JSON that is passed on as it is.
///
/// # Errors
/// [`Error::Format`] when it is no JSON.
pub fn raw(text: String) -> Result<Box<RawValue>, Error> {
    RawValue::from_string(text).map_err(Error::Format)
}

/// Types of this module have only texts, integers and lists: nothing that JSON cannot hold.
fn text_of<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn digest_of(text: &str) -> B256 {
    B256::from_slice(&Sha256::digest(text.as_bytes()))
}
