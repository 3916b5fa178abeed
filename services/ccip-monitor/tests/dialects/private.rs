//! Dialects of operators' own contracts.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Bytes, LogData, U256, keccak256},
    sol_types::SolValue,
};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, MessageId};
use ccip_monitor::{
    adapters::dialects::{
        Private,
        private::{Description, Meaning},
    },
    domain::{
        event::{ChangeKind, Content, IdOrigin, IdProof, LaneEvent, Outcome},
        lane::{Dialect, LaneKey},
    },
    ports::{Contract, Decode, DecodeError, Role},
};

use super::{
    abi::private as abi,
    support::{
        BESU, SEPOLIA, account, attempted, changes, contract, log, log_of, one, raw_log, refused, selector, sent,
    },
};

fn operators() -> Private {
    Private::operators().unwrap()
}

fn dialect(name: &str) -> Dialect {
    Dialect::Private(name.into())
}

fn sender_side() -> Contract {
    contract(dialect("operators"), Role::OnRamp, BESU, None)
}

fn receiver_side() -> Contract {
    contract(dialect("operators"), Role::OffRamp, BESU, None)
}

fn message_sent() -> abi::MessageSent {
    abi::MessageSent {
        sender: account(0x51),
        destinationChainSelector: SEPOLIA,
        receiver: account(0x52).to_vec().into(),
        data: Bytes::from_static(b"pay the invoice"),
        feeToken: account(0xfe),
        fee: U256::from(42),
    }
}

/// A send as the contract emits it.
pub(crate) fn honest() -> (Contract, ScannedLog) {
    (sender_side(), log_of(&message_sent()))
}

#[test]
fn ccip_2_the_preset_has_the_operators_two_events() {
    let private = operators();
    assert_eq!(private.name(), "operators");
    let published = [
        ("MessageSent(address,uint64,bytes,bytes,address,uint256)", Role::OnRamp),
        ("MessageExecuted(bytes32,uint64,bytes,bytes)", Role::OffRamp),
    ];
    for (signature, role) in published {
        assert_eq!(private.topics(role)[0], keccak256(signature));
    }
}

#[test]
fn ccip_2_a_send_of_the_operators_is_extracted_whole() {
    let found = sent(&operators(), &sender_side(), &log_of(&message_sent()));
    let lane = LaneKey { dialect: dialect("operators"), source: selector(BESU), destination: selector(SEPOLIA) };
    assert_eq!(found.lane, lane);
    assert_eq!((found.sender, found.receiver.to_vec()), (account(0x51), account(0x52).to_vec()));
    assert_eq!((&found.payload.head[..], found.payload.length), (&b"pay the invoice"[..], 15));
    assert_eq!((found.fee_token, found.fee), (account(0xfe), U256::from(42)));
    assert_eq!((found.sequence, found.nonce, found.gas_limit), (None, None, None));
    assert_eq!(found.id_proof, IdProof::NotDerivable);
}

#[test]
fn ccip_1_a_send_without_an_id_gets_the_hash_of_transaction_and_log_index() {
    let log = log_of(&message_sent());
    let found = sent(&operators(), &sender_side(), &log);
    let expected = keccak256((log.tx_hash, U256::from(log.log_index)).abi_encode());
    assert_eq!((found.id, found.id_origin), (MessageId::new(expected), IdOrigin::Derived));
    // A vector of our own, computed by another program: transaction 0x7a…7a, log 9.
    assert_eq!(expected.to_string(), "0xfe91154233bade45402a7ca3b1d48c375475d98e8ec3cf57e013c1cbdd0b11af");
}

#[test]
fn ccip_2_an_execution_succeeded_and_repeats_what_it_carries() {
    for sender in [account(0x51).to_vec(), account(0x51).abi_encode()] {
        let event = abi::MessageExecuted {
            messageId: B256::repeat_byte(4),
            sourceChainSelector: SEPOLIA,
            sender: sender.into(),
            data: Bytes::from_static(b"pay the invoice"),
        };
        let found = attempted(&operators(), &receiver_side(), &log_of(&event));
        assert_eq!((found.id, found.outcome), (MessageId::new(B256::repeat_byte(4)), Outcome::Succeeded));
        assert_eq!((found.lane.source, found.lane.destination), (selector(SEPOLIA), selector(BESU)));
        let content = Content { sender: account(0x51), data_hash: keccak256("pay the invoice") };
        assert_eq!(found.content, Some(content), "20 bytes and a padded word are the same account");
    }
    let event = abi::MessageExecuted {
        messageId: B256::repeat_byte(4),
        sourceChainSelector: SEPOLIA,
        sender: Bytes::from_static(b"not an account of EVM at all"),
        data: Bytes::new(),
    };
    assert_eq!(attempted(&operators(), &receiver_side(), &log_of(&event)).content, None, "nothing to link by");
}

