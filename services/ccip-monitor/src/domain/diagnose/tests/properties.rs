//! What holds for any evidence.

use causeway_primitives::U256;
use proptest::prelude::*;

use super::case::{at, fail, gap, healthy, known, later, refused};
use crate::domain::{
    diagnose::{
        diagnosis::{Found, StepName, Verdict},
        evidence::{Curses, Evidence, ExecutionState, Point},
        read::Read,
        walk::diagnose,
    },
    lane::Dialect,
    message::Status,
};

/// Something that happens to a message or to what is known of it.
type Change = fn(&mut Evidence);

const CHANGES: [Change; 18] = [
    |e| later(e, 3_702),
    |e| later(e, 7_201),
    |e| fail(e, refused()),
    |e| (e.subject.orphaned, e.source.mined) = (true, known(None)),
    |e| e.destination.listed = known(false),
    |e| e.source.curses = known(Curses { global: true, lane: false }),
    |e| e.destination.curses = known(Curses { global: false, lane: true }),
    |e| e.destination.inbound_nonce = known(0),
    |e| e.arrival = known(None),
    |e| e.destination.next_commit = known(7),
    |e| e.destination.root_accepted = known(None),
    |e| e.source.funds.balance = known(U256::ZERO),
    |e| e.destination.curses = gap(),
    |e| e.destination.state = gap(),
    |e| e.destination.inbound_nonce = gap(),
    |e| e.destination.root_accepted = gap(),
    |e| e.destination.relay.last = gap(),
    |e| e.destination.relay.allowed = known(false),
];

/// What blinds us to an execution that may have happened: each alone forbids to say "stuck".
const BLINDS: [Change; 10] = [
    |e| e.destination_watch.cursor = gap(),
    |e| e.destination_watch.cursor = Read::known(Point { number: 1, time: at(0) }, String::new()),
    |e| e.destination_watch.head = gap(),
    |e| e.source_watch.cursor = gap(),
    |e| e.source_watch.head = gap(),
    |e| e.destination_watch.holes = known(3),
    |e| e.source_watch.holes = gap(),
    |e| e.destination.execution = gap(),
    |e| e.source.mined = gap(),
    |e| e.attempts = gap(),
];

fn any_evidence() -> impl Strategy<Value = Evidence> {
    let dialect = prop_oneof![
        Just(Dialect::V1_5),
        Just(Dialect::V1_6),
        Just(Dialect::V2_0),
        Just(Dialect::Private("operators".into())),
    ];
    (dialect, proptest::collection::vec(0..CHANGES.len(), 0..6)).prop_map(|(dialect, changes)| {
        let mut evidence = healthy(dialect);
        changes.into_iter().for_each(|change| CHANGES[change](&mut evidence));
        evidence
    })
}

fn executed(evidence: &Evidence) -> bool {
    evidence.subject.status == Status::Executed
        || evidence.destination.execution.find() == Some(&ExecutionState::Succeeded)
}

proptest! {
    /// Whatever else is known, a blind monitor never says "stuck".
    #[test]
    fn ccip_15_nothing_is_stuck_while_something_needed_is_unknown(evidence in any_evidence(), blind in 0..BLINDS.len()) {
        let mut evidence = evidence;
        BLINDS[blind](&mut evidence);
        let diagnosis = diagnose(&evidence);
        prop_assert!(!diagnosis.verdict.is_stuck(), "{:#?}", diagnosis);
        prop_assert!(executed(&evidence) || matches!(diagnosis.verdict, Verdict::Unknown { .. }), "{:#?}", diagnosis);
    }

    /// Where something is called stuck, everything on the way to that place was found out, and the place is a problem.
    #[test]
    fn ccip_15_a_stuck_message_is_proven_up_to_its_obstacle(evidence in any_evidence()) {
        let diagnosis = diagnose(&evidence);
        let at = match diagnosis.verdict {
            Verdict::Stuck { at } => at,
            Verdict::Executable { .. } => StepName::Execution,
            Verdict::Executed | Verdict::Waiting { .. } | Verdict::Unknown { .. } => return Ok(()),
        };
        for step in diagnosis.steps.iter().filter(|step| step.name < at && step.name.holds_the_message()) {
            prop_assert!(matches!(step.found, Found::Ok | Found::Waiting | Found::NotApplicable), "{step:#?}");
        }
        prop_assert_eq!(diagnosis.find_step(at).map(|step| step.found), Some(Found::Problem));
    }

    /// What could not be read is never a good step, and every step says what it found.
    #[test]
    fn ccip_15_a_step_is_never_silent(evidence in any_evidence()) {
        let diagnosis = diagnose(&evidence);
        prop_assert_eq!(diagnosis.steps.len(), StepName::ALL.len());
        for step in &diagnosis.steps {
            prop_assert!(!step.detail.is_empty(), "{step:#?}");
            prop_assert!(step.found != Found::Problem || !step.action.is_empty(), "{step:#?}");
        }
    }
}
