//! Carries out what [`next`] decides: journal first, then the deed, then the news.

use alloy::primitives::B256;
use causeway_telemetry::propagation;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tracing::{Instrument, Span};

use super::{
    Action, Draft, Error, Event, EventKind, Inner, Leave, Waiting,
    gather::{AT_ONCE, Sight},
    look::Look,
    next,
};
use crate::{
    endpoints::Broadcast,
    intent::{Attempt, Intent, IntentKey, IntentState, Outcome, Stage},
    rpc::RefusalKind,
    transaction::UnsignedTx,
};

/// How many actions one intent may take in one look: noting its inclusion and settling it are two. A chain
/// that keeps changing between them is looked at again in the next round.
const ACTIONS_PER_LOOK: usize = 4;

/// So many intents go together: their questions to the chain overlap, and what the journal takes of them is one write.
/// With more, the first of them would wait for the last.
pub(super) const TOGETHER: usize = 64;

/// What was decided of intents that go together.
#[derive(Default)]
struct Decided {
    drafts: Vec<Drafted>,
    /// Bytes that are there already.
    again: Vec<(usize, B256)>,
    gaps: Vec<(usize, u64, u64)>,
    notes: Vec<(usize, Action)>,
}

/// An intent as it was before the look counted its draft.
struct Drafted {
    index: usize,
    state: IntentState,
    draft: Draft,
}

impl Inner {
    /// Takes these intents as far as they go now, and tells the look what became of them. The outer error ends the look.
    pub(super) async fn advance(&self, look: &mut Look, indices: &[usize]) -> Result<Result<(), Error>, Error> {
        let mut first = Ok(());
        for together in indices.chunks(TOGETHER) {
            let mut outcome = self.advance_together(look, together).await;
            if together.len() > 1 && matches!(&outcome, Err(Error::Journal(error)) if !error.is_fenced()) {
                // What cannot be written together may be the fault of one: the others do not wait for it.
                outcome = Ok(());
                for index in together {
                    let alone = self.advance_together(look, std::slice::from_ref(index)).await;
                    outcome = if alone.as_ref().is_err_and(Error::is_fenced) { alone } else { outcome.and(alone) };
                }
            }
            match outcome {
                Err(error) if error.is_fenced() => return Err(error),
                outcome => first = first.and(outcome),
            }
        }
        Ok(first)
    }

    /// The first failure; what the chain does not show of one intent does not hold up the others.
    async fn advance_together(&self, look: &mut Look, indices: &[usize]) -> Result<(), Error> {
        let (mut open, mut first) = (indices.to_vec(), Ok(()));
        for _ in 0..ACTIONS_PER_LOOK {
            if open.is_empty() {
                break;
            }
            let mut decided = Decided::default();
            for (index, sight) in self.sights(look, &open).await {
                match sight {
                    Ok(sight) => self.decide(look, (index, sight), &mut decided),
                    Err(error) => first = first.and(Err(error.into())),
                }
            }
            // What came of it shows on the chain, not before the next look.
            self.transmit(look, decided.drafts, &decided.again).await?;
            for (index, nonce, head) in decided.gaps {
                self.fill_gap(look.get(index), nonce, head).await?;
            }
            open = self.note(look, decided.notes).await?;
        }
        first
    }

    /// One after the other, so that each sees what was decided of those before it.
    fn decide(&self, look: &mut Look, (index, sight): (usize, Sight), decided: &mut Decided) {
        let Some(state) = look.get(index).cloned() else { return };
        let signer = self.parts.signer.address();
        let is_filler = state.intent.is_filler(look.account(index).unwrap_or(signer));
        let facts = sight.facts(&look.others(&state, signer), is_filler, &state.stage, self.gate.ask());
        match next(&state, &facts, &self.parts.policy, (self.parts.clock)()) {
            Action::Wait(waiting) => {
                tracing::trace!(intent = %state.intent.key, reason = waiting.as_str(), "intent waits");
            }
            Action::Sign(draft) | Action::Replace(draft) => {
                let stage = Stage::Pending { nonce: draft.nonce };
                look.put(index, IntentState { stage, ..state.clone() }, signer);
                decided.drafts.push(Drafted { index, state, draft });
            }
            Action::Broadcast(hash) | Action::Dropped(hash) => decided.again.push((index, hash)),
            Action::FillGap(nonce) => decided.gaps.push((index, nonce, facts.head)),
            action @ (Action::Included { .. }
            | Action::Reorganised { .. }
            | Action::NonceTaken
            | Action::Confirmed(_)
            | Action::Reverted(_)
            | Action::Failed(_)) => decided.notes.push((index, action)),
        }
    }

