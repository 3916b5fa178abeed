//! The laws of a change, told as scenes and as properties.

use causeway_primitives::{B256, Timestamp};
use proptest::prelude::*;

use super::{
    Answer, Change, Event, Found, Look, Refused, State, Terms,
    catalogue::{CATALOGUE, Eyes, find},
    expect::{Expectation, Fact, Verdict, together},
    next,
    plan::{Error, Plan, Values},
    rights::Verb,
};
use crate::domain::people::Role;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn look(verdict: Verdict) -> Look {
    Look { verdict, words: "seen".to_owned(), at: at(1) }
}

fn proposed(procedure: &str, given: &[(&str, &str)], approvals: u32) -> Change {
    let procedure = find(procedure).unwrap();
    Change {
        plan: Plan::of(procedure, values(given), "it looks frozen").unwrap(),
        proposer: "anna".to_owned(),
        proposed_at: at(0),
        terms: Terms { approvals, expires_at: at(1_000), validate_within: procedure.within },
        approvals: Vec::new(),
        state: State::Proposed,
        look: None,
        doer: None,
        due_at: None,
        outcome: String::new(),
    }
}

fn exclusion() -> Change {
    proposed("source.exclude", &[("source_id", "kraken-eur-usd")], 2)
}

/// The change after these events, each a second later, and all of them allowed.
fn after(change: Change, events: &[Event]) -> Change {
    events.iter().zip(1..).fold(change, |change, (event, second)| {
        let now = at(second);
        next(&change, event, now).unwrap_or_else(|refused| panic!("{event:?}: {refused}")).unwrap_or(change)
    })
}

fn approve(change: &Change, by: &str) -> Event {
    Event::Approve { by: by.to_owned(), plan: change.plan.hash() }
}

/// Everybody who could approve.
fn all() -> Vec<String> {
    ["bert", "carla", "anna"].map(str::to_owned).into()
}

fn begun(change: Change) -> Change {
    let (bert, carla) = (approve(&change, "bert"), approve(&change, "carla"));
    let begin = Event::Begin { look: look(Verdict::Holds), by: None, standing: all() };
    after(change, &[Event::Checked(look(Verdict::Holds)), bert, carla, begin])
}

#[test]
fn ops_4_a_change_goes_its_way_with_two_other_people_and_ends_when_its_effect_is_seen() {
    let change = begun(exclusion());
    assert_eq!(change.state, State::Executing);
    let done =
        after(change, &[Event::Answered(Answer::Done("excluded".to_owned())), Event::Looked(look(Verdict::Holds))]);
    assert_eq!((done.state, done.approvals), (State::Validated, vec!["bert".to_owned(), "carla".to_owned()]));
}

#[test]
fn ops_4_nobody_approves_his_own_proposal_twice_or_another_plan() {
    let change = after(exclusion(), &[Event::Checked(look(Verdict::Holds))]);
    assert_eq!(next(&change, &approve(&change, "anna"), at(2)), Err(Refused::OwnProposal("anna".to_owned())));
    let other = Event::Approve { by: "bert".to_owned(), plan: B256::ZERO };
    assert_eq!(next(&change, &other, at(2)), Err(Refused::OtherPlan));
    let once = after(change.clone(), &[approve(&change, "bert")]);
    assert_eq!(once.state, State::Checked);
    assert_eq!(next(&once, &approve(&once, "bert"), at(3)), Err(Refused::Already("bert".to_owned())));
}

#[test]
fn ops_4_what_is_not_checked_or_does_not_hold_cannot_be_approved() {
    for verdict in [Verdict::Fails, Verdict::Unknown] {
        let change = after(exclusion(), &[Event::Checked(look(verdict))]);
        assert!(matches!(next(&change, &approve(&change, "bert"), at(2)), Err(Refused::NotNow { .. })), "{verdict:?}");
    }
    let change = after(exclusion(), &[Event::Checked(look(Verdict::Holds))]);
    let change = after(change.clone(), &[approve(&change, "bert"), Event::Checked(look(Verdict::Fails))]);
    assert_eq!((change.state, change.approvals.len()), (State::Proposed, 0), "approvals were for what was seen then");
}

