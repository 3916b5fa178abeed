//! CCIP 1.2 and 1.5.

use alloy::primitives::{Bytes, FixedBytes, U256, b256};
use causeway_chain::logs::ScannedLog;
use causeway_primitives::{Address, B256, MessageId};
use ccip_monitor::{
    adapters::dialects::V1_5,
    domain::{
        event::{ChangeKind, IdOrigin, IdProof, LaneEvent, Outcome, SenderNonce, SkipReason},
        lane::{Dialect, LaneKey},
    },
    ports::{Contract, Decode, DecodeError, Role},
};
use proptest::prelude::*;

use super::{
    abi::v1_5::{self as abi, Message},
    reference::id_1_5,
    support::{BESU, SEPOLIA, account, attempted, changes, contract, log_of, one, refused, selector, sent},
};

fn on_ramp() -> Contract {
    contract(Dialect::V1_5, Role::OnRamp, SEPOLIA, Some(BESU))
}

fn at_destination(role: Role) -> Contract {
    contract(Dialect::V1_5, role, BESU, Some(SEPOLIA))
}

fn lane() -> LaneKey {
    LaneKey { dialect: Dialect::V1_5, source: selector(SEPOLIA), destination: selector(BESU) }
}

fn message() -> Message {
    Message {
        sourceChainSelector: SEPOLIA,
        sender: account(0x51),
        receiver: account(0x52),
        sequenceNumber: 42,
        gasLimit: U256::from(200_000),
        strict: false,
        nonce: 7,
        feeToken: account(0xfe),
        feeTokenAmount: U256::from(1_234_567),
        data: Bytes::from_static(b"pay the invoice"),
        tokenAmounts: vec![abi::TokenAmount { token: account(0x70), amount: U256::from(5) }],
        sourceTokenData: vec![Bytes::from_static(&[1, 2, 3])],
        messageId: B256::ZERO,
    }
}

fn with_id(mut message: Message) -> Message {
    message.messageId = id_1_5(&message, BESU, on_ramp().address);
    message
}

/// A send as the contract emits it.
pub(crate) fn honest() -> (Contract, ScannedLog) {
    (on_ramp(), log_of(&abi::CCIPSendRequested { message: with_id(message()) }))
}

#[test]
fn ccip_5_a_send_is_extracted_whole() {
    let message = with_id(message());
    let found = sent(&V1_5, &on_ramp(), &log_of(&abi::CCIPSendRequested { message: message.clone() }));
    assert_eq!(found.lane, lane());
    assert_eq!((found.id, found.id_origin), (MessageId::new(message.messageId), IdOrigin::Stated));
    assert_eq!((found.sequence, found.nonce), (Some(42), Some(7)));
    assert_eq!(found.sender, message.sender);
    assert_eq!(found.receiver, message.receiver.to_vec());
    assert_eq!((found.payload.length, &found.payload.head[..]), (15, &b"pay the invoice"[..]));
    assert_eq!((found.fee_token, found.fee, found.fee_juels), (message.feeToken, message.feeTokenAmount, None));
    assert_eq!(found.gas_limit, Some(message.gasLimit));
    assert_eq!((found.tokens[0].token, found.tokens[0].amount), (account(0x70), U256::from(5)));
}

#[test]
fn ccip_3_an_id_is_verified_against_a_vector_of_our_own() {
    // A vector of our own, computed from the formula by another program; not taken from a chain.
    let id = b256!("0x341592cad6c7dff20d2db65112e1c2c51a04ca5e53bbe1302bd869cc97665f79");
    let message = Message { messageId: id, ..message() };
    let found = sent(&V1_5, &on_ramp(), &log_of(&abi::CCIPSendRequested { message }));
    assert_eq!(found.id_proof, IdProof::Verified);
}

#[test]
fn ccip_3_an_id_of_other_content_is_a_mismatch_with_the_computed_one() {
    let honest = with_id(message());
    let tampered = Message { receiver: account(0x66), ..honest.clone() };
    let expected = id_1_5(&tampered, BESU, on_ramp().address);
    let found = sent(&V1_5, &on_ramp(), &log_of(&abi::CCIPSendRequested { message: tampered }));
    assert_eq!(found.id.get(), honest.messageId, "the stated id is kept");
    assert_eq!(found.id_proof, IdProof::Mismatch { computed: MessageId::new(expected) });
    let elsewhere = Contract { address: account(0x99), ..on_ramp() };
    let found = sent(&V1_5, &elsewhere, &log_of(&abi::CCIPSendRequested { message: honest }));
    assert!(matches!(found.id_proof, IdProof::Mismatch { .. }), "the id names the on-ramp");
}

