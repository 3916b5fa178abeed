//! Changes: what is open, what was, and one of them with its record and what can be done about it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use causeway_primitives::Timestamp;
use uuid::Uuid;

use super::{
    ages::{Age, exact},
    change_step::refused,
    error::{Error, problem},
    page::{Frame, Mark, html},
    params::Bare,
    posted::Sent,
    routes::Pages,
};
use crate::{
    adapters::store::{AuditRow, Filed, Listed, Which},
    app::{Person, changes},
    domain::{
        change::{Change, Look, State as Stage, expect::Verdict, plan::Deed, rights::Verb},
        text::inert,
    },
};

/// Changes of the page.
const CHANGES: u32 = 100;
/// Lines of a change's record.
const LINES: u32 = 200;
/// Characters of what people and services wrote.
const SENTENCE: usize = 400;

/// A change in a list.
pub(super) struct Row {
    pub(super) id: Uuid,
    pub(super) procedure: String,
    pub(super) with: String,
    pub(super) mark: Mark,
    pub(super) proposer: String,
    pub(super) approvals: String,
    pub(super) outcome: String,
    pub(super) age: Age,
}

/// A line of the record.
pub(super) struct Line {
    pub(super) index: u64,
    pub(super) at: String,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) actor: String,
    pub(super) link: String,
}

/// What a look showed.
pub(super) struct Shown {
    pub(super) mark: Mark,
    pub(super) lines: Vec<String>,
    pub(super) at: String,
}

#[derive(Template)]
#[template(path = "changes.html")]
struct Changes {
    frame: Frame,
    open: Vec<Row>,
    over: Vec<Row>,
    /// Names of changes that cannot be read, and why.
    unreadable: Vec<(Uuid, String)>,
    may_propose: bool,
    role: &'static str,
}

#[derive(Template)]
#[template(path = "change.html")]
struct One {
    frame: Frame,
    row: Row,
    service: String,
    does: String,
    by_hand: bool,
    undo: String,
    values: Vec<(String, String)>,
    reason: String,
    plan: String,
    expires: String,
    look: Option<Shown>,
    doer: String,
    record: Vec<Line>,
    can: Can,
}

/// What the person who looks can do about it.
#[derive(Default)]
struct Can {
    check: bool,
    approve: bool,
    refuse: bool,
    withdraw: bool,
    begin: bool,
    finish: bool,
    settle: bool,
    /// Why not more, in a sentence; empty when nobody can do anything.
    note: String,
}

pub(super) async fn changes(State(pages): State<Pages>, Extension(person): Extension<Person>, _: Bare) -> Response {
    match pages.desk.list(Which::All, CHANGES).await {
        Ok(Listed { changes: all, unreadable }) => {
            let now = pages.clock.now();
            let (open, over): (Vec<_>, Vec<_>) = all.iter().partition(|filed| filed.change.state.is_open());
            html(&Changes {
                frame: Frame::of(&pages, &person, "Changes"),
                open: open.into_iter().map(|filed| row(filed, now)).collect(),
                over: over.into_iter().map(|filed| row(filed, now)).collect(),
                unreadable,
                may_propose: person.role >= Verb::Propose.needs(),
                role: person.role.as_str(),
            })
        }
        Err(error) => refused(&pages, &person, &error, Sent::default()),
    }
}

pub(super) async fn change(
    State(pages): State<Pages>,
    Extension(person): Extension<Person>,
    _: Bare,
    Path(id): Path<String>,
) -> Response {
    let Ok(id) = id.parse::<Uuid>() else { return problem(&pages, &person, &Error::NotFound) };
    let filed = match pages.desk.get(id).await {
        Ok(filed) => filed,
        Err(changes::Error::Unknown) => return problem(&pages, &person, &Error::NotFound),
        Err(error) => return refused(&pages, &person, &error, Sent::default()),
    };
    let record = match pages.store.list_audit(0, Some(&id.to_string()), LINES).await {
        Ok(record) => record,
        Err(error) => return problem(&pages, &person, &error.into()),
    };
    let change = &filed.change;
    let (by_hand, does, undo) = match &change.plan.deed {
        Deed::Action { action, undo } => (false, action.clone(), undo.clone().unwrap_or_default()),
        Deed::ByHand { instructions } => (true, instructions.clone(), String::new()),
    };
    let clean = |(name, value): (&String, &String)| (name.clone(), inert(value, SENTENCE));
    html(&One {
        frame: Frame::of(&pages, &person, &format!("Change: {}", change.plan.procedure)),
        service: change.plan.service.clone(),
        does,
        by_hand,
        undo,
        values: change.plan.values.iter().map(clean).collect(),
        reason: inert(&change.plan.reason, SENTENCE),
        plan: change.plan.hash().to_string(),
        expires: exact(change.terms.expires_at),
        look: change.look.as_ref().map(shown),
        doer: change.doer.clone().unwrap_or_default(),
        record: record.into_iter().map(line).collect(),
        can: can(change, &person),
        row: row(&filed, pages.clock.now()),
    })
}

