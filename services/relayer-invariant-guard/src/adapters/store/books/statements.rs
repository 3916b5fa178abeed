//! The statements, once the names are known. Built at start, so that a sweep only binds values.

use std::sync::Arc;

use super::mapping::{Identifier, Mapping};

/// Every statement of a snapshot.
#[derive(Debug, Clone)]
pub(super) struct Statements {
    pub(super) watermarks: Arc<str>,
    pub(super) deposits: Arc<str>,
    pub(super) withdrawals: Arc<str>,
    pub(super) mints: Arc<str>,
    pub(super) burns: Arc<str>,
    pub(super) last_batch: Arc<str>,
    pub(super) last_proof: Arc<str>,
    pub(super) batches: Arc<str>,
    pub(super) shared: Arc<str>,
    pub(super) all_shared: Arc<str>,
    pub(super) proofs: Arc<str>,
    pub(super) reused_proofs: Arc<str>,
    pub(super) accounts: Arc<str>,
    pub(super) gaps: Arc<str>,
    pub(super) home_numbers: Arc<str>,
    pub(super) remote_numbers: Arc<str>,
    pub(super) constraints: Arc<str>,
}

/// Unique constraints and unique indexes alike, if they are in force.
const CONSTRAINTS: &str = r"
    SELECT class.relname::TEXT AS name
    FROM pg_index JOIN pg_class AS class ON class.oid = pg_index.indexrelid
    WHERE pg_index.indisunique AND pg_index.indisvalid AND pg_index.indpred IS NULL
    ORDER BY name";

impl Statements {
    pub(super) fn new(m: &Mapping) -> Self {
        let (chain, block) = (&m.chain_id, &m.block_number);
        Self {
            watermarks: format!(
                "SELECT {chain} AS chain_id, {block} AS height, {} AS hash FROM {}",
                m.block_hash, m.watermarks
            )
            .into(),
            deposits: sum(m, &m.deposits),
            withdrawals: sum(m, &m.withdrawals),
            mints: sum(m, &m.mints),
            burns: sum(m, &m.burns),
            last_batch: format!(
                "SELECT {number} AS number, {root} AS root FROM {batches} ORDER BY {number} DESC, {id} DESC LIMIT 1",
                number = m.batch_number,
                root = m.merkle_root,
                batches = m.batches,
                id = m.row_id,
            )
            .into(),
            last_proof: last_proof(m),
            batches: batches(m),
            shared: shared(m),
            all_shared: all_shared(m),
            proofs: proofs(m),
            reused_proofs: reused_proofs(m),
            accounts: format!(
                "SELECT {chain} AS chain_id, {} AS account, {} AS next FROM {}",
                m.account, m.next_nonce, m.accounts
            )
            .into(),
            gaps: gaps(m),
            home_numbers: numbers(m, &m.deposits),
            remote_numbers: numbers(m, &m.burns),
            constraints: CONSTRAINTS.into(),
        }
    }
}

/// What was moved of a token on a chain in `($2, $3]`. As text, because it has up to 78 digits.
fn sum(m: &Mapping, table: &Identifier) -> Arc<str> {
    let Mapping { amount, asset, chain_id, block_number, .. } = m;
    format!(
        "SELECT COALESCE(SUM({amount}), 0)::TEXT AS total FROM {table} \
         WHERE {chain_id} = $1 AND {block_number} > $2 AND {block_number} <= $3 AND {asset} = $4"
    )
    .into()
}

/// The newest row below which every proof is of a block below the watermark of its chain: `$2` and `$3` are chains and their
/// watermarks, `$1` is where the last one was.
fn last_proof(m: &Mapping) -> Arc<str> {
    let Mapping { proofs, row_id: id, chain_id, block_number, .. } = m;
    format!(
        "SELECT COALESCE( \
             (SELECT MIN(one.{id}) - 1 FROM {proofs} AS one \
              JOIN UNNEST($2::BIGINT[], $3::BIGINT[]) AS mark (chain, height) ON mark.chain = one.{chain_id} \
              WHERE one.{id} > $1 AND one.{block_number} > mark.height), \
             (SELECT MAX({id}) FROM {proofs}), 0)::BIGINT AS row"
    )
    .into()
}

/// Batches above `$1` with their leaves, those that were not anchored at the checkpoint (`$3` and `$4` are chains and their
/// heights then), those that a proof behind `$2` names, and all that share a number or a root with another row.
///
/// Each of these is found by itself: as conditions of one scan they take ten times as long.
fn batches(m: &Mapping) -> Arc<str> {
    let Mapping { batches, batch_number: number, merkle_root: root, anchor_block, row_id: id, proofs, .. } = m;
    let Mapping { members, batch_id, leaf, chain_id, .. } = m;
    let shared = |column: &Identifier| {
        let twice = format!("SELECT {column} FROM {batches} GROUP BY {column} HAVING COUNT(*) > 1");
        format!("SELECT {id} FROM {batches} WHERE {column} IN ({twice})")
    };
    let named = |column: &Identifier, by: &Identifier| {
        format!("SELECT {id} FROM {batches} WHERE {column} IN (SELECT {by} FROM {proofs} WHERE {id} > $2)")
    };
    let late = format!(
        "SELECT late.{id} FROM UNNEST($3::BIGINT[], $4::BIGINT[]) AS mark (chain, height) \
         JOIN {batches} AS late ON late.{chain_id} = mark.chain AND late.{anchor_block} > mark.height"
    );
    format!(
        "SELECT {id} AS row, {number} AS number, {root} AS root, {chain_id} AS chain_id, {anchor_block} AS anchored_at, \
                CASE WHEN {number} > $1 THEN \
                    ARRAY(SELECT member.{leaf} FROM {members} AS member WHERE member.{batch_id} = one.{id}) END AS leaves \
         FROM {batches} AS one \
         WHERE {id} = ANY(ARRAY( \
             SELECT {id} FROM {batches} WHERE {number} > $1 OR {anchor_block} IS NULL \
             UNION {late} UNION {} UNION {} UNION {} UNION {})) \
         ORDER BY {number}, {id}",
        named(number, number),
        named(root, &m.root),
        shared(number),
        shared(root),
    )
    .into()
}

