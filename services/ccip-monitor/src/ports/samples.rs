//! Rows as tests need them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_chain::logs::Position;
use causeway_primitives::{Address, B256, Bytes, ChainId, ChainSelector, MessageId, Timestamp, U256};
use causeway_runtime::clock::ManualClock;

use super::{FindingView, InFlight, InFlightCut, LaneStats, Link, MessageView, ReadPosition, Side, fake::FakeStore};
use crate::{
    app::{
        diagnose::{Diagnoser, Parts},
        lanes::LaneBook,
        sites::Sites,
        view::{Balance, ChainView, Known, LaneView, Router, Views},
    },
    domain::{
        diagnose::evidence::Failure,
        event::{IdOrigin, IdProof, Payload, TokenAmount},
        finding::Kind,
        lane::{Dialect, LaneKey},
        message::Status,
    },
};

/// A time so many seconds after the start of all samples.
pub(crate) fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + second).unwrap()
}

pub(crate) fn id(number: u8) -> MessageId {
    MessageId::new(B256::repeat_byte(number))
}

pub(crate) fn chain(id: u64) -> ChainId {
    ChainId::new(id).unwrap()
}

pub(crate) fn lane_key() -> LaneKey {
    let selector = |number| ChainSelector::new(number).unwrap();
    LaneKey { dialect: Dialect::V1_6, source: selector(138), destination: selector(16_015_286_601_757_825_753) }
}

fn side(selector: ChainSelector, chain_id: u64, number: u8, second: u64) -> Side {
    Side {
        selector,
        chain_id: Some(chain(chain_id)),
        tx: Some(B256::repeat_byte(number)),
        block_number: Some(second),
        block_hash: Some(B256::repeat_byte(0xbb)),
        time: Some(at(second)),
        is_final: true,
    }
}

/// The message of this number, sent so many seconds after the start, executed half a minute later.
pub(crate) fn message(number: u8) -> MessageView {
    let sent = u64::from(number);
    MessageView {
        key: sent,
        id: id(number),
        lane: lane_key(),
        lane_name: "besu-to-sepolia".to_owned(),
        id_origin: IdOrigin::Stated,
        id_proof: IdProof::Verified,
        source: side(lane_key().source, 138, number, sent),
        destination: side(lane_key().destination, 11_155_111, number | 0x80, sent + 30),
        sender: Address::repeat_byte(0x51),
        receiver: Bytes::from(vec![0x52; 20]),
        on_ramp: Address::repeat_byte(0x0a),
        sequence: Some(u64::MAX),
        nonce: None,
        payload: Payload { hash: B256::repeat_byte(0xdd), length: 5, head: Bytes::from_static(b"hello") },
        fee_token: Address::ZERO,
        fee: U256::from(10).pow(U256::from(30)),
        fee_juels: None,
        gas_limit: Some(U256::from(200_000)),
        tokens: vec![TokenAmount { token: Address::repeat_byte(0x70), amount: U256::MAX }],
        status: Status::Executed,
        sent_at: at(sent),
        delivered_at: Some(at(sent + 20)),
        executed_at: Some(at(sent + 30)),
        retry_count: 1,
        retry_timestamps: vec![at(sent + 30)],
        last_retry_at: Some(at(sent + 30)),
        link: Some(Link::Id),
        orphaned: false,
        possible_resend_of: None,
    }
}

/// A message that was sent and of which nothing else is known.
pub(crate) fn pending(number: u8) -> MessageView {
    let done = message(number);
    let destination =
        Side { tx: None, block_number: None, block_hash: None, time: None, is_final: false, ..done.destination };
    MessageView {
        destination,
        status: Status::Sent,
        delivered_at: None,
        executed_at: None,
        retry_count: 0,
        retry_timestamps: Vec::new(),
        last_retry_at: None,
        link: None,
        ..done
    }
}

pub(crate) fn finding(sequence: u64) -> FindingView {
    FindingView {
        sequence,
        kind: Kind::SequenceGap,
        chain: chain(138),
        lane_name: Some("besu-to-sepolia".to_owned()),
        message: None,
        subject: "7..9".to_owned(),
        detail: "3 messages of the ramp are missing".to_owned(),
        seen_at: at(sequence),
        closed_at: None,
    }
}

pub(crate) fn stats() -> LaneStats {
    LaneStats {
        lane: lane_key(),
        lane_name: "besu-to-sepolia".to_owned(),
        sent: 10,
        by_status: vec![(Status::Executed, 7), (Status::Failed, 1), (Status::Delivered, 2)],
        latency: Some([Duration::from_millis(1_500), Duration::from_secs(60), Duration::from_secs(90)]),
    }
}

pub(crate) fn in_flight() -> InFlightCut {
    let position = |id, number: u64| ReadPosition {
        chain: chain(id),
        position: Position { number, hash: B256::repeat_byte(0xbb) },
        time: at(number),
        open_holes: 0,
    };
    InFlightCut {
        values: vec![InFlight {
            lane_name: "besu-to-sepolia".to_owned(),
            source: Some(chain(138)),
            destination: Some(chain(11_155_111)),
            token: Address::repeat_byte(0x70),
            amount: U256::MAX,
            messages: 3,
        }],
        positions: vec![position(138, 100), position(11_155_111, 200)],
    }
}

/// Two chains and a lane: one side well known, the other unknown.
pub(crate) fn views() -> Views {
    let besu = ChainView {
        name: "besu".parse().unwrap(),
        id: chain(138),
        selector: lane_key().source,
        position: Some(Position { number: 100, hash: B256::repeat_byte(0xbb) }),
        position_time: Some(at(100)),
        head: Some(103),
        head_time: Some(at(103)),
        final_head: Some(103),
        router: Known::Is(Router::Serves { version: "Router 1.2.0".to_owned() }),
        cursed: Known::Is(false),
        balances: vec![Balance {
            account: Address::repeat_byte(0x51),
            juels: Known::Unknown("the endpoint did not answer".to_owned()),
            days_left: None,
        }],
        looked_at: Some(at(103)),
    };
    let sepolia = ChainView {
        name: "sepolia".parse().unwrap(),
        id: chain(11_155_111),
        selector: lane_key().destination,
        position: None,
        position_time: None,
        head: None,
        head_time: None,
        final_head: None,
        router: Known::Is(Router::NoCode),
        cursed: Known::Unknown("the endpoint did not answer".to_owned()),
        balances: Vec::new(),
        looked_at: None,
    };
    let lane = LaneView {
        name: "besu-to-sepolia".parse().unwrap(),
        key: lane_key(),
        source: besu.name.clone(),
        destination: sepolia.name.clone(),
        supported: Known::Is(true),
        cursed: Known::Is(false),
        expected_next: Known::Is(u64::MAX),
        last_seen: Some(u64::MAX - 1),
    };
    Views::new([besu, sepolia], [lane])
}

/// A diagnoser over this store that can ask no chain.
pub(crate) fn diagnoser(store: &Arc<FakeStore>) -> Arc<Diagnoser> {
    let lanes = LaneBook {
        chains: BTreeMap::new(),
        lanes: BTreeMap::new(),
        open: true,
        expire_after: Duration::from_secs(28_800),
    };
    Arc::new(Diagnoser::new(Parts {
        records: store.clone(),
        dossier: store.clone(),
        chains: BTreeMap::new(),
        sites: Arc::new(Sites::default()),
        lanes: Arc::new(lanes),
        views: views(),
        clock: Arc::new(ManualClock::at(at(1_000))),
        behind: Duration::from_secs(120),
        explain: |_| Failure { words: String::new(), silent: true, retry_after: None },
    }))
}
