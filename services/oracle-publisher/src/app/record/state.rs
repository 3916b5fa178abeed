//! States that survive a restart, as text: a feed's breaker and its sources' records.

use serde::{Deserialize, Serialize};

use super::{Error, canonical::text_of, inputs, values::time};
use crate::domain::{
    breaker,
    lifecycle::{self, Blame, Cause, Operator, Post, Stage, State},
};

/// A breaker as text.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write_breaker(value: &breaker::Breaker) -> Result<String, Error> {
    text_of(&inputs::Breaker::from(value))
}

/// # Errors
/// [`Error`] when the text is no breaker of this version.
pub fn read_breaker(text: &str) -> Result<breaker::Breaker, Error> {
    serde_json::from_str::<inputs::Breaker>(text).map_err(Error::Format)?.read()
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    strikes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clean: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ms: Option<u64>,
    post: String,
    excluded: bool,
    since_ms: u64,
    cause: Option<String>,
    quarantines_ms: Vec<u64>,
}

/// A source's record as text.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn write_source(value: &lifecycle::Source) -> Result<String, Error> {
    let (state, strikes, clean, until) = match value.state {
        State::Healthy => ("healthy", None, None, None),
        State::Suspect { strikes, clean } => ("suspect", Some(strikes), Some(clean), None),
        State::Quarantined { until } => ("quarantined", None, None, Some(until)),
        State::Probation { stage: Stage::Shadow, clean } => ("shadow", None, Some(clean), None),
        State::Probation { stage: Stage::Reduced, clean } => ("reduced", None, Some(clean), None),
    };
    text_of(&Source {
        state: state.to_owned(),
        strikes,
        clean,
        until_ms: until.map(|at| at.as_millis()),
        post: value.post.as_str().to_owned(),
        excluded: value.operator == Operator::Excluded,
        since_ms: value.since.as_millis(),
        cause: value.cause.map(|cause| cause.as_str().to_owned()),
        quarantines_ms: value.quarantines.iter().map(|at| at.as_millis()).collect(),
    })
}

/// # Errors
/// [`Error`] when the text is no record of this version.
pub fn read_source(text: &str) -> Result<lifecycle::Source, Error> {
    let stored: Source = serde_json::from_str(text).map_err(Error::Format)?;
    let state = match (stored.state.as_str(), stored.strikes, stored.clean, stored.until_ms) {
        ("healthy", None, None, None) => State::Healthy,
        ("suspect", Some(strikes), Some(clean), None) => State::Suspect { strikes, clean },
        ("quarantined", None, None, Some(until)) => State::Quarantined { until: time(until, "until_ms")? },
        ("shadow", None, Some(clean), None) => State::Probation { stage: Stage::Shadow, clean },
        ("reduced", None, Some(clean), None) => State::Probation { stage: Stage::Reduced, clean },
        _ => return Err(Error::Value("state")),
    };
    let post = [Post::Primary, Post::Standby, Post::Promoted].into_iter().find(|post| post.as_str() == stored.post);
    let quarantines = stored.quarantines_ms.iter().map(|at| time(*at, "quarantines_ms")).collect::<Result<_, _>>()?;
    Ok(lifecycle::Source {
        state,
        post: post.ok_or(Error::Value("post"))?,
        operator: if stored.excluded { Operator::Excluded } else { Operator::HandsOff },
        since: time(stored.since_ms, "since_ms")?,
        cause: stored.cause.as_deref().map(cause).transpose()?,
        quarantines,
    })
}

fn cause(label: &str) -> Result<Cause, Error> {
    const ALL: [Cause; 15] = [
        Cause::Fault(Blame::Silent),
        Cause::Fault(Blame::Stale),
        Cause::Fault(Blame::Future),
        Cause::Fault(Blame::Frozen),
        Cause::Fault(Blame::Outlier),
        Cause::Fault(Blame::OutOfRange),
        Cause::Fault(Blame::Credential),
        Cause::Cleared,
        Cause::Served,
        Cause::ShadowPassed,
        Cause::ProbationPassed,
        Cause::QuorumShort,
        Cause::QuorumRestored,
        Cause::ExcludedByOperator,
        Cause::ReinstatedByOperator,
    ];
    ALL.into_iter().find(|cause| cause.as_str() == label).ok_or(Error::Value("cause"))
}
