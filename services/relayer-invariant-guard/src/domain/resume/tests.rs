//! The way out, step by step, and the shortcuts that must not exist.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::domain::finding::{Code, Detail, Reason};

const POLICY: Policy = Policy { approvals: 2, window: Duration::from_secs(3_600), validations: 2, probation: 2 };

fn operator(name: &str) -> Operator {
    name.parse().unwrap()
}

fn heights(height: u64) -> Heights {
    BTreeMap::from([("home".parse().unwrap(), height), ("remote".parse().unwrap(), 5)])
}

fn proposed(kind: Kind) -> Resume {
    let plan = Plan { halt: HaltId::new(1), evidence: B256::repeat_byte(1), kind, text: "keys rotated".to_owned() };
    let expires_at = Timestamp::EPOCH.after(POLICY.window);
    Resume {
        plan,
        proposer: operator("carol"),
        expires_at,
        approvals: Vec::new(),
        state: State::Proposed,
        heights: heights(10),
    }
}

fn approval(resume: &Resume, name: &str) -> Event {
    Event::Approve { operator: operator(name), plan: resume.plan.hash(), evidence: resume.plan.evidence }
}

fn pass(height: u64) -> Event {
    Event::Judged { verdict: Verdict::Pass, heights: heights(height) }
}

fn violation() -> Event {
    let (code, detail) = (Code::SupplyMismatch, Detail::Lost);
    let verdict = Verdict::Violation { code, detail, scopes: BTreeSet::new() };
    Event::Judged { verdict, heights: heights(99) }
}

fn step(resume: &mut Resume, event: &Event) -> Result<Option<Action>, Refused> {
    let (after, action) = next(resume, event, Timestamp::EPOCH, &POLICY)?;
    *resume = after;
    Ok(action)
}

fn approved(kind: Kind) -> Resume {
    let mut resume = proposed(kind);
    for name in ["alice", "bob"] {
        let event = approval(&resume, name);
        step(&mut resume, &event).unwrap();
    }
    assert_eq!(resume.state, State::Approved);
    resume
}

#[test]
fn grd_17_two_people_validation_and_probation_lead_back_to_running() {
    let mut resume = approved(Kind::Resume);
    assert_eq!(step(&mut resume, &pass(11)), Ok(None));
    assert_eq!(resume.state, State::Validating { passes: 1 });
    assert_eq!(step(&mut resume, &pass(12)), Ok(Some(Action::Release(HaltId::new(1)))));
    assert_eq!(resume.state, State::Probation { passes: 0 });
    assert_eq!(step(&mut resume, &pass(13)), Ok(None));
    assert_eq!(step(&mut resume, &pass(14)), Ok(Some(Action::LiftCaps)));
    assert_eq!(resume.state, State::Running);
}

#[test]
fn grd_17_one_person_is_not_two_whatever_the_spelling() {
    let mut resume = proposed(Kind::Resume);
    let own = approval(&resume, "Carol");
    assert_eq!(step(&mut resume, &own), Err(Refused::ProposerCannotApprove));
    let alice = approval(&resume, "alice");
    step(&mut resume, &alice).unwrap();
    let again = approval(&resume, "ALICE");
    assert_eq!(step(&mut resume, &again), Err(Refused::AlreadyApproved { operator: operator("alice") }));
    assert_eq!(resume.state, State::Proposed);
}

#[test]
fn grd_17_an_approval_is_of_one_plan_for_one_halt_on_one_evidence() {
    let mut resume = proposed(Kind::Resume);
    let mut others = Vec::new();
    for change in [
        |plan: &mut Plan| plan.halt = HaltId::new(2),
        |plan: &mut Plan| plan.evidence = B256::ZERO,
        |plan: &mut Plan| plan.kind = Kind::Release,
        |plan: &mut Plan| plan.text.push('.'),
    ] {
        let mut plan = resume.plan.clone();
        change(&mut plan);
        others.push(plan.hash());
    }
    for plan in others {
        let event = Event::Approve { operator: operator("alice"), plan, evidence: resume.plan.evidence };
        assert_eq!(step(&mut resume, &event), Err(Refused::HashMismatch { what: "plan" }));
    }
    let event = Event::Approve { operator: operator("alice"), plan: resume.plan.hash(), evidence: B256::ZERO };
    assert_eq!(step(&mut resume, &event), Err(Refused::HashMismatch { what: "evidence" }));
}

#[test]
fn grd_17_the_window_closes_on_approvals_and_on_the_validation() {
    let late = Timestamp::EPOCH.after(POLICY.window);
    for resume in [proposed(Kind::Resume), approved(Kind::Resume)] {
        let event = approval(&resume, "dave");
        assert_eq!(next(&resume, &event, late, &POLICY).unwrap_err(), Refused::Expired);
        let (after, action) = next(&resume, &pass(20), late, &POLICY).unwrap();
        assert_eq!((after.state, action), (State::Ended(Ending::Expired), None));
    }
}

