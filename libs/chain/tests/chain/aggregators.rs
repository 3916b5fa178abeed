//! Aggregators of every kind, read and probed on a real EVM.

use alloy::primitives::{Address, I256};
use causeway_chain::{
    aggregator::{self, Error, ProbeError, Snapshot, choose, describe, probe, snapshot},
    endpoints::{BlockTag, EndpointSet},
    revert::Reason,
};
use causeway_primitives::{Answer, Decimals, RoundId};
use causeway_testkit::{
    anvil::Anvil,
    contracts::{Aggregator, Bounds, Dialect, EmptyFeed, Proxy, Spec},
};

use crate::support::{address, endpoints, write_dialect};

fn value(number: i64) -> I256 {
    I256::try_from(number).unwrap()
}

fn answer(number: i64) -> Answer {
    Answer::new(value(number))
}

struct Feed {
    anvil: Anvil,
    set: EndpointSet,
    publisher: Address,
    aggregator: Aggregator,
}

impl Feed {
    async fn new(dialect: Dialect, empty: EmptyFeed) -> Self {
        let anvil = Anvil::builder().start().await.unwrap();
        let publisher = anvil.accounts()[1].address;
        let spec = Spec {
            decimals: Decimals::new(6).unwrap(),
            bounds: Bounds { lowest: value(1), highest: value(1_000_000) },
            empty,
            ..Spec::new(dialect, "EUR / USD", publisher)
        };
        let aggregator = Aggregator::deploy(&anvil, &spec).await.unwrap();
        Self { set: endpoints(&[anvil.url()]), anvil, publisher, aggregator }
    }

    async fn snapshot_of(&self, address: Address) -> Snapshot {
        let session = self.session().await;
        snapshot(&session, address, self.publisher).await.unwrap()
    }

    async fn session(&self) -> causeway_chain::endpoints::Session {
        self.set.liveness().run(|session| async move { Ok(session) }).await.unwrap()
    }

    async fn probed(&self, publisher: Address, round: u128) -> Result<aggregator::WriteDialect, ProbeError> {
        let (session, target) = (self.session().await, self.aggregator.address);
        choose(&probe(&session, target, publisher, (answer(500), RoundId::new(round)), BlockTag::Latest).await.unwrap())
    }
}

#[tokio::test]
async fn ora_11_an_empty_feed_is_recognised_in_both_its_shapes_also_behind_a_proxy() {
    for empty in [EmptyFeed::Zeros, EmptyFeed::Reverts] {
        let feed = Feed::new(Dialect::SubmitRound, empty).await;
        let proxy = Proxy::deploy(&feed.anvil, feed.aggregator.address).await.unwrap();
        for address in [feed.aggregator.address, proxy.address] {
            let found = feed.snapshot_of(address).await;
            assert_eq!((found.latest, found.next_round()), (None, RoundId::new(1)), "{empty:?}");
        }
    }
}

#[tokio::test]
async fn ora_11_round_block_and_nonce_are_read_at_one_block() {
    let feed = Feed::new(Dialect::UpdateAnswerInt256, EmptyFeed::Zeros).await;
    feed.anvil.set_next_timestamp(4_000_000_000).await.unwrap();
    feed.aggregator.write(&feed.anvil, feed.publisher, value(107_219)).await.unwrap();
    let found = feed.snapshot_of(feed.aggregator.address).await;
    let latest = found.latest.unwrap();
    assert_eq!((latest.answer, latest.round, latest.answered_in), (answer(107_219), RoundId::new(1), RoundId::new(1)));
    assert_eq!(latest.updated_at.as_secs(), 4_000_000_000);
    assert_eq!((found.block.time, found.nonce, found.next_round()), (latest.updated_at, 1, RoundId::new(2)));
    assert_eq!(found.block.number, feed.anvil.block_number().await.unwrap());
}