#[test]
fn ops_4_what_no_longer_holds_is_not_begun_and_what_cannot_be_seen_waits() {
    let change = after(exclusion(), &[Event::Checked(look(Verdict::Holds))]);
    let approved = after(change.clone(), &[approve(&change, "bert"), approve(&change, "carla")]);
    let begin = |verdict| Event::Begin { look: look(verdict), by: None, standing: all() };
    assert_eq!(next(&approved, &begin(Verdict::Unknown), at(9)), Ok(None));
    assert_eq!(next(&approved, &begin(Verdict::Fails), at(9)).unwrap().unwrap().state, State::Failed);
    assert_eq!(next(&approved, &begin(Verdict::Holds), at(1_000)).unwrap().unwrap().state, State::Expired);
}

#[test]
fn ops_4_the_approval_of_somebody_who_is_gone_does_not_count_when_it_begins() {
    let change = after(exclusion(), &[Event::Checked(look(Verdict::Holds))]);
    let approved = after(change.clone(), &[approve(&change, "bert"), approve(&change, "carla")]);
    let begin = |standing: &[&str]| {
        let standing = standing.iter().map(|name| (*name).to_owned()).collect();
        next(&approved, &Event::Begin { look: look(Verdict::Holds), by: None, standing }, at(9)).unwrap().unwrap()
    };
    let waits = begin(&["carla"]);
    assert_eq!((waits.state, waits.approvals.as_slice()), (State::Checked, &["carla".to_owned()][..]));
    assert!(waits.outcome.contains("bert"), "{}", waits.outcome);
    let again = after(waits.clone(), &[approve(&waits, "dora")]);
    assert_eq!(again.state, State::Approved);
    assert_eq!(begin(&["carla", "bert"]).state, State::Executing);
}

#[test]
fn ops_4_a_lost_answer_is_unknown_until_a_look_shows_what_came_of_it() {
    let lost = after(begun(exclusion()), &[Event::Answered(Answer::Lost("connection reset".to_owned()))]);
    assert_eq!(lost.state, State::Unknown);
    let see =
        |verdict, seconds| next(&lost, &Event::Looked(look(verdict)), at(seconds)).unwrap().map(|after| after.state);
    assert_eq!(see(Verdict::Holds, 6), Some(State::Validated));
    assert_eq!(see(Verdict::Fails, 6), None, "the call may still be on its way");
    assert_eq!(see(Verdict::Fails, 64), Some(State::Failed));
    assert_eq!(see(Verdict::Unknown, 900), None, "not seen is not known");
    let settle = Event::Settle { by: "bert".to_owned(), found: Found::Happened, how: "saw it".to_owned() };
    assert_eq!(next(&lost, &settle, at(900)).unwrap().unwrap().state, State::Validated);
    assert!(next(&lost, &Event::Answered(Answer::Done(String::new())), at(900)).is_err());
}

#[test]
fn ops_4_a_change_whose_caller_died_is_unknown_and_never_called_again() {
    let change = begun(exclusion());
    let orphan = next(&change, &Event::Orphaned, at(9)).unwrap().unwrap();
    assert_eq!(orphan.state, State::Unknown);
    assert!(next(&orphan, &Event::Begin { look: look(Verdict::Holds), by: None, standing: all() }, at(10)).is_err());
}

