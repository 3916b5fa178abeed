//! What is counted on, what is counted anew, and what is looked at again.

use causeway_primitives::U256;
use relayer_invariant_guard::{
    adapters::store::books::Since,
    domain::{
        evidence::{Approved, Books, MessageRow},
        finding::Detail,
        preset::terms,
        recount,
        rules::Rules,
    },
};

use super::stand::{Stand, home, sum};

fn since(books: &Books) -> Since {
    let next = |row: &MessageRow| row.highest.map_or(row.first, |highest| highest + 1);
    Since {
        heights: books.watermarks.iter().map(|(chain, mark)| (chain.clone(), mark.height)).collect(),
        sums: books.sums.clone(),
        batch: books.last_batch.unwrap().0,
        proof_row: books.last_proof,
        counters: books.messages.iter().map(|row| ((row.chain.clone(), row.contract), next(row))).collect(),
    }
}

/// A deposit in an old block: the theft of as much is hidden by it from everybody who counts on.
const SLIP: &str = "INSERT INTO deposit_confirmed
     SELECT decode(repeat('77', 32), 'hex'), asset, 12345, sender, recipient, 777777, chain_id, 2, block_hash, block_time,
            tx_hash, log_index, confirmed_at
     FROM deposit_confirmed LIMIT 1";

#[tokio::test]
async fn grd_5_a_row_that_was_slipped_into_the_past_shows_when_everything_is_counted_anew() {
    let stand = Stand::new("guard_books_slipped", 1_000).await;
    let before = stand.read().await;
    let since = since(&before);
    let agreed = stand.reader.recount(&since).await.unwrap();
    assert_eq!((agreed.carried.as_ref(), &agreed.sums), (Some(&before.sums), &before.sums));
    stand.execute(SLIP).await;
    assert_eq!(stand.reader.read(&since).await.unwrap().sums, before.sums, "counting on does not look there");
    let anew = stand.reader.recount(&since).await.unwrap();
    assert_eq!(anew.carried, Some(before.sums.clone()));
    assert_eq!(sum(&anew, terms::DEPOSITS), sum(&before, terms::DEPOSITS) + U256::from(12_345));
    assert_eq!((anew.messages[0].rows, anew.messages[0].first), (1_001, 1), "its number is counted too");
    let outcome = recount::judge(&Rules::default(), None, &Approved::default(), &anew);
    assert_eq!(outcome.findings.iter().map(|one| one.detail).collect::<Vec<_>>(), [Detail::HistoryChanged]);
}

#[tokio::test]
async fn grd_1_message_numbers_are_counted_on_from_the_contract_s_own_count() {
    let stand = Stand::new("guard_books_numbers", 1_000).await;
    let half = "UPDATE indexer_watermark SET block_number = \
                (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY block_number) FROM deposit_confirmed)";
    stand.execute(half).await;
    let then = stand.read().await;
    stand.execute("UPDATE indexer_watermark SET block_number = head_number").await;
    let on = &stand.reader.read(&since(&then)).await.unwrap().messages[0];
    let first = then.messages[0].highest.unwrap() + 1;
    assert_eq!((on.first, on.highest, on.rows, on.distinct), (first, Some(1_000), 1_001 - first, 1_001 - first));
    let now = stand.read().await;
    let none = &stand.reader.read(&since(&now)).await.unwrap().messages[0];
    assert_eq!((none.first, none.highest, none.rows), (1_001, None, 0), "nothing new");
}

#[tokio::test]
async fn grd_14_proofs_above_the_watermark_are_read_again_until_it_has_passed_them() {
    let stand = Stand::new("guard_books_above", 1_000).await;
    let all = stand.read().await;
    assert_eq!(all.last_proof, all.proofs.last().unwrap().row);
    let middle = all.proofs[all.proofs.len() / 2].clone();
    let chain = if middle.chain == Some(home()) { 138 } else { 1_337 };
    let lower = format!("UPDATE indexer_watermark SET block_number = {} WHERE chain_id = {chain}", middle.height - 1);
    sqlx::raw_sql(sqlx::AssertSqlSafe(lower)).execute(&stand.relayer).await.unwrap();
    let behind = stand.read().await;
    assert!(behind.last_proof < middle.row, "{} is not over", middle.row);
    assert_eq!(behind.proofs, all.proofs, "and judged at once all the same");
    let since = Since { proof_row: behind.last_proof, ..since(&all) };
    assert!(stand.reader.read(&since).await.unwrap().proofs.contains(&middle), "and again");
}

#[tokio::test]
async fn grd_1_a_batch_is_read_again_until_its_root_is_on_the_chain() {
    let stand = Stand::new("guard_books_anchor", 1_000).await;
    let since = since(&stand.read().await);
    assert_eq!(stand.reader.read(&since).await.unwrap().batches, []);
    stand.execute("UPDATE settlement_batch SET anchor_block = NULL WHERE batch_number = 3").await;
    stand.execute("UPDATE settlement_batch SET anchor_block = anchor_block + 1 WHERE batch_number = 5").await;
    let open = stand.reader.read(&since).await.unwrap().batches;
    assert_eq!(open.iter().map(|batch| batch.number).collect::<Vec<_>>(), [3, 5]);
    assert!(open.iter().all(|batch| batch.leaves.is_none()), "its members were judged when it was new");
}

#[tokio::test]
async fn grd_1_a_leaf_that_was_executed_twice_shows_at_the_latest_when_everything_is_counted_anew() {
    let stand = Stand::new("guard_books_leaf", 1_000).await;
    let since = since(&stand.read().await);
    stand
        .execute(
            "UPDATE proof_executions SET leaf = (SELECT leaf FROM proof_executions ORDER BY id LIMIT 1)
             WHERE id = (SELECT id FROM proof_executions ORDER BY id LIMIT 1 OFFSET 1)",
        )
        .await;
    assert_eq!(stand.reader.read(&since).await.unwrap().proofs, []);
    assert_eq!(stand.reader.recount(&since).await.unwrap().proofs.len(), 2);
}
