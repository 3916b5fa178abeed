//! Messages at their destination: reports, executions and what else its contracts say, as evidence and for the messages.
//!
//! A destination is read in its own order, so its events move messages that are known one step on. What concerns a
//! message that is not known waits with its evidence.

use causeway_primitives::{B256, MessageId, U256};
use causeway_store::{Error, Named as _};

use super::{
    board::Board,
    checks,
    copy::Rows,
    findings::{self, Substance},
    standings::{self, Covered, CoveredColumns, Known},
    values::{ARRIVED, content_tag, link_code, outcome_code, signed},
    work::{Order, Ordered, Work},
};
use crate::{
    domain::{
        event::{Attempted, Changed, Committed, LaneEvent, Located, Outcome, Place, Skipped},
        standing::Occurrence,
    },
    ports::{Executed, Link},
};

const COPY_ATTEMPT: &str = "COPY attempt (change, message, link, lane, contract, chain, block, log_index, block_hash, tx, \
     at, message_id, sequence, leaf, outcome, return_data, gas_used, content, ambiguous) FROM STDIN (FORMAT BINARY)";
const COPY_REPORT: &str = "COPY report (change, lane, contract, chain, block, log_index, ordinal, block_hash, tx, at, \
     on_ramp, first, last, root) FROM STDIN (FORMAT BINARY)";
const COPY_REMOVAL: &str = "COPY removal (change, contract, chain, block, log_index, block_hash, tx, at, root) \
     FROM STDIN (FORMAT BINARY)";
const COPY_SKIP: &str = "COPY skip (lane, chain, block, log_index, block_hash, tx, at, contract, sequence, sender, \
     nonce, reason) FROM STDIN (FORMAT BINARY)";
const COPY_SETTING: &str = "COPY setting (chain, block, log_index, block_hash, tx, at, contract, kind, peer, subject) \
     FROM STDIN (FORMAT BINARY)";
/// Bytes of a usual row: room that is reserved and no limit.
const WIDTH: usize = 400;

/// An event of a destination, numbered.
enum Arrival<'a> {
    Attempt { change: i64, lane: i32, message: Option<i64>, place: &'a Place, attempted: &'a Attempted },
    Delivery { change: i64, lane: i32, message: Option<i64>, place: &'a Place, id: MessageId },
    Report { change: i64, lane: i32, place: &'a Place, committed: &'a Committed },
    Removal { change: i64, place: &'a Place, root: B256 },
}

/// Stores the events of destinations and moves the messages on that are known.
pub(super) async fn store(work: &mut Work, events: &[Located]) -> Result<(), Error> {
    copy_asides(work, events).await?;
    let mut board = std::mem::take(&mut work.board);
    load_named(work, events, &mut board).await?;
    let arrivals = arrange(work, events, &board)?;
    if !arrivals.is_empty() {
        check(work, &arrivals).await?;
        copy(work, &arrivals).await?;
        load_covered(work, &arrivals, &mut board).await?;
        move_on(work, &arrivals, &mut board).await?;
    }
    work.board = board;
    Ok(())
}

async fn move_on(work: &mut Work, arrivals: &[Arrival<'_>], board: &mut Board) -> Result<(), Error> {
    if work.order == Order::Between {
        work.refold.extend(board.keys());
        return Ok(());
    }
    for arrival in arrivals {
        play(work, arrival, board).await?;
    }
    board.write(work).await
}

/// The messages that executions name, as far as they are not on the board.
async fn load_named(work: &mut Work, events: &[Located], board: &mut Board) -> Result<(), Error> {
    let mut named: Vec<(i32, MessageId)> = Vec::new();
    for located in events {
        match &located.event {
            LaneEvent::Attempted(attempted) => named.push((work.lanes.get(&attempted.lane)?.lane, attempted.id)),
            LaneEvent::Delivered { lane, id } => named.push((work.lanes.get(lane)?.lane, *id)),
            LaneEvent::Sent(_)
            | LaneEvent::Committed(_)
            | LaneEvent::RootRemoved { .. }
            | LaneEvent::Skipped(_)
            | LaneEvent::Changed(_) => {}
        }
    }
    named.retain(|(lane, id)| board.by_id(*lane, *id).is_none());
    named.sort_unstable();
    named.dedup();
    let lanes: Vec<i32> = named.iter().map(|(lane, _)| *lane).collect();
    let ids: Vec<Vec<u8>> = named.iter().map(|(_, id)| id.get().to_vec()).collect();
    for known in standings::list_by_ids(work, &lanes, &ids).await? {
        board.put(known);
    }
    Ok(())
}

fn arrange<'a>(work: &mut Work, events: &'a [Located], board: &Board) -> Result<Vec<Arrival<'a>>, Error> {
    let mut arrivals = Vec::new();
    for Located { place, event } in events {
        match event {
            LaneEvent::Attempted(attempted) => {
                let lane = work.lanes.get(&attempted.lane)?.lane;
                let message = board.by_id(lane, attempted.id);
                arrivals.push(Arrival::Attempt { change: work.change(), lane, message, place, attempted });
            }
            LaneEvent::Delivered { lane, id } => {
                let lane = work.lanes.get(lane)?.lane;
                let message = board.by_id(lane, *id);
                arrivals.push(Arrival::Delivery { change: work.change(), lane, message, place, id: *id });
            }
            LaneEvent::Committed(committed) => {
                let lane = work.lanes.get(&committed.lane)?.lane;
                arrivals.push(Arrival::Report { change: work.change(), lane, place, committed });
            }
            LaneEvent::RootRemoved { root } => {
                arrivals.push(Arrival::Removal { change: work.change(), place, root: *root });
            }
            LaneEvent::Sent(_) | LaneEvent::Skipped(_) | LaneEvent::Changed(_) => {}
        }
    }
    Ok(arrivals)
}

