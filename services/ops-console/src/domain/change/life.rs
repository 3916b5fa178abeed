//! What may come of a change: proposed → checked → approved → executing → executed → validated, or one of the other ends.
//! Approvals are by distinct people of whom none proposed it, and bind to the plan by its hash.
//!
//! What was called and not answered is unknown. It is found out by looking, or settled by a person, and never called again.

use std::time::Duration;

use causeway_primitives::{B256, Timestamp};

use super::{
    expect::Verdict,
    plan::Deed,
    state::State,
    values::{Answer, Change, Event, Found, Look, Refused},
};

/// After so long no call of ours can still be under way: services answer within 15 s, and connections break within 30.
const CALLS_END_WITHIN: Duration = Duration::from_secs(60);

/// The change after an event; `None`: nothing changes. Pure: the caller stores it, with its record, in one transaction.
///
/// # Errors
/// [`Refused`] when the event cannot happen here.
pub fn next(change: &Change, event: &Event, now: Timestamp) -> Result<Option<Change>, Refused> {
    if is_expired(change, now) {
        return match event {
            Event::Tick | Event::Checked(_) | Event::Begin { .. } => {
                Ok(Some(to(change, State::Expired, "nobody agreed in time")))
            }
            Event::Approve { .. } | Event::Refuse { .. } | Event::Withdraw { .. } => Err(Refused::Expired),
            Event::Finish { .. } | Event::Answered(_) | Event::Orphaned | Event::Looked(_) | Event::Settle { .. } => {
                Err(Refused::Expired)
            }
        };
    }
    match event {
        Event::Checked(look) => checked(change, look).map(Some),
        Event::Approve { by, plan } => approve(change, by, *plan).map(Some),
        Event::Refuse { by, why } => {
            before_it_begins(change, "what has begun cannot be refused")?;
            Ok(Some(to(change, State::Refused, &format!("{by}: {why}"))))
        }
        Event::Withdraw { by } => {
            before_it_begins(change, "what has begun cannot be withdrawn")?;
            if *by != change.proposer {
                return Err(Refused::NotYours(change.proposer.clone()));
            }
            Ok(Some(to(change, State::Withdrawn, &format!("{by} withdrew it"))))
        }
        Event::Begin { look, by, standing } => begin(change, look, (by.as_ref(), standing), now),
        Event::Finish { by, how } => finish(change, by, how, now).map(Some),
        Event::Answered(answer) => answered(change, answer, now).map(Some),
        Event::Orphaned => orphaned(change),
        Event::Looked(look) => looked(change, look, now),
        Event::Settle { by, found, how } => settle(change, by, *found, how).map(Some),
        Event::Tick => Ok(None),
    }
}

fn is_expired(change: &Change, now: Timestamp) -> bool {
    matches!(change.state, State::Proposed | State::Checked | State::Approved) && now >= change.terms.expires_at
}

fn to(change: &Change, state: State, outcome: &str) -> Change {
    Change { state, outcome: outcome.to_owned(), ..change.clone() }
}

fn before_it_begins(change: &Change, needed: &'static str) -> Result<(), Refused> {
    if matches!(change.state, State::Proposed | State::Checked | State::Approved) {
        return Ok(());
    }
    Err(Refused::NotNow { state: change.state, needed })
}

/// Facts that have become others take the approvals with them: they were given for what was seen then.
fn checked(change: &Change, look: &Look) -> Result<Change, Refused> {
    if !matches!(change.state, State::Proposed | State::Checked) {
        return Err(Refused::NotNow { state: change.state, needed: "it is checked again by itself before it begins" });
    }
    let mut after = Change { look: Some(look.clone()), ..change.clone() };
    match look.verdict {
        Verdict::Holds if after.terms.approvals == 0 => after.state = State::Approved,
        Verdict::Holds => after.state = State::Checked,
        Verdict::Unknown | Verdict::Fails => {
            after.state = State::Proposed;
            after.approvals.clear();
        }
    }
    Ok(after)
}

