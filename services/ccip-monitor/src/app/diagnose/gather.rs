//! The evidence of one message: the store and both chains, asked at once.

use std::{sync::Arc, time::Duration};

use causeway_primitives::{ChainId, ChainSelector, Timestamp};
use causeway_store::Error as StoreError;

use super::{diagnoser::Diagnoser, manual, subject};
use crate::{
    domain::{
        diagnose::{
            Gap, Read,
            evidence::{
                Arrival, Attempt, Blocker, DestinationReads, Evidence, ExecutionState, Limits, Point, SourceReads,
                Watch,
            },
        },
        lane::Dialect,
        message::Status,
    },
    ports::{ChainReads, Cursor, DestinationAsk, LastExecution, MessageView, Original, Parcel, Pin, SourceAsk},
};

/// A chain's last block may be so many times older than a cursor may lag: chains without traffic make no blocks.
const HEAD_AGE_FACTOR: u32 = 10;

/// The clocks of two chains may differ by so much.
const CLOCK_MARGIN: Duration = Duration::from_secs(600);

/// What was gathered.
pub(super) struct Gathered {
    pub(super) evidence: Evidence,
    pub(super) source_cursor: Option<Cursor>,
    pub(super) destination_cursor: Option<Cursor>,
}

/// A chain at the message's end, as far as it is configured.
struct End {
    selector: ChainSelector,
    id: Option<ChainId>,
    reads: Option<Arc<dyn ChainReads>>,
    head: Read<Pin>,
    cursor: Result<Option<Cursor>, Gap>,
    holes: Read<u64>,
}

/// What the store says around the message.
struct Stored {
    arrival: Read<Option<Arrival>>,
    attempts: Read<Vec<Attempt>>,
    blocker: Read<Option<Blocker>>,
    last_execution: Read<Option<LastExecution>>,
}

/// Asks everything. What nobody answers is a gap in the evidence and never an error.
pub(super) async fn gather(diagnoser: &Diagnoser, message: &MessageView) -> Gathered {
    let (source, destination, stored) = futures_util::join!(
        end(diagnoser, message.lane.source, message),
        end(diagnoser, message.lane.destination, message),
        stored(diagnoser, message),
    );
    let original = original(diagnoser, message, &source).await;
    let parcel = subject::parcel(message, original.find());
    let (source_reads, destination_reads) = futures_util::join!(
        ask_source(diagnoser, message, &source, &parcel),
        ask_destination(diagnoser, message, &destination, &stored, &parcel),
    );
    let destination_reads = without_getter(message, destination_reads, &destination);
    let call = manual::call(
        diagnoser,
        message,
        &original,
        &stored.arrival,
        (&destination.reads, &destination.head),
        &destination_reads,
    )
    .await;
    let behind = diagnoser.behind;
    let evidence = Evidence {
        now: diagnoser.clock.now(),
        subject: subject::subject(message),
        limits: Limits {
            expire_after: diagnoser.lanes.expire_after(&message.lane),
            behind,
            head_age: behind.saturating_mul(HEAD_AGE_FACTOR),
        },
        source_watch: watch(diagnoser, &source),
        destination_watch: watch(diagnoser, &destination),
        source: source_reads,
        destination: destination_reads,
        arrival: stored.arrival,
        attempts: stored.attempts,
        blocker: stored.blocker,
        call,
    };
    Gathered {
        evidence,
        source_cursor: source.cursor.ok().flatten(),
        destination_cursor: destination.cursor.ok().flatten(),
    }
}

/// A chain's head, cursor and holes. Holes matter from the message's send on.
async fn end(diagnoser: &Diagnoser, selector: ChainSelector, message: &MessageView) -> End {
    let id = diagnoser.sites.chain(selector).map(|site| site.id);
    let reads = id.and_then(|id| diagnoser.chains.get(&id)).cloned();
    let head = async {
        match &reads {
            Some(reads) => reads.head().await,
            None => Read::not_configured("the chain"),
        }
    };
    let stored = async {
        let Some(id) = id else {
            return (Err(Gap::NotConfigured { missing: "the chain" }), Read::not_configured("the chain"));
        };
        let cursor = diagnoser.dossier.find_cursor(id).await.map_err(|error| store_gap(&error));
        let from = earlier(message.sent_at, CLOCK_MARGIN);
        let holes = diagnoser.dossier.count_holes_since(id, from).await;
        (cursor, stored_read(holes, "logs since the send that could not be decoded", ToString::to_string))
    };
    let (head, (cursor, holes)) = futures_util::join!(head, stored);
    End { selector, id, reads, head, cursor, holes }
}

