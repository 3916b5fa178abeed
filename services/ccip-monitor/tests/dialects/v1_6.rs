//! CCIP 1.6.

use alloy::{
    primitives::{Bytes, FixedBytes, U256, b256},
    sol_types::SolValue,
};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, MessageId};
use ccip_monitor::{
    adapters::dialects::V1_6,
    domain::{
        event::{ChangeKind, IdProof, LaneEvent, Outcome, SenderNonce, SkipReason},
        lane::{Dialect, LaneKey},
    },
    ports::{Contract, Decode, DecodeError, Role},
};
use proptest::prelude::*;

use super::{
    abi::v1_6::{self as abi, Header, Message},
    reference::{id_1_6, leaf_1_6},
    support::{BESU, SEPOLIA, account, attempted, changes, contract, log_of, one, refused, selector, sent},
};

fn on_ramp() -> Contract {
    contract(Dialect::V1_6, Role::OnRamp, SEPOLIA, None)
}

fn at_destination(role: Role) -> Contract {
    contract(Dialect::V1_6, role, BESU, None)
}

fn lane() -> LaneKey {
    LaneKey { dialect: Dialect::V1_6, source: selector(SEPOLIA), destination: selector(BESU) }
}

fn extra_args(gas_limit: u64) -> Bytes {
    let mut bytes = vec![0x18, 0x1d, 0xcf, 0x10];
    bytes.extend((U256::from(gas_limit), true).abi_encode());
    bytes.into()
}

fn token(amount: u64) -> abi::Token {
    abi::Token {
        sourcePoolAddress: account(0x71),
        destTokenAddress: account(0x72).abi_encode().into(),
        extraData: U256::from(18).abi_encode().into(),
        amount: U256::from(amount),
        destExecData: 90_000_u32.abi_encode().into(),
    }
}

fn message() -> Message {
    Message {
        header: Header {
            messageId: B256::ZERO,
            sourceChainSelector: SEPOLIA,
            destChainSelector: BESU,
            sequenceNumber: 42,
            nonce: 7,
        },
        sender: account(0x51),
        data: Bytes::from_static(b"pay the invoice"),
        receiver: account(0x52).abi_encode().into(),
        extraArgs: extra_args(200_000),
        feeToken: account(0xfe),
        feeTokenAmount: U256::from(1_234_567),
        feeValueJuels: U256::from(7_654_321),
        tokenAmounts: vec![token(5)],
    }
}

fn with_id(mut message: Message) -> Message {
    message.header.messageId = id_1_6(&message, on_ramp().address);
    message
}

fn event(message: &Message) -> abi::CCIPMessageSent {
    let Header { destChainSelector, sequenceNumber, .. } = message.header;
    abi::CCIPMessageSent { destChainSelector, sequenceNumber, message: message.clone() }
}

/// A send and a report as the contracts emit them.
pub(crate) fn honest() -> [(Contract, ScannedLog); 2] {
    let root = abi::Root {
        sourceChainSelector: SEPOLIA,
        onRampAddress: account(1).abi_encode().into(),
        minSeqNr: 1,
        maxSeqNr: 4,
        merkleRoot: B256::repeat_byte(9),
    };
    let report = abi::CommitReportAccepted {
        blessedMerkleRoots: vec![root.clone()],
        unblessedMerkleRoots: vec![root],
        priceUpdates: abi::Prices { tokenPriceUpdates: vec![], gasPriceUpdates: vec![] },
    };
    [(on_ramp(), log_of(&event(&with_id(message())))), (at_destination(Role::OffRamp), log_of(&report))]
}

#[test]
fn ccip_5_a_send_is_extracted_whole() {
    let message = with_id(message());
    let found = sent(&V1_6, &on_ramp(), &log_of(&event(&message)));
    assert_eq!(found.lane, lane());
    assert_eq!((found.id, found.id_proof), (MessageId::new(message.header.messageId), IdProof::Verified));
    assert_eq!((found.sequence, found.nonce, found.sender), (Some(42), Some(7), message.sender));
    assert_eq!(found.receiver, account(0x52).to_vec(), "without the padding");
    assert_eq!(found.payload.head, message.data);
    assert_eq!((found.fee_token, found.fee), (message.feeToken, message.feeTokenAmount));
    assert_eq!(found.fee_juels, Some(message.feeValueJuels));
    assert_eq!(found.gas_limit, Some(U256::from(200_000)));
    assert_eq!((found.tokens[0].token, found.tokens[0].amount), (account(0x71), U256::from(5)));
}