#[tokio::test]
async fn ora_11_a_proxy_is_followed_and_a_change_of_its_phase_is_seen_at_the_next_read() {
    let feed = Feed::new(Dialect::SubmitRound, EmptyFeed::Reverts).await;
    let proxy = Proxy::deploy(&feed.anvil, feed.aggregator.address).await.unwrap();
    for number in [5, 6] {
        feed.aggregator.write(&feed.anvil, feed.publisher, value(number)).await.unwrap();
    }
    let described = describe(&feed.session().await, proxy.address).await.unwrap();
    assert_eq!((described.target, described.decimals.get()), (feed.aggregator.address, 6));
    let before = feed.snapshot_of(proxy.address).await;
    assert_eq!(before.latest.unwrap().round, RoundId::new((1 << 64) | 2));
    assert_eq!(before.next_round(), RoundId::new(3));

    let spec = Spec::new(Dialect::SubmitRound, "EUR / USD", feed.publisher);
    let next = Aggregator::deploy(&feed.anvil, &spec).await.unwrap();
    proxy.set_aggregator(&feed.anvil, next.address).await.unwrap();
    let after = feed.snapshot_of(proxy.address).await;
    assert_eq!((after.target, after.latest, after.next_round()), (next.address, None, RoundId::new(1)));
}

#[tokio::test]
async fn ora_11_bounds_are_read_in_either_spelling_and_may_be_missing() {
    for (dialect, bounded) in [
        (Dialect::UpdateAnswerInt256, true),
        (Dialect::TransmitInt192, true),
        (Dialect::SubmitRound, true),
        (Dialect::UpdateAnswerUint256, false),
    ] {
        let feed = Feed::new(dialect, EmptyFeed::Zeros).await;
        let found = describe(&feed.session().await, feed.aggregator.address).await.unwrap();
        let expected = aggregator::Bounds { lowest: answer(1), highest: answer(1_000_000) };
        assert_eq!(found.bounds, bounded.then_some(expected), "{dialect:?}");
        assert_eq!(found.description, "EUR / USD");
    }
}

#[tokio::test]
async fn ora_11_every_dialect_is_found_by_probing_and_a_missing_role_is_told() {
    for dialect in Dialect::ALL {
        let feed = Feed::new(dialect, EmptyFeed::Zeros).await;
        assert_eq!(feed.probed(feed.publisher, 1).await, Ok(write_dialect(dialect)));
        let stranger = feed.probed(address(0x99), 1).await;
        let Err(ProbeError::Refused { dialect: found, reason }) = stranger else { panic!("{stranger:?}") };
        assert_eq!(found, write_dialect(dialect));
        match dialect {
            Dialect::TransmitInt192 => assert!(matches!(reason, Reason::Custom { .. })),
            Dialect::UpdateAnswerInt256 | Dialect::UpdateAnswerUint256 | Dialect::SubmitRound => {
                assert!(reason.to_string().contains("transmitter"), "{reason}");
            }
        }
        assert_eq!(feed.anvil.nonce(feed.publisher).await.unwrap(), 0, "probing writes nothing");
    }
}

#[tokio::test]
async fn ora_11_a_replica_that_starts_while_another_writes_a_round_is_not_refused() {
    let feed = Feed::new(Dialect::SubmitRound, EmptyFeed::Zeros).await;
    let before = feed.snapshot_of(feed.aggregator.address).await;
    feed.aggregator.write(&feed.anvil, feed.publisher, value(107_219)).await.unwrap();
    let (session, target) = (feed.session().await, feed.aggregator.address);
    let at = BlockTag::Hash(before.block.hash);
    let found = probe(&session, target, feed.publisher, (answer(500), before.next_round()), at).await.unwrap();
    assert_eq!(choose(&found), Ok(aggregator::WriteDialect::SubmitRound));
    assert!(feed.probed(feed.publisher, 1).await.is_err(), "the round is over by now");
}

#[tokio::test]
async fn ora_11_a_proxy_and_a_plain_account_are_no_targets() {
    let feed = Feed::new(Dialect::UpdateAnswerInt256, EmptyFeed::Zeros).await;
    let proxy = Proxy::deploy(&feed.anvil, feed.aggregator.address).await.unwrap();
    let session = feed.session().await;
    let found =
        probe(&session, proxy.address, feed.publisher, (answer(500), RoundId::new(1)), BlockTag::Latest).await.unwrap();
    assert_eq!(choose(&found), Err(ProbeError::NoneFound));
    assert!(matches!(describe(&session, feed.publisher).await, Err(Error::NoContract(_))));
}