    /// The actions that change the journal only. Answers whose they are: they may go on.
    async fn note(&self, look: &mut Look, notes: Vec<(usize, Action)>) -> Result<Vec<usize>, Error> {
        let told = notes.into_iter().filter_map(|(index, action)| {
            let (to, kind) = told(action)?;
            Some((index, look.get(index)?.clone(), to, kind))
        });
        let told: Vec<_> = told.collect();
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let spans: Vec<_> = told.iter().filter_map(|(_, state, _, kind)| receipt(state, kind)).collect();
        let moves = told.iter().map(|(_, state, to, _)| (state.intent.key.clone(), state.stage.clone(), to.clone()));
        self.parts.journal.advance_all(&moves.collect::<Vec<_>>(), (self.parts.clock)()).await?;
        drop(spans);
        let mut noted = Vec::with_capacity(told.len());
        for (index, mut state, to, kind) in told {
            tracing::debug!(intent = %state.intent.key, event = kind.as_str(), "intent advanced");
            state.stage = to;
            self.tell(&state, kind);
            look.put(index, state, self.parts.signer.address());
            noted.push(index);
        }
        Ok(noted)
    }

    /// Journals an intent that uses up a nonce; it is sent like any other, in the next look.
    async fn fill_gap(&self, state: Option<&IntentState>, nonce: u64, head: u64) -> Result<(), Error> {
        let filler = Intent::filler(self.parts.signer.address(), nonce, head);
        let (Some(state), Ok(filler)) = (state, filler) else { return Ok(()) };
        self.parts.journal.insert(&filler, (self.parts.clock)()).await?;
        tracing::warn!(intent = %state.intent.key, nonce, "filling a gap in the nonces");
        Ok(())
    }

    /// The actions that send: what is drafted, once it is signed and journaled, and what is in the journal already.
    async fn transmit(&self, look: &mut Look, drafts: Vec<Drafted>, again: &[(usize, B256)]) -> Result<(), Error> {
        let (mut outgoing, signed) = self.sign(look, drafts).await;
        for (index, hash) in again {
            let state = look.get(*index).into_iter();
            let attempt = state.flat_map(|state| &state.attempts).find(|attempt| attempt.hash == *hash);
            outgoing.extend(attempt.map(|attempt| (*index, attempt.clone())));
        }
        self.send(look, outgoing).await?;
        signed
    }

    /// Signs attempts and journals them. Nothing has left the process when this returns.
    async fn sign(&self, look: &mut Look, drafts: Vec<Drafted>) -> (Vec<(usize, Attempt)>, Result<(), Error>) {
        let signing: Vec<_> = drafts.iter().map(|drafted| self.sign_one(drafted).boxed()).collect();
        let mut signing = stream::iter(signing).buffered(AT_ONCE);
        let (mut attempts, mut outcome) = (Vec::with_capacity(drafts.len()), Ok(()));
        while let Some(signed) = signing.next().await {
            match signed {
                Ok(attempt) => attempts.push(attempt),
                Err(error) => {
                    // Nothing behind it either: a nonce that is left out would hold all of that up.
                    outcome = Err(error);
                    break;
                }
            }
        }
        drop(signing);
        let keys = drafts.iter().map(|drafted| drafted.state.intent.key.clone());
        let written: Vec<(IntentKey, Attempt)> = keys.zip(attempts.iter().cloned()).collect();
        if !written.is_empty()
            && let Err(error) = self.parts.journal.record_attempts(&written).await
        {
            attempts.clear();
            outcome = Err(error.into());
        }
        let (mut journaled, mut attempts) = (Vec::with_capacity(attempts.len()), attempts.into_iter());
        for Drafted { index, mut state, .. } in drafts {
            if let Some(attempt) = attempts.next() {
                let (tx_hash, nonce, ordinal) = (attempt.hash, attempt.nonce, attempt.ordinal);
                state.stage = Stage::Pending { nonce };
                state.attempts.push(attempt.clone());
                self.tell(&state, EventKind::Signed { tx_hash, nonce, ordinal });
                journaled.push((index, attempt));
            }
            look.put(index, state, self.parts.signer.address());
        }
        (journaled, outcome)
    }