#[test]
fn ccip_3_id_and_leaf_are_those_of_a_vector_of_our_own() {
    // A vector of our own, computed from the formula by another program; not taken from a chain.
    let id = b256!("0xc71d51efcbf728f7c1b641d680c6dc94ee2393e1fd31f464461717bd33bf4ea9");
    let leaf = b256!("0xd1a97a8552d30dba08e355678f49c783b1309c5fa6cbfbd034ded1c2a70490e6");
    let message = Message { header: Header { messageId: id, ..message().header }, ..message() };
    let found = sent(&V1_6, &on_ramp(), &log_of(&event(&message)));
    assert_eq!((found.id_proof, found.leaf), (IdProof::Verified, Some(leaf)));
}

#[test]
fn ccip_3_a_changed_byte_anywhere_is_a_mismatch() {
    let honest = with_id(message());
    let table = [
        Message { sender: account(0x66), ..honest.clone() },
        Message { data: Bytes::from_static(b"pay the Invoice"), ..honest.clone() },
        Message { receiver: account(0x66).abi_encode().into(), ..honest.clone() },
        Message { extraArgs: extra_args(200_001), ..honest.clone() },
        Message { feeTokenAmount: U256::from(1), ..honest.clone() },
        Message { tokenAmounts: vec![token(6)], ..honest.clone() },
        Message { tokenAmounts: vec![], ..honest.clone() },
    ];
    for tampered in table {
        let expected = id_1_6(&tampered, on_ramp().address);
        let found = sent(&V1_6, &on_ramp(), &log_of(&event(&tampered)));
        assert_eq!(found.id_proof, IdProof::Mismatch { computed: MessageId::new(expected) });
    }
}

#[test]
fn ccip_3_a_message_to_another_kind_of_chain_has_an_id_and_no_leaf() {
    let receiver = vec![0xab; 32];
    let elsewhere = Message {
        receiver: receiver.clone().into(),
        extraArgs: Bytes::from_static(&[0x1f, 0x3b, 0x3a, 0xba, 0, 0]),
        ..message()
    };
    let found = sent(&V1_6, &on_ramp(), &log_of(&event(&with_id(elsewhere))));
    assert_eq!((found.id_proof, found.leaf, found.gas_limit), (IdProof::Verified, None, None));
    assert_eq!(found.receiver, receiver, "32 bytes that are no padded address are the receiver");
}

#[test]
fn ccip_3_both_lists_of_a_report_count_and_prices_alone_do_not() {
    let root = |source, min, max, byte| abi::Root {
        sourceChainSelector: source,
        onRampAddress: account(1).abi_encode().into(),
        minSeqNr: min,
        maxSeqNr: max,
        merkleRoot: B256::repeat_byte(byte),
    };
    let prices = abi::Prices { tokenPriceUpdates: vec![], gasPriceUpdates: vec![] };
    let report = |blessed, unblessed| abi::CommitReportAccepted {
        blessedMerkleRoots: blessed,
        unblessedMerkleRoots: unblessed,
        priceUpdates: prices.clone(),
    };
    let off_ramp = at_destination(Role::OffRamp);
    let both = report(vec![root(SEPOLIA, 1, 4, 0xa)], vec![root(1, 9, 9, 0xb)]);
    let commits: Vec<_> = V1_6
        .decode(&off_ramp, &log_of(&both))
        .unwrap()
        .into_iter()
        .map(|event| {
            let LaneEvent::Committed(found) = event else { panic!("a commit and not {event:?}") };
            assert_eq!(found.on_ramp, Some(account(1)));
            (found.lane.source.get(), found.first, found.last, found.root)
        })
        .collect();
    assert_eq!(commits, [(SEPOLIA, 1, 4, B256::repeat_byte(0xa)), (1, 9, 9, B256::repeat_byte(0xb))]);
    let foreign = abi::Root { onRampAddress: vec![7; 32].into(), ..root(SEPOLIA, 1, 1, 0xa) };
    let events = V1_6.decode(&off_ramp, &log_of(&report(vec![foreign], vec![]))).unwrap();
    let [LaneEvent::Committed(found)] = &events[..] else { panic!("a commit and not {events:?}") };
    assert_eq!(found.on_ramp, None, "a ramp of another family of chains");
    assert_eq!(V1_6.decode(&off_ramp, &log_of(&report(vec![], vec![]))), Ok(vec![]));
    let backwards = log_of(&report(vec![root(SEPOLIA, 4, 1, 0xa)], vec![]));
    assert_eq!(refused(&V1_6, &off_ramp, &backwards), DecodeError::Range { field: "maxSeqNr" });
    let endless = log_of(&report(vec![root(SEPOLIA, 1, 1 << 62, 0xa)], vec![]));
    assert_eq!(refused(&V1_6, &off_ramp, &endless), DecodeError::Range { field: "maxSeqNr" });
}

