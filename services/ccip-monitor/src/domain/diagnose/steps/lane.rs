//! Whether both ends of the lane are open: router and on-ramp at the source, off-ramp at the destination, curses.

use causeway_primitives::{Address, Bytes};

use super::super::{
    diagnosis::{Step, StepName},
    evidence::{Curses, Evidence, OffRampState, RouterState},
    read::Read,
};
use crate::domain::lane::Dialect;

/// Step 3: the source's router, and the on-ramp behind it. A message that was accepted is past them; what is wrong here
/// stops the next ones.
pub(crate) fn router(evidence: &Evidence) -> Step {
    let name = StepName::Router;
    let source = &evidence.source;
    let proofs = [
        &source.router.proof,
        &source.supported.proof,
        &source.current_on_ramp.proof,
        &source.ramp_router.proof,
        &source.expected_next.proof,
    ];
    let state = match &source.router.value {
        Ok(state) => state,
        Err(gap) => return Step::unknown(name, gap.to_string()).proven_by(proofs.map(String::as_str)),
    };
    let step = match state {
        RouterState::NoCode => {
            Step::problem(name, "there is no code at the router's address", "Correct the router's address.")
        }
        RouterState::Refuses { reason } => {
            Step::problem(name, format!("the router does not answer: {reason}"), "Find out what stands at its address.")
        }
        RouterState::Serves { version } => serving(evidence, version),
    };
    step.proven_by(proofs.map(String::as_str))
}

fn serving(evidence: &Evidence, version: &str) -> Step {
    let name = StepName::Router;
    let source = &evidence.source;
    let others = "this message was accepted before and is not held up by it";
    if source.supported.find() == Some(&false) {
        let detail = format!("the router supports the destination no longer; {others}");
        return Step::problem(name, detail, "Ask the router's owner why the lane was taken out.");
    }
    if source.ramp_router.find() == Some(&Address::ZERO) {
        let detail = format!("the on-ramp is paused (its router is zero): it takes no messages; {others}");
        return Step::problem(name, detail, "Ask the on-ramp's owner when the lane opens again.");
    }
    if let Some(gap) = source.supported.find_gap() {
        return Step::unknown(name, format!("whether the router supports the destination: {gap}"));
    }
    match source.current_on_ramp.find() {
        Some(ramp) if *ramp != evidence.subject.on_ramp && *ramp != Address::ZERO => Step::ok(
            name,
            format!(
                "{version} serves; it uses the on-ramp {ramp} now, and the message's {} is retired",
                evidence.subject.on_ramp
            ),
        ),
        Some(_) | None => Step::ok(name, format!("{} serves the destination", named(version))),
    }
}

fn named(version: &str) -> &str {
    if version.is_empty() { "the router" } else { version }
}

/// Step 4: the destination takes messages of this lane.
pub(crate) fn lane(evidence: &Evidence) -> Step {
    let name = StepName::Lane;
    let destination = &evidence.destination;
    let proofs = [&destination.off_ramp.proof, &destination.state.proof, &destination.listed.proof];
    let step = match &evidence.subject.lane.dialect {
        Dialect::Private(_) => {
            Step::not_applicable(name, "a private dialect's executing contract has no list of lanes")
        }
        Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => match (&destination.state.value, &destination.listed.value) {
            (Err(gap), _) => Step::unknown(name, format!("how the off-ramp takes this source: {gap}")),
            (Ok(state), listed) => taken(state, &evidence.subject.on_ramp, listed.as_ref().ok().copied())
                .unwrap_or_else(|| match listed {
                    Err(gap) => Step::unknown(name, format!("whether the router lists the off-ramp: {gap}")),
                    Ok(_) => Step::ok(name, "the off-ramp takes this source, and the router lists the off-ramp"),
                }),
        },
    };
    step.proven_by(proofs.map(String::as_str))
}

/// What is wrong at the off-ramp; `None`: nothing that is known.
fn taken(state: &OffRampState, on_ramp: &Address, listed: Option<bool>) -> Option<Step> {
    let name = StepName::Lane;
    let owner = "Ask the destination's owner to set the lane right; messages wait and are not lost.";
    if !state.enabled {
        return Some(Step::problem(name, "the off-ramp has this source switched off", owner));
    }
    if !state.on_ramps.iter().any(|ramp| is_address(ramp, on_ramp)) {
        let known: Vec<_> = state.on_ramps.iter().map(ToString::to_string).collect();
        let detail = format!("the off-ramp takes messages of {} and not of {on_ramp}", known.join(", "));
        return Some(Step::problem(name, detail, owner));
    }
    (listed == Some(false)).then(|| {
        Step::problem(name, "the destination's router does not list the off-ramp: it will not deliver for it", owner)
    })
}

/// An address in its own 20 bytes, or in the 32 of an ABI word.
fn is_address(bytes: &Bytes, address: &Address) -> bool {
    let bytes: &[u8] = bytes;
    let bare = bytes.strip_prefix(&[0; 12]).filter(|rest| rest.len() == 20).unwrap_or(bytes);
    bare == address.as_slice()
}

/// Step 7: curses of either side, over the lane and over everything.
pub(crate) fn curse(evidence: &Evidence) -> Step {
    let name = StepName::Curse;
    let sides = [("source", &evidence.source.curses), ("destination", &evidence.destination.curses)];
    let proofs = sides.map(|(_, curses)| curses.proof.as_str());
    if matches!(evidence.subject.lane.dialect, Dialect::Private(_))
        && sides.iter().all(|(_, read)| read.find().is_none())
    {
        return Step::not_applicable(name, "a private dialect has no risk network unless one is configured")
            .proven_by(proofs);
    }
    let cursed: Vec<_> = sides.iter().filter_map(|(side, curses)| cursed(side, curses)).collect();
    if !cursed.is_empty() {
        let action = "Nothing moves until the curse is lifted: ask who cursed and why; do not send more.";
        return Step::problem(name, cursed.join("; "), action).proven_by(proofs);
    }
    let gap = sides.iter().find_map(|(side, curses)| curses.find_gap().map(|gap| format!("at the {side}: {gap}")));
    gap.map_or_else(|| Step::ok(name, "neither side is cursed"), |gap| Step::unknown(name, gap)).proven_by(proofs)
}

fn cursed(side: &str, curses: &Read<Curses>) -> Option<String> {
    match curses.find()? {
        Curses { global: true, .. } => Some(format!("the {side} chain is cursed as a whole")),
        Curses { lane: true, .. } => Some(format!("the {side} chain curses the other end of the lane")),
        Curses { global: false, lane: false } => None,
    }
}
