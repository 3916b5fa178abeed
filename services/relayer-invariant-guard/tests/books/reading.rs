//! What is read, and what is refused.

use std::collections::BTreeMap;

use causeway_primitives::U256;
use relayer_invariant_guard::{
    adapters::store::books::{Error, Since},
    domain::{
        finding::{Detail, Outcome},
        preset::terms,
        proof,
        rules::Rules,
    },
};

use super::stand::{LOCKBOX, Stand, home, locked, name, remote, sum};

#[tokio::test]
async fn grd_5_the_sums_are_the_relayer_s_own_and_the_constraints_are_seen() {
    let stand = Stand::new("guard_books", 2_000).await;
    let books = stand.read().await;
    let totals = stand.totals;
    assert_eq!(sum(&books, terms::DEPOSITS), totals.deposited);
    assert_eq!(sum(&books, terms::WITHDRAWALS), totals.released);
    assert_eq!(sum(&books, terms::MINTS), totals.minted);
    assert_eq!(sum(&books, terms::BURNS), totals.burned);
    assert_eq!(locked(&books), totals.custody());
    assert_eq!(books.watermarks.keys().collect::<Vec<_>>(), [&home(), &remote()]);
    assert_eq!(u64::try_from(books.batches.len()).unwrap(), totals.batches);
    assert!(books.constraints.contains(&name("settlement_batch_merkle_root_key")));
    assert!(books.shared_deposits.is_empty() && !books.proofs.is_empty());
    assert_eq!(
        proof::judge(&Rules::default(), None, &books, &BTreeMap::new()),
        Outcome::default(),
        "real trees, real proofs"
    );
    let row = &books.messages[0];
    assert_eq!((row.contract, row.distinct, row.rows), (LOCKBOX, 2_000, 2_000));
}

#[tokio::test]
async fn grd_5_counting_on_from_a_checkpoint_agrees_with_counting_anew() {
    let stand = Stand::new("guard_books_since", 1_000).await;
    let whole = stand.read().await;
    let half = "UPDATE indexer_watermark SET block_number = \
                (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY block_number) FROM deposit_confirmed)";
    stand.execute(half).await;
    let then = stand.read().await;
    stand.execute("UPDATE indexer_watermark SET block_number = head_number").await;
    let since = Since {
        heights: then.watermarks.iter().map(|(chain, mark)| (chain.clone(), mark.height)).collect(),
        sums: then.sums.clone(),
        batch: whole.last_batch.unwrap().0,
        proof_row: whole.last_proof,
        counters: BTreeMap::new(),
    };
    let on = stand.reader.read(&since).await.unwrap();
    assert_eq!(on.sums, whole.sums);
    assert!(then.sums != whole.sums, "something happened in between");
    assert_eq!(on.proofs, [], "nothing new since");
    assert!(on.batches.iter().all(|batch| batch.leaves.is_none()), "only what was anchored since is looked at");
}

#[tokio::test]
async fn grd_9_books_that_went_back_are_counted_from_the_beginning() {
    let stand = Stand::new("guard_books_back", 500).await;
    let whole = stand.read().await;
    let ahead = whole.watermarks.iter().map(|(chain, mark)| (chain.clone(), mark.height + 1)).collect();
    let since = Since { heights: ahead, sums: BTreeMap::new(), ..Since::default() };
    assert_eq!(stand.reader.read(&since).await.unwrap().sums, whole.sums);
}

#[tokio::test]
async fn grd_1_duplicates_and_dropped_constraints_are_read() {
    let stand = Stand::new("guard_books_duplicates", 500).await;
    for sql in [
        "ALTER TABLE settlement_batch DROP CONSTRAINT settlement_batch_merkle_root_key",
        "INSERT INTO settlement_batch (batch_number, merkle_root, direction, chain_id, size)
         SELECT 1000000, merkle_root, direction, chain_id, size FROM settlement_batch WHERE batch_number = 1",
        "INSERT INTO settlement_batch_message (batch_id, position, message_id, leaf)
         SELECT (SELECT id FROM settlement_batch WHERE batch_number = 1000000), 0, message_id, leaf
         FROM settlement_batch_message LIMIT 1",
    ] {
        stand.execute(sql).await;
    }
    // As on a sweep that has seen all but the newest batch.
    let since = Since { batch: 999_999, proof_row: u64::MAX, ..Since::default() };
    let books = stand.reader.read(&since).await.unwrap();
    assert_eq!(books.batches.iter().map(|batch| batch.number).collect::<Vec<_>>(), [1, 1_000_000]);
    assert_eq!(books.shared_deposits.values().next().unwrap().len(), 2);
    assert!(!books.constraints.contains(&name("settlement_batch_merkle_root_key")));
}

#[tokio::test]
async fn grd_1_a_member_that_was_slipped_into_a_batch_changes_its_root() {
    let stand = Stand::new("guard_books_member", 1_000).await;
    stand.execute("UPDATE settlement_batch_message SET leaf = decode(repeat('66', 32), 'hex') WHERE batch_id = 1 AND position = 0").await;
    let found = proof::judge(&Rules::default(), None, &stand.read().await, &BTreeMap::new()).findings;
    assert_eq!(found.iter().map(|finding| finding.detail).collect::<Vec<_>>(), [Detail::MembersDoNotRebuildRoot]);
}

#[tokio::test]
async fn grd_5_the_reader_cannot_write_whatever_it_sets() {
    let stand = Stand::new("guard_books_readonly", 1_000).await;
    for sql in [
        "DELETE FROM deposit_confirmed",
        "SET default_transaction_read_only = off; DELETE FROM deposit_confirmed",
        "SET default_transaction_read_only = off; UPDATE settlement_batch SET status = 'failed'",
        "SET default_transaction_read_only = off; CREATE TABLE mine (id INT)",
    ] {
        let refused = sqlx::raw_sql(sql).execute(stand.pool.executor()).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()));
        assert!(matches!(code.as_deref(), Some("25006" | "42501")), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn grd_14_rows_that_cannot_be_are_garbage_and_no_figure() {
    let stand = Stand::new("guard_books_garbage", 1_000).await;
    stand.execute("ALTER TABLE proof_executions DROP CONSTRAINT proof_executions_outcome_check").await;
    stand.execute("UPDATE proof_executions SET outcome = 'perhaps'").await;
    let error = stand.reader.read(&Since::default()).await.unwrap_err();
    assert!(matches!(error, Error::Garbage { column: "outcome" }), "{error}");
    stand.execute("DROP TABLE proof_executions").await;
    assert!(matches!(stand.reader.read(&Since::default()).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn grd_14_books_without_a_watermark_have_no_sums() {
    let stand = Stand::new("guard_books_empty", 1_000).await;
    stand.execute("CREATE TABLE kept AS SELECT * FROM indexer_watermark; DELETE FROM indexer_watermark").await;
    let books = stand.read().await;
    assert!(books.watermarks.is_empty() && books.sums.is_empty());
    stand.execute("INSERT INTO indexer_watermark SELECT * FROM kept; TRUNCATE deposit_confirmed").await;
    assert_eq!(sum(&stand.read().await, terms::DEPOSITS), U256::ZERO, "an empty table is a sum of zero");
}