fn approve(change: &Change, by: &str, plan: B256) -> Result<Change, Refused> {
    if change.state != State::Checked {
        let needed = "only what is checked and not yet approved can be approved";
        return Err(Refused::NotNow { state: change.state, needed });
    }
    if by == change.proposer {
        return Err(Refused::OwnProposal(by.to_owned()));
    }
    if change.approvals.iter().any(|approver| approver == by) {
        return Err(Refused::Already(by.to_owned()));
    }
    if plan != change.plan.hash() {
        return Err(Refused::OtherPlan);
    }
    let mut after = change.clone();
    after.approvals.push(by.to_owned());
    if u32::try_from(after.approvals.len()).unwrap_or(u32::MAX) >= after.terms.approvals {
        after.state = State::Approved;
    }
    Ok(after)
}

/// The last moment to see that things are no longer as they were. What cannot be seen waits, until the change expires.
/// And to see that those who agreed may still agree: what somebody approved who is gone waits for somebody else.
fn begin(
    change: &Change,
    look: &Look,
    (by, standing): (Option<&String>, &[String]),
    now: Timestamp,
) -> Result<Option<Change>, Refused> {
    if change.state != State::Approved {
        return Err(Refused::NotNow { state: change.state, needed: "only what is approved begins" });
    }
    let due = match (&change.plan.deed, by) {
        (Deed::Action { .. }, None) => Some(now.after(CALLS_END_WITHIN)),
        (Deed::ByHand { .. }, Some(_)) => None,
        (Deed::Action { .. }, Some(_)) => {
            return Err(Refused::NotNow { state: change.state, needed: "the console itself calls the service" });
        }
        (Deed::ByHand { .. }, None) => return Ok(None),
    };
    let (stand, gone): (Vec<String>, Vec<String>) =
        change.approvals.iter().cloned().partition(|name| standing.contains(name));
    if !gone.is_empty() {
        let words = format!("the approval of {} counts no more: no open account with the role", gone.join(", "));
        let mut after = to(change, State::Checked, &words);
        after.approvals = stand;
        return Ok(Some(after));
    }
    match look.verdict {
        Verdict::Unknown => Ok(None),
        Verdict::Fails => {
            let mut after = to(change, State::Failed, "what must hold before it does not hold any more");
            after.look = Some(look.clone());
            Ok(Some(after))
        }
        Verdict::Holds => {
            let mut after = to(change, State::Executing, "begun");
            (after.look, after.due_at, after.doer) = (Some(look.clone()), due, by.cloned());
            Ok(Some(after))
        }
    }
}

fn finish(change: &Change, by: &str, how: &str, now: Timestamp) -> Result<Change, Refused> {
    match &change.doer {
        Some(doer) if change.state == State::Executing => {
            if doer != by {
                return Err(Refused::NotYours(doer.clone()));
            }
            Ok(executed(change, &format!("{by}: {how}"), now))
        }
        Some(_) | None => {
            Err(Refused::NotNow { state: change.state, needed: "only what somebody does by hand is finished by hand" })
        }
    }
}

fn executed(change: &Change, outcome: &str, now: Timestamp) -> Change {
    let mut after = to(change, State::Executed, outcome);
    after.due_at = Some(now.after(change.terms.validate_within));
    after
}

