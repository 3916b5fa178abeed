//! The stored message as the domain and the chains take it.

use causeway_primitives::{Address, Bytes};

use crate::{
    domain::{diagnose::evidence::Subject, lane::Dialect},
    ports::{MessageView, Original, OriginalToken, Parcel},
};

/// The message as evidence names it.
pub(super) fn subject(message: &MessageView) -> Subject {
    Subject {
        id: message.id,
        lane: message.lane.clone(),
        lane_name: message.lane_name.clone(),
        id_proof: message.id_proof,
        orphaned: message.orphaned,
        status: message.status,
        sender: message.sender,
        receiver: message.receiver.clone(),
        on_ramp: message.on_ramp,
        sequence: message.sequence,
        nonce: message.nonce,
        gas_limit: message.gas_limit,
        data_length: message.payload.length,
        sent_tx: message.source.tx.unwrap_or_default(),
        sent_block: message.source.block_number.unwrap_or_default(),
        sent_block_hash: message.source.block_hash.unwrap_or_default(),
        sent_at: message.sent_at,
    }
}

/// The message as both ends take it: from its log where that could be read, else as far as it was kept.
pub(super) fn parcel(message: &MessageView, original: Option<&Original>) -> Parcel {
    let whole = u64::try_from(message.payload.head.len()).is_ok_and(|kept| kept == message.payload.length);
    let kept: Option<Bytes> = whole.then(|| message.payload.head.clone());
    let stored = message.tokens.iter().map(|token| OriginalToken {
        source: token.token,
        destination: None,
        amount: token.amount,
    });
    Parcel {
        lane: message.lane.clone(),
        id: message.id,
        sequence: message.sequence,
        sender: message.sender,
        receiver: bare(&message.receiver),
        data: original.and_then(|original| original.data.clone()).or(kept),
        tokens: original
            .filter(|original| !original.tokens.is_empty())
            .map_or_else(|| stored.collect(), |original| original.tokens.clone()),
        gas_limit: message.gas_limit,
        out_of_order: message.nonce.is_none_or(|nonce| nonce == 0),
    }
}

/// An EVM receiver in its 20 bytes.
fn bare(receiver: &Bytes) -> Bytes {
    let padded = receiver.strip_prefix(&[0; 12]).filter(|rest| rest.len() == Address::len_bytes());
    padded.map_or_else(|| receiver.clone(), Bytes::copy_from_slice)
}

/// Whether the send's log holds more than the store keeps.
pub(super) const fn has_original(dialect: &Dialect) -> bool {
    match dialect {
        Dialect::V1_5 | Dialect::V1_6 | Dialect::V2_0 => true,
        Dialect::Private(_) => false,
    }
}