#[test]
fn ccip_13_roles_and_owners_of_operators_contracts_are_changes() {
    let event = abi::RoleGranted { role: keccak256("RELAYER_ROLE"), account: account(5), sender: account(1) };
    for side in [sender_side(), receiver_side()] {
        let found = changes(&operators(), &side, &event);
        assert_eq!((found[0].kind, found[0].subject.to_vec()), (ChangeKind::RoleGranted, account(5).to_vec()));
    }
}

fn description(meaning: Meaning, event: &str, fields: &[(&str, &str)]) -> Description {
    let fields: BTreeMap<_, _> =
        fields.iter().map(|(field, parameter)| ((*field).to_owned(), (*parameter).to_owned())).collect();
    Description { meaning, event: event.to_owned(), fields }
}

const BRIDGE_SENT: &str = "event TransferInitiated(bytes32 indexed messageId, address indexed from, uint256 target, \
                           (uint128,uint128) range, address to, uint256 amount, uint256 nonce, \
                           (address,uint256)[] extras)";

/// The shape of a token bridge: a stated id, no data, a static struct in between, a wide selector.
fn bridge() -> Private {
    let sent = description(
        Meaning::Sent,
        BRIDGE_SENT,
        &[
            ("message_id", "messageId"),
            ("sender", "from"),
            ("destination_selector", "target"),
            ("receiver", "to"),
            ("token", "0x7070707070707070707070707070707070707070"),
            ("amount", "amount"),
            ("nonce", "nonce"),
            ("tokens", "extras"),
        ],
    );
    let executed = description(
        Meaning::Executed,
        "TransferCompleted(bytes32 indexed messageId, bool ok, uint64 number, bytes answer)",
        &[("message_id", "messageId"), ("success", "ok"), ("sequence", "number"), ("return_data", "answer")],
    );
    let failed = description(
        Meaning::Failed,
        "TransferFailed(bytes32 messageId, string why)",
        &[("message_id", "messageId"), ("return_data", "why")],
    );
    let delivered =
        description(Meaning::Delivered, "TransferArrived(bytes32 messageId)", &[("message_id", "messageId")]);
    Private::new("bridge", &[sent, executed, failed, delivered]).unwrap()
}

fn bridge_sent(target: U256) -> LogData {
    let signature =
        "TransferInitiated(bytes32,address,uint256,(uint128,uint128),address,uint256,uint256,(address,uint256)[])";
    let topics = vec![keccak256(signature), B256::repeat_byte(4), account(0x51).into_word()];
    let extras = vec![(account(0x71), U256::from(3))];
    let data = (target, (1_u128, 2_u128), account(0x52), U256::from(9), U256::from(5), extras).abi_encode_params();
    LogData::new(topics, data.into()).unwrap()
}

#[test]
fn ccip_3_a_dialect_from_data_reads_fields_behind_static_structs() {
    let side = contract(dialect("bridge"), Role::OnRamp, BESU, None);
    let found = sent(&bridge(), &side, &raw_log(bridge_sent(U256::from(SEPOLIA))));
    assert_eq!((found.id, found.id_origin), (MessageId::new(B256::repeat_byte(4)), IdOrigin::Stated));
    assert_eq!((found.sender, found.receiver.to_vec()), (account(0x51), account(0x52).to_vec()));
    assert_eq!((found.lane.destination, found.nonce), (selector(SEPOLIA), Some(5)));
    let tokens: Vec<_> = found.tokens.iter().map(|token| (token.token, token.amount)).collect();
    assert_eq!(tokens, [(account(0x71), U256::from(3)), (Address::repeat_byte(0x70), U256::from(9))]);
    assert_eq!(found.payload.length, 0, "nothing is mapped to data");
}

#[test]
fn ccip_3_a_selector_wider_than_64_bits_is_a_hole_with_a_name() {
    // As the operators' own documents write a selector once: 200 bits.
    let wide: U256 = "866240039685049171407962509760789466724431933144813155647626".parse().unwrap();
    let side = contract(dialect("bridge"), Role::OnRamp, BESU, None);
    let error = refused(&bridge(), &side, &raw_log(bridge_sent(wide)));
    assert_eq!(error, DecodeError::Range { field: "destination_selector" });
    assert_eq!(error.to_string(), "destination_selector is outside of what it can mean");
}

