//! Messages at their source: the send as evidence, and the message that it makes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use causeway_primitives::MessageId;
use causeway_store::{Error, Named as _};

use super::{
    checks,
    copy::Rows,
    findings,
    lanes::Lane,
    refold,
    reported::Reported,
    standings::Known,
    values::{content_tag, digest, origin_code, proof_code, signed, status_code, tag},
    work::{Order, Work},
};
use crate::domain::{
    event::{IdProof, LaneEvent, Located, Place, Sent},
    standing::Standing,
};

const COPY_SENT: &str = "COPY sent (change, message, lane, ramp, chain, block, log_index, block_hash, tx, at, message_id, \
     id_origin, id_proof, computed_id, sequence, nonce, sender, receiver, data_hash, data_length, data_head, fee_token, \
     fee, fee_juels, gas_limit, tokens, amounts, leaf, content, repeated) FROM STDIN (FORMAT BINARY)";
const COPY_MESSAGE: &str = "COPY message (message, sent, last_attempt, lane, status, state, link, attempts, sender, \
     receiver, sent_at, delivered_at, executed_at, created_at, updated_at, orphaned) FROM STDIN (FORMAT BINARY)";
/// Bytes of a usual row: room that is reserved and no limit.
const SENT_WIDTH: usize = 700;
const MESSAGE_WIDTH: usize = 120;

/// What a send is to what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// The first of its (lane, id).
    First,
    /// Its first send was undone: the message is on the chain again.
    Again,
    /// There is one already, and on the chain. Evidence, and a finding; no message.
    Repeated,
}

struct Send<'a> {
    change: i64,
    message: i64,
    lane: i32,
    ramp: i32,
    arrival: Arrival,
    place: &'a Place,
    sent: &'a Sent,
}

/// Stores the sends among the events and makes their messages, those whose later evidence waited as they stand by then.
pub(super) async fn store(work: &mut Work, events: &[Located]) -> Result<(), Error> {
    let sends = arrange(work, events).await?;
    if sends.is_empty() {
        return Ok(());
    }
    check(work, &sends).await?;
    copy_sent(work, &sends).await?;
    let mut waiting: BTreeSet<i64> = claim_attempts(work, &sends).await?.into_iter().collect();
    waiting.extend(list_covered(work, &sends).await?);
    let late = match work.order {
        Order::Onward => fold_new(work, &sends, &mut waiting).await?,
        Order::Between => HashMap::new(),
    };
    work.refold.extend(waiting);
    copy_messages(work, &sends, &late).await?;
    if work.order == Order::Onward {
        remember(work, &sends, late);
    }
    revive(work, &sends).await
}

/// New messages are on the board, for what comes of them next.
fn remember(work: &mut Work, sends: &[Send<'_>], mut late: HashMap<i64, Known>) {
    for send in sends.iter().filter(|send| send.arrival == Arrival::First) {
        work.board.put(late.remove(&send.message).unwrap_or_else(|| new_message(send)));
    }
}

/// New messages whose destination was read before their source: made as they stand by then, and taken from those that
/// wait. The rest of these are old ones, and are folded with all that is old.
async fn fold_new(
    work: &mut Work,
    sends: &[Send<'_>],
    waiting: &mut BTreeSet<i64>,
) -> Result<HashMap<i64, Known>, Error> {
    let late = sends.iter().filter(|send| send.arrival == Arrival::First && waiting.contains(&send.message));
    let mut late: Vec<Known> = late.map(new_message).collect();
    refold::fold_all(work, &mut late).await?;
    for known in &late {
        waiting.remove(&known.message);
        // What waited is counted with this; what comes now is counted by itself.
        work.claimed.remove(&known.message);
    }
    Ok(late.into_iter().map(|known| (known.message, known)).collect())
}

/// The message that a send makes.
fn new_message(send: &Send<'_>) -> Known {
    Known {
        message: send.message,
        lane: send.lane,
        ramp: send.ramp,
        id: send.sent.id,
        sequence: send.sent.sequence.map(signed),
        nonce: send.sent.nonce.map(signed),
        leaf: send.sent.leaf,
        content: content_tag(send.sent.sender, send.sent.payload.hash),
        sender: tag(send.sent.sender.as_slice()),
        sent_at: send.place.time,
        standing: Standing::sent(),
        last_attempt: None,
        link: None,
    }
}

async fn arrange<'a>(work: &mut Work, events: &'a [Located]) -> Result<Vec<Send<'a>>, Error> {
    let sent: Vec<(&Place, &Sent)> = events
        .iter()
        .filter_map(|located| match &located.event {
            LaneEvent::Sent(sent) => Some((&located.place, sent.as_ref())),
            LaneEvent::Committed(_)
            | LaneEvent::Delivered { .. }
            | LaneEvent::RootRemoved { .. }
            | LaneEvent::Attempted(_)
            | LaneEvent::Skipped(_)
            | LaneEvent::Changed(_) => None,
        })
        .collect();
    let mut known = find_known(work, &sent).await?;
    let mut sends = Vec::with_capacity(sent.len());
    for (place, sent) in sent {
        let Lane { lane, .. } = work.lanes.get(&sent.lane)?;
        let change = work.change();
        let (message, arrival) = known.get(&(lane, sent.id)).copied().unwrap_or((change, Arrival::First));
        known.insert((lane, sent.id), (message, Arrival::Repeated));
        let ramp = work.lanes.ramp(lane, place.contract)?;
        sends.push(Send { change, message, lane, ramp, arrival, place, sent });
    }
    Ok(sends)
}

