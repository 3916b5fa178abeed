//! CCIP 2.0.

use alloy::{
    primitives::{Bytes, U256, b256, keccak256},
    sol_types::SolValue,
};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{B256, MessageId};
use ccip_monitor::{
    adapters::dialects::{
        V2_0,
        v2_0::{MessageError, MessageV1},
    },
    domain::{
        event::{ChangeKind, IdProof, Outcome},
        lane::{Dialect, LaneKey},
    },
    ports::{Contract, DecodeError, Role},
};
use proptest::prelude::*;

use super::{
    abi::v2_0 as abi,
    support::{BESU, SEPOLIA, account, attempted, changes, contract, log_of, refused, selector, sent},
};

fn on_ramp() -> Contract {
    contract(Dialect::V2_0, Role::OnRamp, SEPOLIA, None)
}

fn at_destination(role: Role) -> Contract {
    contract(Dialect::V2_0, role, BESU, None)
}

/// `MessageV1Codec._encodeTokenTransferV1`
fn token() -> Vec<u8> {
    let mut blob = vec![1];
    blob.extend(U256::from(995).to_be_bytes::<32>());
    for source in [account(0x71), account(0x72)] {
        blob.push(32);
        blob.extend(source.abi_encode());
    }
    for destination in [account(0x73), account(0x52)] {
        blob.push(20);
        blob.extend(destination.as_slice());
    }
    blob.extend([0, 1, 0xee]);
    blob
}

/// `MessageV1Codec._encodeMessageV1`
fn blob(token: &[u8], data: &[u8]) -> Vec<u8> {
    let mut blob = vec![1];
    blob.extend(SEPOLIA.to_be_bytes());
    blob.extend(BESU.to_be_bytes());
    blob.extend(42_u64.to_be_bytes());
    blob.extend(300_000_u32.to_be_bytes());
    blob.extend(200_000_u32.to_be_bytes());
    blob.extend(2_u32.to_be_bytes());
    blob.extend([0x77; 32]);
    for (length, account) in [(32, account(0xcc).abi_encode()), (20, account(0x0f).to_vec())] {
        blob.push(length);
        blob.extend(account);
    }
    for (length, account) in [(32, account(0x51).abi_encode()), (20, account(0x52).to_vec())] {
        blob.push(length);
        blob.extend(account);
    }
    for long in [&[][..], token, data] {
        blob.extend(u16::try_from(long.len()).unwrap().to_be_bytes());
        blob.extend(long);
    }
    blob
}

fn event(blob: &[u8]) -> abi::CCIPMessageSent {
    let receipt = |amount| abi::Receipt {
        issuer: account(0x15),
        destGasLimit: 1,
        destBytesOverhead: 2,
        feeTokenAmount: amount,
        extraArgs: Bytes::from_static(&[9]),
    };
    abi::CCIPMessageSent {
        destChainSelector: BESU,
        sender: account(0x51),
        messageId: keccak256(blob),
        feeToken: account(0xfe),
        tokenAmountBeforeTokenPoolFees: U256::from(1_000),
        encodedMessage: blob.to_vec().into(),
        receipts: vec![receipt(U256::from(30)), receipt(U256::from(12))],
        verifierBlobs: vec![Bytes::from_static(&[1]), Bytes::new()],
    }
}

/// A send as the contract emits it.
pub(crate) fn honest() -> (Contract, ScannedLog) {
    (on_ramp(), log_of(&event(&blob(&token(), b"hello"))))
}

#[test]
fn ccip_5_a_send_is_extracted_whole() {
    let found = sent(&V2_0, &on_ramp(), &log_of(&event(&blob(&token(), b"hello"))));
    let lane = LaneKey { dialect: Dialect::V2_0, source: selector(SEPOLIA), destination: selector(BESU) };
    assert_eq!((found.lane, found.id_proof), (lane, IdProof::Verified));
    assert_eq!((found.sequence, found.nonce), (Some(42), None), "2.0 knows no nonces");
    assert_eq!((found.sender, found.receiver.to_vec()), (account(0x51), account(0x52).to_vec()));
    assert_eq!(&found.payload.head[..], b"hello");
    assert_eq!((found.fee_token, found.fee), (account(0xfe), U256::from(42)), "everybody's share");
    assert_eq!(found.gas_limit, Some(U256::from(200_000)));
    assert_eq!((found.tokens[0].token, found.tokens[0].amount), (account(0x72), U256::from(995)));
    assert!(sent(&V2_0, &on_ramp(), &log_of(&event(&blob(&[], b"")))).tokens.is_empty());
}

#[test]
fn ccip_3_an_id_is_the_hash_of_the_encoded_message() {
    // A vector of our own, computed from the formula by another program; not taken from a chain.
    let mut honest = event(&blob(&token(), b"hello"));
    honest.messageId = b256!("0xcb1ee94f7b594d0706ab2b5a822a61caefd30bc8476ea89aa4a6e992dd236d11");
    assert_eq!(sent(&V2_0, &on_ramp(), &log_of(&honest)).id_proof, IdProof::Verified);
    let other = event(&blob(&token(), b"Hello"));
    let tampered = abi::CCIPMessageSent { messageId: honest.messageId, ..other.clone() };
    let computed = MessageId::new(other.messageId);
    assert_eq!(sent(&V2_0, &on_ramp(), &log_of(&tampered)).id_proof, IdProof::Mismatch { computed });
}

