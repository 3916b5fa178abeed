//! The message as its send's log has it: whole, where the store keeps only its beginning.

use alloy::{
    primitives::Log,
    sol_types::{SolEvent, SolValue},
};
use causeway_primitives::{Address, Bytes, MessageId};

use super::{
    abi::{v1_5, v1_6, v2_0},
    reader::Reader,
};
use crate::{
    domain::{
        diagnose::{Gap, Read},
        lane::Dialect,
    },
    ports::{Original, OriginalToken, SourceAsk},
};

pub(super) async fn original(reader: &Reader, ask: &SourceAsk) -> Read<Original> {
    let (tx, id) = (ask.tx, ask.parcel.id);
    let receipt = reader.run(|session| async move { session.find_receipt(tx).await }).await;
    let value = receipt.and_then(|receipt| {
        let logs = receipt.as_ref().map(|receipt| receipt.logs()).unwrap_or_default();
        let own = logs.iter().map(|log| &log.inner).filter(|log| log.address == ask.on_ramp);
        let found = own.into_iter().find_map(|log| read(&ask.parcel.lane.dialect, id, log));
        found.ok_or_else(|| Gap::Nonsense { why: "the receipt holds no send of this message".to_owned() })
    });
    let words = value.as_ref().map_or_else(ToString::to_string, |_| "the message, whole".to_owned());
    Read { value, proof: format!("the send's log in {tx}: {words}") }
}

fn read(dialect: &Dialect, id: MessageId, log: &Log) -> Option<Original> {
    match dialect {
        Dialect::V1_5 => {
            let message = v1_5::CCIPSendRequested::decode_log(log).ok()?.data.message;
            (message.messageId == id.get()).then(|| of_1_5(&message))
        }
        Dialect::V1_6 => {
            let message = v1_6::CCIPMessageSent::decode_log(log).ok()?.data.message;
            (message.header.messageId == id.get()).then(|| of_1_6(&message))
        }
        Dialect::V2_0 => {
            let event = v2_0::CCIPMessageSent::decode_log(log).ok()?.data;
            let encoded = event.encodedMessage;
            (event.messageId == id.get()).then(|| Original { data: None, tokens: Vec::new(), encoded })
        }
        Dialect::Private(_) => None,
    }
}

fn of_1_5(message: &v1_5::Message) -> Original {
    let destination = |index: usize| {
        let data = v1_5::SourceTokenData::abi_decode(message.sourceTokenData.get(index)?).ok()?;
        address(&data.destTokenAddress)
    };
    let tokens = message.tokenAmounts.iter().enumerate().map(|(index, token)| OriginalToken {
        source: token.token,
        destination: destination(index),
        amount: token.amount,
    });
    Original { data: Some(message.data.clone()), tokens: tokens.collect(), encoded: message.abi_encode().into() }
}

fn of_1_6(message: &v1_6::Outgoing) -> Original {
    let tokens = message.tokenAmounts.iter().map(|token| OriginalToken {
        source: token.sourcePoolAddress,
        destination: address(&token.destTokenAddress),
        amount: token.amount,
    });
    Original { data: Some(message.data.clone()), tokens: tokens.collect(), encoded: message.abi_encode().into() }
}

/// An EVM address in 20 bytes, or in the 32 of an ABI word.
pub(super) fn address(bytes: &Bytes) -> Option<Address> {
    let bytes: &[u8] = bytes;
    let bare = bytes.strip_prefix(&[0; 12]).filter(|rest| rest.len() == 20).unwrap_or(bytes);
    Address::try_from(bare).ok()
}
