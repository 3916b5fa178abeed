//! A remote signer over its real protocol, `eth_signTransaction`. Anvil holds keys and signs with them as
//! web3signer does.

use std::time::Duration;

use alloy::primitives::{Bytes, U256};
use causeway_chain::{
    rpc::RpcClient,
    signer::{Error, Signer},
    transaction::{Fees, UnsignedTx},
};
use causeway_primitives::ChainId;
use causeway_testkit::anvil::Anvil;
use serde_json::json;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::support::{address, http, url};

fn client(target: &str) -> RpcClient {
    RpcClient::new(http(), url(target), Duration::from_secs(5))
}

fn unsigned(fees: Fees) -> UnsignedTx {
    UnsignedTx {
        chain_id: ChainId::new(138).unwrap(),
        nonce: 3,
        to: address(1),
        value: U256::ZERO,
        data: Bytes::from_static(&[1, 2, 3, 4]),
        gas_limit: 60_000,
        fees,
    }
}

#[tokio::test]
async fn ora_12_a_remote_signer_gives_the_same_bytes_as_the_key_itself() {
    let anvil = Anvil::builder().start().await.unwrap();
    let account = anvil.accounts()[1].clone();
    let local = Signer::from_hex(&account.key.into()).unwrap();
    let remote = Signer::remote(client(anvil.url()), account.address);
    for fees in [Fees::FREE, Fees::Eip1559 { max_fee: 3_000_000_000, max_priority_fee: 1 }] {
        let transaction = unsigned(fees);
        assert_eq!(remote.sign(&transaction).await.unwrap(), local.sign(&transaction).await.unwrap());
    }
}

#[tokio::test]
async fn ora_12_a_remote_signer_that_signs_something_else_is_caught() {
    let anvil = Anvil::builder().start().await.unwrap();
    let account = anvil.accounts()[1].clone();
    let local = Signer::from_hex(&account.key.into()).unwrap();
    let other = UnsignedTx { to: address(2), ..unsigned(Fees::FREE) };
    let swapped = local.sign(&other).await.unwrap().raw;
    let server = MockServer::start().await;
    let body = json!({ "jsonrpc": "2.0", "id": 1, "result": swapped });
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    let remote = Signer::remote(client(&server.uri()), account.address);
    let caught = remote.sign(&unsigned(Fees::FREE)).await;
    assert!(matches!(caught, Err(Error::Mismatch(_))), "{caught:?}");
}
