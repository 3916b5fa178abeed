//! Findings: how each is worded, and how they are kept.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, B256, ChainId, MessageId};
use causeway_store::{Error, Named as _, Transaction};

use super::{
    lanes::{Lanes, MOST_UNLISTED},
    standings::Known,
    values::{digest, signed},
    work::Ordered,
};
use crate::domain::{
    event::{Committed, Place, Sent},
    finding::{Finding, Kind},
    lane::LaneKey,
    message::Illegal,
};

/// New findings of one kind that one transaction names. Whoever can make one can make thousands in a block, and nobody
/// reads more than a few.
const NAMED: usize = 100;

pub(super) fn id_mismatch(place: &Place, sent: &Sent, computed: MessageId) -> Finding {
    of_send(Kind::IdMismatch, place, sent, format!("the send states the id {}; its content gives {computed}", sent.id))
}

pub(super) fn sent_twice(place: &Place, sent: &Sent) -> Finding {
    let detail = format!("a message with the id {} was sent on this lane before", sent.id);
    of_send(Kind::IllegalTransition, place, sent, detail)
}

fn of_send(kind: Kind, place: &Place, sent: &Sent, detail: String) -> Finding {
    Finding {
        kind,
        chain: place.chain,
        lane: Some(sent.lane.clone()),
        message: Some(sent.id),
        subject: sent.id.to_string(),
        detail,
        place: Some(*place),
    }
}

/// Numbers of a ramp that are missing.
pub(super) fn gap(place: &Place, lane: &LaneKey, first: i64, last: i64) -> Finding {
    let detail = format!("numbers {first} to {last} of on-ramp {} are missing", place.contract);
    of_numbers(Kind::SequenceGap, place, lane, of_gap(place.contract, first, last), detail)
}

/// The same where no event showed it.
pub(super) fn gap_without_event(chain: ChainId, lane: &LaneKey, on_ramp: Address, first: i64, last: i64) -> Finding {
    Finding {
        kind: Kind::SequenceGap,
        chain,
        lane: Some(lane.clone()),
        message: None,
        subject: of_gap(on_ramp, first, last),
        detail: format!("on-ramp {on_ramp} has counted numbers {first} to {last}, and they are missing"),
        place: None,
    }
}

/// What a gap is known by.
pub(super) fn of_gap(on_ramp: Address, first: i64, last: i64) -> String {
    format!("{on_ramp}:{first}-{last}")
}

/// A number of a ramp that came again, or went back.
pub(super) fn repeated(place: &Place, lane: &LaneKey, number: i64) -> Finding {
    let detail = format!("number {number} of on-ramp {} is not above the one before it", place.contract);
    of_numbers(Kind::SequenceRepeated, place, lane, format!("{}:{number}", place.contract), detail)
}

fn of_numbers(kind: Kind, place: &Place, lane: &LaneKey, subject: String, detail: String) -> Finding {
    Finding { kind, chain: place.chain, lane: Some(lane.clone()), message: None, subject, detail, place: Some(*place) }
}

/// A report that does not begin where the one before it ended.
pub(super) fn report(kind: Kind, place: &Place, committed: &Committed, before: i64) -> Finding {
    let Committed { lane, first, last, .. } = committed;
    let detail = format!("a report covers {first} to {last}; the one before it ended with {before}");
    of_numbers(kind, place, lane, format!("{lane}:{first}-{last}"), detail)
}

pub(super) fn root_removed(place: &Place, root: B256) -> Finding {
    Finding {
        kind: Kind::RootRemoved,
        chain: place.chain,
        lane: None,
        message: None,
        subject: format!("{root:#x}:{}:{}", place.block, place.log_index),
        detail: format!("the report with root {root:#x} was withdrawn"),
        place: Some(*place),
    }
}

/// What an execution says it has executed, as far as it does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Substance {
    pub(super) leaf: Option<B256>,
    /// The tag of sender and data.
    pub(super) content: Option<i64>,
}

/// An execution of something else than the send gives: by its leaf, or by sender and data where it repeats them. Equal tags
/// prove nothing; unequal ones prove that the contents differ.
pub(super) fn substance(lanes: &Lanes, known: &Known, place: &Place, executed: Substance) -> Option<Finding> {
    let leaf = known.leaf.zip(executed.leaf).filter(|(sent, executed)| sent != executed);
    let detail = match leaf {
        Some((sent, executed)) => format!("the send gives the leaf {sent:#x}; {executed:#x} was executed"),
        None if executed.content.is_some_and(|content| content != known.content) => {
            "another sender or other data was executed under its id than was sent".to_owned()
        }
        None => return None,
    };
    Some(Finding { place: Some(*place), ..of_message(Kind::LeafMismatch, lanes, known, place.chain, detail) })
}

