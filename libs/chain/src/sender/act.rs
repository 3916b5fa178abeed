//! Carries out what [`next`] decides: journal first, then the deed, then the news.

use alloy::primitives::B256;
use causeway_telemetry::propagation;
use tracing::{Instrument, Span};

use super::{Action, Draft, Error, Event, EventKind, Inner, Waiting, look::Look, next};
use crate::{
    endpoints::Broadcast,
    intent::{Attempt, Intent, IntentState, Outcome, Stage},
    journal,
    rpc::RefusalKind,
    transaction::UnsignedTx,
};

/// How many actions one intent may take in one look: noting its inclusion and settling it are two. A chain
/// that keeps changing between them is looked at again in the next round.
const ACTIONS_PER_LOOK: usize = 4;

impl Inner {
    /// Takes an intent as far as it goes now, and tells the look what became of it, also when it failed on the way.
    pub(super) async fn advance(&self, look: &mut Look, index: usize) -> Result<(), Error> {
        let Some(mut state) = look.get(index).cloned() else { return Ok(()) };
        let outcome = self.advance_state(look, &mut state).await;
        look.put(index, state);
        outcome
    }

    async fn advance_state(&self, look: &Look, state: &mut IntentState) -> Result<(), Error> {
        for _ in 0..ACTIONS_PER_LOOK {
            let facts = self.facts(look, state).await?;
            let action = next(state, &facts, &self.parts.policy, (self.parts.clock)());
            match &action {
                Action::Wait(waiting) => {
                    tracing::trace!(intent = %state.intent.key, reason = waiting.as_str(), "intent waits");
                    return Ok(());
                }
                Action::Sign(_) | Action::Broadcast(_) | Action::Dropped(_) | Action::Replace(_) => {
                    // What came of it shows on the chain, not before the next look.
                    return self.transmit(state, &action).await;
                }
                Action::FillGap(nonce) => return self.fill_gap(state, *nonce, facts.head).await,
                Action::Included { .. }
                | Action::Reorganised { .. }
                | Action::NonceTaken
                | Action::Confirmed(_)
                | Action::Reverted(_)
                | Action::Failed(_) => {}
            }
            self.note(state, action).await?;
        }
        Ok(())
    }

    /// The actions that change the journal only.
    async fn note(&self, state: &mut IntentState, action: Action) -> Result<(), Error> {
        let (to, kind) = match action {
            Action::Included { nonce, inclusion } => (
                Stage::Included { nonce, inclusion },
                EventKind::Included { tx_hash: inclusion.tx_hash, block_number: inclusion.block_number },
            ),
            Action::Reorganised { nonce } => (Stage::Pending { nonce }, EventKind::Reorganised),
            Action::NonceTaken => (Stage::Unsigned, EventKind::NonceTaken),
            Action::Confirmed(inclusion) => settled(Outcome::Confirmed(inclusion)),
            Action::Reverted(outcome) => settled(outcome),
            Action::Failed(failure) => settled(Outcome::Failed(failure)),
            Action::Sign(_)
            | Action::Broadcast(_)
            | Action::Dropped(_)
            | Action::Replace(_)
            | Action::FillGap(_)
            | Action::Wait(_) => return Ok(()),
        };
        let key = &state.intent.key;
        let advance = self.parts.journal.advance(key, &state.stage, &to, (self.parts.clock)());
        match kind.inclusion() {
            Some((tx_hash, block_number)) => {
                let outcome = kind.as_str();
                let span = tracing::info_span!("receipt", intent = %key, %tx_hash, block_number, outcome);
                advance.instrument(continued(span, state)).await?;
            }
            None => advance.await?,
        }
        tracing::debug!(intent = %key, event = kind.as_str(), "intent advanced");
        state.stage = to;
        self.tell(state, kind);
        Ok(())
    }

    /// Journals an intent that uses up a nonce; it is sent like any other, in the next look.
    async fn fill_gap(&self, state: &IntentState, nonce: u64, head: u64) -> Result<(), Error> {
        let Ok(filler) = Intent::filler(self.parts.signer.address(), nonce, head) else { return Ok(()) };
        self.parts.journal.insert(&filler, (self.parts.clock)()).await?;
        tracing::warn!(intent = %state.intent.key, nonce, "filling a gap in the nonces");
        Ok(())
    }

    /// The actions that send.
    async fn transmit(&self, state: &mut IntentState, action: &Action) -> Result<(), Error> {
        let attempt = match action {
            Action::Sign(draft) | Action::Replace(draft) => self.sign(state, *draft).await?,
            Action::Broadcast(hash) | Action::Dropped(hash) => {
                let journaled = state.attempts.iter().find(|attempt| attempt.hash == *hash);
                journaled.cloned().ok_or_else(|| journal::Error::Conflict(state.intent.key.clone()))?
            }
            Action::Wait(_)
            | Action::FillGap(_)
            | Action::Included { .. }
            | Action::Reorganised { .. }
            | Action::NonceTaken
            | Action::Confirmed(_)
            | Action::Reverted(_)
            | Action::Failed(_) => return Ok(()),
        };
        let span = span(state, &attempt);
        self.send(state, &attempt).instrument(span).await
    }

