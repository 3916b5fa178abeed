//! One evaluation and what follows from it. The order of a halt: latch, revoke, record; nothing that can fail stands before
//! the latch, and what a crash left undone is done by whoever comes next.

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use causeway_primitives::{B256, Scope};
use causeway_runtime::CancellationToken;
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::{Chain, propagation::continue_stored};
use tracing::{Instrument as _, info_span};
use uuid::Uuid;

use super::{Guard, ask, guard::Term, recount::Recounts};
use crate::{
    adapters::store::{Entry, HaltRow, NewVerdict, evidence_hash},
    domain::{
        condition::{Step, ladder},
        evaluate::{Evaluation, Verdict, evaluate},
        evidence::Evidence,
        finding::Reason,
        lease::{Granted, Pass},
    },
};

/// A violation, as its halts tell of it.
pub(super) struct Violated<'a> {
    pub(super) verdict: Uuid,
    pub(super) scopes: &'a BTreeSet<Scope>,
    pub(super) evidence: &'a Evidence,
    pub(super) evidence_hash: B256,
    pub(super) epoch: u64,
}

impl Guard {
    /// Sweeps until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is doubt, and doubt lets leases lapse.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let mut cause = "start".to_owned();
        let mut unanswered = 0;
        loop {
            let (asked, asked_for) = self.asked();
            let swept = self.swept(asked_for.as_deref().unwrap_or(&cause)).await;
            ask::answer(asked, swept.as_ref().and_then(|(id, _)| *id));
            let pause = self.pause(swept.map(|(_, verdict)| verdict).as_ref(), &mut unanswered);
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => "sweep".clone_into(&mut cause),
                () = self.woken() => "report".clone_into(&mut cause),
            }
        }
    }

    /// Until the next sweep. While endpoints do not answer, they are asked again by the operators' ladder first (GRD-2).
    fn pause(&self, verdict: Option<&Verdict>, unanswered: &mut u32) -> Duration {
        let settings = &self.parts.settings;
        let Some(Verdict::Indeterminate { reason }) = verdict else {
            *unanswered = 0;
            return if verdict.is_some() { settings.sweep_every } else { settings.retry_every };
        };
        if *reason != Reason::NoQuorum {
            *unanswered = 0;
            return settings.retry_every;
        }
        *unanswered = unanswered.saturating_add(1);
        match ladder(*unanswered) {
            Step::Retry(pause) => pause.min(settings.retry_every),
            Step::Switch => settings.retry_every,
        }
    }

    /// One sweep; `None` when this replica does not lead, or cannot remember.
    pub async fn sweep(&self, cause: &str) -> Option<Verdict> {
        self.swept(cause).await.map(|(_, verdict)| verdict)
    }

    /// The same with the verdict's id, where it was stored.
    async fn swept(&self, cause: &str) -> Option<(Option<Uuid>, Verdict)> {
        self.latch_again().await;
        let Some(leadership) = self.leadership() else {
            self.state().sight.stand_by();
            return None;
        };
        self.state().sight.leads_since.get_or_insert(self.parts.clock.monotonic());
        match self.led(&leadership, cause).instrument(info_span!("sweep", cause)).await {
            Ok(swept) => Some(swept),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "sweep failed");
                self.could_not_look(&Chain(&error).to_string());
                None
            }
        }
    }

    async fn led(&self, leadership: &Leadership, cause: &str) -> Result<(Option<Uuid>, Verdict), StoreError> {
        let term = self.term(leadership).await?;
        self.begin(leadership).await?;
        let begun = self.parts.clock.monotonic();
        let count = self.count().await;
        let gathering = tokio::time::timeout(
            self.parts.settings.gather_within,
            self.gather(count).instrument(info_span!("gather")),
        );
        let Ok(evidence) = gathering.await else {
            tracing::warn!(limit_seconds = self.parts.settings.gather_within.as_secs(), "evidence takes too long");
            return Ok((None, Verdict::Indeterminate { reason: Reason::NoQuorum }));
        };
        let evidence = evidence?;
        let evaluation = info_span!("evaluate").in_scope(|| evaluate(&self.parts.rules, &evidence));
        self.note_recount(begun, &evidence, &evaluation);
        let id = Uuid::now_v7();
        if let Verdict::Violation { scopes, .. } = &evaluation.verdict {
            self.state().pass = None;
            let (evidence_hash, epoch) = (evidence_hash(&evidence), term.epoch);
            let what = Violated { verdict: id, scopes, evidence: &evidence, evidence_hash, epoch };
            self.halt(&what, &evaluation).instrument(info_span!("halt", verdict_id = %id)).await;
        }
        let took = self.parts.clock.monotonic().since(begun);
        let recorded = self.record(leadership, (id, cause, term, took.as_millis()), &evidence, &evaluation);
        let verdict = recorded.instrument(info_span!("record", verdict_id = %id)).await;
        self.record_halts().await?;
        verdict?;
        let driven = self.drive_resumes(leadership, &evaluation.verdict, &evidence).await?;
        if evaluation.verdict == Verdict::Pass {
            // Only what is stored renews a lease: a leader that was fenced has no Pass.
            self.state().pass = Some(Pass { verdict: id.as_u128(), begun });
        }
        self.looked(&evaluation, &evidence, took);
        if driven.released {
            // A release is a new epoch, in which nothing has passed yet.
            self.state().pass = None;
            self.wake();
        }
        tell(&evaluation);
        Ok((Some(id), evaluation.verdict))
    }

    /// The term of this leadership: a new one begins without a Pass, and with whatever the predecessor may have granted.
    async fn term(&self, leadership: &Leadership) -> Result<Term, StoreError> {
        let known = self.state().term.filter(|term| term.leadership == leadership.epoch());
        let epoch = self.parts.store.take_epoch(leadership).await?;
        let term = Term { leadership: leadership.epoch(), epoch };
        if known != Some(term) {
            let leases = self.parts.store.list_leases().await?;
            let now = self.parts.clock.monotonic();
            let held = leases.into_iter().map(|lease| (lease.scope, lease.holder, lease.ttl));
            let mut state = self.state();
            state.granted = Granted::inherited(held, now);
            state.pass = None;
            state.recounts = Recounts::default();
            state.term = Some(term);
        }
        Ok(term)
    }

    async fn record(
        &self,
        leadership: &Leadership,
        (id, cause, term, took_ms): (Uuid, &str, Term, u128),
        evidence: &Evidence,
        evaluation: &Evaluation,
    ) -> Result<(), StoreError> {
        let new = NewVerdict {
            id,
            at: evidence.taken_at,
            cause,
            epoch: term.epoch,
            took_ms: u64::try_from(took_ms).unwrap_or(u64::MAX),
            rules: &self.parts.rules,
            evidence,
            evaluation,
        };
        self.parts.store.insert_verdict(leadership, &new).await.map(drop)
    }

    /// Puts halts on the record that are not there yet, those of a predecessor that died included.
    pub(super) async fn record_halts(&self) -> Result<(), StoreError> {
        for row in self.parts.store.list_unrecorded_halts().await? {
            let latched_in = self.parts.store.find_halt_traceparent(row.halt.id).await?;
            let span = continue_stored(info_span!("record halt", halt_id = %row.halt.id), latched_in.as_deref());
            self.parts.store.append_audit(&entry(&row)).instrument(span).await?;
        }
        Ok(())
    }
}

fn entry(row: &HaltRow) -> Entry {
    let HaltRow { halt, reason, caused_by, .. } = row;
    let body = serde_json::json!({
        "at": halt.at.to_string(),
        "caused_by": caused_by,
        "code": halt.cause.as_str(),
        "epoch": halt.epoch,
        "reason": reason,
        "scope": halt.scope.as_str(),
    });
    let subject = Uuid::from_u128(halt.id.get()).to_string();
    Entry { at: halt.at, kind: "halt", subject, actor: "guard".to_owned(), body: body.to_string() }
}

fn tell(evaluation: &Evaluation) {
    match &evaluation.verdict {
        Verdict::Pass => tracing::debug!("pass"),
        Verdict::Violation { code, detail, .. } => {
            tracing::error!(code = code.as_str(), detail = detail.as_str(), "violation");
        }
        Verdict::Indeterminate { reason } => {
            let detail = evaluation.gaps.first().map(|gap| gap.detail.as_str()).unwrap_or_default();
            tracing::warn!(reason = reason.as_str(), detail, "indeterminate");
        }
    }
}
