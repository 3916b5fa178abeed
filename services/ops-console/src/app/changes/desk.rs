//! Where people deal with changes: they propose, check, approve, refuse, withdraw, do by hand, and settle. Each is one step,
//! whoever asks and by which door.

use std::{sync::Arc, time::Duration};

use causeway_primitives::{B256, Timestamp};
use causeway_runtime::clock::Clock;
use causeway_store::lease::Leadership;
use futures_util::future::join_all;
use uuid::Uuid;

use super::{error::Error, world::World};
use crate::{
    adapters::store::{Changes, Filed, Listed, Step, Which},
    app::{Board, Person},
    domain::change::{
        Change, Event, Found, Look, State, Terms,
        catalogue::{self, Eyes, Procedure},
        expect::{Expectation, Finding, Verdict, together},
        next,
        plan::{self, Plan, Values},
        rights::Verb,
    },
};

/// Proposals of one person that wait at once: those that others have to approve, and those that nobody has to. Somebody who
/// cannot approve what he proposes fills no list with it.
pub const MOST_WAITING: u64 = 20;

/// How changes are dealt with here.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// People besides the proposer, at least one.
    pub approvals: u32,
    /// How long a proposal may wait.
    pub window: Duration,
}

/// What somebody proposes.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    /// Names it, so that the same again is the same change.
    pub id: Uuid,
    /// Of the catalogue.
    pub procedure: String,
    /// With what.
    pub values: Values,
    /// Why.
    pub reason: String,
}

/// What would happen.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The procedure.
    pub procedure: &'static Procedure,
    /// What would be done.
    pub plan: Plan,
    /// What the pre-check shows.
    pub look: Look,
    /// How many others would have to agree.
    pub approvals: u32,
}

/// See the module. Clones are the same desk.
#[derive(Debug, Clone)]
pub struct Desk {
    changes: Changes,
    world: Arc<dyn World>,
    clock: Arc<dyn Clock>,
    board: Board,
    rules: Rules,
}

impl Desk {
    /// Over these changes, in this world.
    pub fn new(changes: Changes, world: Arc<dyn World>, clock: Arc<dyn Clock>, board: Board, rules: Rules) -> Self {
        Self { changes, world, clock, board, rules }
    }

    /// What would happen, without anything happening.
    ///
    /// # Errors
    /// [`Error::Plan`].
    pub async fn preview(&self, proposal: &Proposal) -> Result<Preview, Error> {
        let unknown = || plan::Error::Unknown(proposal.procedure.chars().take(40).collect());
        let procedure = catalogue::find(&proposal.procedure).ok_or_else(unknown)?;
        let plan = Plan::of(procedure, proposal.values.clone(), &proposal.reason)?;
        let look = self.look(proposal.id, &plan, &procedure.preconditions()).await;
        Ok(Preview { procedure, plan, look, approvals: self.approvals(procedure) })
    }

