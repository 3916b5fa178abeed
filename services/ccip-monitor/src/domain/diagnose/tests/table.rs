//! One row a verdict.

use std::time::Duration;

use causeway_primitives::{Address, B256, MessageId, U256};

use super::case::{after, at, fail, gap, known, later, refused};
use crate::domain::{
    diagnose::{
        diagnosis::{Found, StepName, Verdict},
        evidence::{Blocker, Bucket, Curses, Delivery, Evidence, ExecutionState, Failure, Mined, Point},
    },
    event::IdProof,
    lane::Dialect::{V1_5, V1_6, V2_0},
    message::Status,
};

type Spoil = fn(&mut Evidence);

fn uncommitted(evidence: &mut Evidence) {
    evidence.arrival = known(None);
    evidence.destination.root_accepted = known(None);
    evidence.destination.next_commit = known(7);
    evidence.subject.status = Status::Sent;
}

fn bucket(tokens: u64, capacity: u64) -> Bucket {
    Bucket {
        token: Address::repeat_byte(7),
        wanted: U256::from(100),
        enabled: true,
        tokens: U256::from(tokens),
        updated_at: at(600),
        capacity: U256::from(capacity),
        rate: U256::from(7),
    }
}

#[test]
fn ccip_15_every_obstacle_has_its_verdict() {
    let stuck = |at| Verdict::Stuck { at };
    let unknown = |at| Verdict::Unknown { at };
    let table: &[(&str, Spoil, Verdict)] = &[
        ("executed", |e| e.subject.status = Status::Executed, Verdict::Executed),
        ("executed, not read yet", |e| e.destination.execution = known(ExecutionState::Succeeded), Verdict::Executed),
        ("orphaned", |e| (e.subject.orphaned, e.source.mined) = (true, known(None)), stuck(StepName::Send)),
        ("orphaned and back", |e| e.subject.orphaned = true, unknown(StepName::Send)),
        (
            "forged",
            |e| e.subject.id_proof = IdProof::Mismatch { computed: MessageId::new(B256::ZERO) },
            stuck(StepName::Send),
        ),
        ("receipt gone", |e| e.source.mined = known(None), unknown(StepName::Send)),
        (
            "in another block",
            |e| e.source.mined = known(Some(Mined { block_hash: B256::ZERO, succeeded: true })),
            unknown(StepName::Send),
        ),
        ("source switched off", |e| switch_off(e), stuck(StepName::Lane)),
        ("off-ramp not listed", |e| e.destination.listed = known(false), stuck(StepName::Lane)),
        ("lane unread", |e| e.destination.state = gap(), unknown(StepName::Lane)),
        ("root removed", |e| e.destination.root_accepted = known(None), stuck(StepName::Commit)),
        (
            "cursed at the source",
            |e| e.source.curses = known(Curses { global: false, lane: true }),
            stuck(StepName::Curse),
        ),
        ("all cursed", |e| e.destination.curses = known(Curses { global: true, lane: false }), stuck(StepName::Curse)),
        ("curse unread", |e| e.source.curses = gap(), unknown(StepName::Curse)),
        ("earlier nonce", |e| e.destination.inbound_nonce = known(1), stuck(StepName::Order)),
        ("nonce unread", |e| e.destination.inbound_nonce = gap(), unknown(StepName::Order)),
        ("failed", |e| fail(e, refused()), Verdict::Executable { since: at(200) }),
        ("not executed in time", |e| later(e, 3_702), Verdict::Executable { since: at(3_701) }),
        ("state unread", |e| e.destination.execution = gap(), unknown(StepName::Execution)),
        ("pool too small for ever", |e| e.destination.buckets = vec![known(bucket(0, 50))], stuck(StepName::Execution)),
    ];
    for (case, spoil, verdict) in table {
        let diagnosis = after(V1_6, spoil);
        assert_eq!(diagnosis.verdict, *verdict, "{case}: {diagnosis:#?}");
        assert!(!diagnosis.summary.is_empty() && !diagnosis.action.is_empty(), "{case}");
    }
}

fn switch_off(evidence: &mut Evidence) {
    let mut state = evidence.destination.state.find().unwrap().clone();
    state.enabled = false;
    evidence.destination.state = known(state);
}