#[test]
fn ccip_3_reports_of_prices_alone_move_no_message() {
    let prices = abi::Prices {
        tokenPriceUpdates: vec![abi::TokenPrice { sourceToken: account(1), usdPerToken: "7".parse().unwrap() }],
        gasPriceUpdates: vec![],
    };
    let report = |min, max, root| abi::ReportAccepted {
        report: abi::Report { priceUpdates: prices.clone(), interval: abi::Interval { min, max }, merkleRoot: root },
    };
    let store = at_destination(Role::CommitStore);
    assert_eq!(V1_5.decode(&store, &log_of(&report(0, 0, B256::ZERO))), Ok(vec![]));
    let LaneEvent::Committed(found) = one(&V1_5, &store, &log_of(&report(40, 42, B256::repeat_byte(9)))) else {
        panic!("a commit")
    };
    assert_eq!((found.lane, found.first, found.last, found.root), (lane(), 40, 42, B256::repeat_byte(9)));
    assert_eq!(found.on_ramp, None, "the event does not say it");
    let of_one = Contract { peer_on_ramp: Some(account(0xaa)), ..store.clone() };
    let LaneEvent::Committed(found) = one(&V1_5, &of_one, &log_of(&report(40, 42, B256::repeat_byte(9)))) else {
        panic!("a commit")
    };
    assert_eq!(found.on_ramp, Some(account(0xaa)), "a commit store was made for one on-ramp");
    let backwards = refused(&V1_5, &store, &log_of(&report(42, 40, B256::repeat_byte(9))));
    assert_eq!(backwards, DecodeError::Range { field: "interval" });
    let endless = refused(&V1_5, &store, &log_of(&report(1, 1 << 62, B256::repeat_byte(9))));
    assert_eq!(endless, DecodeError::Range { field: "interval" });
    let removed = one(&V1_5, &store, &log_of(&abi::RootRemoved { root: B256::repeat_byte(9) }));
    assert_eq!(removed, LaneEvent::RootRemoved { root: B256::repeat_byte(9) });
}

#[test]
fn ccip_5_executions_end_in_success_or_failure_and_in_nothing_else() {
    let event = |state| abi::ExecutionStateChanged {
        sequenceNumber: 42,
        messageId: B256::repeat_byte(4),
        state,
        returnData: vec![0xab; 2_000].into(),
    };
    let off_ramp = at_destination(Role::OffRamp);
    for (state, outcome) in [(2, Outcome::Succeeded), (3, Outcome::Failed)] {
        let found = attempted(&V1_5, &off_ramp, &log_of(&event(state)));
        assert_eq!((found.lane, found.sequence, found.outcome), (lane(), Some(42), outcome));
        assert_eq!(found.id, MessageId::new(B256::repeat_byte(4)));
        assert_eq!(found.return_data.len(), 1_024, "shortened");
    }
    for state in [0, 1, 4, 255] {
        assert_eq!(refused(&V1_5, &off_ramp, &log_of(&event(state))), DecodeError::Range { field: "state" });
    }
}

#[test]
fn ccip_13_what_an_off_ramp_passes_over_says_why() {
    let off_ramp = at_destination(Role::OffRamp);
    let named = Some(SenderNonce { sender: account(0x51), nonce: 7 });
    let table = [
        (log_of(&abi::SkippedAlreadyExecutedMessage { sequenceNumber: 3 }), Some(3), None, SkipReason::AlreadyExecuted),
        (log_of(&abi::AlreadyAttempted { sequenceNumber: 3 }), Some(3), None, SkipReason::AlreadyAttempted),
        (
            log_of(&abi::SkippedIncorrectNonce { nonce: 7, sender: account(0x51) }),
            None,
            named,
            SkipReason::IncorrectNonce,
        ),
        (
            log_of(&abi::SkippedSenderWithPreviousRampMessageInflight { nonce: 7, sender: account(0x51) }),
            None,
            named,
            SkipReason::PreviousRampInFlight,
        ),
    ];
    for (log, sequence, nonce, reason) in table {
        let LaneEvent::Skipped(skipped) = one(&V1_5, &off_ramp, &log) else { panic!("a skip") };
        assert_eq!((skipped.lane, skipped.sequence, skipped.nonce, skipped.reason), (lane(), sequence, nonce, reason));
    }
}