#[test]
fn ccip_3_what_the_topics_say_must_be_in_the_message() {
    let event = event(&blob(&[], b"hello"));
    let other_sender = abi::CCIPMessageSent { sender: account(0x66), ..event.clone() };
    assert_eq!(refused(&V2_0, &on_ramp(), &log_of(&other_sender)), DecodeError::Range { field: "sender" });
    let other_end = abi::CCIPMessageSent { destChainSelector: 1, ..event.clone() };
    assert_eq!(refused(&V2_0, &on_ramp(), &log_of(&other_end)), DecodeError::Range { field: "destChainSelector" });
    let elsewhere = Contract { home: selector(1), ..on_ramp() };
    assert_eq!(refused(&V2_0, &elsewhere, &log_of(&event)), DecodeError::Range { field: "sourceChainSelector" });
    let mut costly = event;
    costly.receipts.iter_mut().for_each(|receipt| receipt.feeTokenAmount = U256::MAX);
    assert_eq!(refused(&V2_0, &on_ramp(), &log_of(&costly)), DecodeError::Range { field: "feeTokenAmount" });
}

#[test]
fn ccip_3_a_blob_is_read_to_its_last_byte() {
    let whole = blob(&token(), b"hello");
    let message = MessageV1::parse(&whole).unwrap();
    assert_eq!((message.finality, message.execution_gas_limit), (2, 300_000));
    assert_eq!((message.on_ramp.len(), message.off_ramp, message.data), (32, account(0x0f).as_slice(), &b"hello"[..]));
    assert_eq!(message.token.unwrap().extra_data, [0xee]);
    for length in 0..whole.len() {
        assert_eq!(MessageV1::parse(&whole[..length]), Err(MessageError::Length), "{length} bytes");
    }
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(MessageV1::parse(&longer), Err(MessageError::Length));
    let newer = [&[2], &whole[1..]].concat();
    assert_eq!(MessageV1::parse(&newer), Err(MessageError::Version(2)));
    assert_eq!(refused(&V2_0, &on_ramp(), &log_of(&event(&newer))), DecodeError::Range { field: "encodedMessage" });
}

#[test]
fn ccip_5_an_execution_has_an_outcome() {
    let event = abi::ExecutionStateChanged {
        sourceChainSelector: SEPOLIA,
        messageNumber: 42,
        messageId: B256::repeat_byte(4),
        state: 2,
        returnData: Bytes::new(),
    };
    let found = attempted(&V2_0, &at_destination(Role::OffRamp), &log_of(&event));
    assert_eq!((found.sequence, found.outcome, found.leaf), (Some(42), Outcome::Succeeded, None));
    assert_eq!(found.lane.source, selector(SEPOLIA));
}

#[test]
fn ccip_13_settings_of_ramps_and_verifiers_are_changes() {
    let config = abi::SourceConfig {
        router: account(1),
        sourceChainSelector: SEPOLIA,
        isEnabled: true,
        onRamps: vec![account(2).abi_encode().into(), vec![0xab; 48].into()],
        defaultCCVs: vec![account(3)],
        laneMandatedCCVs: vec![],
    };
    let event = abi::SourceChainConfigSet { sourceChainSelector: SEPOLIA, sourceConfig: config };
    let found = changes(&V2_0, &at_destination(Role::OffRamp), &event);
    let subjects: Vec<_> = found.iter().map(|change| (change.kind, change.subject.to_vec())).collect();
    let expected = [account(2).to_vec(), vec![0xab; 32]].map(|subject| (ChangeKind::SourceConfigured, subject));
    assert_eq!(subjects, expected);

    let verifier = contract(Dialect::V2_0, Role::Verifier, SEPOLIA, None);
    let allowed = abi::AllowListSendersAdded { destChainSelector: BESU, senders: account(5) };
    let found = changes(&V2_0, &verifier, &allowed);
    assert_eq!((found[0].kind, found[0].subject.to_vec()), (ChangeKind::SendersAllowed, account(5).to_vec()));
    let switched = |enabled| abi::AllowListStateChanged { destChainSelector: BESU, allowlistEnabled: enabled };
    let (on, off) = (changes(&V2_0, &verifier, &switched(true)), changes(&V2_0, &verifier, &switched(false)));
    assert_eq!((on[0].kind, on[0].peer), (ChangeKind::ContractConfigured, Some(selector(BESU))));
    assert_ne!(on[0].subject, off[0].subject, "what it was set to can be told apart");
}

proptest! {
    /// No bytes whatever make the parser stop.
    #[test]
    fn ccip_3_any_blob_is_a_message_or_refused(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let mut blob = blob(&token(), b"hello");
        let index = at % blob.len();
        blob[index] = byte;
        blob.truncate(blob.len() - cut % 3);
        if let Ok(message) = MessageV1::parse(&blob) {
            prop_assert!(message.data.len() <= blob.len());
        }
    }
}