/// What cannot be, after what was before; `None` for what another finding says already or what is no fault.
pub(super) fn illegal(lanes: &Lanes, known: &Known, place: &Place, illegal: Illegal) -> Option<Finding> {
    let kind = match illegal {
        Illegal::ExecutedTwice => Kind::DuplicateExecution,
        Illegal::FailedAfterSuccess | Illegal::RootRemovedAfterSuccess => Kind::IllegalTransition,
        // The reports overlap: one finding for both of them says more than one for each message.
        Illegal::CommittedTwice => return None,
        // A withdrawal moves only messages that its report covers, and a judgement may cross an execution.
        Illegal::RootRemovedWithoutCommit | Illegal::LateAfterSuccess => return None,
    };
    Some(Finding { place: Some(*place), ..of_message(kind, lanes, known, place.chain, illegal.to_string()) })
}

/// An execution that may be of several messages.
pub(super) fn ambiguous(place: &Place, lane: LaneKey, id: MessageId) -> Finding {
    let detail = format!("execution {id} may be of several messages with its content and different receivers");
    Finding {
        kind: Kind::AmbiguousLink,
        chain: place.chain,
        lane: Some(lane),
        message: None,
        subject: format!("{id}:{}", place.block),
        detail,
        place: Some(*place),
    }
}

/// Something happened on a lane that is one too many of those that nobody listed.
pub(super) fn lane_too_many(place: &Place, lane: &LaneKey) -> Finding {
    Finding {
        kind: Kind::UnlistedLane,
        chain: place.chain,
        lane: None,
        message: None,
        subject: "too many".to_owned(),
        detail: format!(
            "{lane} is beyond the {MOST_UNLISTED} lanes that are followed without being listed; nothing of it is stored"
        ),
        place: Some(*place),
    }
}

/// A message that was overtaken by a later one of its sender.
pub(super) fn overtaken(lanes: &Lanes, known: &Known, by: &Ordered) -> Finding {
    let detail = format!("message {} of the same sender was executed before it", by.id);
    Finding { place: Some(by.place), ..of_message(Kind::NonceOutOfOrder, lanes, known, by.place.chain, detail) }
}

fn of_message(kind: Kind, lanes: &Lanes, known: &Known, chain: ChainId, detail: String) -> Finding {
    Finding {
        kind,
        chain,
        lane: lanes.key(known.lane).ok().cloned(),
        message: Some(known.id),
        subject: known.id.to_string(),
        detail,
        place: None,
    }
}

/// What an undecodable log is known by.
pub(super) fn of_log(place: &Place) -> String {
    format!("{:#x}:{}", place.block_hash, place.log_index)
}

/// What was missing is there.
pub(super) async fn close_over(tx: &mut Transaction, kind: Kind, chain: ChainId, subject: &str) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        UPDATE finding SET closed_at = now(), closing = 'over'
        WHERE kind = $1 AND chain = $2 AND subject = $3 AND closed_at IS NULL
        "#,
        kind.as_str(),
        signed(chain.get()),
        subject,
    )
    .execute(&mut **tx)
    .named("close_finding", &queries)
    .await
    .map(drop)
}

/// Findings that are known by these names are of nothing any more: what they were of is undone.
pub(super) async fn undo(tx: &mut Transaction, kind: Kind, chain: i64, subjects: &[String]) -> Result<(), Error> {
    let queries = tx.queries();
    sqlx::query!(
        r#"
        UPDATE finding SET closed_at = now(), closing = 'undone'
        WHERE kind = $1 AND chain = $2 AND subject = ANY($3) AND closed_at IS NULL
        "#,
        kind.as_str(),
        chain,
        subjects,
    )
    .execute(&mut **tx)
    .named("undo_named_findings", &queries)
    .await
    .map(drop)
}

