//! What accounts have, and what messages cost.

use alloy::sol_types::SolValue;
use causeway_primitives::{Address, Bytes, U256};

use super::{
    abi::{common, pool, private, router},
    reader::At,
};
use crate::{
    domain::{
        diagnose::{Gap, Read, evidence::Funds},
        lane::Dialect,
    },
    ports::{Parcel, SourceAsk},
};

/// `bytes4(keccak256("CCIP EVMExtraArgsV2"))`: gas limit, and whether order may be broken.
const EXTRA_ARGS_V2: [u8; 4] = [0x18, 0x1d, 0xcf, 0x10];

/// A balance of a token; the zero address is the chain's own coin.
pub(super) async fn balance(at: At<'_>, token: Address, account: Address) -> Read<U256> {
    if token != Address::ZERO {
        return at.ask(token, &format!("balanceOf({account})"), common::balanceOfCall { account }).await;
    }
    let tag = at.tag();
    let value = at.reader.run(|session| async move { session.balance(account, tag).await }).await;
    let proof = at.line("eth_getBalance", account, value.as_ref().map(ToString::to_string));
    Read { value, proof }
}

/// What the sender of a message pays with.
pub(super) async fn funds(at: At<'_>, ask: &SourceAsk, router: Option<Address>) -> Funds {
    let sender = ask.parcel.sender;
    let token = if pays_in_coin(at, ask, router).await { Address::ZERO } else { ask.fee_token };
    let allowance = async {
        match router.filter(|_| token != Address::ZERO) {
            None => Read::needs("an allowance of the chain's own coin, which has none"),
            Some(spender) => {
                let call = common::allowanceCall { owner: sender, spender };
                at.ask(token, &format!("allowance({sender}, {spender})"), call).await
            }
        }
    };
    let (balance, allowance, is_contract, fee) =
        futures_util::join!(balance(at, token, sender), allowance, has_code(at, sender), fee(at, ask, router));
    Funds { token, balance, allowance, is_contract, fee }
}

/// Whether a sender pays in the chain's own coin although the message names a token: the router wraps what it is sent, and the
/// message then names the wrapped coin. Whoever has none of that, pays in coin.
async fn pays_in_coin(at: At<'_>, ask: &SourceAsk, router: Option<Address>) -> bool {
    let Some(router) = router.filter(|_| ask.fee_token != Address::ZERO) else { return false };
    if let Dialect::Private(_) = ask.parcel.lane.dialect {
        return false;
    }
    let wrapped = at.ask(router, "getWrappedNative()", router::getWrappedNativeCall {}).await;
    if wrapped.find() != Some(&ask.fee_token) {
        return false;
    }
    let of_wrapped = balance(at, ask.fee_token, ask.parcel.sender).await;
    of_wrapped.find().is_some_and(U256::is_zero)
}

/// Whether there is code at an address.
pub(super) async fn has_code(at: At<'_>, account: Address) -> Read<bool> {
    let tag = at.tag();
    let code = at.reader.run(|session| async move { session.code(account, tag).await }).await;
    let value = code.map(|code| !code.is_empty());
    let proof =
        at.line("eth_getCode", account, value.as_ref().map(|code| if *code { "code" } else { "none" }.to_owned()));
    Read { value, proof }
}

/// What this very message would cost now.
async fn fee(at: At<'_>, ask: &SourceAsk, router: Option<Address>) -> Read<U256> {
    let Some(router) = router else { return Read::not_configured("the source's router") };
    let Some(data) = ask.parcel.data.clone() else { return Read::needs("the whole of the message's data") };
    let destination = ask.parcel.lane.destination.get();
    if let Dialect::Private(_) = ask.parcel.lane.dialect {
        let call = private::getFeeCall { destination, data };
        return at.ask(router, &format!("getFee({destination}, the message's data)"), call).await;
    }
    let tokens = match tokens(at, &ask.parcel).await {
        Ok(tokens) => tokens,
        Err(gap) => return Read::gap(gap, "getToken() of a pool".to_owned()),
    };
    let message = router::Outgoing {
        receiver: padded(&ask.parcel.receiver),
        data,
        tokenAmounts: tokens,
        feeToken: ask.fee_token,
        extraArgs: extra_args(&ask.parcel),
    };
    let call = router::getFeeCall { destination, message };
    at.ask(router, &format!("getFee({destination}, the message)"), call).await
}

/// The tokens of the message on the source chain: 1.6 names their pools.
async fn tokens(at: At<'_>, parcel: &Parcel) -> Result<Vec<router::TokenAmount>, Gap> {
    let mut tokens = Vec::with_capacity(parcel.tokens.len());
    for token in &parcel.tokens {
        let named = match parcel.lane.dialect {
            Dialect::V1_6 => at.ask(token.source, "getToken()", pool::getTokenCall {}).await.value?,
            Dialect::V1_5 | Dialect::V2_0 | Dialect::Private(_) => token.source,
        };
        tokens.push(router::TokenAmount { token: named, amount: token.amount });
    }
    Ok(tokens)
}

fn extra_args(parcel: &Parcel) -> Bytes {
    let arguments = (parcel.gas_limit.unwrap_or_default(), parcel.out_of_order).abi_encode();
    [EXTRA_ARGS_V2.as_slice(), &arguments].concat().into()
}

/// A receiver as routers take it: an EVM address in 32 bytes, others as they are.
fn padded(receiver: &Bytes) -> Bytes {
    Address::try_from(receiver.as_ref()).map_or_else(|_| receiver.clone(), |address| address.abi_encode().into())
}