    /// Signs an attempt and journals it. Nothing has left the process when this returns.
    async fn sign(&self, state: &mut IntentState, draft: Draft) -> Result<Attempt, Error> {
        let unsigned = UnsignedTx {
            chain_id: self.parts.endpoints.chain_id(),
            nonce: draft.nonce,
            to: state.intent.to,
            value: state.intent.value,
            data: state.intent.data.clone(),
            gas_limit: draft.gas_limit,
            fees: draft.fees,
        };
        let signed = self.parts.signer.sign(&unsigned).await?;
        let attempt = Attempt {
            ordinal: u32::try_from(state.attempts.len()).unwrap_or(u32::MAX).saturating_add(1),
            nonce: draft.nonce,
            gas_limit: draft.gas_limit,
            fees: draft.fees,
            raw: signed.raw,
            hash: signed.hash,
            signed_at: (self.parts.clock)(),
            sent_at: None,
        };
        self.parts.journal.record_attempt(&state.intent.key, &attempt).await?;
        state.stage = Stage::Pending { nonce: attempt.nonce };
        state.attempts.push(attempt.clone());
        let (tx_hash, nonce, ordinal) = (attempt.hash, attempt.nonce, attempt.ordinal);
        self.tell(state, EventKind::Signed { tx_hash, nonce, ordinal });
        Ok(attempt)
    }

    async fn send(&self, state: &IntentState, attempt: &Attempt) -> Result<(), Error> {
        let answers = self.parts.endpoints.liveness().broadcast(&attempt.raw, attempt.hash).await;
        let tx_hash = attempt.hash;
        let kind = if answers.accepted.is_empty() {
            let kind = meaning(&answers);
            // Listeners of the event judge how bad that is; sent before, it may well be in a pool.
            tracing::debug!(refusal = kind.map(RefusalKind::as_str), "no endpoint took the transaction");
            EventKind::Refused { tx_hash, kind }
        } else {
            EventKind::Sent { tx_hash, again: attempt.sent_at.is_some() }
        };
        // Noted even when all refused, so that the next try is a pause away. An answer may be lost on its
        // way, so a refusal never means that the bytes are nowhere.
        self.parts.journal.record_sent(&state.intent.key, tx_hash, (self.parts.clock)()).await?;
        self.tell(state, kind);
        Ok(())
    }

    fn tell(&self, state: &IntentState, kind: EventKind) {
        // Nobody has to listen.
        let _ = self.events.send(Event { key: state.intent.key.clone(), kind });
    }
}

fn settled(outcome: Outcome) -> (Stage, EventKind) {
    (Stage::Settled(outcome.clone()), EventKind::Settled(outcome))
}

/// What the refusals say together: the first that an endpoint put in words.
fn meaning(answers: &Broadcast) -> Option<RefusalKind> {
    answers.refused.iter().find_map(|error| error.refusal()).map(crate::rpc::Refusal::kind)
}

/// One span per attempt that is sent.
fn span(state: &IntentState, attempt: &Attempt) -> Span {
    let span = tracing::info_span!(
        "send transaction",
        intent = %state.intent.key,
        tx_hash = %attempt.hash,
        nonce = attempt.nonce,
        attempt = attempt.ordinal,
    );
    continued(span, state)
}

/// The span in the trace of whoever wanted the intent, also after a restart.
fn continued(span: Span, state: &IntentState) -> Span {
    match &state.intent.traceparent {
        Some(traceparent) => match http::HeaderValue::from_str(traceparent) {
            Ok(value) => {
                let headers = [(http::HeaderName::from_static(propagation::TRACEPARENT), value)];
                propagation::continue_trace(span, &headers.into_iter().collect())
            }
            Err(_) => span,
        },
        None => span,
    }
}

impl Waiting {
    /// The log field.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Mining => "mining",
            Self::Propagating => "propagating",
            Self::Finality => "finality",
            Self::Funds { .. } => "funds",
            Self::FeeCap => "fee_cap",
            Self::AttemptsExhausted => "attempts_exhausted",
            Self::InFlight => "in_flight",
            Self::Simulation => "simulation",
            Self::BytesMissing => "bytes_missing",
        }
    }
}

impl EventKind {
    /// The transaction and the block of an event that comes from a receipt.
    const fn inclusion(&self) -> Option<(B256, u64)> {
        match self {
            Self::Included { tx_hash, block_number } => Some((*tx_hash, *block_number)),
            Self::Settled(outcome) => match outcome.inclusion() {
                Some(inclusion) => Some((inclusion.tx_hash, inclusion.block_number)),
                None => None,
            },
            Self::Signed { .. } | Self::Sent { .. } | Self::Refused { .. } | Self::Reorganised | Self::NonceTaken => {
                None
            }
        }
    }

    /// The metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Signed { .. } => "signed",
            Self::Sent { .. } => "sent",
            Self::Refused { .. } => "refused",
            Self::Included { .. } => "included",
            Self::Reorganised => "reorganised",
            Self::NonceTaken => "nonce_taken",
            Self::Settled(outcome) => outcome.as_str(),
        }
    }
}