#[test]
fn ccip_15_a_healthy_message_waits_and_says_where() {
    let diagnosis = after(V1_6, |_| {});
    let until = Some(at(3_701));
    assert_eq!(diagnosis.verdict, Verdict::Waiting { at: StepName::Execution, until });
    let found: Vec<_> = diagnosis.steps.iter().map(|step| step.found).collect();
    assert!(!found.contains(&Found::Problem) && !found.contains(&Found::Unknown), "{diagnosis:#?}");
    assert_eq!(diagnosis.steps.len(), StepName::ALL.len());
}

#[test]
fn ccip_15_a_message_below_finality_waits_for_it_with_a_time() {
    let diagnosis = after(V1_6, |evidence| {
        uncommitted(evidence);
        evidence.source_watch.final_height = known(Some(890));
    });
    // 100 blocks in 600 s since the send; 10 blocks are missing.
    assert_eq!(diagnosis.verdict, Verdict::Waiting { at: StepName::Finality, until: Some(at(660)) });
}

#[test]
fn ccip_15_an_uncommitted_message_waits_until_it_is_late_and_is_stuck_then() {
    let early = after(V1_6, uncommitted);
    assert_eq!(early.verdict, Verdict::Waiting { at: StepName::Commit, until: Some(at(7_200)) });
    let late = after(V1_6, |evidence| {
        uncommitted(evidence);
        later(evidence, 7_201);
    });
    assert_eq!(late.verdict, Verdict::Stuck { at: StepName::Commit });
    assert!(late.summary.contains("2 messages wait for a report"), "{}", late.summary);
}

#[test]
fn ccip_15_a_report_that_the_chain_has_and_we_have_not_is_our_own_lag() {
    let diagnosis = after(V1_6, |evidence| {
        uncommitted(evidence);
        evidence.destination.next_commit = known(8);
    });
    assert_eq!(diagnosis.verdict, Verdict::Unknown { at: StepName::Commit });
}

#[test]
fn ccip_15_an_unblessed_root_waits_and_a_paused_store_is_stuck() {
    let unblessed = after(V1_5, |evidence| evidence.destination.blessed = known(false));
    assert_eq!(unblessed.verdict, Verdict::Waiting { at: StepName::Commit, until: None });
    let paused = after(V1_5, |evidence| {
        uncommitted(evidence);
        evidence.destination.paused = known(true);
    });
    assert_eq!(paused.verdict, Verdict::Stuck { at: StepName::Commit });
}

#[test]
fn ccip_15_the_monitor_comes_first() {
    let blind: [(&str, Spoil); 6] = [
        ("cursor behind", |e| e.destination_watch.cursor = known(Point { number: 900, time: at(300) })),
        ("cursor unknown", |e| e.destination_watch.cursor = gap()),
        ("head unknown", |e| e.source_watch.head = gap()),
        ("head old", |e| e.now = at(2_000)),
        ("holes", |e| e.destination_watch.holes = known(1)),
        ("attempts unread", |e| e.attempts = gap()),
    ];
    for (case, blind) in blind {
        let diagnosis = after(V1_6, |evidence| {
            fail(evidence, refused());
            blind(evidence);
        });
        assert_eq!(diagnosis.verdict, Verdict::Unknown { at: StepName::Monitor }, "{case}");
    }
}

#[test]
fn ccip_15_a_cursed_lane_is_told_even_where_the_monitor_is_blind() {
    let diagnosis = after(V1_6, |evidence| {
        evidence.destination_watch.holes = known(1);
        evidence.source.curses = known(Curses { global: false, lane: true });
    });
    assert_eq!(diagnosis.verdict, Verdict::Unknown { at: StepName::Monitor });
    assert!(diagnosis.action.contains("`curse`"), "{}", diagnosis.action);
}

#[test]
fn ccip_15_the_blocking_message_is_named() {
    let id = MessageId::new(B256::repeat_byte(0xbb));
    let diagnosis = after(V1_6, |evidence| {
        evidence.destination.inbound_nonce = known(1);
        evidence.blocker = known(Some(Blocker { id, nonce: 2, status: Status::Failed }));
    });
    assert!(diagnosis.summary.contains(&id.to_string()), "{}", diagnosis.summary);
    assert!(diagnosis.action.contains(&id.to_string()), "{}", diagnosis.action);
}

