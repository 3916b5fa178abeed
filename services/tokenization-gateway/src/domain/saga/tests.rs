//! The way of a request, as laws that hold on every way that it can take.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::domain::{authorise::Refusal, ledger::Phase, valuation::Unvalued};

fn events() -> Vec<Event> {
    let mut events = vec![
        Event::Parsed,
        Event::Validated,
        Event::Mapped,
        Event::Valued,
        Event::Authorised,
        Event::Cleared,
        Event::Journaled,
        Event::Signed,
        Event::Lapsed,
        Event::WouldRevert,
        Event::Mined,
        Event::SentOn,
        Event::Doubted(Doubt::Unseen),
        Event::Doubted(Doubt::Undelivered),
        Event::Doubted(Doubt::OtherContent),
        Event::Found,
        Event::Absent,
        Event::Reconciled,
        Event::Reported,
        Event::Rejected(Rejection::Person),
        Event::Released,
        Event::Approved,
        Event::Disowned,
        Event::Undo,
        Event::Undone,
    ];
    events.extend(Refusal::EVERY.map(|refusal| Event::Rejected(Rejection::Rule(refusal))));
    events.extend(Hold::EVERY.map(Event::Held));
    events
}

fn play(events: &[Event]) -> Result<Saga, Illegal> {
    events.iter().try_fold(Saga::START, |saga, event| next(saga, *event).map(|step| step.saga))
}

const TO_GUARDED: [Event; 6] =
    [Event::Parsed, Event::Validated, Event::Mapped, Event::Valued, Event::Authorised, Event::Cleared];

#[test]
fn tok_7_the_straight_way_goes_through_every_state_once() {
    let rest = [Event::Journaled, Event::Signed, Event::Mined, Event::Reconciled, Event::Reported];
    let mut saga = Saga::START;
    let mut states = vec![saga.state.as_str()];
    for event in TO_GUARDED.into_iter().chain(rest) {
        saga = next(saga, event).unwrap().saga;
        states.push(saga.state.as_str());
    }
    let expected =
        "received parsed validated mapped valued approved guarded submitting submitted mined reconciled reported";
    assert_eq!(states.join(" "), expected);
    assert_eq!(saga.attempt, 1);
}

#[test]
fn tok_8_whatever_waited_is_valued_judged_and_cleared_anew() {
    let cases = [
        (3, Hold::Duplicate),
        (3, Hold::ValueDate),
        (3, Hold::Valuation(Unvalued::Stale)),
        (4, Hold::Approval),
        (5, Hold::Guard),
        (6, Hold::Guard),
        (6, Hold::Books),
        (6, Hold::Chain),
    ];
    for (steps, hold) in cases {
        let held = play(&[&TO_GUARDED[..steps], &[Event::Held(hold)]].concat()).unwrap();
        let (release, other) = if hold == Hold::Approval {
            (Event::Approved, Event::Released)
        } else {
            (Event::Released, Event::Approved)
        };
        assert_eq!(next(held, release).unwrap().saga.state, State::Mapped, "{hold:?}");
        assert!(next(held, other).is_err(), "{hold:?}: a release is no approval, and the other way round");
        let refused = next(held, Event::Rejected(Rejection::Person)).unwrap();
        assert!(refused.saga.state.is_over() && refused.books.is_none(), "{hold:?}");
    }
}

#[test]
fn tok_7_what_may_have_happened_is_looked_up_and_never_simply_tried_again() {
    let unknown = [&TO_GUARDED[..], &[Event::Journaled, Event::Signed, Event::Doubted(Doubt::Unseen)]].concat();
    let saga = play(&unknown).unwrap();
    for event in events() {
        let allowed = matches!(event, Event::Found | Event::Absent | Event::Doubted(Doubt::OtherContent));
        assert_eq!(next(saga, event).is_ok(), allowed, "{event:?}");
    }
    assert_eq!(next(saga, Event::Found).unwrap().saga.state, State::Mined);
    let absent = next(saga, Event::Absent).unwrap();
    assert_eq!((absent.saga.state, absent.books), (State::Mapped, Some(Phase::Voided)), "with everything asked anew");
    let worn = Saga { attempt: 8, ..saga };
    assert_eq!(next(worn, Event::Absent).unwrap().saga.state, State::Failed(Failure::Exhausted));
}