#[test]
fn ccip_5_an_execution_states_its_leaf_and_its_gas() {
    let event = |state| abi::ExecutionStateChanged {
        sourceChainSelector: SEPOLIA,
        sequenceNumber: 42,
        messageId: B256::repeat_byte(4),
        messageHash: B256::repeat_byte(5),
        state,
        returnData: Bytes::from_static(&[1, 2]),
        gasUsed: U256::from(77),
    };
    let off_ramp = at_destination(Role::OffRamp);
    let found = attempted(&V1_6, &off_ramp, &log_of(&event(3)));
    assert_eq!((found.lane, found.outcome, found.leaf), (lane(), Outcome::Failed, Some(B256::repeat_byte(5))));
    assert_eq!((found.gas_used, &found.return_data[..]), (Some(U256::from(77)), &[1, 2][..]));
    assert_eq!(refused(&V1_6, &off_ramp, &log_of(&event(1))), DecodeError::Range { field: "state" });
}

#[test]
fn ccip_13_skips_say_why_also_from_the_nonce_manager() {
    let off_ramp = at_destination(Role::OffRamp);
    let manager = at_destination(Role::NonceManager);
    let by_nonce = abi::SkippedIncorrectNonce {
        sourceChainSelector: SEPOLIA,
        nonce: 7,
        sender: account(0x51).abi_encode().into(),
    };
    let (source, sequence) = (SEPOLIA, 3);
    let again = abi::SkippedAlreadyExecutedMessage { sourceChainSelector: source, sequenceNumber: sequence };
    let tried = abi::AlreadyAttempted { sourceChainSelector: source, sequenceNumber: sequence };
    let cursed = abi::SkippedReportExecution { sourceChainSelector: source };
    let table = [
        (&off_ramp, log_of(&again), Some(3), SkipReason::AlreadyExecuted),
        (&off_ramp, log_of(&tried), Some(3), SkipReason::AlreadyAttempted),
        (&off_ramp, log_of(&cursed), None, SkipReason::Cursed),
        (&manager, log_of(&by_nonce), None, SkipReason::IncorrectNonce),
    ];
    for (contract, log, sequence, reason) in table {
        let LaneEvent::Skipped(skipped) = one(&V1_6, contract, &log) else { panic!("a skip") };
        assert_eq!((skipped.lane, skipped.sequence, skipped.reason), (lane(), sequence, reason));
        let named = (reason == SkipReason::IncorrectNonce).then_some(SenderNonce { sender: account(0x51), nonce: 7 });
        assert_eq!(skipped.nonce, named);
    }
}

