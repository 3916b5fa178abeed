//! The contracts on a real EVM, and their artefacts against their sources.

use alloy::primitives::{I256, U256};
use causeway_primitives::RoundId;

use super::*;
use crate::anvil::Anvil;

fn answer(value: i64) -> I256 {
    I256::try_from(value).unwrap()
}

#[test]
fn the_committed_bytecode_is_what_the_sources_compile_to() {
    for (contract, compiled) in compile::compile().unwrap() {
        let committed = contract.artefact().unwrap();
        assert!(committed == compiled, "{}: run `compile-contracts`", contract.name());
    }
}

#[tokio::test]
async fn every_dialect_keeps_the_rounds_that_its_transmitter_writes() {
    let anvil = Anvil::builder().gas_price(0).start().await.unwrap();
    let transmitter = anvil.accounts()[1].address;
    for dialect in Dialect::ALL {
        let spec = Spec::new(dialect, "EUR / USD", transmitter);
        let aggregator = Aggregator::deploy(&anvil, &spec).await.unwrap();
        assert_eq!(aggregator.rounds(&anvil).await.unwrap(), []);
        for value in [107_219_000, 107_300_000] {
            aggregator.write(&anvil, transmitter, answer(value)).await.unwrap();
        }
        let rounds = aggregator.rounds(&anvil).await.unwrap();
        let told: Vec<_> = rounds.iter().map(|round| (round.id.get(), round.answer.to_string())).collect();
        assert_eq!(told, [(1, "107219000".to_owned()), (2, "107300000".to_owned())], "{dialect:?}");
    }
}

#[tokio::test]
async fn strangers_and_answers_out_of_bounds_are_refused() {
    let anvil = Anvil::builder().start().await.unwrap();
    let (transmitter, stranger) = (anvil.accounts()[1].address, anvil.accounts()[2].address);
    for dialect in Dialect::ALL {
        let mut spec = Spec::new(dialect, "EUR / USD", transmitter);
        spec.bounds = Bounds { lowest: answer(1), highest: answer(1_000) };
        let aggregator = Aggregator::deploy(&anvil, &spec).await.unwrap();
        for (from, value) in [(stranger, 500), (transmitter, 0), (transmitter, 1_001)] {
            let refused = aggregator.write(&anvil, from, answer(value)).await;
            assert!(refused.is_err(), "{dialect:?} took {value} from {from}");
        }
        aggregator.write(&anvil, transmitter, answer(1_000)).await.unwrap();
        assert_eq!(aggregator.round_count(&anvil).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn ora_11_round_ids_behind_the_proxy_are_wider_than_64_bits() {
    let anvil = Anvil::builder().start().await.unwrap();
    let transmitter = anvil.accounts()[1].address;
    let spec = Spec::new(Dialect::UpdateAnswerInt256, "EUR / USD", transmitter);
    let first = Aggregator::deploy(&anvil, &spec).await.unwrap();
    let second = Aggregator::deploy(&anvil, &spec).await.unwrap();
    let proxy = Proxy::deploy(&anvil, first.address).await.unwrap();
    first.write(&anvil, transmitter, answer(7)).await.unwrap();
    assert_eq!(latest_through(&anvil, &proxy).await, RoundId::new((1 << 64) | 1));

    proxy.set_aggregator(&anvil, second.address).await.unwrap();
    second.write(&anvil, transmitter, answer(8)).await.unwrap();
    second.write(&anvil, transmitter, answer(9)).await.unwrap();
    assert_eq!(latest_through(&anvil, &proxy).await, RoundId::new((2 << 64) | 2));
}

async fn latest_through(anvil: &Anvil, proxy: &Proxy) -> RoundId {
    // `latestRoundData()`; the id is the first word.
    let request = serde_json::json!({ "to": proxy.address, "data": "0xfeaf968c" });
    let data: alloy::primitives::Bytes = anvil.rpc().call("eth_call", &(request, "latest")).await.unwrap();
    RoundId::new(U256::from_be_slice(&data[..32]).to())
}