#[test]
fn ops_4_an_effect_that_does_not_come_is_taken_back_where_there_is_a_way() {
    let done = after(begun(exclusion()), &[Event::Answered(Answer::Done("ok".to_owned()))]);
    assert_eq!(next(&done, &Event::Looked(look(Verdict::Fails)), at(5)), Ok(None), "not yet");
    let late = next(&done, &Event::Looked(look(Verdict::Fails)), at(300)).unwrap().unwrap();
    assert_eq!(late.state, State::RollingBack);
    let back = next(&late, &Event::Answered(Answer::Done("reinstated".to_owned())), at(301)).unwrap().unwrap();
    assert_eq!(back.state, State::RolledBack);
    let blind = next(&done, &Event::Looked(look(Verdict::Unknown)), at(300)).unwrap().unwrap();
    assert_eq!(blind.state, State::Unknown, "what cannot be seen is not taken back");
    let lost = next(&late, &Event::Answered(Answer::Lost("reset".to_owned())), at(301)).unwrap().unwrap();
    assert_eq!(lost.state, State::UndoUnknown);
}

#[test]
fn ops_4_what_only_makes_things_safer_waits_for_nobody() {
    assert_eq!(find("relayer.halt").unwrap().eyes, Eyes::Own);
    let halt = after(proposed("relayer.halt", &[("scope", "all")], 0), &[Event::Checked(look(Verdict::Holds))]);
    assert_eq!(halt.state, State::Approved);
}

#[test]
fn ops_4_what_is_done_by_hand_is_begun_and_finished_by_one_person() {
    let change = proposed("link.refill", &[("subject", "eth payer")], 1);
    let change = after(change.clone(), &[Event::Checked(look(Verdict::Holds)), approve(&change, "bert")]);
    let begin = |by: Option<&str>| {
        let by = by.map(str::to_owned);
        Event::Begin { look: look(Verdict::Holds), by, standing: all() }
    };
    assert_eq!(next(&change, &begin(None), at(5)), Ok(None), "the console does nothing by hand");
    let change = after(change, &[begin(Some("anna"))]);
    assert_eq!(next(&change, &Event::Orphaned, at(6)), Ok(None), "a person is still there");
    let finish = |by: &str| Event::Finish { by: by.to_owned(), how: "sent 50 LINK".to_owned() };
    assert_eq!(next(&change, &finish("bert"), at(6)), Err(Refused::NotYours("anna".to_owned())));
    assert_eq!(after(change, &[finish("anna")]).state, State::Executed);
}

#[test]
fn ops_4_only_its_proposer_withdraws_a_change_and_nobody_once_it_has_begun() {
    let withdraw = |by: &str| Event::Withdraw { by: by.to_owned() };
    assert_eq!(next(&exclusion(), &withdraw("bert"), at(1)), Err(Refused::NotYours("anna".to_owned())));
    assert_eq!(next(&exclusion(), &withdraw("anna"), at(1)).unwrap().unwrap().state, State::Withdrawn);
    assert!(next(&begun(exclusion()), &withdraw("anna"), at(9)).is_err());
    let refuse = Event::Refuse { by: "bert".to_owned(), why: "no".to_owned() };
    assert_eq!(next(&exclusion(), &refuse, at(1)).unwrap().unwrap().outcome, "bert: no");
    assert_eq!(next(&exclusion(), &refuse, at(1_000)), Err(Refused::Expired));
}

#[test]
fn ops_4_a_plan_takes_what_its_procedure_names_and_nothing_else() {
    let exclude = find("source.exclude").unwrap();
    assert!(matches!(Plan::of(exclude, values(&[]), "why"), Err(Error::Value { name: "source_id", .. })));
    assert!(matches!(Plan::of(exclude, values(&[("source_id", " ")]), "why"), Err(Error::Value { .. })));
    let stray = values(&[("source_id", "x"), ("feed_id", "y")]);
    assert!(matches!(Plan::of(exclude, stray, "why"), Err(Error::Stray { .. })));
    for reason in ["", " ", "two\nlines", &"x".repeat(301)] {
        assert_eq!(Plan::of(exclude, values(&[("source_id", "x")]), reason), Err(Error::Reason));
    }
    let plan = |source, reason| Plan::of(exclude, values(&[("source_id", source)]), reason).unwrap().hash();
    assert_ne!(plan("x", "why"), plan("y", "why"));
    assert_ne!(plan("x", "why"), plan("x", "why not"));
}