pub(super) fn row(filed: &Filed, now: Timestamp) -> Row {
    let change = &filed.change;
    let values: Vec<String> = change.plan.values.values().map(|value| inert(value, 60)).collect();
    let approvals = match change.terms.approvals {
        0 => "none needed".to_owned(),
        needed => format!("{} of {needed} {}", change.approvals.len(), inert(&change.approvals.join(", "), 200)),
    };
    Row {
        id: filed.id,
        procedure: change.plan.procedure.clone(),
        with: values.join(", "),
        mark: mark(change.state),
        proposer: inert(&change.proposer, 60),
        approvals,
        outcome: inert(&change.outcome, SENTENCE),
        age: Age::of(filed.changed_at, now),
    }
}

/// What somebody has to look at is never the colour of what is over and well.
const fn mark(state: Stage) -> Mark {
    let (class, shape) = match state {
        Stage::Validated => ("ok", "●"),
        Stage::Proposed | Stage::Checked | Stage::Approved | Stage::Executing | Stage::Executed => ("unknown", "◌"),
        Stage::RollingBack | Stage::RolledBack | Stage::Expired | Stage::Refused | Stage::Withdrawn => {
            ("degraded", "▲")
        }
        Stage::Failed | Stage::Unknown | Stage::UndoUnknown => ("down", "■"),
    };
    Mark { class, shape, word: state.words() }
}

pub(super) fn shown(look: &Look) -> Shown {
    let (class, shape, word) = match look.verdict {
        Verdict::Holds => ("ok", "●", "holds"),
        Verdict::Unknown => ("unknown", "◌", "could not be seen"),
        Verdict::Fails => ("down", "■", "does not hold"),
    };
    let lines = look.words.lines().map(|line| inert(line, SENTENCE)).collect();
    Shown { mark: Mark { class, shape, word }, lines, at: exact(look.at) }
}

pub(super) fn line(row: AuditRow) -> Line {
    Line {
        index: row.index,
        at: exact(row.at),
        kind: row.kind,
        subject: inert(&row.subject, 60),
        actor: inert(&row.actor, 60),
        link: row.link.to_string().chars().take(14).collect(),
    }
}

fn can(change: &Change, person: &Person) -> Can {
    let may = |verb: Verb| person.role >= verb.needs();
    let is_mine = person.name == change.proposer;
    let has_approved = change.approvals.contains(&person.name);
    let waits = matches!(change.state, Stage::Proposed | Stage::Checked);
    let before = waits || change.state == Stage::Approved;
    let by_hand = matches!(change.plan.deed, Deed::ByHand { .. });
    let unknown = matches!(change.state, Stage::Unknown | Stage::UndoUnknown);
    let note = match change.state {
        Stage::Checked if is_mine => "You proposed it; somebody else approves.".to_owned(),
        Stage::Checked if has_approved => "You have approved; it waits for somebody else.".to_owned(),
        Stage::Checked if !may(Verb::Approve) => needs(person, Verb::Approve),
        Stage::Unknown | Stage::UndoUnknown if !may(Verb::Settle) => needs(person, Verb::Settle),
        Stage::Proposed if change.terms.approvals == 0 => {
            "It needs nobody's approval, and begins by itself as soon as its pre-check holds.".to_owned()
        }
        Stage::Proposed => "It cannot be approved while its pre-check does not hold.".to_owned(),
        Stage::Checked
        | Stage::Approved
        | Stage::Executing
        | Stage::Executed
        | Stage::Validated
        | Stage::RollingBack
        | Stage::RolledBack
        | Stage::Failed
        | Stage::Refused
        | Stage::Withdrawn
        | Stage::Expired
        | Stage::Unknown
        | Stage::UndoUnknown => String::new(),
    };
    Can {
        check: waits && may(Verb::Check),
        approve: change.state == Stage::Checked && may(Verb::Approve) && !is_mine && !has_approved,
        refuse: before && may(Verb::Refuse) && !is_mine,
        withdraw: before && is_mine,
        begin: change.state == Stage::Approved && by_hand && may(Verb::Do),
        finish: change.state == Stage::Executing && change.doer.as_ref() == Some(&person.name),
        settle: unknown && may(Verb::Settle),
        note,
    }
}

fn needs(person: &Person, verb: Verb) -> String {
    format!(
        "You are {} with the role {}: to {} takes the role {}.",
        person.name,
        person.role.as_str(),
        verb.words(),
        verb.needs().as_str()
    )
}