async fn check(work: &mut Work, arrivals: &[Arrival<'_>]) -> Result<(), Error> {
    let mut ranges = checks::Ranges::default();
    let onward = work.order == Order::Onward;
    for arrival in arrivals {
        match arrival {
            Arrival::Report { lane, place, committed, .. } => {
                if onward {
                    ranges.report(work, *lane, place, committed).await?;
                }
                let width = signed(committed.last.saturating_sub(committed.first));
                let Work { lanes, tx, .. } = work;
                lanes.widen(tx, &committed.lane, width.max(1)).await?;
            }
            Arrival::Removal { place, root, .. } => {
                ranges.removal(place.contract);
                work.findings.push(findings::root_removed(place, *root));
            }
            Arrival::Attempt { .. } | Arrival::Delivery { .. } => {}
        }
    }
    Ok(())
}

async fn copy(work: &mut Work, arrivals: &[Arrival<'_>]) -> Result<(), Error> {
    let (mut attempts, mut reports) = (Rows::new(19, arrivals.len(), WIDTH), Rows::new(14, 0, WIDTH));
    let mut removals = Rows::new(9, 0, WIDTH);
    for (ordinal, arrival) in arrivals.iter().enumerate() {
        match arrival {
            Arrival::Attempt { change, lane, message, place, attempted } => {
                let link = message.map(|_| link_code(Link::Id));
                attempts.row().i64(*change).some(*message, Rows::i64).some(link, Rows::i16).i32(*lane);
                attempt_columns(attempts.bytes(place.contract.as_slice()), place, attempted);
            }
            Arrival::Delivery { change, lane, message, place, id } => {
                let link = message.map(|_| link_code(Link::Id));
                attempts.row().i64(*change).some(*message, Rows::i64).some(link, Rows::i16).i32(*lane);
                delivery_columns(attempts.bytes(place.contract.as_slice()), place, *id);
            }
            Arrival::Report { change, lane, place, committed } => {
                let rows = reports.row().i64(*change).i32(*lane).bytes(place.contract.as_slice());
                log_columns(rows, place)
                    .i32(i32::try_from(ordinal).unwrap_or(i32::MAX))
                    .bytes(place.block_hash.as_slice())
                    .bytes(place.tx.as_slice())
                    .time(place.time)
                    .some(committed.on_ramp.as_ref(), |rows, ramp| rows.bytes(ramp.as_slice()))
                    .i64(signed(committed.first))
                    .i64(signed(committed.last))
                    .bytes(committed.root.as_slice());
            }
            Arrival::Removal { change, place, root } => {
                let rows = removals.row().i64(*change).bytes(place.contract.as_slice());
                place_columns(rows, place).bytes(root.as_slice());
            }
        }
    }
    attempts.copy(&mut work.tx, "copy_attempts", COPY_ATTEMPT).await?;
    reports.copy(&mut work.tx, "copy_reports", COPY_REPORT).await?;
    removals.copy(&mut work.tx, "copy_removals", COPY_REMOVAL).await
}

/// Chain, block and log index.
fn log_columns<'a>(rows: &'a mut Rows, place: &Place) -> &'a mut Rows {
    rows.i64(signed(place.chain.get())).i64(signed(place.block)).i64(signed(place.log_index))
}