type Present = HashMap<(i32, MessageId), (i64, Arrival)>;

/// Messages that are known already under these ids, and what one more send would be to them. `OFFSET 0` keeps the planner to
/// one look into the index for each of them, also where it does not know yet how many rows there are.
async fn find_known(work: &mut Work, sent: &[(&Place, &Sent)]) -> Result<Present, Error> {
    let mut lanes = Vec::with_capacity(sent.len());
    for (_, sent) in sent {
        lanes.push(work.lanes.get(&sent.lane)?.lane);
    }
    let ids: Vec<Vec<u8>> = sent.iter().map(|(_, sent)| sent.id.get().to_vec()).collect();
    let queries = work.tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT sent.lane AS "lane!", sent.message_id AS "message_id!", sent.message AS "message!", TRUE AS "canonical!"
        FROM UNNEST($1::BYTEA[], $2::INTEGER[]) AS given (message_id, lane)
        CROSS JOIN LATERAL (
            SELECT lane, message_id, message FROM sent
            WHERE message_id = given.message_id AND lane = given.lane AND unwinding IS NULL AND NOT repeated OFFSET 0
        ) AS sent
        UNION ALL
        SELECT sent.lane, sent.message_id, sent.message, FALSE
        FROM UNNEST($1::BYTEA[], $2::INTEGER[]) AS given (message_id, lane)
        CROSS JOIN LATERAL (
            SELECT lane, message_id, message FROM sent
            WHERE message_id = given.message_id AND lane = given.lane AND unwinding IS NOT NULL AND NOT repeated OFFSET 0
        ) AS sent
        "#,
        &ids,
        &lanes,
    )
    .fetch_all(&mut *work.tx)
    .named("find_known_sends", &queries)
    .await?;
    let mut known = Present::new();
    for row in rows {
        let id = MessageId::new(digest(&row.message_id, "sent.message_id")?);
        if row.canonical {
            known.insert((row.lane, id), (row.message, Arrival::Repeated));
        } else {
            known.entry((row.lane, id)).or_insert((row.message, Arrival::Again));
        }
    }
    Ok(known)
}

