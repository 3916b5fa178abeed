//! Who used a lane, what changed, what was found, what messages look like.

use causeway_primitives::Bytes;
use causeway_store::{Error, Named as _, Transaction};

use super::{
    super::values::{address, chain, digest, timestamp, unsigned},
    snapshot::ends,
};
use crate::domain::{
    finding::Kind,
    report::{End, Format, Party, SettingRow, Window},
};

/// Accounts of an end, and changes of settings, that are read.
const ROWS: i64 = 500;

/// Senders and receivers, busiest first. The first message of an account is looked for by its tag in the whole history.
pub(super) async fn list_parties(tx: &mut Transaction, window: Window) -> Result<Vec<Party>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        WITH seen AS (
            SELECT message.lane, message.sender AS sender_tag, message.receiver AS receiver_tag, sent.sender,
                   sent.receiver, count(*) AS messages
            FROM lane
            JOIN message ON message.lane = lane.lane
            JOIN sent ON sent.change = message.sent
            WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
              AND message.sent_at >= $1 AND message.sent_at < $2
            GROUP BY message.lane, message.sender, message.receiver, sent.sender, sent.receiver
        ), senders AS (
            SELECT lane, sender_tag AS tag, sender AS account, sum(messages)::BIGINT AS messages
            FROM seen GROUP BY lane, sender_tag, sender ORDER BY messages DESC, account LIMIT $3
        ), receivers AS (
            SELECT lane, receiver_tag AS tag, receiver AS account, sum(messages)::BIGINT AS messages
            FROM seen GROUP BY lane, receiver_tag, receiver ORDER BY messages DESC, account LIMIT $3
        )
        SELECT lane.name AS "name!", TRUE AS "sends!", party.account AS "account!", party.messages AS "messages!",
               (SELECT min(message.sent_at) FROM message
                WHERE message.sender = party.tag AND message.lane = party.lane AND NOT message.orphaned) AS "first_seen!"
        FROM senders AS party JOIN lane ON lane.lane = party.lane
        UNION ALL
        SELECT lane.name, FALSE, party.account, party.messages,
               (SELECT min(message.sent_at) FROM message
                WHERE message.receiver = party.tag AND message.lane = party.lane AND NOT message.orphaned)
        FROM receivers AS party JOIN lane ON lane.lane = party.lane
        ORDER BY 2 DESC, 4 DESC, 1, 3
        "#,
        from,
        before,
        ROWS,
    )
    .fetch_all(&mut **tx)
    .named("list_report_parties", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Party {
                lane: row.name,
                end: if row.sends { End::Sender } else { End::Receiver },
                account: Bytes::from(row.account),
                messages: unsigned(row.messages, "count")?,
                first_seen: timestamp(row.first_seen, "message.sent_at")?,
            })
        })
        .collect()
}

/// Changes of the contracts' settings, in order.
pub(super) async fn list_settings(tx: &mut Transaction, window: Window) -> Result<Vec<SettingRow>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT at, chain, block, tx, contract, kind, subject FROM setting
        WHERE unwinding IS NULL AND at >= $1 AND at < $2
        ORDER BY at, chain, block, log_index LIMIT $3
        "#,
        from,
        before,
        ROWS,
    )
    .fetch_all(&mut **tx)
    .named("list_report_settings", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SettingRow {
                at: timestamp(row.at, "setting.at")?,
                chain: chain(row.chain, "setting.chain")?,
                block: unsigned(row.block, "setting.block")?,
                tx: digest(&row.tx, "setting.tx")?,
                contract: address(&row.contract, "setting.contract")?,
                kind: row.kind,
                subject: Bytes::from(row.subject),
            })
        })
        .collect()
}

/// Findings first seen in the window by kind: how many, and how many are open.
pub(super) async fn list_findings(tx: &mut Transaction, window: Window) -> Result<Vec<(Kind, u64, u64)>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT kind, count(*) AS "seen!", count(*) FILTER (WHERE closed_at IS NULL) AS "open!" FROM finding
        WHERE seen_at >= $1 AND seen_at < $2 GROUP BY kind ORDER BY kind
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_findings", &queries)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = Kind::from_name(&row.kind).ok_or(Error::Unreadable { column: "finding.kind" })?;
            Ok((kind, unsigned(row.seen, "count")?, unsigned(row.open, "count")?))
        })
        .collect()
}

/// What messages of each lane look like.
pub(super) async fn list_formats(tx: &mut Transaction, window: Window) -> Result<Vec<Format>, Error> {
    let (from, before) = ends(window);
    let queries = tx.queries();
    let rows = sqlx::query!(
        r#"
        SELECT lane.name, count(*) AS "messages!", count(*) FILTER (WHERE sent.id_proof = 0) AS "verified!",
               count(*) FILTER (WHERE sent.id_proof = 1) AS "mismatched!",
               count(*) FILTER (WHERE sent.id_proof = 2) AS "not_derivable!",
               count(*) FILTER (WHERE sent.id_origin = 1) AS "derived!",
               count(*) FILTER (WHERE octet_length(sent.receiver) <> 20) AS "not_evm!",
               percentile_disc(ARRAY [0.5, 0.95]) WITHIN GROUP (ORDER BY sent.data_length) AS "lengths!",
               max(sent.data_length) AS "longest!"
        FROM lane
        JOIN message ON message.lane = lane.lane
        JOIN sent ON sent.change = message.sent
        WHERE NOT message.orphaned AND message.status = ANY('{0, 1, 2, 3, 4, 5}'::SMALLINT[])
          AND message.sent_at >= $1 AND message.sent_at < $2
        GROUP BY lane.name ORDER BY lane.name
        "#,
        from,
        before,
    )
    .fetch_all(&mut **tx)
    .named("list_report_formats", &queries)
    .await?;
    let count = |value| unsigned(value, "count");
    rows.into_iter()
        .map(|row| {
            let length = |value: Option<&i64>| unsigned(value.copied().unwrap_or_default(), "sent.data_length");
            Ok(Format {
                lane: row.name,
                messages: count(row.messages)?,
                verified: count(row.verified)?,
                mismatched: count(row.mismatched)?,
                not_derivable: count(row.not_derivable)?,
                derived: count(row.derived)?,
                receivers_not_evm: count(row.not_evm)?,
                data_p50: length(row.lengths.first())?,
                data_p95: length(row.lengths.get(1))?,
                data_longest: unsigned(row.longest, "sent.data_length")?,
            })
        })
        .collect()
}