/// The same with block hash, transaction and time.
fn place_columns<'a>(rows: &'a mut Rows, place: &Place) -> &'a mut Rows {
    log_columns(rows, place).bytes(place.block_hash.as_slice()).bytes(place.tx.as_slice()).time(place.time)
}

/// The tag of what it repeats of its message.
fn tag_of(attempted: &Attempted) -> Option<i64> {
    attempted.content.as_ref().map(|content| content_tag(content.sender, content.data_hash))
}

fn attempt_columns(rows: &mut Rows, place: &Place, attempted: &Attempted) {
    place_columns(rows, place)
        .bytes(attempted.id.get().as_slice())
        .some(attempted.sequence, |rows, number| rows.i64(signed(number)))
        .some(attempted.leaf.as_ref(), |rows, leaf| rows.bytes(leaf.as_slice()))
        .i16(outcome_code(attempted.outcome))
        .bytes(&attempted.return_data)
        .some(attempted.gas_used, Rows::numeric)
        .some(tag_of(attempted), Rows::i64)
        .flag(false);
}

fn delivery_columns(rows: &mut Rows, place: &Place, id: MessageId) {
    place_columns(rows, place)
        .bytes(id.get().as_slice())
        .null()
        .null()
        .i16(ARRIVED)
        .bytes(&[])
        .null()
        .null()
        .flag(false);
}

/// Events that move no message: what was passed over, and settings.
async fn copy_asides(work: &mut Work, events: &[Located]) -> Result<(), Error> {
    let (mut skips, mut settings) = (Rows::new(12, 0, WIDTH), Rows::new(10, 0, WIDTH));
    for Located { place, event } in events {
        match event {
            LaneEvent::Skipped(Skipped { lane, sequence, nonce, reason }) => {
                let rows = skips.row().i32(work.lanes.get(lane)?.lane);
                place_columns(rows, place)
                    .bytes(place.contract.as_slice())
                    .some(*sequence, |rows, number| rows.i64(signed(number)))
                    .some(*nonce, |rows, counted| rows.bytes(counted.sender.as_slice()))
                    .some(*nonce, |rows, counted| rows.i64(signed(counted.nonce)))
                    .bytes(reason.as_str().as_bytes());
            }
            LaneEvent::Changed(Changed { kind, peer, subject }) => {
                place_columns(settings.row(), place)
                    .bytes(place.contract.as_slice())
                    .bytes(kind.as_str().as_bytes())
                    .some(*peer, |rows, peer| rows.numeric(U256::from(peer.get())))
                    .bytes(subject);
            }
            LaneEvent::Sent(_)
            | LaneEvent::Committed(_)
            | LaneEvent::Delivered { .. }
            | LaneEvent::RootRemoved { .. }
            | LaneEvent::Attempted(_) => {}
        }
    }
    skips.copy(&mut work.tx, "copy_skips", COPY_SKIP).await?;
    settings.copy(&mut work.tx, "copy_settings", COPY_SETTING).await
}

fn covered(lane: i32, committed: &Committed) -> Covered {
    Covered { lane, on_ramp: committed.on_ramp, first: signed(committed.first), last: signed(committed.last) }
}