#[test]
fn grd_17_a_violation_on_the_way_halts_again_and_names_the_halt_before() {
    let mut in_probation = approved(Kind::Resume);
    step(&mut in_probation, &pass(11)).unwrap();
    step(&mut in_probation, &pass(12)).unwrap();
    for mut resume in [approved(Kind::Resume), in_probation] {
        assert_eq!(step(&mut resume, &violation()), Ok(Some(Action::HaltAgain(HaltId::new(1)))));
        assert_eq!(resume.state, State::Ended(Ending::Violation));
    }
    let mut open = proposed(Kind::Resume);
    assert_eq!(step(&mut open, &violation()), Ok(None), "the damage that is to be repaired is no news");
}

#[test]
fn grd_17_a_doubtful_verdict_stalls_and_the_same_heights_count_once() {
    let mut resume = approved(Kind::Resume);
    let verdict = Verdict::Indeterminate { reason: Reason::NoQuorum };
    step(&mut resume, &Event::Judged { verdict, heights: heights(11) }).unwrap();
    assert_eq!(resume.state, State::Approved);
    step(&mut resume, &pass(10)).unwrap();
    assert_eq!(resume.state, State::Approved, "the heights of the halt prove nothing");
    step(&mut resume, &pass(11)).unwrap();
    step(&mut resume, &pass(11)).unwrap();
    assert_eq!(resume.state, State::Validating { passes: 1 });
}

#[test]
fn grd_17_a_false_alarm_is_released_with_the_same_approvals_and_no_probation() {
    let mut resume = approved(Kind::Release);
    step(&mut resume, &pass(11)).unwrap();
    assert_eq!(step(&mut resume, &pass(12)), Ok(Some(Action::Release(HaltId::new(1)))));
    assert_eq!(resume.state, State::Running);
}

#[test]
fn grd_17_a_halt_during_the_probation_ends_it() {
    let mut resume = approved(Kind::Resume);
    step(&mut resume, &pass(11)).unwrap();
    step(&mut resume, &pass(12)).unwrap();
    step(&mut resume, &Event::Halted { halt: HaltId::new(2) }).unwrap();
    assert_eq!(resume.state, State::Ended(Ending::HaltedAgain(HaltId::new(2))));
    let refuse = Event::Refuse { operator: operator("dave") };
    assert_eq!(step(&mut resume, &refuse), Err(Refused::NotOpen));
}

fn any_event() -> impl Strategy<Value = u8> {
    0_u8..8
}

proptest! {
    /// Whatever happens in whatever order: a halt is released only behind two distinct approvals that are not the
    /// proposer's and two passes at rising heights, within the window.
    #[test]
    fn grd_17_no_order_of_events_releases_a_halt_without_approvals_and_validation(
        events in prop::collection::vec((any_event(), 0_u64..2_000, 9_u64..16), 0..40),
    ) {
        let (mut resume, mut now) = (proposed(Kind::Resume), Timestamp::EPOCH);
        let (mut approvers, mut passed) = (BTreeSet::new(), Vec::new());
        for (what, later, height) in events {
            now = now.after(Duration::from_secs(later / 4));
            let names = ["carol", "alice", "bob", "alice"];
            let event = match what {
                0..=3 => approval(&resume, names[usize::from(what)]),
                4 => violation(),
                5 => Event::Tick,
                _ => pass(height),
            };
            let was_approved = matches!(resume.state, State::Approved | State::Validating { .. });
            if let Ok((after, action)) = next(&resume, &event, now, &POLICY) {
                if what < 4 { approvers.insert(names[usize::from(what)]); }
                if what > 5 && was_approved { passed.push(height); }
                if matches!(action, Some(Action::Release(_))) {
                    prop_assert!(approvers.len() >= 2 && !approvers.contains("carol"));
                    prop_assert!(passed.len() >= 2 && now < resume.expires_at);
                }
                resume = after;
            }
        }
    }
}

#[test]
fn grd_17_a_halt_that_follows_from_this_one_ends_its_resume_at_every_step() {
    let later = Event::Superseded { halt: HaltId::new(9) };
    let mut in_probation = approved(Kind::Resume);
    step(&mut in_probation, &pass(11)).unwrap();
    step(&mut in_probation, &pass(12)).unwrap();
    for mut resume in [proposed(Kind::Release), approved(Kind::Resume), in_probation] {
        assert!(resume.is_open());
        assert_eq!(step(&mut resume, &later), Ok(None));
        assert_eq!(resume.state, State::Ended(Ending::HaltedAgain(HaltId::new(9))));
        assert!(!resume.is_open() && !resume.is_under_way());
    }
}