#[test]
fn ccip_15_what_bears_on_the_next_messages_does_not_hold_this_one() {
    let spoils: [(StepName, Spoil); 4] = [
        (StepName::Funds, |e| e.source.funds.balance = known(U256::from(9))),
        (StepName::Funds, |e| e.source.funds.allowance = known(U256::ZERO)),
        (StepName::Router, |e| e.source.ramp_router = known(Address::ZERO)),
        (StepName::Router, |e| e.source.supported = known(false)),
    ];
    for (name, spoil) in spoils {
        let diagnosis = after(V1_6, spoil);
        assert!(matches!(diagnosis.verdict, Verdict::Waiting { .. }), "{name:?}");
        let step = diagnosis.find_step(name).unwrap();
        assert_eq!(step.found, Found::Problem);
        assert!(!step.action.is_empty());
    }
}

#[test]
fn ccip_15_a_balance_that_could_not_be_read_is_not_zero() {
    let diagnosis = after(V1_6, |evidence| evidence.source.funds.balance = gap());
    assert_eq!(diagnosis.find_step(StepName::Funds).unwrap().found, Found::Unknown);
}

#[test]
fn ccip_15_a_failure_says_its_reason_and_what_an_execution_by_hand_takes() {
    let diagnosis = after(V1_6, |evidence| {
        fail(evidence, refused());
        evidence.destination.delivery = known(Delivery::Takes { gas: 300_000 });
    });
    assert!(diagnosis.summary.contains("out of stock"), "{}", diagnosis.summary);
    assert!(diagnosis.action.contains("390000"), "{}", diagnosis.action);
    let manual = diagnosis.manual.unwrap();
    assert_eq!(manual.gas_override, Some(U256::from(390_000)), "30 % above what the simulation used");
    assert_eq!(manual.gas_floor, U256::from(590_000), "the override and 200,000 for the ramp");
    assert!(manual.call.is_ok());
}

#[test]
fn ccip_15_a_receiver_that_still_refuses_is_mended_first() {
    let diagnosis = after(V1_6, |evidence| {
        fail(evidence, refused());
        evidence.destination.delivery = known(Delivery::Reverts { reason: "still out of stock".to_owned() });
    });
    assert!(diagnosis.action.starts_with("Mend the receiver first"), "{}", diagnosis.action);
    assert_eq!(diagnosis.find_step(StepName::Gas).unwrap().found, Found::Problem);
}

#[test]
fn ccip_15_a_rate_limit_says_when_there_is_room() {
    let stated = after(V1_6, |evidence| {
        let retry_after = Some(Duration::from_secs(1_000));
        fail(evidence, Failure { words: "the token's rate limit is reached".to_owned(), silent: false, retry_after });
    });
    assert!(stated.action.contains(&at(1_200).to_string()), "{}", stated.action);
    let read = after(V1_6, |evidence| {
        fail(evidence, refused());
        evidence.destination.buckets = vec![known(bucket(30, 1_000))];
    });
    // 70 are missing and 7 a second come.
    assert!(read.action.contains(&at(610).to_string()), "{}", read.action);
}

#[test]
fn ccip_15_a_pending_execution_is_waited_for() {
    let diagnosis = after(V1_6, |evidence| {
        fail(evidence, refused());
        evidence.destination.pending = known(vec![B256::repeat_byte(8)]);
    });
    assert_eq!(diagnosis.verdict, Verdict::Waiting { at: StepName::Execution, until: None });
}

#[test]
fn ccip_15_the_gas_floor_follows_the_version() {
    let floor = |dialect, limit: u64| {
        let diagnosis = after(dialect, |evidence| evidence.subject.gas_limit = Some(U256::from(limit)));
        diagnosis.manual.unwrap().gas_floor
    };
    assert_eq!(floor(V1_6, 200_000), U256::from(400_000));
    assert_eq!(floor(V2_0, 200_000), U256::from(240_000));
    let without = after(V1_6, |evidence| {
        evidence.subject.gas_limit = Some(U256::ZERO);
        evidence.destination.delivery = known(Delivery::NotCalled);
    });
    assert_eq!(without.manual.unwrap().gas_floor, U256::from(240_000));
}

#[test]
fn ccip_15_2_0_needs_no_report_and_is_late_by_the_lanes_own_time() {
    let early = after(V2_0, |_| {});
    assert_eq!(early.verdict, Verdict::Waiting { at: StepName::Execution, until: Some(at(7_200)) });
    let late = after(V2_0, |evidence| later(evidence, 7_201));
    assert_eq!(late.verdict, Verdict::Executable { since: at(0) });
}