/// The messages that reports cover, the withdrawn ones among them.
async fn load_covered(work: &mut Work, arrivals: &[Arrival<'_>], board: &mut Board) -> Result<(), Error> {
    let mut ranges = Vec::new();
    for arrival in arrivals {
        match arrival {
            Arrival::Report { lane, committed, .. } => {
                ranges.push(covered(*lane, committed));
            }
            Arrival::Removal { change, place, root } => ranges.extend(withdrawn(work, place, *root, *change).await?),
            Arrival::Attempt { .. } | Arrival::Delivery { .. } => {}
        }
    }
    for known in standings::list_by_ranges(work, board, &ranges).await? {
        board.put(known);
    }
    Ok(())
}

/// The ranges that reports with this root cover and that were accepted before it was withdrawn.
async fn withdrawn(work: &mut Work, place: &Place, root: B256, change: i64) -> Result<Vec<Covered>, Error> {
    let queries = work.tx.queries();
    let rows = sqlx::query_as!(
        CoveredColumns,
        r#"
        SELECT DISTINCT lane, on_ramp, first, last FROM report
        WHERE root = $1 AND contract = $2 AND chain = $3 AND change < $4 AND unwinding IS NULL
        "#,
        root.as_slice(),
        place.contract.as_slice(),
        signed(place.chain.get()),
        change,
    )
    .fetch_all(&mut *work.tx)
    .named("list_withdrawn_reports", &queries)
    .await?;
    rows.into_iter().map(Covered::try_from).collect()
}

async fn play(work: &mut Work, arrival: &Arrival<'_>, board: &mut Board) -> Result<(), Error> {
    match arrival {
        Arrival::Attempt { change, message: Some(message), place, attempted, .. } => {
            attempt(work, *change, place, attempted, board.change(*message));
        }
        Arrival::Delivery { message: Some(message), place, .. } => {
            step(work, place, Occurrence::Committed, board.change(*message));
        }
        Arrival::Attempt { message: None, .. } | Arrival::Delivery { message: None, .. } => {}
        Arrival::Report { lane, place, committed, .. } => {
            for message in board.covered(&work.lanes, covered(*lane, committed)) {
                step(work, place, Occurrence::Committed, board.change(message));
            }
        }
        Arrival::Removal { change, place, root } => {
            let mut messages = Vec::new();
            for range in withdrawn(work, place, *root, *change).await? {
                messages.extend(board.covered(&work.lanes, range));
            }
            messages.sort_unstable();
            messages.dedup();
            for message in messages {
                step(work, place, Occurrence::RootRemoved, board.change(message));
            }
        }
    }
    Ok(())
}

fn step(work: &mut Work, place: &Place, occurrence: Occurrence, known: Option<&mut Known>) {
    let Some(known) = known else { return };
    if let Err(illegal) = known.standing.advance(occurrence, place.time) {
        work.findings.extend(findings::illegal(&work.lanes, known, place, illegal));
    }
}

fn attempt(work: &mut Work, change: i64, place: &Place, attempted: &Attempted, known: Option<&mut Known>) {
    let Some(known) = known else { return };
    let substance = Substance { leaf: attempted.leaf, content: tag_of(attempted) };
    work.findings.extend(findings::substance(&work.lanes, known, place, substance));
    known.last_attempt = Some(change);
    known.link = Some(link_code(Link::Id));
    if attempted.outcome == Outcome::Succeeded
        && let Some(nonce) = known.nonce
    {
        let Known { lane, sender, sent_at, id, .. } = *known;
        work.ordered.push(Ordered { lane, sender, sent_at, nonce, id, place: *place });
    }
    if !work.claimed.contains(&known.message) {
        work.executed.push(Executed {
            lane: attempted.lane.clone(),
            id: known.id,
            outcome: attempted.outcome,
            sent_at: known.sent_at,
            executed_at: place.time,
        });
    }
    step(work, place, occurrence(attempted.outcome), Some(known));
}

/// What an execution is to its message.
pub(super) const fn occurrence(outcome: Outcome) -> Occurrence {
    match outcome {
        Outcome::Succeeded => Occurrence::Succeeded,
        Outcome::Failed => Occurrence::Failed,
    }
}