    async fn sign_one(&self, drafted: &Drafted) -> Result<Attempt, Error> {
        let Drafted { state, draft, .. } = drafted;
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
        Ok(Attempt {
            ordinal: u32::try_from(state.attempts.len()).unwrap_or(u32::MAX).saturating_add(1),
            nonce: draft.nonce,
            gas_limit: draft.gas_limit,
            fees: draft.fees,
            raw: signed.raw,
            hash: signed.hash,
            signed_at: (self.parts.clock)(),
            sent_at: None,
        })
    }

    /// Hands journaled attempts to the endpoints.
    async fn send(&self, look: &mut Look, outgoing: Vec<(usize, Attempt)>) -> Result<(), Error> {
        if outgoing.is_empty() {
            return Ok(());
        }
        let states = outgoing.iter().filter_map(|(index, attempt)| Some((*index, look.get(*index)?.clone(), attempt)));
        let states: Vec<_> = states.collect();
        let send = |state, attempt| self.broadcast(attempt).instrument(span(state, attempt)).boxed();
        let sends: Vec<_> =
            states.iter().map(|(_, state, attempt)| self.if_open(send(state, attempt)).boxed()).collect();
        let kinds: Vec<Option<EventKind>> = stream::iter(sends).buffered(AT_ONCE).collect().await;
        let sent = states.into_iter().zip(kinds).filter_map(|(state, kind)| kind.map(|kind| (state, kind)));
        let sent: Vec<_> = sent.collect();
        // Noted even when all refused, so that the next try is a pause away. An answer may be lost on its
        // way, so a refusal never means that the bytes are nowhere.
        let hashes = sent.iter().map(|((_, state, attempt), _)| (state.intent.key.clone(), attempt.hash));
        let at = (self.parts.clock)();
        self.parts.journal.record_all_sent(&hashes.collect::<Vec<_>>(), at).await?;
        for ((index, mut state, attempt), kind) in sent {
            let known = state.attempts.iter_mut().filter(|known| known.hash == attempt.hash);
            known.for_each(|known| known.sent_at = Some(at));
            self.tell(&state, kind);
            look.put(index, state, self.parts.signer.address());
        }
        Ok(())
    }

    /// Asks again behind the signature and the journal, which take their time: a gate that was shut meanwhile keeps the bytes
    /// here.
    async fn if_open(&self, sending: impl Future<Output = EventKind>) -> Option<EventKind> {
        match self.gate.ask() {
            Leave::Given => Some(sending.await),
            Leave::Withheld => None,
        }
    }

    async fn broadcast(&self, attempt: &Attempt) -> EventKind {
        let answers = self.parts.endpoints.liveness().broadcast(&attempt.raw, attempt.hash).await;
        let tx_hash = attempt.hash;
        if answers.accepted.is_empty() {
            let kind = meaning(&answers);
            // Listeners of the event judge how bad that is; sent before, it may well be in a pool.
            tracing::debug!(refusal = kind.map(RefusalKind::as_str), "no endpoint took the transaction");
            EventKind::Refused { tx_hash, kind }
        } else {
            EventKind::Sent { tx_hash, again: attempt.sent_at.is_some() }
        }
    }

    fn tell(&self, state: &IntentState, kind: EventKind) {
        // Nobody has to listen.
        let _ = self.events.send(Event { key: state.intent.key.clone(), kind });
    }
}

/// The stage behind an action that changes the journal only, and the news of it.
fn told(action: Action) -> Option<(Stage, EventKind)> {
    match action {
        Action::Included { nonce, inclusion } => Some((
            Stage::Included { nonce, inclusion },
            EventKind::Included { tx_hash: inclusion.tx_hash, block_number: inclusion.block_number },
        )),
        Action::Reorganised { nonce } => Some((Stage::Pending { nonce }, EventKind::Reorganised)),
        Action::NonceTaken => Some((Stage::Unsigned, EventKind::NonceTaken)),
        Action::Confirmed(inclusion) => Some(settled(Outcome::Confirmed(inclusion))),
        Action::Reverted(outcome) => Some(settled(outcome)),
        Action::Failed(failure) => Some(settled(Outcome::Failed(failure))),
        Action::Sign(_)
        | Action::Broadcast(_)
        | Action::Dropped(_)
        | Action::Replace(_)
        | Action::FillGap(_)
        | Action::Wait(_) => None,
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

/// One span per receipt that is noted.
fn receipt(state: &IntentState, kind: &EventKind) -> Option<Span> {
    let (tx_hash, block_number) = kind.inclusion()?;
    let (key, outcome) = (&state.intent.key, kind.as_str());
    let span = tracing::info_span!("receipt", intent = %key, %tx_hash, block_number, outcome);
    Some(continued(span, state))
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
            Self::NoLeave => "no_leave",
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
