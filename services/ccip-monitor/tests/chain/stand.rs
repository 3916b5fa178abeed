//! Two chains with real contracts, and who asks them.

use std::time::Duration;

use causeway_chain::{
    endpoints::{EndpointPolicy, EndpointSet, Metrics},
    rpc::EndpointUrl,
};
use causeway_primitives::{Address, B256, Bytes, ChainId, ChainSelector, MessageId, U256};
use causeway_testkit::ccip::{Family, LanePlan, Role, Send, Sent, Side, World};
use ccip_monitor::{
    adapters::chain::ChainReader,
    domain::lane::{Dialect, LaneKey},
    ports::{
        ChainReads as _, DestinationAsk, IncomingAsk, Original, OriginalToken, OutgoingAsk, Parcel, Pin, ProbeAsk,
        SourceAsk,
    },
};

/// Longer than any answer of a chain on this machine.
const WITHIN: Duration = Duration::from_secs(20);

/// The world, from home to away.
pub(super) struct Stand {
    pub(super) world: World,
    pub(super) home: ChainReader,
    pub(super) away: ChainReader,
}

impl Stand {
    pub(super) async fn new() -> Self {
        let world = World::start().await.unwrap();
        let (home, away) = (reader(&world, Side::Home), reader(&world, Side::Away));
        Self { world, home, away }
    }

    pub(super) fn lane(&self, family: Family) -> LanePlan {
        let lanes = self.world.plan().lanes;
        lanes.into_iter().find(|lane| lane.family == family && lane.source == Side::Home).unwrap()
    }

    pub(super) fn key(&self, family: Family) -> LaneKey {
        LaneKey {
            dialect: dialect(family),
            source: ChainSelector::new(self.world.home.selector).unwrap(),
            destination: ChainSelector::new(self.world.away.selector).unwrap(),
        }
    }

    pub(super) async fn home_pin(&self) -> Pin {
        self.home.head().await.value.unwrap()
    }

    pub(super) async fn away_pin(&self) -> Pin {
        self.away.head().await.value.unwrap()
    }

    /// A message from the user, as the monitor knows it.
    pub(super) fn parcel(&self, family: Family, send: &Send, sent: &Sent) -> Parcel {
        Parcel {
            lane: self.key(family),
            id: MessageId::new(sent.message_id),
            sequence: Some(sent.sequence_number),
            sender: self.world.home.account(Role::User),
            receiver: Bytes::copy_from_slice(send.receiver.as_slice()),
            data: Some(send.data.clone()),
            tokens: Vec::new(),
            gas_limit: Some(U256::from(send.gas_limit)),
            out_of_order: sent.nonce == 0,
        }
    }

    pub(super) fn source_ask(&self, family: Family, parcel: Parcel, tx: B256) -> SourceAsk {
        let lane = self.lane(family);
        SourceAsk { parcel, tx, on_ramp: lane.on_ramp, fee_token: Address::ZERO, router: None, rmn: None }
    }

    pub(super) fn destination_ask(&self, family: Family, parcel: Parcel, root: Option<B256>) -> DestinationAsk {
        let off_ramp = Some(self.lane(family).off_ramp);
        DestinationAsk { parcel, off_ramp, router: None, rmn: None, root, last_relayed: None }
    }

    pub(super) async fn original(&self, family: Family, parcel: &Parcel, tx: B256) -> Original {
        self.home.original(&self.source_ask(family, parcel.clone(), tx)).await.value.unwrap()
    }

    /// What is probed at home: every family's lane there and back.
    pub(super) fn probe(&self) -> ProbeAsk {
        let families = [Family::Private, Family::V1_5, Family::V1_6];
        let plan = self.world.plan();
        let back = |family| {
            let lane = plan.lanes.iter().find(|lane| lane.family == family && lane.source == Side::Away).unwrap();
            let there = self.key(family);
            let key = LaneKey { dialect: dialect(family), source: there.destination, destination: there.source };
            IncomingAsk { lane: key, off_ramp: lane.off_ramp }
        };
        let tokens = self.world.home.tokens;
        ProbeAsk {
            own: ChainSelector::new(self.world.home.selector).unwrap(),
            router: Some(self.world.home.v1_6.router),
            rmn: None,
            outgoing: families
                .map(|family| OutgoingAsk { lane: self.key(family), on_ramp: self.lane(family).on_ramp })
                .to_vec(),
            incoming: families.map(back).to_vec(),
            link_token: Some(tokens.link),
            link_accounts: vec![tokens.sender],
        }
    }
}

/// A message with something in it.
pub(super) fn hello(world: &World) -> Send {
    Send::new(world.away.tokens.receiver, b"hello".as_slice())
}

pub(super) fn token(original: &Original) -> OriginalToken {
    original.tokens[0]
}

fn dialect(family: Family) -> Dialect {
    Dialect::from_name(causeway_testkit::monitor::dialect_name(family))
}

fn reader(world: &World, side: Side) -> ChainReader {
    let chain = world.chain(side);
    reader_of(chain.anvil.url(), chain.chain_id, WITHIN)
}

/// Asks one endpoint.
pub(super) fn reader_of(url: &str, chain_id: u64, within: Duration) -> ChainReader {
    let urls = vec![EndpointUrl::parse(&url.to_owned().into()).unwrap()];
    let http = reqwest::Client::new();
    let policy = EndpointPolicy { rounds: 1, ..EndpointPolicy::default() };
    let chain = ChainId::new(chain_id).unwrap();
    let endpoints = EndpointSet::new(urls, chain, policy, &http, &Metrics::default()).unwrap();
    ChainReader::new(endpoints, within)
}