/// Findings of messages whose sends are undone, on whichever chain they were seen. Says which messages these are.
pub(super) async fn undo_of_messages(tx: &mut Transaction, messages: &[i64]) -> Result<BTreeSet<MessageId>, Error> {
    let queries = tx.queries();
    let ids = sqlx::query_scalar!(
        r#"
        WITH undone AS (
            SELECT sent.lane, sent.message_id
            FROM message JOIN sent ON sent.change = message.sent WHERE message.message = ANY($1)
        ), closed AS (
            UPDATE finding SET closed_at = now(), closing = 'undone' FROM undone
            WHERE finding.message_id = undone.message_id AND finding.lane = undone.lane AND finding.closed_at IS NULL
        )
        SELECT message_id AS "message_id!" FROM undone
        "#,
        messages,
    )
    .fetch_all(&mut **tx)
    .named("undo_findings_of_messages", &queries)
    .await?;
    ids.iter().map(|id| Ok(MessageId::new(digest(id, "sent.message_id")?))).collect()
}

/// Keeps findings and says which are new. One that was undone or over and is seen again is new; one that a person
/// accepted is not. Of one kind only so many are named at once; one more says how many were not.
pub(super) async fn insert(tx: &mut Transaction, lanes: &Lanes, findings: Vec<Finding>) -> Result<Vec<Finding>, Error> {
    let mut seen = BTreeSet::new();
    let mut named: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut unnamed: BTreeMap<Kind, (Finding, u64)> = BTreeMap::new();
    let mut new = Vec::new();
    for finding in findings {
        if !seen.insert((finding.kind, finding.chain.get(), finding.subject.clone())) {
            continue;
        }
        let past = is_past(tx, &finding).await?;
        let count = named.entry(finding.kind).or_default();
        if *count >= NAMED && !past {
            unnamed.entry(finding.kind).or_insert((finding, 0)).1 += 1;
        } else if insert_one(tx, lanes, &finding, past).await? && !past {
            *count += 1;
            new.push(finding);
        }
    }
    for (first, count) in unnamed.into_values() {
        let more = and_more(first, count);
        if insert_one(tx, lanes, &more, false).await? {
            new.push(more);
        }
    }
    Ok(new)
}

/// The finding that stands for those that are not named.
fn and_more(first: Finding, count: u64) -> Finding {
    Finding {
        lane: None,
        message: None,
        subject: format!("more:{}", first.subject),
        detail: format!("{count} more were seen at once and are not named; the first of them: {}", first.detail),
        ..first
    }
}

/// A change of settings from before the chain was watched is how it was set up: kept, and nothing to look at.
async fn is_past(tx: &mut Transaction, finding: &Finding) -> Result<bool, Error> {
    let Some(place) = finding.place.filter(|_| finding.kind == Kind::SettingsChanged) else { return Ok(false) };
    let queries = tx.queries();
    let past = sqlx::query_scalar!(
        r#"SELECT watched_from >= $2 AS "past!" FROM cursor WHERE chain = $1"#,
        signed(finding.chain.get()),
        signed(place.block),
    )
    .fetch_optional(&mut **tx)
    .named("is_before_watching", &queries)
    .await?;
    Ok(past == Some(true))
}

async fn insert_one(tx: &mut Transaction, lanes: &Lanes, finding: &Finding, past: bool) -> Result<bool, Error> {
    let lane = finding.lane.as_ref().and_then(|lane| lanes.find(lane));
    let id = finding.message.map(|id| id.get().to_vec());
    let queries = tx.queries();
    let written = sqlx::query!(
        r#"
        INSERT INTO finding AS known (kind, chain, subject, lane, message_id, detail, block, tx, log_index, seen_at,
                                      closed_at, closing)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(),
                CASE WHEN $10 THEN now() END, CASE WHEN $10 THEN 'over' END)
        ON CONFLICT (kind, chain, subject) DO UPDATE
        SET detail = excluded.detail, block = excluded.block, tx = excluded.tx, log_index = excluded.log_index,
            seen_at = excluded.seen_at, closed_at = excluded.closed_at, closing = excluded.closing
        WHERE known.closing IN ('undone', 'over')
        "#,
        finding.kind.as_str(),
        signed(finding.chain.get()),
        finding.subject,
        lane,
        id,
        finding.detail,
        finding.place.map(|place| signed(place.block)),
        finding.place.map(|place| place.tx.to_vec()),
        finding.place.map(|place| signed(place.log_index)),
        past,
    )
    .execute(&mut **tx)
    .named("insert_finding", &queries)
    .await?;
    Ok(written.rows_affected() == 1)
}