#[test]
fn ccip_13_halts_moved_counters_and_curses_are_changes() {
    let store = at_destination(Role::CommitStore);
    let found = changes(&V1_5, &store, &abi::Paused { account: account(1) });
    assert_eq!((found[0].kind, &found[0].subject[..]), (ChangeKind::Paused, account(1).as_slice()));
    assert_eq!(changes(&V1_5, &store, &abi::Unpaused { account: account(1) })[0].kind, ChangeKind::Unpaused);
    let found = changes(&V1_5, &store, &abi::SequenceNumberSet { oldSeqNum: 5, newSeqNum: 9 });
    assert_eq!((found[0].kind, &found[0].subject[..]), (ChangeKind::SequenceMoved, &9_u64.to_be_bytes()[..]));

    let rmn = at_destination(Role::Rmn);
    let lane = FixedBytes::<16>::from(u128::from(SEPOLIA).to_be_bytes());
    let found = changes(&V1_5, &rmn, &abi::Cursed { configVersion: 1, subject: lane, blockTimestamp: 2 });
    assert_eq!((found[0].kind, found[0].peer), (ChangeKind::Cursed, Some(selector(SEPOLIA))));
    let everything = FixedBytes::<16>::from([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    let found = changes(&V1_5, &rmn, &abi::CurseLifted { subject: everything });
    assert_eq!((found[0].kind, found[0].peer), (ChangeKind::Uncursed, None), "the global curse is of no chain");
}

#[test]
fn ccip_3_numbers_beyond_the_counters_and_foreign_chains_are_refused() {
    let log = |message| log_of(&abi::CCIPSendRequested { message });
    let beyond = Message { sequenceNumber: u64::MAX, ..message() };
    assert_eq!(refused(&V1_5, &on_ramp(), &log(beyond)), DecodeError::Range { field: "sequenceNumber" });
    let beyond = Message { nonce: 1 << 63, ..message() };
    assert_eq!(refused(&V1_5, &on_ramp(), &log(beyond)), DecodeError::Range { field: "nonce" });
    let foreign = Message { sourceChainSelector: BESU, ..message() };
    assert_eq!(refused(&V1_5, &on_ramp(), &log(foreign)), DecodeError::Range { field: "sourceChainSelector" });
    let nobody = Contract { peer: None, ..on_ramp() };
    assert_eq!(refused(&V1_5, &nobody, &log(message())), DecodeError::Peer);
    let unordered = sent(&V1_5, &on_ramp(), &log(Message { nonce: 0, ..message() }));
    assert_eq!(unordered.nonce, None, "0 stands for any order");
}

prop_compose! {
    fn any_message()(
        accounts in any::<[[u8; 20]; 3]>(),
        numbers in (0_u64..1 << 63, 0_u64..1 << 63, any::<bool>()),
        amounts in any::<[[u8; 32]; 2]>(),
        data in proptest::collection::vec(any::<u8>(), 0..300),
        tokens in proptest::collection::vec(any::<([u8; 20], [u8; 32])>(), 0..4),
        token_data in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 0..4),
    ) -> Message {
        let [sender, receiver, fee_token] = accounts.map(Address::from);
        let [gas_limit, fee] = amounts.map(U256::from_be_bytes);
        let token = |(token, amount): ([u8; 20], [u8; 32])| abi::TokenAmount {
            token: token.into(),
            amount: U256::from_be_bytes(amount),
        };
        with_id(Message {
            sender,
            receiver,
            sequenceNumber: numbers.0,
            gasLimit: gas_limit,
            strict: numbers.2,
            nonce: numbers.1,
            feeToken: fee_token,
            feeTokenAmount: fee,
            data: data.into(),
            tokenAmounts: tokens.into_iter().map(token).collect(),
            sourceTokenData: token_data.into_iter().map(Bytes::from).collect(),
            ..message()
        })
    }
}

proptest! {
    /// Whatever is sent, the id is computed as the contracts compute it.
    #[test]
    fn ccip_3_every_honest_id_is_verified(message in any_message()) {
        let found = sent(&V1_5, &on_ramp(), &log_of(&abi::CCIPSendRequested { message }));
        prop_assert_eq!(found.id_proof, IdProof::Verified);
    }
}
