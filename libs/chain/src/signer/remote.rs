//! A remote signer that speaks `eth_signTransaction`, such as Consensys web3signer.
//!
//! It returns signed bytes and sends nothing: exactly what a journal before the broadcast needs.

use alloy::primitives::{Address, Bytes, U64, U256};
use serde_json::{Value, json};

use crate::{
    rpc::{self, RpcClient},
    transaction::{Fees, UnsignedTx},
};

#[derive(Debug)]
pub(super) struct Remote {
    client: RpcClient,
    account: Address,
}

impl Remote {
    pub(super) const fn new(client: RpcClient, account: Address) -> Self {
        Self { client, account }
    }

    pub(super) const fn account(&self) -> Address {
        self.account
    }

    pub(super) async fn sign(&self, transaction: &UnsignedTx) -> Result<Bytes, rpc::Error> {
        self.client.call("eth_signTransaction", &json!([self.request(transaction)])).await
    }

    fn request(&self, transaction: &UnsignedTx) -> Value {
        let mut request = json!({
            "from": self.account,
            "to": transaction.to,
            "gas": U64::from(transaction.gas_limit),
            "nonce": U64::from(transaction.nonce),
            "value": transaction.value,
            "data": transaction.data,
            "chainId": U64::from(transaction.chain_id.get()),
        });
        if let Some(fields) = request.as_object_mut() {
            let mut price = |name: &str, wei: u128| fields.insert(name.to_owned(), json!(U256::from(wei)));
            match transaction.fees {
                Fees::Legacy { gas_price } => {
                    price("gasPrice", gas_price);
                }
                Fees::Eip1559 { max_fee, max_priority_fee } => {
                    price("maxFeePerGas", max_fee);
                    price("maxPriorityFeePerGas", max_priority_fee);
                }
            }
        }
        request
    }
}
