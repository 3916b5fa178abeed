//! Aggregator contracts as sources, read through a port that the tests play.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use causeway_primitives::{Address, Answer, ChainId, Decimals, I256, RoundId, Timestamp};
use oracle_publisher::{
    adapters::venues::{
        Round, RoundError, RoundReader,
        settings::{AggregatorStream, Market, VenueConnection},
    },
    ports::Fault,
};

use super::stage::{Stage, connection, fault, tick};

/// A chain whose contracts all say the same.
#[derive(Debug)]
enum Chain {
    Answers(i64),
    Fails(RoundError),
    Hangs,
}

#[async_trait]
impl RoundReader for Chain {
    async fn latest_round(&self, _chain: ChainId, _address: Address) -> Result<Round, RoundError> {
        match self {
            Self::Answers(answer) => Ok(Round {
                id: RoundId::new(18_446_744_073_709_551_621),
                answer: Answer::new(I256::try_from(*answer).expect("an int256")),
                decimals: Decimals::new(8).expect("decimals"),
                updated_at: Timestamp::from_secs(1_675_329_600).expect("a time"),
            }),
            Self::Fails(error) => Err(*error),
            Self::Hangs => std::future::pending().await,
        }
    }
}

fn aggregator() -> VenueConnection {
    let chain = ChainId::new(138).expect("a chain id");
    let stream = AggregatorStream { source: "onchain".parse().expect("an id"), chain, address: Address::ZERO };
    let (poll_interval, request_timeout) = (Duration::from_millis(20), Duration::from_millis(200));
    connection("onchain", Market::Aggregators { poll_interval, request_timeout, streams: vec![stream] })
}

#[tokio::test]
async fn ora_7_an_aggregator_s_answer_is_a_price_as_old_as_its_round() {
    let stage = Stage::open().await;
    stage.connect_with(vec![aggregator()], Arc::new(Chain::Answers(107_219_000)));
    let tick = stage.recorder.first(tick("onchain")).await;
    assert_eq!(tick.price.to_string(), "1.07219");
    assert_eq!(tick.venue_time, Timestamp::from_secs(1_675_329_600).ok());
}

#[tokio::test]
async fn ora_7_a_contract_without_a_usable_answer_is_a_fault() {
    for (chain, expected) in [
        (Chain::Answers(0), Fault::BadPrice),
        (Chain::Answers(-1), Fault::BadPrice),
        (Chain::Fails(RoundError::Empty), Fault::BadPrice),
        (Chain::Fails(RoundError::NotAnAggregator), Fault::Payload),
        (Chain::Fails(RoundError::Unreachable), Fault::Connect),
        (Chain::Hangs, Fault::Timeout),
    ] {
        let stage = Stage::open().await;
        stage.connect_with(vec![aggregator()], Arc::new(chain));
        stage.recorder.first(fault("onchain", expected)).await;
    }
}