#[test]
fn ccip_13_who_may_send_and_who_decides_about_it_are_changes() {
    let (ramp, peer) = (on_ramp(), Some(selector(BESU)));
    let senders = vec![account(1), account(2)];
    let found =
        changes(&V1_6, &ramp, &abi::AllowListSendersAdded { destChainSelector: BESU, senders: senders.clone() });
    let found: Vec<_> = found.iter().map(|change| (change.kind, change.peer, change.subject.to_vec())).collect();
    assert_eq!(found, senders.iter().map(|one| (ChangeKind::SendersAllowed, peer, one.to_vec())).collect::<Vec<_>>());
    let found = changes(&V1_6, &ramp, &abi::AllowListSendersRemoved { destChainSelector: BESU, senders });
    assert!(found.iter().all(|change| change.kind == ChangeKind::SendersDisallowed) && found.len() == 2);
    let found = changes(&V1_6, &ramp, &abi::AllowListAdminSet { allowlistAdmin: account(3) });
    assert_eq!((found[0].kind, found[0].subject.to_vec()), (ChangeKind::AllowListAdminSet, account(3).to_vec()));
    let config = abi::DestChainConfigSet {
        destChainSelector: BESU,
        sequenceNumber: 9,
        router: Address::ZERO,
        allowlistEnabled: false,
    };
    let found = changes(&V1_6, &ramp, &config);
    assert_eq!((found[0].kind, found[0].peer), (ChangeKind::DestinationConfigured, peer));
    assert_eq!(found[0].subject, Address::ZERO.to_vec(), "no router: the lane is paused");
    let found = changes(&V1_6, &ramp, &abi::OwnershipTransferRequested { from: account(1), to: account(9) });
    assert_eq!(
        (found[0].kind, found[0].subject.to_vec()),
        (ChangeKind::OwnershipTransferRequested, account(9).to_vec())
    );
    let previous = abi::PreviousRamps { prevOnRamp: account(4), prevOffRamp: account(5) };
    let event = abi::PreviousRampsUpdated { remoteChainSelector: SEPOLIA, prevRamp: previous };
    let found = changes(&V1_6, &at_destination(Role::NonceManager), &event);
    assert_eq!((found[0].kind, found[0].subject.to_vec()), (ChangeKind::PreviousRampsSet, account(4).to_vec()));
}

#[test]
fn ccip_13_a_swapped_on_ramp_router_or_curse_contract_is_a_change() {
    let off_ramp = at_destination(Role::OffRamp);
    let config = abi::SourceConfig {
        router: account(1),
        isEnabled: true,
        minSeqNr: 1,
        isRMNVerificationDisabled: true,
        onRamp: account(0x0a).abi_encode().into(),
    };
    let found =
        changes(&V1_6, &off_ramp, &abi::SourceChainConfigSet { sourceChainSelector: SEPOLIA, sourceConfig: config });
    assert_eq!((found[0].kind, found[0].peer), (ChangeKind::SourceConfigured, Some(selector(SEPOLIA))));
    assert_eq!(found[0].subject, account(0x0a).to_vec(), "the on-ramp that is believed");
    let found = changes(&V1_6, &off_ramp, &abi::SourceChainSelectorAdded { sourceChainSelector: SEPOLIA });
    assert_eq!(found[0].peer, Some(selector(SEPOLIA)));

    let router = at_destination(Role::Router);
    let found = changes(&V1_6, &router, &abi::OnRampSet { destChainSelector: SEPOLIA, onRamp: account(6) });
    assert_eq!((found[0].kind, found[0].subject.to_vec()), (ChangeKind::OnRampSet, account(6).to_vec()));
    let found = changes(&V1_6, &router, &abi::OffRampAdded { sourceChainSelector: SEPOLIA, offRamp: account(6) });
    assert_eq!(found[0].kind, ChangeKind::OffRampAdded);
    let found = changes(&V1_6, &router, &abi::OffRampRemoved { sourceChainSelector: SEPOLIA, offRamp: account(6) });
    assert_eq!(found[0].kind, ChangeKind::OffRampRemoved);

    let rmn = at_destination(Role::Rmn);
    assert_eq!(changes(&V1_6, &rmn, &abi::ARMSet { arm: account(7) })[0].kind, ChangeKind::RmnSet);
    let lanes = vec![FixedBytes::<16>::from(u128::from(SEPOLIA).to_be_bytes()), FixedBytes::ZERO];
    let found = changes(&V1_6, &rmn, &abi::Cursed { subjects: lanes.clone() });
    let peers: Vec<_> = found.iter().map(|change| (change.kind, change.peer)).collect();
    assert_eq!(peers, [(ChangeKind::Cursed, Some(selector(SEPOLIA))), (ChangeKind::Cursed, None)]);
    assert_eq!(changes(&V1_6, &rmn, &abi::Uncursed { subjects: lanes })[1].kind, ChangeKind::Uncursed);
}

