//! From steps to a verdict. The first obstacle on the message's way decides, and nothing decides for "stuck" while
//! something before it is not known.

use super::{
    diagnosis::{Found, Manual, Step, StepName, Verdict},
    evidence::{Evidence, ExecutionState},
};
use crate::domain::message::Status;

/// What must be known before anything is called stuck, wherever the obstacle is: that we are not simply late to read
/// the execution.
const ALWAYS_NEEDED: [StepName; 3] = [StepName::Monitor, StepName::Send, StepName::Execution];

pub(super) fn verdict(evidence: &Evidence, steps: &[Step], manual: Option<&Manual>) -> Verdict {
    if is_executed(evidence) {
        return Verdict::Executed;
    }
    let needed = |step: &&Step| ALWAYS_NEEDED.contains(&step.name) && step.found == Found::Unknown;
    if let Some(blind) = steps.iter().find(needed) {
        return Verdict::Unknown { at: blind.name };
    }
    let obstacle = steps.iter().filter(|step| step.name.holds_the_message()).find(|step| match step.found {
        Found::Problem | Found::Unknown => true,
        Found::Ok | Found::Waiting | Found::NotApplicable => false,
    });
    match obstacle {
        None => waiting(steps),
        Some(step) if step.found == Found::Unknown => Verdict::Unknown { at: step.name },
        Some(step) if step.name == StepName::Execution => executable(manual, evidence, step.name),
        Some(step) => Verdict::Stuck { at: step.name },
    }
}

/// By the store, or by the off-ramp itself where its event has not been read yet.
fn is_executed(evidence: &Evidence) -> bool {
    evidence.subject.status == Status::Executed
        || evidence.destination.execution.find() == Some(&ExecutionState::Succeeded)
}

/// Nothing is wrong: the first step that waits says what for.
fn waiting(steps: &[Step]) -> Verdict {
    let first = steps.iter().find_map(|step| Some((step.name, step.wait?)));
    let (at, until) = first.map_or((StepName::Execution, None), |(name, wait)| (name, wait.until));
    Verdict::Waiting { at, until }
}

fn executable(manual: Option<&Manual>, evidence: &Evidence, at: StepName) -> Verdict {
    let now = destination_time(evidence);
    match manual {
        Some(manual) if now.is_some_and(|now| now >= manual.possible_from) => {
            Verdict::Executable { since: manual.possible_from }
        }
        Some(_) | None => Verdict::Stuck { at },
    }
}

/// Time as the destination's contracts see it.
pub(super) fn destination_time(evidence: &Evidence) -> Option<causeway_primitives::Timestamp> {
    evidence.destination_watch.head.find().map(|head| head.time)
}

/// The verdict in one sentence, and the next action.
pub(super) fn words(verdict: Verdict, steps: &[Step], manual: Option<&Manual>) -> (String, String) {
    let find = |name: StepName| steps.iter().find(|step| step.name == name);
    let detail = |name| find(name).map(|step| step.detail.clone()).unwrap_or_default();
    let action = |name| find(name).map(|step| step.action.clone()).unwrap_or_default();
    match verdict {
        Verdict::Executed => ("The message was executed.".to_owned(), "Nothing.".to_owned()),
        Verdict::Waiting { at, until } => {
            let until = until.map(|until| format!(" Expected by {until}.")).unwrap_or_default();
            let summary =
                format!("Nothing is wrong; the message waits at the step `{}`: {}{until}", at.as_str(), detail(at));
            (summary, "Wait.".to_owned())
        }
        Verdict::Stuck { at } => (format!("Stuck at the step `{}`: {}", at.as_str(), detail(at)), action(at)),
        Verdict::Executable { since } => {
            let ramp = manual.map(|manual| manual.off_ramp.to_string()).unwrap_or_default();
            let summary = format!("It can be executed by hand since {since}: {}", detail(StepName::Execution));
            (summary, join(&action(StepName::Execution), &format!("Execute it by hand at the off-ramp {ramp}.")))
        }
        Verdict::Unknown { at } => unknown_words(at, &detail(at), steps),
    }
}

/// Proven problems are told even where they decide nothing yet.
fn unknown_words(at: StepName, detail: &str, steps: &[Step]) -> (String, String) {
    let summary = format!("Not enough is known to say where it is; first at the step `{}`: {detail}", at.as_str());
    let seen: Vec<_> = steps
        .iter()
        .filter(|step| step.found == Found::Problem)
        .map(|step| format!("`{}`", step.name.as_str()))
        .collect();
    let action = if seen.is_empty() {
        "Look after the monitor and its endpoints, then diagnose again.".to_owned()
    } else {
        format!(
            "Look after the monitor and its endpoints, then diagnose again. Problems seen so far: {}.",
            seen.join(", ")
        )
    };
    (summary, action)
}

fn join(first: &str, second: &str) -> String {
    if first.is_empty() { second.to_owned() } else { format!("{first} {second}") }
}
