//! One evaluation and what follows from it. The order of a halt: latch, revoke, record; nothing that can fail stands before
//! the latch, and what a crash left undone is done by whoever comes next.

use std::{collections::BTreeSet, convert::Infallible};

use causeway_primitives::{B256, Scope};
use causeway_runtime::CancellationToken;
use causeway_store::{Error as StoreError, lease::Leadership};
use causeway_telemetry::Chain;
use uuid::Uuid;

use super::{Guard, guard::Term, recount::Recounts};
use crate::{
    adapters::store::{Entry, HaltRow, NewVerdict, evidence_hash},
    domain::{
        evaluate::{Evaluation, Verdict, evaluate},
        evidence::Evidence,
        finding::Reason,
        latch::{Cause, Halt, HaltId},
        lease::{Granted, Pass},
    },
};

/// A violation, as its halts tell of it.
struct Violated<'a> {
    verdict: Uuid,
    scopes: &'a BTreeSet<Scope>,
    evidence: B256,
    epoch: u64,
}

impl Guard {
    /// Sweeps until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is doubt, and doubt lets leases lapse.
    pub async fn run(self, stop: CancellationToken) -> Result<(), Infallible> {
        let settings = &self.parts.settings;
        let mut cause = "start".to_owned();
        loop {
            let pause = match self.sweep(&cause).await {
                Some(Verdict::Pass | Verdict::Violation { .. }) => settings.sweep_every,
                Some(Verdict::Indeterminate { .. }) | None => settings.retry_every,
            };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => "sweep".clone_into(&mut cause),
                () = self.woken() => "report".clone_into(&mut cause),
            }
        }
    }

    /// One sweep; `None` when this replica does not lead, or cannot remember.
    pub async fn sweep(&self, cause: &str) -> Option<Verdict> {
        self.latch_again().await;
        let leadership = self.leadership()?;
        match self.led(&leadership, cause).await {
            Ok(verdict) => Some(verdict),
            Err(error) => {
                tracing::error!(error = %Chain(&error), "sweep failed");
                None
            }
        }
    }

    async fn led(&self, leadership: &Leadership, cause: &str) -> Result<Verdict, StoreError> {
        let term = self.term(leadership).await?;
        let begun = self.parts.clock.monotonic();
        let count = self.count().await;
        let gathering = tokio::time::timeout(self.parts.settings.gather_within, self.gather(count));
        let Ok(evidence) = gathering.await else {
            tracing::warn!(limit_seconds = self.parts.settings.gather_within.as_secs(), "evidence takes too long");
            return Ok(Verdict::Indeterminate { reason: Reason::NoQuorum });
        };
        let evidence = evidence?;
        let evaluation = evaluate(&self.parts.rules, &evidence);
        self.note_recount(begun, &evidence, &evaluation);
        let id = Uuid::now_v7();
        if let Verdict::Violation { scopes, .. } = &evaluation.verdict {
            self.state().pass = None;
            let what = Violated { verdict: id, scopes, evidence: evidence_hash(&evidence), epoch: term.epoch };
            self.halt(&what, &evaluation).await;
        }
        let took = self.parts.clock.monotonic().since(begun);
        let verdict = self.record(leadership, (id, cause, term, took.as_millis()), &evidence, &evaluation).await;
        self.record_halts().await?;
        verdict?;
        if evaluation.verdict == Verdict::Pass {
            // Only what is stored renews a lease: a leader that was fenced has no Pass.
            self.state().pass = Some(Pass { verdict: id.as_u128(), begun });
        }
        tell(&evaluation);
        Ok(evaluation.verdict)
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

    /// Latches what a violation halts, unless it is halted already.
    async fn halt(&self, what: &Violated<'_>, evaluation: &Evaluation) {
        let halted = self.parts.store.read_latch().await.ok();
        let finding = evaluation.findings.iter().find(|finding| finding.consequence.halts());
        let Some(finding) = finding else { return };
        for scope in what.scopes {
            let is_halted = halted.as_ref().is_some_and(|latch| latch.active().any(|halt| halt.scope.covers(*scope)));
            if is_halted {
                continue;
            }
            let halt = Halt {
                id: HaltId::new(Uuid::now_v7().as_u128()),
                scope: *scope,
                cause: Cause::Violation(finding.code),
                evidence: what.evidence,
                epoch: what.epoch,
                at: self.parts.clock.now(),
                parent: None,
            };
            self.latch(halt, finding.summary.clone(), format!("verdict:{}", what.verdict)).await;
        }
    }

    /// Latches a halt: in force here at once, durable as soon as the database takes it.
    pub(super) async fn latch(&self, halt: Halt, reason: String, caused_by: String) {
        tracing::error!(scope = %halt.scope, code = halt.cause.as_str(), halt_id = %halt.id, reason, "halted");
        self.state().unlatched.push((halt, reason, caused_by));
        self.latch_again().await;
    }

    /// Latches what could not be latched before.
    async fn latch_again(&self) {
        let waiting = self.state().unlatched.clone();
        for (halt, reason, caused_by) in waiting {
            match self.parts.store.insert_halt(&halt, &reason, &caused_by).await {
                Ok(()) => self.state().unlatched.retain(|(known, ..)| known.id != halt.id),
                Err(error) => {
                    tracing::error!(halt_id = %halt.id, error = %Chain(&error), "halt not yet durable");
                }
            }
        }
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
    async fn record_halts(&self) -> Result<(), StoreError> {
        for row in self.parts.store.list_unrecorded_halts().await? {
            self.parts.store.append_audit(&entry(&row)).await?;
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