async fn stored(diagnoser: &Diagnoser, message: &MessageView) -> Stored {
    let dossier = &diagnoser.dossier;
    let arrival = async {
        match message.sequence {
            Some(sequence) => dossier.find_arrival(&message.lane, message.on_ramp, sequence).await,
            None => Ok(None),
        }
    };
    let blocker = async {
        match message.nonce.filter(|nonce| *nonce > 1) {
            Some(nonce) => dossier.find_blocker(&message.lane, message.sender, nonce).await,
            None => Ok(None),
        }
    };
    let (arrival, attempts, blocker, last) = futures_util::join!(
        arrival,
        diagnoser.records.list_attempts(message.key),
        blocker,
        dossier.find_last_execution(&message.lane),
    );
    let attempts = attempts.map(|attempts| {
        let there = attempts.into_iter().filter(|attempt| !attempt.orphaned);
        let explain = |attempt: crate::ports::AttemptView| Attempt {
            tx: attempt.tx,
            at: attempt.time,
            outcome: attempt.outcome,
            failure: failed(attempt.outcome).then(|| (diagnoser.explain)(&attempt.return_data)),
        };
        there.map(explain).collect::<Vec<_>>()
    });
    Stored {
        arrival: stored_read(arrival, "report in the logs", |arrival| match arrival {
            Some(arrival) => format!("{} to {} in transaction {}", arrival.first, arrival.last, arrival.tx),
            None => "none covers the message".to_owned(),
        }),
        attempts: stored_read(attempts, "executions in the logs", |attempts| attempts.len().to_string()),
        blocker: stored_read(blocker, "the sender's earlier messages without an execution", |blocker| match blocker {
            Some(blocker) => format!("{} with nonce {}", blocker.id, blocker.nonce),
            None => "none".to_owned(),
        }),
        last_execution: stored_read(last, "last execution over the lane", |last| match last {
            Some(last) => format!("transaction {}", last.tx),
            None => "none".to_owned(),
        }),
    }
}

const fn failed(outcome: Option<crate::domain::event::Outcome>) -> bool {
    matches!(outcome, Some(crate::domain::event::Outcome::Failed))
}

async fn original(diagnoser: &Diagnoser, message: &MessageView, source: &End) -> Read<Original> {
    match &source.reads {
        Some(reads) if subject::has_original(&message.lane.dialect) => {
            reads.original(&source_ask(diagnoser, message, subject::parcel(message, None))).await
        }
        Some(_) => Read::needs("a log that holds the whole message"),
        None => Read::not_configured("the source chain"),
    }
}

fn source_ask(diagnoser: &Diagnoser, message: &MessageView, parcel: Parcel) -> SourceAsk {
    let site = diagnoser.sites.chain(message.lane.source);
    SourceAsk {
        parcel,
        tx: message.source.tx.unwrap_or_default(),
        on_ramp: message.on_ramp,
        fee_token: message.fee_token,
        router: site.and_then(|site| site.router),
        rmn: site.and_then(|site| site.rmn),
    }
}

async fn ask_source(diagnoser: &Diagnoser, message: &MessageView, end: &End, parcel: &Parcel) -> SourceReads {
    match (&end.reads, &end.head.value) {
        (Some(reads), Ok(pin)) => reads.source(*pin, &source_ask(diagnoser, message, parcel.clone())).await,
        (Some(_), Err(gap)) => SourceReads::blind(gap),
        (None, _) => SourceReads::blind(&Gap::NotConfigured { missing: "the source chain" }),
    }
}

