//! A decision as it is stored, and what can be done with it later: compute it again, compare, put it into words.

use causeway_primitives::{B256, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Error, Policy, canonical::text_of, error::VERSION, inputs, result};
use crate::domain::{
    evaluation::{Evaluation, Inputs, evaluate},
    explain::{self, Explanation},
};

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
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write(policy: &Policy, config: &str, inputs: &Inputs, evaluation: &Evaluation) -> Result<String, Error> {
    let result = text_of(&result::Result::from(evaluation))?;
    let result = RawValue::from_string(result).map_err(Error::Unwritable)?;
    text_of(&Record {
        version: VERSION,
        policy: policy.digest(),
        config: config.to_owned(),
        inputs: inputs.into(),
        result,
    })
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
    let again = write(policy, &record.config, &inputs, &evaluation)?;
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
