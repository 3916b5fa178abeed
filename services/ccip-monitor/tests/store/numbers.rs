//! The numbers of ramps, what is missing between them, and balances over time.

use causeway_primitives::U256;
use ccip_monitor::{
    adapters::store::Store,
    domain::{
        lane::{Dialect, LaneKey},
        spend::Sample,
    },
    ports::{BalanceAt, Dossier as _, Missing, Numbers},
};

use super::stand::{Block, DESTINATION, ON_RAMP, SOURCE, Stand, account, at, chain_id, lane, message_id, send};

fn counted() -> LaneKey {
    lane(Dialect::V1_6)
}

async fn numbers(stand: &Stand, up_to: u64, limit: u32) -> Numbers {
    stand.store.read_numbers(&counted(), account(ON_RAMP), up_to, limit).await.expect("numbers")
}

const fn missing(first: u64, last: u64, not_before: u64, not_after: u64) -> Missing {
    Missing { first, last, not_before: Some(not_before), not_after: Some(not_after) }
}

#[tokio::test]
async fn ccip_13_missing_numbers_are_named_with_the_blocks_that_they_lie_between() {
    let stand = Stand::new("numbers_missing").await;
    assert_eq!(numbers(&stand, 99, 10).await, Numbers::default(), "a ramp that nobody has seen");
    stand.read(Block::source(10).with(send(3)).with(send(4))).await;
    stand.read(Block::source(12).with(send(7)).with(send(8))).await;
    stand.read(Block::source(15).with(send(8)).with(send(12))).await;

    let all = Numbers {
        seen: 5,
        lowest: Some(3),
        highest: Some(12),
        missing: vec![missing(5, 6, 10, 12), missing(9, 11, 12, 15)],
    };
    assert_eq!(numbers(&stand, 15, 10).await, all, "a number that came twice was seen once");
    assert_eq!(numbers(&stand, 99, 10).await, all);
    assert_eq!(numbers(&stand, 15, 1).await, Numbers { missing: vec![missing(5, 6, 10, 12)], ..all.clone() });
    assert_eq!(numbers(&stand, 15, 0).await, Numbers { missing: Vec::new(), ..all });
}

#[tokio::test]
async fn ccip_13_numbers_are_compared_up_to_a_block_and_on_the_chain_as_it_is() {
    let stand = Stand::new("numbers_block").await;
    stand.read(Block::source(10).with(send(3)).with(send(4))).await;
    stand.read(Block::source(12).with(send(7))).await;
    assert_eq!(numbers(&stand, 9, 10).await, Numbers::default());
    let early = Numbers { seen: 2, lowest: Some(3), highest: Some(4), missing: Vec::new() };
    assert_eq!(numbers(&stand, 11, 10).await, early);
    assert_eq!(numbers(&stand, 12, 10).await.missing, [missing(5, 6, 10, 12)]);
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    assert_eq!(numbers(&stand, 12, 10).await, early);
}

#[tokio::test]
async fn ccip_13_numbers_count_within_their_ramp() {
    let stand = Stand::new("numbers_ramps").await;
    stand.read(Block::source(10).with(send(1)).with(send(2))).await;
    stand.read_over(0xCCCC, Block::source(11).with(send(4))).await;
    let old = numbers(&stand, 11, 10).await;
    assert_eq!((old.seen, old.highest), (2, Some(2)));
    let new = stand.store.read_numbers(&counted(), account(0xCCCC), 11, 10).await.unwrap();
    assert_eq!((new.seen, new.lowest, new.highest, new.missing), (1, Some(4), Some(4), Vec::new()));

    let found = stand.store.find_numbered(&counted(), 4).await.unwrap();
    assert_eq!(found, Some((stand.get(4).await.key, message_id(4))));
    assert_eq!(stand.store.find_numbered(&counted(), 3).await.unwrap(), None);
    stand.unwind(SOURCE, Some(&Block::source(10))).await;
    assert_eq!(stand.store.find_numbered(&counted(), 4).await.unwrap(), None);
}

/// More numbers than one statement reads, but for those of a condition.
async fn send_many(stand: &Stand, numbers: &'static str) {
    sqlx::query(numbers).execute(stand.pool.executor()).await.unwrap();
}

/// The numbers 2 to 45,000 without some.
pub(super) const MANY: &str = "
    INSERT INTO sent
    SELECT change + number, message + number, lane, ramp, chain, block + number / 1000, number, block_hash, tx, at,
           sha256(int8send(number)), id_origin, id_proof, computed_id, number, nonce, sender, receiver, data_hash,
           data_length, data_head, fee_token, fee, fee_juels, gas_limit, tokens, amounts, leaf, content, repeated,
           unwinding
    FROM sent CROSS JOIN generate_series(2, 45000) AS number
    WHERE number <> 5000 AND number NOT BETWEEN 19990 AND 20010";