async fn check(work: &mut Work, sends: &[Send<'_>]) -> Result<(), Error> {
    let mut numbers: BTreeMap<i32, Vec<(&Place, &Sent, i64)>> = BTreeMap::new();
    for send in sends {
        if let IdProof::Mismatch { computed } = send.sent.id_proof {
            work.findings.push(findings::id_mismatch(send.place, send.sent, computed));
        }
        if send.arrival == Arrival::Repeated {
            work.findings.push(findings::sent_twice(send.place, send.sent));
        }
        if let Some(sequence) = send.sent.sequence {
            numbers.entry(send.ramp).or_default().push((send.place, send.sent, signed(sequence)));
        }
    }
    checks::sequences(work, &numbers).await
}

async fn copy_sent(work: &mut Work, sends: &[Send<'_>]) -> Result<(), Error> {
    let mut rows = Rows::new(30, sends.len(), SENT_WIDTH);
    for send in sends {
        let Send { place, sent, .. } = send;
        let (proof, computed) = proof_code(sent.id_proof);
        rows.row()
            .i64(send.change)
            .i64(send.message)
            .i32(send.lane)
            .i32(send.ramp)
            .i64(signed(place.chain.get()))
            .i64(signed(place.block))
            .i64(signed(place.log_index))
            .bytes(place.block_hash.as_slice())
            .bytes(place.tx.as_slice())
            .time(place.time)
            .bytes(sent.id.get().as_slice())
            .i16(origin_code(sent.id_origin))
            .i16(proof)
            .some(computed, |rows, id| rows.bytes(id.get().as_slice()))
            .some(sent.sequence, |rows, number| rows.i64(signed(number)))
            .some(sent.nonce, |rows, nonce| rows.i64(signed(nonce)))
            .bytes(sent.sender.as_slice())
            .bytes(&sent.receiver)
            .bytes(sent.payload.hash.as_slice())
            .i64(signed(sent.payload.length))
            .bytes(&sent.payload.head)
            .bytes(sent.fee_token.as_slice())
            .numeric(sent.fee)
            .some(sent.fee_juels, Rows::numeric)
            .some(sent.gas_limit, Rows::numeric)
            .bytes_array(&sent.tokens, |token| token.token.as_slice())
            .numeric_array(&sent.tokens, |token| token.amount)
            .some(sent.leaf.as_ref(), |rows, leaf| rows.bytes(leaf.as_slice()))
            .i64(content_tag(sent.sender, sent.payload.hash))
            .flag(send.arrival == Arrival::Repeated);
    }
    rows.copy(&mut work.tx, "copy_sent", COPY_SENT).await
}

/// The messages that are new, as they stand.
async fn copy_messages(work: &mut Work, sends: &[Send<'_>], late: &HashMap<i64, Known>) -> Result<(), Error> {
    let mut rows = Rows::new(16, sends.len(), MESSAGE_WIDTH);
    let now = work.now;
    for send in sends.iter().filter(|send| send.arrival == Arrival::First) {
        let known = late.get(&send.message);
        let standing = known.map_or_else(Standing::sent, |known| known.standing);
        rows.row()
            .i64(send.message)
            .i64(send.change)
            .some(known.and_then(|known| known.last_attempt), Rows::i64)
            .i32(send.lane)
            .i16(status_code(standing.state.status()))
            .i16(i16::from(standing.state.code()))
            .some(known.and_then(|known| known.link), Rows::i16)
            .i32(i32::try_from(standing.attempts).unwrap_or(i32::MAX))
            .i64(tag(send.sent.sender.as_slice()))
            .i64(tag(&send.sent.receiver))
            .time(send.place.time)
            .some(standing.delivered_at, Rows::time)
            .some(standing.executed_at, Rows::time)
            .time(now)
            .time(now)
            .flag(false);
    }
    rows.copy(&mut work.tx, "copy_messages", COPY_MESSAGE).await
}

/// Messages whose send had been undone and is on the chain again.
async fn revive(work: &mut Work, sends: &[Send<'_>]) -> Result<(), Error> {
    let again: Vec<&Send<'_>> = sends.iter().filter(|send| send.arrival == Arrival::Again).collect();
    if again.is_empty() {
        return Ok(());
    }
    let messages: Vec<i64> = again.iter().map(|send| send.message).collect();
    let changes: Vec<i64> = again.iter().map(|send| send.change).collect();
    let times: Vec<_> = again.iter().map(|send| send.place.time.to_datetime()).collect();
    let queries = work.tx.queries();
    sqlx::query!(
        r#"
        UPDATE message SET sent = given.change, sent_at = given.at, orphaned = FALSE
        FROM UNNEST($1::BIGINT[], $2::BIGINT[], $3::TIMESTAMPTZ[]) AS given (message, change, at)
        WHERE message.message = given.message
        "#,
        &messages,
        &changes,
        &times,
    )
    .execute(&mut *work.tx)
    .named("revive_messages", &queries)
    .await?;
    work.revived.extend(&messages);
    work.refold.extend(messages);
    Ok(())
}

/// Gives these messages the executions that waited for them by id.
async fn claim_attempts(work: &mut Work, sends: &[Send<'_>]) -> Result<Vec<i64>, Error> {
    let first: Vec<&Send<'_>> = sends.iter().filter(|send| send.arrival == Arrival::First).collect();
    let ids: Vec<Vec<u8>> = first.iter().map(|send| send.sent.id.get().to_vec()).collect();
    let lanes: Vec<i32> = first.iter().map(|send| send.lane).collect();
    let messages: Vec<i64> = first.iter().map(|send| send.message).collect();
    let queries = work.tx.queries();
    let claimed = sqlx::query_scalar!(
        r#"
        WITH waiting AS MATERIALIZED (
            SELECT attempt.change, given.message
            FROM UNNEST($1::BYTEA[], $2::INTEGER[], $3::BIGINT[]) AS given (message_id, lane, message)
            CROSS JOIN LATERAL (
                SELECT change FROM attempt
                WHERE attempt.message IS NULL AND attempt.message_id = given.message_id AND attempt.lane = given.lane
                OFFSET 0
            ) AS attempt
        )
        UPDATE attempt SET message = waiting.message, link = 0 FROM waiting WHERE attempt.change = waiting.change
        RETURNING waiting.message AS "message!"
        "#,
        &ids,
        &lanes,
        &messages,
    )
    .fetch_all(&mut *work.tx)
    .named("claim_attempts", &queries)
    .await?;
    work.claimed.extend(&claimed);
    Ok(claimed)
}

/// The messages among these that a report covers which was read before them.
async fn list_covered(work: &mut Work, sends: &[Send<'_>]) -> Result<Vec<i64>, Error> {
    let numbered = || {
        let counting = sends.iter().filter(|send| send.arrival != Arrival::Repeated);
        counting.filter_map(|send| send.sent.sequence.map(|number| (send, signed(number))))
    };
    let numbers = numbered().map(|(send, number)| (send.lane, number));
    let reported = Reported::read(work, numbers).await?;
    let covered = numbered().filter(|(send, number)| reported.covers(send.lane, send.place.contract, *number));
    Ok(covered.map(|(send, _)| send.message).collect())
}