/// Messages in more than one batch, of which one is above `$1`: older pairs were found when the second one was new.
fn shared(m: &Mapping) -> Arc<str> {
    let Mapping { batches, members, batch_number: number, batch_id, message_id, row_id: id, .. } = m;
    format!(
        "SELECT member.{message_id} AS message, ARRAY_AGG(DISTINCT batch.{number}) AS numbers \
         FROM {members} AS member JOIN {batches} AS batch ON batch.{id} = member.{batch_id} \
         WHERE member.{message_id} IN ( \
             SELECT fresh.{message_id} FROM {members} AS fresh JOIN {batches} AS newer ON newer.{id} = fresh.{batch_id} \
             WHERE newer.{number} > $1) \
         GROUP BY member.{message_id} HAVING COUNT(DISTINCT member.{batch_id}) > 1 ORDER BY message"
    )
    .into()
}

/// Every message that is in more than one batch. What is there twice is found once, and not by each of a plan's workers.
fn all_shared(m: &Mapping) -> Arc<str> {
    let Mapping { batches, members, batch_number: number, batch_id, message_id, row_id: id, .. } = m;
    format!(
        "WITH twice AS MATERIALIZED ( \
             SELECT {message_id} FROM {members} GROUP BY {message_id} HAVING COUNT(*) > 1) \
         SELECT member.{message_id} AS message, ARRAY_AGG(DISTINCT batch.{number}) AS numbers \
         FROM {members} AS member JOIN {batches} AS batch ON batch.{id} = member.{batch_id} \
         WHERE member.{message_id} IN (SELECT {message_id} FROM twice) \
         GROUP BY member.{message_id} HAVING COUNT(DISTINCT member.{batch_id}) > 1 ORDER BY message"
    )
    .into()
}

/// Proofs behind `$1`, and the older ones of the same message.
fn proofs(m: &Mapping) -> Arc<str> {
    let Mapping { proofs, row_id: id, message_id, .. } = m;
    format!(
        "{} WHERE {id} = ANY(ARRAY( \
             SELECT {id} FROM {proofs} WHERE {id} > $1 \
             UNION SELECT older.{id} FROM {proofs} AS fresh \
                 JOIN {proofs} AS older ON older.{message_id} = fresh.{message_id} WHERE fresh.{id} > $1)) \
         ORDER BY {id}",
        proof_rows(m)
    )
    .into()
}

/// Proofs whose message or leaf was accepted more than once.
fn reused_proofs(m: &Mapping) -> Arc<str> {
    let Mapping { proofs, message_id, leaf, outcome, row_id: id, .. } = m;
    let twice = |column| {
        format!("SELECT {column} FROM {proofs} WHERE {outcome} = 'accepted' GROUP BY {column} HAVING COUNT(*) > 1")
    };
    format!(
        "{} WHERE {message_id} IN ({}) OR {leaf} IN ({}) ORDER BY {id}",
        proof_rows(m),
        twice(message_id),
        twice(leaf)
    )
    .into()
}

fn proof_rows(m: &Mapping) -> String {
    let Mapping { proofs, row_id: id, message_id, batch_number, root, leaf, proof, outcome, .. } = m;
    let Mapping { chain_id, block_number, .. } = m;
    format!(
        "SELECT {id} AS row, {message_id} AS message, {batch_number} AS batch, {root} AS root, {chain_id} AS chain_id, \
                {block_number} AS height, {leaf} AS leaf, {proof} AS path, {outcome} AS outcome \
         FROM {proofs}"
    )
}

/// Nonces of an account below its next one that belong to no transaction, with the age of the oldest one above each.
/// Looks back a thousand: what is older is mined or has been told for hours.
fn gaps(m: &Mapping) -> Arc<str> {
    let Mapping { operations, chain_id, account, account_nonce: nonce, status, created_at, .. } = m;
    format!(
        "SELECT slot, COALESCE((EXTRACT(EPOCH FROM clock_timestamp() - ( \
                    SELECT MIN({created_at}) FROM {operations} \
                    WHERE {chain_id} = $1 AND {account} = $2 AND {nonce} > slot)) * 1000)::BIGINT, 0) AS age \
         FROM generate_series(GREATEST($3 - 1000, 0), $3 - 1) AS slot \
         WHERE NOT EXISTS (SELECT FROM {operations} \
                           WHERE {chain_id} = $1 AND {account} = $2 AND {nonce} = slot AND {status} <> 'refused') \
         ORDER BY slot"
    )
    .into()
}

/// A contract's messages in `($2, $3]`.
fn numbers(m: &Mapping, table: &Identifier) -> Arc<str> {
    let Mapping { chain_id, block_number, message_nonce: nonce, .. } = m;
    format!(
        "SELECT MAX({nonce}) AS highest, COUNT(DISTINCT {nonce}) AS different, COUNT(*) AS total FROM {table} \
         WHERE {chain_id} = $1 AND {block_number} > $2 AND {block_number} <= $3"
    )
    .into()
}
