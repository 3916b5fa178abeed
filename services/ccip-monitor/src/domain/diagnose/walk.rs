//! The walk: every step in order, then the verdict.

use super::{
    diagnosis::{Diagnosis, Step, StepName},
    evidence::Evidence,
    manual, steps, verdict,
};

/// Why a message is where it is, and what to do next.
pub fn diagnose(evidence: &Evidence) -> Diagnosis {
    let steps: Vec<Step> = StepName::ALL.into_iter().map(|name| step(name, evidence)).collect();
    let manual = manual::plan(evidence);
    let verdict = verdict::verdict(evidence, &steps, manual.as_ref());
    let (summary, action) = verdict::words(verdict, &steps, manual.as_ref());
    Diagnosis { verdict, summary, action, steps, manual }
}

fn step(name: StepName, evidence: &Evidence) -> Step {
    match name {
        StepName::Monitor => steps::monitor(evidence),
        StepName::Send => steps::send(evidence),
        StepName::Funds => steps::funds(evidence),
        StepName::Router => steps::router(evidence),
        StepName::Lane => steps::lane(evidence),
        StepName::Finality => steps::finality(evidence),
        StepName::Commit => steps::commit(evidence),
        StepName::Curse => steps::curse(evidence),
        StepName::Order => steps::order(evidence),
        StepName::Relay => steps::relay(evidence),
        StepName::Execution => steps::execution(evidence),
        StepName::Gas => steps::gas(evidence),
    }
}