async fn ask_destination(
    diagnoser: &Diagnoser,
    message: &MessageView,
    end: &End,
    stored: &Stored,
    parcel: &Parcel,
) -> DestinationReads {
    let (reads, pin) = match (&end.reads, &end.head.value) {
        (Some(reads), Ok(pin)) => (reads, *pin),
        (Some(_), Err(gap)) => return DestinationReads::blind(gap),
        (None, _) => return DestinationReads::blind(&Gap::NotConfigured { missing: "the destination chain" }),
    };
    let site = diagnoser.sites.chain(message.lane.destination);
    let ask = DestinationAsk {
        parcel: parcel.clone(),
        off_ramp: diagnoser.sites.off_ramp(&message.lane),
        router: site.and_then(|site| site.router),
        rmn: site.and_then(|site| site.rmn),
        root: stored.arrival.find().and_then(|arrival| arrival.map(|arrival| arrival.root)),
        last_relayed: stored.last_execution.find().copied().flatten().map(|last| (last.tx, last.at, last.sent_at)),
    };
    let mut answered = reads.destination(pin, &ask).await;
    if let Err(gap) = &stored.last_execution.value {
        answered.relay.last = Read::gap(gap.clone(), stored.last_execution.proof.clone());
    }
    answered
}

/// Private contracts need not say what they have executed; then their logs do, as far as they were read.
fn without_getter(message: &MessageView, mut reads: DestinationReads, end: &End) -> DestinationReads {
    let silent = matches!(reads.execution.value, Err(Gap::Refused { .. }));
    let private = matches!(message.lane.dialect, Dialect::Private(_));
    if let (true, true, Ok(Some(cursor))) = (silent, private, &end.cursor) {
        let state = match message.status {
            Status::Executed => ExecutionState::Succeeded,
            Status::Sent | Status::Delivered | Status::Executing | Status::Failed | Status::Expired => {
                ExecutionState::Untouched
            }
        };
        let proof = format!("logs up to block {}: {}", cursor.position.number, message.status);
        reads.execution = Read::known(state, proof);
    }
    reads
}

fn watch(diagnoser: &Diagnoser, end: &End) -> Watch {
    let name = diagnoser.lanes.chains.get(&end.selector);
    let cursor = match &end.cursor {
        Err(gap) => Read::gap(gap.clone(), String::new()),
        Ok(None) => Read::needs("a first block that was read"),
        Ok(Some(cursor)) => {
            let point = Point { number: cursor.position.number, time: cursor.time };
            Read::known(point, format!("logs read up to block {} at {}", point.number, point.time))
        }
    };
    Watch {
        chain: name.map_or_else(|| end.selector.to_string(), |(_, name)| name.to_string()),
        cursor,
        head: end.head.clone().map(|pin| Point { number: pin.number, time: pin.time }),
        final_height: final_height(diagnoser, end),
        holes: end.holes.clone(),
    }
}

/// As the follower learnt it with its last look at the head.
fn final_height(diagnoser: &Diagnoser, end: &End) -> Read<Option<u64>> {
    let Some(view) = end.id.and_then(|id| diagnoser.views.find_chain(id)) else {
        return Read::not_configured("the chain");
    };
    match view.final_head {
        Some(height) => Read::known(Some(height), format!("final up to block {height}")),
        None => Read::needs("the chain's last final block, which the follower has not learnt yet"),
    }
}

fn earlier(time: Timestamp, span: Duration) -> Timestamp {
    let span = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(time.as_millis().saturating_sub(span)).unwrap_or(Timestamp::EPOCH)
}

pub(super) fn store_gap(error: &StoreError) -> Gap {
    Gap::Store { why: causeway_telemetry::Chain(error).to_string() }
}

/// A question to the store, with its line.
pub(super) fn stored_read<T>(answer: Result<T, StoreError>, what: &str, words: impl FnOnce(&T) -> String) -> Read<T> {
    match answer {
        Ok(value) => {
            let proof = format!("{what}: {}", words(&value));
            Read::known(value, proof)
        }
        Err(error) => Read::gap(store_gap(&error), format!("{what}: not known")),
    }
}