#[test]
fn ccip_3_executions_failures_and_arrivals_are_told_apart() {
    let side = contract(dialect("bridge"), Role::OffRamp, BESU, Some(SEPOLIA));
    let id = B256::repeat_byte(4);
    let completed = |ok: bool| {
        let topics = vec![keccak256("TransferCompleted(bytes32,bool,uint64,bytes)"), id];
        log(topics, (ok, 7_u64, Bytes::from_static(&[1, 2])).abi_encode_params().into())
    };
    for (ok, outcome) in [(true, Outcome::Succeeded), (false, Outcome::Failed)] {
        let found = attempted(&bridge(), &side, &completed(ok));
        assert_eq!((found.outcome, found.sequence, found.lane.source), (outcome, Some(7), selector(SEPOLIA)));
    }
    let failed = log(
        vec![keccak256("TransferFailed(bytes32,string)")],
        (id, "no liquidity".to_owned()).abi_encode_params().into(),
    );
    let found = attempted(&bridge(), &side, &failed);
    assert_eq!((found.outcome, &found.return_data[..]), (Outcome::Failed, &b"no liquidity"[..]));
    let arrived = log(vec![keccak256("TransferArrived(bytes32)")], id.to_vec().into());
    let lane = LaneKey { dialect: dialect("operators"), source: selector(SEPOLIA), destination: selector(BESU) };
    let expected = LaneKey { dialect: side.dialect.clone(), ..lane };
    assert_eq!(one(&bridge(), &side, &arrived), LaneEvent::Delivered { lane: expected, id: MessageId::new(id) });
    let nowhere = Contract { peer: None, ..side };
    assert_eq!(refused(&bridge(), &nowhere, &arrived), DecodeError::Peer, "neither event nor contract says from where");
}

/// Every mistake in a dialect is found before the first log, and says where it is.
#[test]
fn ccip_3_a_dialect_that_does_not_fit_together_is_refused_with_one_clear_line() {
    let event = "Sent(address indexed from, uint64 to, bytes indexed note, bytes data)";
    let sent = |fields: &[(&str, &str)]| description(Meaning::Sent, event, fields);
    let done = description(Meaning::Executed, "Done(bytes32 id)", &[("message_id", "id")]);
    let whole = [("sender", "from"), ("destination_selector", "to"), ("data", "data")];
    assert!(Private::new("own", &[sent(&whole), done.clone()]).is_ok());
    let table = [
        ("ccip-1.6", vec![], "ccip-1.6 is the name of a built-in dialect"),
        ("own", vec![sent(&whole)], "the dialect own has no event for executed"),
        ("own", vec![sent(&[])], "Sent does not map sender, which an event for sent needs"),
        (
            "own",
            vec![sent(&[("sender", "to")])],
            "Sent maps sender to to, which is uint64 instead of address, bytes or bytes32",
        ),
        (
            "own",
            vec![sent(&[("sender", "from"), ("data", "note")])],
            "Sent maps data to note, which is indexed bytes instead of bytes or string, not indexed",
        ),
        (
            "own",
            vec![sent(&[("sender", "who")])],
            "Sent maps sender to who, and does not have exactly one parameter of that name",
        ),
        (
            "own",
            vec![sent(&[("sender", "from"), ("state", "to")])],
            "Sent maps state, which an event for sent does not have",
        ),
        (
            "own",
            vec![sent(&[("sender", "from"), ("amount", "to")])],
            "Sent does not map token, which an event for sent needs",
        ),
        (
            "own",
            vec![done.clone(), description(Meaning::Failed, "Done(bytes32 key)", &[("message_id", "key")])],
            "the events for executed and for failed are the same",
        ),
        (
            "own",
            vec![description(Meaning::Sent, "Sent(address indexed from) anonymous", &[("sender", "from")])],
            "the event Sent is anonymous, so its logs cannot be told from others",
        ),
        (
            "own",
            vec![description(Meaning::Sent, "Sent(adress from)", &[("sender", "from")])],
            "the event for sent is no signature as Solidity writes it",
        ),
    ];
    for (name, events, expected) in table {
        assert_eq!(Private::new(name, &events).unwrap_err().to_string(), expected);
    }
    let unknown = Private::new("own", &[sent(&[("from", "from")])]).unwrap_err().to_string();
    assert!(unknown.starts_with("Sent maps from, which is no field; fields are message_id, sender,"), "{unknown}");
}
