//! A message that is as it should be, for tests to spoil.

use std::time::Duration;

use causeway_primitives::{Address, B256, Bytes, ChainSelector, MessageId, Timestamp, U256};

use crate::domain::{
    diagnose::{
        diagnosis::{Diagnosis, ManualCall},
        evidence::{
            Arrival, Attempt, Curses, Delivery, DestinationReads, Evidence, ExecutionState, Failure, Funds, Limits,
            Mined, OffRampState, Point, RelayReads, RouterState, SourceReads, Subject, Watch,
        },
        read::{Gap, Read},
        walk::diagnose,
    },
    event::{IdProof, Outcome},
    lane::{Dialect, LaneKey},
    message::Status,
};

/// When the message was sent; everything else is told from there.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + seconds).unwrap()
}

pub(super) fn known<T>(value: T) -> Read<T> {
    Read::known(value, "read".to_owned())
}

pub(super) fn gap<T>() -> Read<T> {
    Read::gap(Gap::Unanswered { why: "timeout".to_owned() }, "tried".to_owned())
}

pub(super) fn ramp() -> Address {
    Address::repeat_byte(0x11)
}

fn watch(chain: &str) -> Watch {
    let point = Point { number: 1_000, time: at(600) };
    Watch {
        chain: chain.to_owned(),
        cursor: known(point),
        head: known(point),
        final_height: known(Some(1_000)),
        holes: known(0),
    }
}

fn subject(dialect: Dialect) -> Subject {
    Subject {
        id: MessageId::new(B256::repeat_byte(0xaa)),
        lane: LaneKey {
            dialect,
            source: ChainSelector::new(138).unwrap(),
            destination: ChainSelector::new(16_015_286_601_757_825_753).unwrap(),
        },
        lane_name: "there".to_owned(),
        id_proof: IdProof::Verified,
        orphaned: false,
        status: Status::Delivered,
        sender: Address::repeat_byte(0x22),
        receiver: Bytes::from(vec![0x33; 20]),
        on_ramp: ramp(),
        sequence: Some(7),
        nonce: Some(3),
        gas_limit: Some(U256::from(200_000)),
        data_length: 5,
        sent_tx: B256::repeat_byte(1),
        sent_block: 900,
        sent_block_hash: B256::repeat_byte(2),
        sent_at: at(0),
    }
}

fn source() -> SourceReads {
    SourceReads {
        mined: known(Some(Mined { block_hash: B256::repeat_byte(2), succeeded: true })),
        router: known(RouterState::Serves { version: "Router 1.2.0".to_owned() }),
        supported: known(true),
        current_on_ramp: known(ramp()),
        ramp_router: known(Address::repeat_byte(0x44)),
        expected_next: known(9),
        funds: Funds {
            token: Address::repeat_byte(0x55),
            balance: known(U256::from(1_000)),
            allowance: known(U256::MAX),
            is_contract: known(false),
            fee: known(U256::from(10)),
        },
        curses: known(Curses { global: false, lane: false }),
    }
}

fn destination() -> DestinationReads {
    DestinationReads {
        off_ramp: known(Address::repeat_byte(0x66)),
        listed: known(true),
        state: known(OffRampState { enabled: true, on_ramps: vec![Bytes::copy_from_slice(ramp().as_slice())] }),
        next_commit: known(8),
        paused: known(false),
        root_accepted: known(Some(at(100))),
        blessed: known(true),
        inbound_nonce: known(2),
        execution: known(ExecutionState::Untouched),
        threshold: known(Duration::from_secs(3_600)),
        delivery: known(Delivery::Takes { gas: 50_000 }),
        buckets: Vec::new(),
        pending: known(Vec::new()),
        curses: known(Curses { global: false, lane: false }),
        relay: RelayReads {
            last: known(None),
            allowed: known(true),
            balance: known(U256::from(1)),
            gas_price: known(U256::ZERO),
        },
    }
}

/// A message that arrived ten minutes after its send and is about to be executed.
pub(super) fn healthy(dialect: Dialect) -> Evidence {
    Evidence {
        now: at(600),
        subject: subject(dialect),
        limits: Limits {
            expire_after: Duration::from_secs(7_200),
            behind: Duration::from_secs(120),
            head_age: Duration::from_secs(600),
        },
        source_watch: watch("besu"),
        destination_watch: watch("mainnet"),
        source: source(),
        destination: destination(),
        arrival: known(Some(Arrival {
            first: 5,
            last: 7,
            root: B256::repeat_byte(3),
            at: at(100),
            tx: B256::repeat_byte(4),
        })),
        attempts: known(Vec::new()),
        blocker: known(None),
        call: known(ManualCall {
            function: "manuallyExecute",
            calldata: Bytes::from_static(&[1, 2, 3]),
            root: Some(B256::repeat_byte(3)),
            proof: Vec::new(),
            proof_flags: U256::ZERO,
            to_fill_in: String::new(),
        }),
    }
}

/// Lets so many seconds pass since the send, everywhere.
pub(super) fn later(evidence: &mut Evidence, seconds: u64) {
    evidence.now = at(seconds);
    for watch in [&mut evidence.source_watch, &mut evidence.destination_watch] {
        let point = Point { number: 1_000, time: at(seconds) };
        (watch.cursor, watch.head) = (known(point), known(point));
    }
}

/// Makes it fail with these words.
pub(super) fn fail(evidence: &mut Evidence, failure: Failure) {
    evidence.destination.execution = known(ExecutionState::Failed);
    evidence.subject.status = Status::Failed;
    evidence.attempts = known(vec![Attempt {
        tx: B256::repeat_byte(9),
        at: at(200),
        outcome: Some(Outcome::Failed),
        failure: Some(failure),
    }]);
}

pub(super) fn refused() -> Failure {
    Failure { words: "the receiver reverted: out of stock".to_owned(), silent: false, retry_after: None }
}

/// The diagnosis of the healthy message after this.
pub(super) fn after(dialect: Dialect, spoil: impl FnOnce(&mut Evidence)) -> Diagnosis {
    let mut evidence = healthy(dialect);
    spoil(&mut evidence);
    diagnose(&evidence)
}