#[test]
fn ccip_3_the_routers_word_about_executions_is_no_execution() {
    let event = abi::MessageExecuted {
        messageId: B256::repeat_byte(4),
        sourceChainSelector: SEPOLIA,
        offRamp: account(6),
        calldataHash: B256::ZERO,
    };
    for role in [Role::Router, Role::OffRamp] {
        assert_eq!(V1_6.decode(&at_destination(role), &log_of(&event)), Ok(vec![]));
    }
}

#[test]
fn ccip_3_topics_that_contradict_the_message_are_refused() {
    let message = with_id(message());
    let log = |destination, sequence| {
        log_of(&abi::CCIPMessageSent {
            destChainSelector: destination,
            sequenceNumber: sequence,
            message: message.clone(),
        })
    };
    assert_eq!(refused(&V1_6, &on_ramp(), &log(1, 42)), DecodeError::Range { field: "destChainSelector" });
    assert_eq!(refused(&V1_6, &on_ramp(), &log(BESU, 43)), DecodeError::Range { field: "sequenceNumber" });
    let elsewhere = Contract { home: selector(1), ..on_ramp() };
    assert_eq!(refused(&V1_6, &elsewhere, &log(BESU, 42)), DecodeError::Range { field: "sourceChainSelector" });
    let beyond = Message { header: Header { sequenceNumber: 1 << 63, ..message.header.clone() }, ..message.clone() };
    assert_eq!(refused(&V1_6, &on_ramp(), &log_of(&event(&beyond))), DecodeError::Range { field: "sequenceNumber" });
}

prop_compose! {
    fn any_token()(
        pool in any::<[u8; 20]>(),
        token in any::<[u8; 20]>(),
        extra in proptest::collection::vec(any::<u8>(), 0..80),
        amount in any::<[u8; 32]>(),
        gas in any::<u32>(),
    ) -> abi::Token {
        abi::Token {
            sourcePoolAddress: pool.into(),
            destTokenAddress: Address::from(token).abi_encode().into(),
            extraData: extra.into(),
            amount: U256::from_be_bytes(amount),
            destExecData: gas.abi_encode().into(),
        }
    }
}

prop_compose! {
    fn any_message()(
        accounts in any::<[[u8; 20]; 3]>(),
        numbers in (0_u64..1 << 63, 0_u64..1 << 63, any::<u64>()),
        amounts in any::<[[u8; 32]; 2]>(),
        data in proptest::collection::vec(any::<u8>(), 0..300),
        tokens in proptest::collection::vec(any_token(), 0..4),
    ) -> (Message, Address, u64) {
        let [sender, receiver, fee_token] = accounts.map(Address::from);
        let [fee, juels] = amounts.map(U256::from_be_bytes);
        let message = Message {
            header: Header { sequenceNumber: numbers.0, nonce: numbers.1, ..message().header },
            sender,
            data: data.into(),
            receiver: receiver.abi_encode().into(),
            extraArgs: extra_args(numbers.2),
            feeToken: fee_token,
            feeTokenAmount: fee,
            feeValueJuels: juels,
            tokenAmounts: tokens,
        };
        (with_id(message), receiver, numbers.2)
    }
}

proptest! {
    /// Whatever is sent, id and leaf are computed as the contracts compute them.
    #[test]
    fn ccip_3_every_honest_id_is_verified_and_every_leaf_foretold((message, receiver, gas_limit) in any_message()) {
        let found = sent(&V1_6, &on_ramp(), &log_of(&event(&message)));
        prop_assert_eq!(found.id_proof, IdProof::Verified);
        let leaf = leaf_1_6(&message, on_ramp().address, receiver, U256::from(gas_limit));
        prop_assert_eq!(found.leaf, Some(leaf));
    }
}