    /// Files a proposal, with its pre-check. The same again is the same change.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn propose(&self, person: &Person, proposal: &Proposal) -> Result<Filed, Error> {
        self.may(person, Verb::Propose).await?;
        let Preview { procedure, plan, look, approvals } = self.preview(proposal).await?;
        let now = self.clock.now();
        let terms = Terms { approvals, expires_at: now.after(self.rules.window), validate_within: procedure.within };
        let change = Change {
            plan,
            proposer: person.name.clone(),
            proposed_at: now,
            terms,
            approvals: Vec::new(),
            state: State::Proposed,
            look: None,
            doer: None,
            due_at: None,
            outcome: String::new(),
        };
        let change = next(&change, &Event::Checked(look), now)?.unwrap_or(change);
        if self.changes.count_waiting(&person.name, proposal.id, approvals).await? >= MOST_WAITING {
            return Err(Error::TooMany(person.name.clone()));
        }
        let step = Step { kind: "proposed", actor: &person.name, at: now };
        let filed = self.changes.insert_change(proposal.id, &change, step).await?;
        if filed.change.plan.hash() != change.plan.hash() || filed.change.proposer != person.name {
            return Err(Error::NameTaken);
        }
        self.said(&filed, step);
        Ok(filed)
    }

    /// Makes the pre-check again.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn check(&self, person: &Person, id: Uuid) -> Result<Filed, Error> {
        self.may(person, Verb::Check).await?;
        let filed = self.get(id).await?;
        let look = self.look_before(&filed).await;
        self.step(&filed, &Event::Checked(look), ("checked", &person.name)).await
    }

    /// Gives one of the approvals to the plan of this hash.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn approve(&self, person: &Person, id: Uuid, plan: B256) -> Result<Filed, Error> {
        self.may(person, Verb::Approve).await?;
        let filed = self.get(id).await?;
        let event = Event::Approve { by: person.name.clone(), plan };
        self.step(&filed, &event, ("approved", &person.name)).await
    }

    /// Says no.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn refuse(&self, person: &Person, id: Uuid, why: &str) -> Result<Filed, Error> {
        self.may(person, Verb::Refuse).await?;
        let (filed, why) = (self.get(id).await?, sentence(why)?);
        self.step(&filed, &Event::Refuse { by: person.name.clone(), why }, ("refused", &person.name)).await
    }

    /// Takes a proposal back.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn withdraw(&self, person: &Person, id: Uuid) -> Result<Filed, Error> {
        self.may(person, Verb::Withdraw).await?;
        let filed = self.get(id).await?;
        self.step(&filed, &Event::Withdraw { by: person.name.clone() }, ("withdrawn", &person.name)).await
    }

    /// Somebody begins by hand what is approved.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn begin(&self, person: &Person, id: Uuid) -> Result<Filed, Error> {
        self.may(person, Verb::Do).await?;
        let filed = self.get(id).await?;
        let look = self.look_before(&filed).await;
        if filed.change.state == State::Approved && look.verdict == Verdict::Unknown {
            return Err(Error::Refused(crate::domain::change::Refused::NotNow {
                state: filed.change.state,
                needed: "what must hold before cannot be seen now; try again",
            }));
        }
        let standing = self.standing(&filed).await?;
        let event = Event::Begin { look, by: Some(person.name.clone()), standing };
        self.step(&filed, &event, ("begun", &person.name)).await
    }

    /// Whoever began says that it is done.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn finish(&self, person: &Person, id: Uuid, how: &str) -> Result<Filed, Error> {
        self.may(person, Verb::Do).await?;
        let (filed, how) = (self.get(id).await?, sentence(how)?);
        self.step(&filed, &Event::Finish { by: person.name.clone(), how }, ("finished", &person.name)).await
    }

    /// Says what came of a change of which nobody knows.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn settle(&self, person: &Person, id: Uuid, found: Found, how: &str) -> Result<Filed, Error> {
        self.may(person, Verb::Settle).await?;
        let (filed, how) = (self.get(id).await?, sentence(how)?);
        self.step(&filed, &Event::Settle { by: person.name.clone(), found, how }, ("settled", &person.name)).await
    }

    /// The change of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn get(&self, id: Uuid) -> Result<Filed, Error> {
        self.changes.find_change(id).await?.ok_or(Error::Unknown)
    }

    /// Some of them.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn list(&self, which: Which, limit: u32) -> Result<Listed, Error> {
        Ok(self.changes.list_changes(which, limit).await?)
    }

    /// The changes as they are stored, and their record.
    pub const fn changes(&self) -> &Changes {
        &self.changes
    }

    /// What they are carried out in.
    pub(super) fn world(&self) -> &dyn World {
        self.world.as_ref()
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Rings at open pages.
    pub(super) fn ring(&self) {
        self.board.ring();
    }

    /// Whose approvals of it count now.
    pub(super) async fn standing(&self, filed: &Filed) -> Result<Vec<String>, Error> {
        Ok(self.changes.list_standing(&filed.change.approvals, self.now()).await?)
    }

    /// What must hold before, as it is now. A procedure that this console does not know is not begun.
    pub(super) async fn look_before(&self, filed: &Filed) -> Look {
        match catalogue::find(&filed.change.plan.procedure) {
            Some(procedure) => self.look(filed.id, &filed.change.plan, &procedure.preconditions()).await,
            None => self.strange(),
        }
    }

    /// What must hold after, as it is now.
    pub(super) async fn look_after(&self, filed: &Filed) -> Look {
        match catalogue::find(&filed.change.plan.procedure) {
            Some(procedure) => self.look(filed.id, &filed.change.plan, procedure.after).await,
            None => self.strange(),
        }
    }

    /// A step of the machine: only while its lease holds.
    pub(super) async fn advance(
        &self,
        filed: &Filed,
        event: &Event,
        kind: &'static str,
        leadership: &Leadership,
    ) -> Result<Option<Filed>, Error> {
        let now = self.now();
        let Some(after) = next(&filed.change, event, now)? else { return Ok(None) };
        let step = Step { kind: word(event, &after, kind), actor: catalogue::CONSOLE, at: now };
        let moved = self.changes.advance_change(filed, &after, step, Some(leadership)).await?;
        let moved = moved.ok_or(Error::Meanwhile)?;
        self.said(&moved, step);
        Ok(Some(moved))
    }

    async fn step(&self, filed: &Filed, event: &Event, (kind, actor): (&'static str, &str)) -> Result<Filed, Error> {
        let now = self.now();
        let Some(after) = next(&filed.change, event, now)? else { return Ok(filed.clone()) };
        let step = Step { kind: word(event, &after, kind), actor, at: now };
        let moved = self.changes.advance_change(filed, &after, step, None).await?.ok_or(Error::Meanwhile)?;
        self.said(&moved, step);
        Ok(moved)
    }

    fn said(&self, filed: &Filed, step: Step<'_>) {
        let (procedure, state) = (filed.change.plan.procedure.as_str(), filed.change.state.as_str());
        tracing::info!(change_id = %filed.id, procedure, event = step.kind, state, actor = step.actor, "change moved");
        self.ring();
    }

    /// Whether somebody may do something; else who may.
    ///
    /// # Errors
    /// [`Error::MayNot`].
    pub async fn may(&self, person: &Person, verb: Verb) -> Result<(), Error> {
        let needs = verb.needs();
        if person.role >= needs {
            return Ok(());
        }
        let accounts = self.changes.store().list_accounts().await?;
        let able = accounts.into_iter().filter(|account| account.is_open && account.role >= needs);
        Err(Error::MayNot { verb, needs, who: able.map(|account| account.name).collect() })
    }

    /// How many others have to agree to it.
    pub fn approvals(&self, procedure: &Procedure) -> u32 {
        match procedure.eyes {
            Eyes::Own => 0,
            Eyes::Others => self.rules.approvals.max(1),
        }
    }

    async fn look(&self, id: Uuid, plan: &Plan, wanted: &[Expectation]) -> Look {
        let seen = join_all(wanted.iter().map(|one| self.world.see(id, plan, one.fact))).await;
        let findings: Vec<Finding> = wanted.iter().zip(&seen).map(|(one, seen)| one.judge(seen)).collect();
        // Nothing to look at before something by hand: people look themselves.
        let verdict = if findings.is_empty() { Verdict::Holds } else { together(&findings) };
        let words: Vec<&str> = findings.iter().map(|finding| finding.words.as_str()).collect();
        let words = if words.is_empty() { "nothing has to hold before".to_owned() } else { words.join("\n") };
        Look { verdict, words, at: self.now() }
    }

    fn strange(&self) -> Look {
        let words = "this console does not know the procedure".to_owned();
        Look { verdict: Verdict::Unknown, words, at: self.now() }
    }
}

/// The record's word for a step: what was to begin and waits for approval again did not begin.
fn word(event: &Event, after: &Change, kind: &'static str) -> &'static str {
    let is_back = matches!(event, Event::Begin { .. }) && after.state == State::Checked;
    if is_back { "reopened" } else { kind }
}

/// Words of a person, as a reason has to be.
fn sentence(text: &str) -> Result<String, Error> {
    let text = text.trim();
    let is_sentence = (1..=plan::LONGEST_REASON).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_sentence { Ok(text.to_owned()) } else { Err(plan::Error::Reason.into()) }
}