/// Holes within a page, across two pages, and none at a page's end.
#[tokio::test]
async fn ccip_13_a_hole_is_found_wherever_it_lies_among_many_numbers() {
    let stand = Stand::new("numbers_many").await;
    stand.read(Block::source(10).with(send(1))).await;
    send_many(&stand, MANY).await;
    for _ in 0..2 {
        let read = numbers(&stand, 99, 10).await;
        assert_eq!((read.seen, read.lowest, read.highest), (45_000 - 1 - 21, Some(1), Some(45_000)));
        assert_eq!(read.missing, [missing(5_000, 5_000, 14, 15), missing(19_990, 20_010, 29, 30)]);
        assert_eq!(numbers(&stand, 99, 1).await.missing, [missing(5_000, 5_000, 14, 15)]);
        assert_eq!(numbers(&stand, 29, 10).await.highest, Some(19_989), "before what was walked over");
    }
}

#[tokio::test]
async fn ccip_13_what_was_walked_over_is_walked_again_only_when_it_may_have_changed() {
    let stand = Stand::new("numbers_walked").await;
    stand.read(Block::source(10).with(send(1))).await;
    send_many(&stand, MANY).await;
    let all = numbers(&stand, 99, 10).await;
    let anew = || async {
        let store = Store::new(stand.pool.clone());
        store.read_numbers(&counted(), account(ON_RAMP), 99, 10).await.expect("numbers")
    };
    assert_eq!(anew().await, all);

    // Nothing takes a number away without saying so: this shows that it is not looked at again.
    send_many(&stand, "UPDATE sent SET unwinding = 1 WHERE sequence = 300").await;
    assert_eq!(numbers(&stand, 99, 10).await, all);
    assert_ne!(anew().await, all);
    // A reorganisation above what is remembered, one of another chain, and one that reaches into it.
    for (chain, number) in [(SOURCE, 99), (DESTINATION, 10)] {
        let unwinding = sqlx::query("INSERT INTO unwinding (chain, number, hash, at) VALUES ($1, $2, '', now())");
        let unwinding = unwinding.bind(i64::try_from(chain).unwrap()).bind(number);
        unwinding.execute(stand.pool.executor()).await.unwrap();
        assert_eq!(numbers(&stand, 99, 10).await, all);
    }
    let reaching = "INSERT INTO unwinding (chain, number, hash, at) VALUES (138, 11, '', now())";
    send_many(&stand, reaching).await;
    let undone = numbers(&stand, 99, 10).await;
    assert_eq!((undone.seen, undone.missing.len()), (all.seen - 1, 3));

    // Numbers that were missing come, then one below the lowest.
    for (fill, seen, ranges) in [(300, all.seen, 2), (5_000, all.seen + 1, 1), (0, all.seen + 2, 1)] {
        let one = "INSERT INTO sent
             SELECT 900000 + $1, 900000 + $1, lane, ramp, chain, block, 900000 + $1, block_hash, tx, at,
                    sha256(int8send(900000 + $1)), id_origin, id_proof, computed_id, $1, nonce, sender, receiver,
                    data_hash, data_length, data_head, fee_token, fee, fee_juels, gas_limit, tokens, amounts, leaf,
                    content, repeated, NULL
             FROM sent WHERE sequence = 2";
        sqlx::query(one).bind(i64::from(fill)).execute(stand.pool.executor()).await.unwrap();
        let read = numbers(&stand, 99, 10).await;
        assert_eq!((read.seen, read.missing.len()), (seen, ranges), "{fill}");
        assert_eq!(anew().await, read);
    }
}

fn balance(chain: u64, owner: u64, block: u64, amount: u64) -> BalanceAt {
    BalanceAt {
        chain: chain_id(chain),
        token: account(0x71),
        account: account(owner),
        block,
        sample: Sample { at: at(block), amount: U256::from(amount) },
    }
}

#[tokio::test]
async fn ccip_11_balances_of_an_account_are_listed_oldest_first_and_forgotten_by_age() {
    let stand = Stand::new("numbers_balances").await;
    let largest = BalanceAt { sample: Sample { at: at(12), amount: U256::MAX }, ..balance(SOURCE, 1, 12, 0) };
    let kept = [balance(SOURCE, 1, 11, 60), largest, balance(SOURCE, 1, 10, 70)];
    let others =
        [balance(SOURCE, 2, 10, 1), balance(DESTINATION, 1, 10, 2), BalanceAt { token: account(9), ..kept[0] }];
    for balance in kept.iter().chain(&others) {
        stand.store.insert_balance(balance).await.unwrap();
    }
    stand.store.insert_balance(&balance(SOURCE, 1, 10, 99)).await.unwrap();

    let list = |from| {
        let stand = &stand;
        async move { stand.store.list_balances(chain_id(SOURCE), account(0x71), account(1), at(from)).await.unwrap() }
    };
    assert_eq!(list(0).await, [kept[2].sample, kept[0].sample, kept[1].sample], "what a block says is said once");
    assert_eq!(list(11).await, [kept[0].sample, kept[1].sample]);
    assert!(list(13).await.is_empty());

    let delete = |chain| stand.store.delete_balances(chain_id(chain), at(11));
    assert_eq!(delete(SOURCE).await.unwrap(), 2, "of every account of the chain, by the chain's own clock");
    assert_eq!(list(0).await, [kept[0].sample, kept[1].sample]);
    assert_eq!(delete(SOURCE).await.unwrap(), 0);
    assert_eq!(delete(DESTINATION).await.unwrap(), 1);
}
