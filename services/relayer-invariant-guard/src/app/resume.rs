//! The way out of a halt: operators propose and approve on any replica, the leader's verdicts drive the rest.

use causeway_primitives::{B256, Scope, Timestamp};
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{Error, Guard};
use crate::{
    adapters::store::{NotProposed, ResumeRow, ResumeWork},
    domain::{
        evaluate::{Evaluation, Verdict},
        evidence::{Books, Evidence, Seen},
        latch::{Halt, HaltId, Latch},
        resume::{Action, Ending, Event, Heights, Kind, Operator, Plan, Resume, State, next},
    },
};

/// So many sentences about what is wrong are enough for whoever proposes to go on.
const WRONGS: usize = 20;

/// What an approver has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Read {
    /// The hash of the plan.
    pub plan: B256,
    /// The hash of the evidence.
    pub evidence: B256,
}

/// What a verdict does to the resumes that are open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Driven {
    /// Whether a halt was released: the epoch is another one now.
    pub(super) released: bool,
}

impl Guard {
    /// Proposes a way out of a halt.
    ///
    /// # Errors
    /// [`Error`] with the reasons that the contract names.
    pub async fn propose_resume(&self, plan: Plan, proposer: Operator) -> Result<ResumeRow, Error> {
        let store = &self.parts.store;
        let halt = store.find_halt(plan.halt).await?.ok_or(Error::HaltUnknown)?;
        if halt.released_at.is_some() {
            return Err(Error::AlreadyReleased);
        }
        if halt.halt.evidence != plan.evidence {
            let detail = format!("the halt rests on {}", halt.halt.evidence);
            return Err(Error::EvidenceChanged { detail });
        }
        if let Some(later) = follower(&store.read_latch().await?, plan.halt) {
            let detail = format!("halt {} has taken over", Uuid::from_u128(later.get()));
            return Err(Error::EvidenceChanged { detail });
        }
        let (at, policy) = (self.parts.clock.now(), self.parts.settings.resume);
        let heights = self.heights_of(plan.halt).await?;
        let (expires_at, approvals) = (at.after(policy.window), Vec::new());
        let resume = Resume { plan, proposer, expires_at, approvals, state: State::Proposed, heights };
        let (validations, probation_passes, approvals) = (0, 0, Vec::new());
        let row =
            ResumeRow { id: Uuid::now_v7(), resume, policy, proposed_at: at, validations, probation_passes, approvals };
        match store.insert_resume(&row).await? {
            Ok(()) => self.resume(row.id).await,
            Err(NotProposed::Open) => Err(Error::ResumeOpen),
        }
    }

    /// Approves exactly what the operator has read.
    ///
    /// # Errors
    /// [`Error`] with the reasons that the contract names.
    pub async fn approve_resume(
        &self,
        id: Uuid,
        operator: Operator,
        read: Read,
        comment: &str,
    ) -> Result<ResumeRow, Error> {
        let text = if comment.is_empty() { "approved".to_owned() } else { format!("approved: {comment}") };
        let what = format!("approved-by-{operator}");
        let event = Event::Approve { operator: operator.clone(), plan: read.plan, evidence: read.evidence };
        let row = self.operators_step(id, &event, (&what, operator.as_str()), (&text, comment)).await?;
        if row.resume.state == State::Approved {
            // The validation needs verdicts, and nobody likes to wait for the next sweep.
            self.wake();
        }
        Ok(row)
    }

    /// Refuses, which ends it.
    ///
    /// # Errors
    /// [`Error`] with the reasons that the contract names.
    pub async fn refuse_resume(&self, id: Uuid, operator: Operator, comment: &str) -> Result<ResumeRow, Error> {
        let text = format!("refused: {comment}");
        let event = Event::Refuse { operator: operator.clone() };
        self.operators_step(id, &event, ("refused", operator.as_str()), (&text, comment)).await
    }

    /// A resume.
    ///
    /// # Errors
    /// [`Error::ResumeUnknown`], or of the store.
    pub async fn resume(&self, id: Uuid) -> Result<ResumeRow, Error> {
        self.parts.store.find_resume(id).await?.ok_or(Error::ResumeUnknown)
    }