#[test]
fn ops_4_what_cannot_be_seen_neither_holds_nor_fails() {
    let wanted = Expectation { fact: Fact::Scope, is: &["halted"] };
    let seen = [Ok("halted".to_owned()), Ok("running".to_owned()), Err("no answer".to_owned())];
    let found = seen.map(|seen| wanted.judge(&seen));
    assert_eq!(found.each_ref().map(|found| found.verdict), [Verdict::Holds, Verdict::Fails, Verdict::Unknown]);
    assert!(found[2].words.contains("no answer") && found[2].words.contains("halted wanted"));
    assert_eq!(together(&found), Verdict::Fails);
    assert_eq!(together(&[]), Verdict::Unknown, "nothing looked at is nothing known");
}

#[test]
fn ops_4_the_catalogue_can_be_looked_at_before_and_after_and_is_in_order() {
    assert!(CATALOGUE.windows(2).all(|pair| pair[0].name < pair[1].name));
    for procedure in CATALOGUE {
        assert!(!procedure.after.is_empty(), "{}: nobody would know what came of it", procedure.name);
        assert!(!procedure.within.is_zero() && !procedure.does.is_empty(), "{}", procedure.name);
    }
    assert_eq!(Verb::Propose.needs(), Role::Operator);
    assert!([Verb::Approve, Verb::Refuse, Verb::Settle].into_iter().all(|verb| verb.needs() == Role::Approver));
}

#[test]
fn ops_4_nothing_that_may_have_been_there_before_is_taken_for_the_effect_of_a_change() {
    for procedure in CATALOGUE {
        for after in procedure.after {
            let is_new = |before: &Expectation| {
                before.fact == after.fact && !before.is.iter().any(|word| after.is.contains(word))
            };
            // A halt that goes by the change's own name is there by that change alone.
            let is_its_own = after.fact == Fact::Halt;
            assert!(is_its_own || procedure.before.iter().any(is_new), "{}: {}", procedure.name, after.fact.words());
        }
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let verdict = prop_oneof![Just(Verdict::Holds), Just(Verdict::Unknown), Just(Verdict::Fails)];
    let person = prop_oneof![Just("anna"), Just("bert"), Just("carla")].prop_map(str::to_owned);
    (0_u8..10, verdict, person).prop_map(|(kind, verdict, by)| match kind {
        0 => Event::Checked(look(verdict)),
        1 | 2 => Event::Approve { by, plan: exclusion().plan.hash() },
        3 => Event::Begin { look: look(verdict), by: None, standing: vec![by, "carla".to_owned()] },
        4 => Event::Answered(Answer::Done("ok".to_owned())),
        5 => Event::Answered(Answer::Lost("reset".to_owned())),
        6 => Event::Looked(look(verdict)),
        7 => Event::Orphaned,
        8 => Event::Settle { by, found: Found::Happened, how: "saw".to_owned() },
        _ => Event::Tick,
    })
}

proptest! {
    #[test]
    fn ops_4_no_way_leads_to_a_call_but_over_two_other_people_and_none_to_a_second_one(
        events in prop::collection::vec((any_event(), 1_u64..40), 0..60),
    ) {
        let (mut change, mut seconds, mut calls) = (exclusion(), 0, 0);
        for (event, wait) in events {
            seconds += wait;
            let Ok(Some(after)) = next(&change, &event, at(seconds)) else { continue };
            if after.state == State::Executing {
                calls += 1;
                prop_assert!(after.approvals.len() == 2 && !after.approvals.contains(&"anna".to_owned()));
                prop_assert_ne!(&after.approvals[0], &after.approvals[1]);
            }
            prop_assert!(change.state.is_open(), "{:?} after an end", after.state);
            change = after;
        }
        prop_assert!(calls <= 1);
    }

    #[test]
    fn ops_4_labels_are_read_back(index in 0_usize..State::ALL.len()) {
        let state = State::ALL[index];
        prop_assert_eq!(State::from_name(state.as_str()), Some(state));
        prop_assert!(!state.words().is_empty());
    }
}