#[test]
fn tok_3_what_left_and_did_not_arrive_is_neither_repeated_nor_given_back_until_the_other_chain_says_so() {
    let left = [&TO_GUARDED[..], &[Event::Journaled, Event::Mined, Event::Doubted(Doubt::Undelivered)]].concat();
    let saga = play(&left).unwrap();
    for event in events() {
        let allowed = matches!(event, Event::Reconciled | Event::Undo | Event::Doubted(Doubt::OtherContent));
        assert_eq!(next(saga, event).is_ok(), allowed, "{event:?}");
    }
    let undoing = next(saga, Event::Undo).unwrap();
    assert_eq!((undoing.saga.state, undoing.books), (State::Compensating, None), "nothing is back yet");
    let again = next(undoing.saga, Event::Undo).unwrap();
    assert_eq!(again, undoing, "each attempt at undoing is a step");
    let undone = next(again.saga, Event::Undone).unwrap();
    assert_eq!((undone.saga.state, undone.books), (State::Failed(Failure::Compensated), Some(Phase::Voided)));
}

#[test]
fn tok_7_no_word_stands_for_two_states() {
    let words: BTreeSet<_> = State::every().map(|state| (state.as_str(), state.reason())).collect();
    assert_eq!(words.len(), State::every().count());
    assert!(State::every().all(|state| State::read(state.as_str(), state.reason()) == Ok(state)));
    assert_eq!(State::read("held", ""), Err(StateError));
}

/// Every state with every number of attempts that can be reached, by breadth.
fn reachable() -> Vec<Saga> {
    let mut found = vec![Saga::START];
    let mut queue = VecDeque::from(found.clone());
    while let Some(saga) = queue.pop_front() {
        for event in events() {
            let Ok(step) = next(saga, event) else { continue };
            // Attempts make the graph long, not different: two rounds show everything, and the end is tested apart.
            if step.saga.attempt <= 2 && !found.contains(&step.saga) {
                found.push(step.saga);
                queue.push_back(step.saga);
            }
        }
    }
    found
}

#[test]
fn tok_7_every_state_can_be_reached_and_every_end_is_an_end() {
    let reached: BTreeSet<_> = reachable().into_iter().map(|saga| saga.state).collect();
    let missing: Vec<_> = State::every().filter(|state| !reached.contains(state)).collect();
    assert_eq!(missing, [State::Failed(Failure::Exhausted)], "only after many attempts");
    for saga in reachable() {
        let goes_on = events().into_iter().any(|event| next(saga, event).is_ok());
        assert_eq!(goes_on, !saga.state.is_over(), "{:?}", saga.state);
    }
}

/// Whether the books count it as on its way.
fn pending(history: &[(Event, Transition)]) -> i64 {
    history.iter().fold(0, |open, (_, step)| match step.books {
        Some(Phase::Pending) => open + 1,
        Some(Phase::Posted | Phase::Voided) => open - 1,
        None => open,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn tok_7_on_every_way_the_books_are_opened_before_and_closed_once(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..60),
    ) {
        let all = events();
        let mut saga = Saga::START;
        let mut history = Vec::new();
        for pick in picks {
            // Of the events that can happen here, so that ways are long.
            let possible: Vec<_> = all.iter().filter_map(|event| Some((*event, next(saga, *event).ok()?))).collect();
            if possible.is_empty() {
                break;
            }
            let (event, step) = possible[pick.index(possible.len())];
            history.push((event, step));
            saga = step.saga;
            let open = pending(&history);
            prop_assert!((0..=1).contains(&open), "{history:?}");
            let on_its_way = matches!(
                saga.state,
                State::Submitting | State::Submitted | State::Unknown(_) | State::Mined | State::Compensating
            );
            prop_assert_eq!(open == 1, on_its_way, "{:?}", saga.state);
        }
        let posted = history.iter().filter(|(_, step)| step.books == Some(Phase::Posted)).count();
        let settled = matches!(saga.state, State::Reconciled | State::Reported);
        prop_assert_eq!(posted == 1, settled);
    }

    #[test]
    fn tok_8_nothing_is_journaled_without_leave_that_is_newer_than_the_last_attempt(
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
    ) {
        let all = events();
        let (mut saga, mut leave, mut valued, mut authorised) = (Saga::START, false, false, false);
        for pick in picks {
            let possible: Vec<_> = all.iter().filter_map(|event| Some((*event, next(saga, *event).ok()?))).collect();
            if possible.is_empty() {
                break;
            }
            let (event, step) = possible[pick.index(possible.len())];
            valued |= event == Event::Valued;
            authorised |= event == Event::Authorised;
            prop_assert!(event != Event::Journaled || (leave && valued && authorised));
            let ends = matches!(event, Event::Held(_) | Event::Journaled);
            leave = event == Event::Cleared || (leave && !ends);
            // Whatever goes back is valued and judged anew as well.
            let again = step.saga.state == State::Mapped;
            (valued, authorised) = (valued && !again, authorised && !again);
            saga = step.saga;
        }
    }
}