    /// Resumes, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_resumes(
        &self,
        halt: Option<HaltId>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ResumeRow>, StoreError> {
        self.parts.store.list_resumes(halt, after, limit).await
    }

    /// What keeps a validation from passing as things are, in words, by the newest stored evaluation, whichever replica made
    /// it. Said beside a proposal, which has happened whether or not this can be read.
    pub async fn still_wrong(&self) -> Vec<String> {
        match self.parts.store.list_judged(None, None, 1).await {
            Ok(newest) => newest
                .first()
                .map_or_else(|| vec!["nothing was evaluated yet".to_owned()], |one| wrong(&one.evaluation)),
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "newest verdict not read");
                vec!["the newest evaluation could not be read".to_owned()]
            }
        }
    }

    async fn operators_step(
        &self,
        id: Uuid,
        event: &Event,
        (what, actor): (&str, &str),
        (text, comment): (&str, &str),
    ) -> Result<ResumeRow, Error> {
        let (mut work, row) = self.parts.store.lock_resume(id).await?.ok_or(Error::ResumeUnknown)?;
        let at = self.parts.clock.now();
        let (after, _) = next(&row.resume, event, at, &row.policy)?;
        work.save(&row, &after, (at, comment)).await?;
        work.tell(&row, (what, actor), text, at).await?;
        work.commit().await?;
        self.resume(id).await
    }

    /// Lets a verdict that is stored take its effect on every open resume, in one transaction of the leader.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of it has happened, unless a commit's outcome is unknown; the next verdict goes on.
    pub(super) async fn drive_resumes(
        &self,
        leadership: &Leadership,
        verdict: &Verdict,
        evidence: &Evidence,
    ) -> Result<Driven, StoreError> {
        let latch = self.parts.store.read_latch().await?;
        let (mut work, rows) = self.parts.store.lock_open_resumes(leadership).await?;
        let (at, mut driven) = (self.parts.clock.now(), Driven::default());
        let mut probation = Vec::new();
        for row in &rows {
            let event = event(row, &latch, (verdict, evidence));
            // None of these events can be refused; one that is changes nothing.
            let Ok((after, action)) = next(&row.resume, &event, at, &row.policy) else { continue };
            if after != row.resume {
                driven.released |= step(&mut work, row, (&after, action), at).await?;
            }
            if matches!(after.state, State::Probation { .. }) {
                probation.extend(latch.scope_of(row.resume.plan.halt));
            }
        }
        work.commit().await?;
        self.state().probation = probation;
        Ok(driven)
    }

    /// The resumes from which a violation now would halt again, with the scope of their halts.
    pub(super) async fn resumes_under_way(&self, latch: &Latch) -> Vec<(ResumeRow, Scope)> {
        let rows = self.parts.store.list_open_resumes().await.unwrap_or_default();
        let under_way = rows.into_iter().filter(|row| row.resume.is_under_way());
        under_way.filter_map(|row| latch.scope_of(row.resume.plan.halt).map(|scope| (row, scope))).collect()
    }

    /// How far the chains were when it was halted: Passes count above that only. An operator's halt has no evidence of
    /// its own, and counts from the newest checkpoint.
    async fn heights_of(&self, halt: HaltId) -> Result<Heights, Error> {
        let known = self.parts.store.find_evidence(halt).await?.map(|snapshot| snapshot.read()).transpose()?;
        if let Some(known) = known {
            return Ok(heights(&known.evidence));
        }
        let checkpoint = self.parts.store.find_checkpoint().await?;
        let chains = checkpoint.map(|checkpoint| checkpoint.chains).unwrap_or_default();
        Ok(chains.into_iter().map(|(chain, mark)| (chain, mark.height)).collect())
    }
}

/// What halts, and what is not known.
fn wrong(evaluation: &Evaluation) -> Vec<String> {
    let halting = evaluation.findings.iter().filter(|finding| finding.consequence.halts());
    let told = halting.map(|one| format!("{} {} of {}: {}", one.code, one.detail, one.subject, one.summary));
    let gaps = evaluation.gaps.iter().map(|gap| format!("{} of {}: {}", gap.reason, gap.subject, gap.detail));
    told.chain(gaps).take(WRONGS).collect()
}

