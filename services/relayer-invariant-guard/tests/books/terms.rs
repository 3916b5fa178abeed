//! Further figures of the books: statements that the operators wrote.

use causeway_primitives::U256;
use relayer_invariant_guard::{
    adapters::store::books::{BooksReader, Error, Since},
    domain::preset::terms,
};

use super::stand::{Stand, asset, home, name, sum};

async fn told(reader: &BooksReader) -> Result<U256, Error> {
    let books = reader.read(&Since::default()).await?;
    Ok(books.terms[&home()][&(asset(), name("further"))])
}

#[tokio::test]
async fn grd_15_a_statement_is_read_in_the_snapshot_of_the_sums_and_up_to_the_same_block() {
    let stand = Stand::new("guard_books_terms", 300).await;
    let reader =
        stand.with_term("SELECT SUM(amount) FROM deposit_confirmed WHERE chain_id = 138 AND block_number <= $1");
    let half = "UPDATE indexer_watermark SET block_number = \
                (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY block_number) FROM deposit_confirmed)";
    for step in ["SELECT 1", half] {
        stand.execute(step).await;
        let books = reader.read(&Since::default()).await.unwrap();
        let further = books.terms[&home()][&(asset(), name("further"))];
        assert_eq!(further, sum(&books, terms::DEPOSITS), "the same rows, by two statements");
    }
}

#[tokio::test]
async fn grd_15_what_is_no_whole_number_is_garbage_and_never_a_figure() {
    let stand = Stand::new("guard_books_terms_garbage", 300).await;
    assert_eq!(told(&stand.with_term("SELECT 7 + 0 * $1")).await.unwrap(), U256::from(7));
    for select in [
        "SELECT -1 + 0 * $1",
        "SELECT 1.5 + 0 * $1",
        "SELECT NULL::NUMERIC + $1",
        "SELECT amount FROM deposit_confirmed WHERE block_number <= $1",
        "SELECT amount FROM deposit_confirmed WHERE block_number < -$1",
    ] {
        let refused = told(&stand.with_term(select)).await;
        assert!(matches!(refused, Err(Error::Garbage { column: "term" })), "{select}: {refused:?}");
    }
    // It may read, and nothing else, whatever it says.
    let writes = stand.with_term("SELECT set_config('transaction_read_only', 'off', TRUE)::TEXT = 'x' WHERE $1 > 0");
    assert!(matches!(told(&writes).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn grd_15_a_statement_that_the_database_refuses_is_named_before_anything_rests_on_it() {
    let stand = Stand::new("guard_books_terms_refused", 300).await;
    assert!(
        stand
            .with_term("SELECT COUNT(*) FROM deposit_confirmed WHERE block_number <= $1")
            .find_refused_term()
            .await
            .unwrap()
            .is_none()
    );
    let reader = stand.with_term("SELECT COUNT(*) FROM nowhere WHERE block_number <= $1");
    let (term, words) = reader.find_refused_term().await.unwrap().unwrap();
    assert_eq!(term.name, name("further"));
    assert!(words.contains("nowhere"), "{words}");
}