fn answered(change: &Change, answer: &Answer, now: Timestamp) -> Result<Change, Refused> {
    let after = match (change.state, answer) {
        (State::Executing, Answer::Done(words)) => executed(change, words, now),
        (State::Executing, Answer::Refused(why)) => to(change, State::Failed, &format!("the service refused: {why}")),
        (State::Executing, Answer::Lost(why)) => to(change, State::Unknown, &format!("no answer: {why}")),
        (State::RollingBack, Answer::Done(words)) => to(change, State::RolledBack, words),
        (State::RollingBack, Answer::Refused(why)) => {
            to(change, State::Failed, &format!("done without effect, and not taken back: {why}"))
        }
        (State::RollingBack, Answer::Lost(why)) => to(change, State::UndoUnknown, &format!("no answer: {why}")),
        (
            State::Proposed
            | State::Checked
            | State::Approved
            | State::Executed
            | State::Validated
            | State::RolledBack
            | State::Failed
            | State::Refused
            | State::Withdrawn
            | State::Expired
            | State::Unknown
            | State::UndoUnknown,
            Answer::Done(_) | Answer::Refused(_) | Answer::Lost(_),
        ) => return Err(Refused::NotNow { state: change.state, needed: "nothing was called" }),
    };
    Ok(after)
}

/// By hand there is no call that could be lost: the person is still there.
fn orphaned(change: &Change) -> Result<Option<Change>, Refused> {
    let words = "the console stopped before it had the answer";
    match change.state {
        State::Executing if change.doer.is_some() => Ok(None),
        State::Executing => Ok(Some(to(change, State::Unknown, words))),
        State::RollingBack => Ok(Some(to(change, State::UndoUnknown, words))),
        State::Proposed
        | State::Checked
        | State::Approved
        | State::Executed
        | State::Validated
        | State::RolledBack
        | State::Failed
        | State::Refused
        | State::Withdrawn
        | State::Expired
        | State::Unknown
        | State::UndoUnknown => Err(Refused::NotNow { state: change.state, needed: "nothing was called" }),
    }
}

fn looked(change: &Change, look: &Look, now: Timestamp) -> Result<Option<Change>, Refused> {
    let is_due = change.due_at.is_none_or(|due| now >= due);
    let mut after = match (change.state, look.verdict) {
        (State::Executed | State::Unknown, Verdict::Holds) => to(change, State::Validated, &change.outcome),
        (State::Executed, Verdict::Fails) if is_due && change.plan.undo().is_some() => {
            to(change, State::RollingBack, "its effect did not come in time; it is taken back")
        }
        (State::Executed, Verdict::Fails) if is_due => to(change, State::Failed, "its effect did not come in time"),
        (State::Executed, Verdict::Unknown) if is_due => {
            to(change, State::Unknown, "it was done, and its effect could not be seen in time")
        }
        // Seen not to be, after every call is over: it did not happen.
        (State::Unknown, Verdict::Fails) if is_due => to(change, State::Failed, "a look shows that it did not happen"),
        (State::Executed | State::Unknown, Verdict::Fails | Verdict::Unknown) => return Ok(None),
        (
            State::Proposed
            | State::Checked
            | State::Approved
            | State::Executing
            | State::Validated
            | State::RollingBack
            | State::RolledBack
            | State::Failed
            | State::Refused
            | State::Withdrawn
            | State::Expired
            | State::UndoUnknown,
            Verdict::Holds | Verdict::Unknown | Verdict::Fails,
        ) => return Err(Refused::NotNow { state: change.state, needed: "there is no effect to look at" }),
    };
    after.look = Some(look.clone());
    Ok(Some(after))
}

fn settle(change: &Change, by: &str, found: Found, how: &str) -> Result<Change, Refused> {
    let state = match (change.state, found) {
        (State::Unknown, Found::Happened) => State::Validated,
        (State::UndoUnknown, Found::Happened) => State::RolledBack,
        (State::Unknown | State::UndoUnknown, Found::DidNotHappen) => State::Failed,
        (
            State::Proposed
            | State::Checked
            | State::Approved
            | State::Executing
            | State::Executed
            | State::Validated
            | State::RollingBack
            | State::RolledBack
            | State::Failed
            | State::Refused
            | State::Withdrawn
            | State::Expired,
            Found::Happened | Found::DidNotHappen,
        ) => return Err(Refused::NotNow { state: change.state, needed: "only an unknown outcome is settled" }),
    };
    Ok(to(change, state, &format!("{by}: {how}")))
}