/// How far the books knew the chains.
fn heights(evidence: &Evidence) -> Heights {
    match &evidence.books {
        Seen::Known(Books { watermarks, .. }) => {
            watermarks.iter().map(|(chain, mark)| (chain.clone(), mark.height)).collect()
        }
        Seen::Missing(_) => Heights::new(),
    }
}

/// The halt that names this one as the halt before it, and holds.
fn follower(latch: &Latch, halt: HaltId) -> Option<HaltId> {
    latch.active().find(|later| later.parent == Some(halt)).map(|later| later.id)
}

/// What has happened to a resume: another halt says more than the verdict.
fn event(row: &ResumeRow, latch: &Latch, (verdict, evidence): (&Verdict, &Evidence)) -> Event {
    let halt = row.resume.plan.halt;
    if let Some(later) = follower(latch, halt) {
        return Event::Superseded { halt: later };
    }
    if let (Some(scope), Some(released)) = (latch.scope_of(halt), latch.released_in(halt)) {
        let since = |other: &&Halt| other.epoch >= released;
        if let Some(other) = latch.over(scope).find(since) {
            return Event::Halted { halt: other.id };
        }
    }
    Event::Judged { verdict: verdict.clone(), heights: heights(evidence) }
}

/// Writes one step; whether it released a halt.
async fn step(
    work: &mut ResumeWork,
    row: &ResumeRow,
    (after, action): (&Resume, Option<Action>),
    at: Timestamp,
) -> Result<bool, StoreError> {
    work.save(row, after, (at, "")).await?;
    let (what, text) = told(after);
    work.tell(row, (&what, "guard"), &text, at).await?;
    if let State::Ended(Ending::HaltedAgain(later)) = &after.state {
        work.superseded(row.resume.plan.halt, *later, at).await?;
    }
    match action {
        Some(Action::Release(halt)) => work.release(halt, row.id, at).await.map(|_| true),
        // The halt that follows was latched before the verdict was stored: nothing that is safe waits for this.
        Some(Action::HaltAgain(_) | Action::LiftCaps) | None => Ok(false),
    }
}

/// The name of a step within its resume, and the step in words.
fn told(after: &Resume) -> (String, String) {
    match &after.state {
        State::Proposed => ("proposed".to_owned(), "approvals are missing".to_owned()),
        State::Approved => ("approved".to_owned(), "approved".to_owned()),
        State::Validating { passes } => (format!("validating-{passes}"), format!("{passes} passes at new heights")),
        State::Probation { passes: 0 } => {
            ("probation-0".to_owned(), "validated: the relayer acts on probation".to_owned())
        }
        State::Probation { passes } => (format!("probation-{passes}"), format!("{passes} passes on probation")),
        State::Running => {
            let text = match after.plan.kind {
                Kind::Resume => "the relayer runs as before",
                Kind::Release => "validated: released",
            };
            ("running".to_owned(), text.to_owned())
        }
        State::Ended(Ending::Refused(operator)) => ("ended".to_owned(), format!("refused by {operator}")),
        State::Ended(Ending::Expired) => ("ended".to_owned(), "expired".to_owned()),
        State::Ended(Ending::Violation) => ("ended".to_owned(), "a violation on the way halts again".to_owned()),
        State::Ended(Ending::HaltedAgain(halt)) => {
            ("ended".to_owned(), format!("halt {} came on the way", Uuid::from_u128(halt.get())))
        }
    }
}

/// The id of the halt that follows from a resume's halt when a violation comes on the way: one for each resume, whoever
/// latches it and however often.
pub(super) fn again(resume: Uuid) -> HaltId {
    let digest = causeway_primitives::keccak256([resume.as_bytes().as_slice(), b"halted again"].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
    HaltId::new(uuid::Builder::from_custom_bytes(bytes).into_uuid().as_u128())
}

/// The scope of a halt that follows from another one: what covers both.
pub(super) fn joined(scopes: impl IntoIterator<Item = Scope>, before: Scope) -> Scope {
    let covered = scopes.into_iter().all(|scope| before.covers(scope));
    if covered { before } else { Scope::All }
}
