//! What a halt leaves to be done: its record, and the questions that people ask first. Made from the rows of halts, so that
//! whoever runs after a crash does what is missing; and by a task of its own, so that no halt waits for it.

use std::{convert::Infallible, time::Duration};

use causeway_runtime::CancellationToken;
use causeway_store::Error as StoreError;
use causeway_telemetry::Chain;
use serde_json::{Value, json};

use super::Guard;
use crate::{
    adapters::store::{
        HaltRow, InvestigationRow, Known,
        books::{Error as BooksError, What},
    },
    domain::{
        evaluate::pairings,
        investigate::{Direction, Suspect, Suspicion, directions, suspects},
        latch::HaltId,
    },
};

/// How often halts of other replicas are looked for; those of this one are told at once.
const EVERY: Duration = Duration::from_secs(1);

/// For so long after a halt a question that finds no answer is asked again. Then that is the answer.
const PATIENCE: Duration = Duration::from_secs(300);

/// Halts of one round: a restored database may bring many, and the record must not wait for them.
const AT_ONCE: u32 = 10;

/// The questions of the operators' runbook (GRD-9), in their order, and GRD-7's last hundred events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Direction,
    AnchoredBatches,
    Proofs,
    Operations,
    SuspectTransactions,
    Events,
}

impl Question {
    const EVERY: [Self; 6] = [
        Self::Direction,
        Self::AnchoredBatches,
        Self::Proofs,
        Self::Operations,
        Self::SuspectTransactions,
        Self::Events,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::AnchoredBatches => "anchored_batches",
            Self::Proofs => "proofs",
            Self::Operations => "operations",
            Self::SuspectTransactions => "suspect_transactions",
            Self::Events => "events",
        }
    }
}

/// Why a question has no answer yet.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    /// Our own database.
    #[error("the guard's database did not answer")]
    Store(#[from] StoreError),
    /// The relayer's.
    #[error("the relayer's database did not answer")]
    Books(#[from] BooksError),
}

/// What was found: one sentence, and rows.
type Found = (String, Vec<Value>);

impl Guard {
    /// Does what halts leave to be done, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn follow_up(self, stop: CancellationToken) -> Result<(), Infallible> {
        loop {
            if let Err(error) = self.follow_up_once().await {
                tracing::warn!(error = %Chain(&error), "halts not followed up");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(EVERY) => {}
                () = self.told_of_halt() => {}
            }
        }
    }

    /// One round: what is missing of the record, and of the investigations.
    ///
    /// # Errors
    /// [`StoreError`]: the next round goes on.
    pub async fn follow_up_once(&self) -> Result<(), StoreError> {
        self.latch_again().await;
        self.record_halts().await?;
        let wanted = u32::try_from(Question::EVERY.len()).unwrap_or(u32::MAX);
        for (halt, known) in self.parts.store.list_uninvestigated(wanted, AT_ONCE).await? {
            if let Some(row) = self.parts.store.find_halt(halt).await? {
                self.investigate(&row, &known).await?;
            }
        }
        Ok(())
    }

    async fn investigate(&self, halt: &HaltRow, known: &[String]) -> Result<(), StoreError> {
        let evidence = self.parts.store.find_evidence(halt.halt.id).await?;
        let evidence = evidence.and_then(|snapshot| snapshot.read().ok());
        for question in Question::EVERY {
            if known.iter().any(|known| known == question.as_str()) {
                continue;
            }
            let found = match self.ask(question, evidence.as_ref()).await {
                Ok(found) => Some(found),
                Err(error) => self.given_up(halt, &error),
            };
            if let Some((summary, rows)) = found {
                self.keep(halt.halt.id, question, summary, rows).await?;
            }
        }
        Ok(())
    }

    fn given_up(&self, halt: &HaltRow, error: &Unanswered) -> Option<Found> {
        let is_over = self.parts.clock.now().since(halt.halt.at) > PATIENCE;
        is_over.then(|| (format!("could not be found out: {}", Chain(error)), Vec::new()))
    }

    async fn keep(
        &self,
        halt: HaltId,
        question: Question,
        summary: String,
        rows: Vec<Value>,
    ) -> Result<(), StoreError> {
        let at = self.parts.clock.now();
        let found =
            InvestigationRow { name: question.as_str().to_owned(), at, summary, rows: Value::Array(rows).to_string() };
        self.parts.store.insert_investigation(halt, &found).await
    }

    async fn ask(&self, question: Question, evidence: Option<&Known>) -> Result<Found, Unanswered> {
        let books = &self.parts.books;
        Ok(match question {
            Question::Direction => evidence.map_or_else(nothing_judged, direction),
            Question::AnchoredBatches => listed("anchored batches", books.recent(What::AnchoredBatches, 10).await?),
            Question::Proofs => listed("proofs", books.recent(What::Proofs, 10).await?),
            Question::Operations => listed("transactions of the relayer", books.recent(What::Operations, 20).await?),
            Question::SuspectTransactions => evidence.map_or_else(nothing_judged, suspicious),
            Question::Events => listed("reported operations", self.parts.store.list_recent_operations(100).await?),
        })
    }
}

fn nothing_judged() -> Found {
    ("nothing was judged: it was halted on somebody's word".to_owned(), Vec::new())
}

fn listed(what: &str, rows: Vec<Value>) -> Found {
    (format!("the last {} {what}, newest first", rows.len()), rows)
}

fn direction(known: &Known) -> Found {
    let directions = directions(&known.evaluation);
    let words = directions.iter().map(|direction| match direction {
        Direction::Lost { asset, amount } => format!("{amount} base units of {asset} are lost"),
        Direction::Inflated { asset, amount } => format!("{amount} base units of {asset} are out of nothing"),
    });
    let summary = words.collect::<Vec<_>>().join("; ");
    let summary =
        if summary.is_empty() { "no balance is off: value has no direction here".to_owned() } else { summary };
    let row = |direction: &Direction| match direction {
        Direction::Lost { asset, amount } => {
            json!({ "direction": "LOST", "asset": asset.as_str(), "amount": amount.to_string() })
        }
        Direction::Inflated { asset, amount } => {
            json!({ "direction": "CREATED", "asset": asset.as_str(), "amount": amount.to_string() })
        }
    };
    (summary, directions.iter().map(row).collect())
}

/// The transactions that moved value since the last Pass: those that nobody can explain first.
fn suspicious(known: &Known) -> Found {
    let pairings = pairings(&known.rules, &known.evidence);
    let suspects = suspects(&known.evaluation, &pairings, 50);
    let contradicted = suspects.iter().filter(|suspect| suspect.suspicion == Suspicion::Contradicted).count();
    let summary = format!(
        "{contradicted} of {} transactions that moved value out since the last pass are contradicted by their messages",
        suspects.len()
    );
    let row = |suspect: &Suspect| {
        let suspicion = match suspect.suspicion {
            Suspicion::Contradicted => "contradicted",
            Suspicion::Explained => "explained",
        };
        json!({
            "suspicion": suspicion, "tx": suspect.tx.to_string(), "asset": suspect.asset.as_str(),
            "amount": suspect.amount.to_string(), "block": suspect.height,
        })
    };
    (summary, suspects.iter().map(row).collect())
}
