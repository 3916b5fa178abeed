//! What every test of the store stands on: a migrated database, a leader, and two chains that say what a test wants.

use std::{sync::Arc, time::Duration};

use causeway_chain::logs::Position;
use causeway_primitives::{Address, B256, Bytes, ChainId, ChainSelector, MessageId, Timestamp, U256};
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use ccip_monitor::{
    adapters::store::{MIGRATIONS, Store},
    domain::{
        event::{Attempted, Committed, IdOrigin, IdProof, LaneEvent, Located, Outcome, Payload, Place, Sent},
        finding::{Finding, Kind},
        lane::{Dialect, LaneKey},
        message::Status,
    },
    ports::{Batch, Ingested, Ledger as _, LedgerError, MessageView, Pace, Records as _, Unwound},
};

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);
/// Where messages come from and where they go.
pub(super) const SOURCE: u64 = 138;
pub(super) const DESTINATION: u64 = 11_155_111;
const SOURCE_SELECTOR: u64 = 13_800_000_000_000_000_138;
const DESTINATION_SELECTOR: u64 = 16_015_286_601_757_825_753;

/// A migrated database whose lease a first leader holds.
pub(super) struct Stand {
    pub(super) store: Store,
    pub(super) pool: Pool,
    pub(super) leader: Leadership,
    settings: Settings,
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let database = shared().await.expect("a server").database(label).await.expect("a database");
        let settings = Settings::new(database.url().into(), "ccip-monitor-test");
        let pool = Pool::open(&settings, Metrics::default()).expect("a pool");
        schema::migrate(&pool, &MIGRATIONS).await.expect("the schema");
        let leader = acquire(&pool, "first").await;
        Self { store: Store::new(pool.clone()), pool, leader, settings }
    }

    /// Other sessions, as after a failure of the server.
    pub(super) async fn reconnect(&mut self) {
        self.pool.close().await;
        self.pool = Pool::open(&self.settings, Metrics::default()).expect("a pool");
        self.store = Store::new(self.pool.clone());
    }

    /// A store on few connections, as of a process whose pool is small.
    pub(super) fn narrow(&self, max_connections: u32) -> (Store, Pool) {
        let settings = Settings { max_connections, ..self.settings.clone() };
        let pool = Pool::open(&settings, Metrics::default()).expect("a pool");
        (Store::new(pool.clone()), pool)
    }

    /// Another replica takes over; this one does not know it yet.
    pub(super) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.expect("a release");
        acquire(&self.pool, "second").await
    }

    /// Stores a block of a chain that follows the stored one.
    pub(super) async fn read(&self, block: Block) -> Ingested {
        self.try_read(block).await.expect("a batch")
    }

    pub(super) async fn try_read(&self, block: Block) -> Result<Ingested, LedgerError> {
        let after = self.store.find_position(block.chain()).await?;
        self.store.ingest(&self.leader, &block.batch(after)).await
    }

    /// The same with sends of another ramp.
    pub(super) async fn read_over(&self, ramp: u64, block: Block) -> Ingested {
        let after = self.store.find_position(block.chain()).await.expect("a position");
        let mut batch = block.batch(after);
        for located in &mut batch.events {
            located.place.contract = account(ramp);
        }
        self.store.ingest(&self.leader, &batch).await.expect("a batch")
    }

    pub(super) async fn unwind(&self, chain: u64, to: Option<&Block>) -> Unwound {
        let (chain, to) = (chain_id(chain), to.map(Block::position));
        let from = self.store.find_position(chain).await.expect("a position");
        self.store.unwind(&self.leader, chain, (from, to)).await.expect("an unwinding")
    }

    pub(super) async fn find(&self, id: u64) -> Option<MessageView> {
        self.store.find_message(message_id(id)).await.expect("an answer")
    }

    pub(super) async fn get(&self, id: u64) -> MessageView {
        self.find(id).await.expect("a message")
    }

    pub(super) async fn status(&self, id: u64) -> Status {
        self.get(id).await.status
    }

    /// Open findings by kind, newest first.
    pub(super) async fn kinds(&self) -> Vec<Kind> {
        let findings = self.store.list_findings(100).await.expect("findings");
        findings.into_iter().map(|finding| finding.kind).collect()
    }

    /// The names of a message's steps with the status after each.
    pub(super) async fn steps(&self, id: u64) -> Vec<(String, Status)> {
        let key = self.get(id).await.key;
        let history = self.store.list_history(key).await.expect("a history");
        history.into_iter().map(|step| (step.event, step.status)).collect()
    }

    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.pool.executor()).await.expect(sql)
    }

    /// Everything that a batch can write.
    pub(super) async fn rows(&self) -> i64 {
        self.number(
            "SELECT (SELECT count(*) FROM sent) + (SELECT count(*) FROM message) + (SELECT count(*) FROM attempt)
                  + (SELECT count(*) FROM report) + (SELECT count(*) FROM removal) + (SELECT count(*) FROM finding)
                  + (SELECT count(*) FROM hole) + (SELECT count(*) FROM mark) + (SELECT count(*) FROM lane)
                  + (SELECT count(*) FROM skip) + (SELECT count(*) FROM setting) + (SELECT last_change FROM ledger)
                  + (SELECT COALESCE(sum(number), 0) FROM cursor)::BIGINT",
        )
        .await
    }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    let lease: Arc<str> = "ccip-monitor".into();
    try_acquire(pool, &lease, &holder.into(), TTL).await.expect("an answer").expect("a free lease")
}

/// The time of a block: both chains make one a second.
pub(super) fn at(block: u64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + block).expect("a time")
}

pub(super) fn chain_id(id: u64) -> ChainId {
    ChainId::new(id).expect("a chain")
}

fn selector(value: u64) -> ChainSelector {
    ChainSelector::new(value).expect("a selector")
}

/// The lane of a dialect from the source to the destination.
pub(super) fn lane(dialect: Dialect) -> LaneKey {
    LaneKey { dialect, source: selector(SOURCE_SELECTOR), destination: selector(DESTINATION_SELECTOR) }
}

pub(super) fn message_id(id: u64) -> MessageId {
    MessageId::new(hash(id))
}

pub(super) fn hash(value: u64) -> B256 {
    B256::from(U256::from(value))
}

pub(super) fn account(value: u64) -> Address {
    Address::from_word(hash(value))
}

pub(super) const ON_RAMP: u64 = 0xAAAA;
pub(super) const OFF_RAMP: u64 = 0xBBBB;

/// A block, and what it holds.
#[derive(Debug, Clone)]
pub(super) struct Block {
    chain: u64,
    number: u64,
    fork: u64,
    final_height: u64,
    pace: Pace,
    events: Vec<LaneEvent>,
}

impl Block {
    pub(super) fn of(chain: u64, number: u64) -> Self {
        Self { chain, number, fork: 0, final_height: 0, pace: Pace::Live, events: Vec::new() }
    }

    pub(super) fn source(number: u64) -> Self {
        Self::of(SOURCE, number)
    }

    pub(super) fn destination(number: u64) -> Self {
        Self::of(DESTINATION, number)
    }

    /// The same height on another chain of blocks.
    pub(super) fn fork(self, fork: u64) -> Self {
        Self { fork, ..self }
    }

    pub(super) fn final_up_to(self, final_height: u64) -> Self {
        Self { final_height, ..self }
    }

    /// Far behind the head, where a writer's board passes to the next one.
    pub(super) fn at(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    pub(super) fn with(mut self, event: impl Into<LaneEvent>) -> Self {
        self.events.push(event.into());
        self
    }

    pub(super) fn chain(&self) -> ChainId {
        chain_id(self.chain)
    }

    pub(super) fn position(&self) -> Position {
        Position { number: self.number, hash: hash(self.chain * 1_000_000 + self.number * 10 + self.fork) }
    }

    pub(super) fn located(&self) -> Vec<Located> {
        let place = |log_index: u64, event: &LaneEvent| Place {
            chain: self.chain(),
            block: self.number,
            block_hash: self.position().hash,
            time: at(self.number),
            tx: hash(self.chain * 1_000_000 + self.number * 1_000 + self.fork * 100 + log_index),
            log_index,
            contract: account(if matches!(event, LaneEvent::Sent(_)) { ON_RAMP } else { OFF_RAMP }),
        };
        (0..)
            .zip(&self.events)
            .map(|(index, event)| Located { place: place(index, event), event: event.clone() })
            .collect()
    }

    pub(super) fn batch(&self, after: Option<Position>) -> Batch {
        Batch {
            chain: self.chain(),
            pace: self.pace,
            after,
            position: self.position(),
            time: at(self.number),
            final_height: self.final_height,
            head: 0,
            events: self.located(),
            holes: Vec::new(),
            findings: Vec::<Finding>::new(),
            traceparent: None,
        }
    }
}

/// A message of 1.6: number, id and content are all made of `id`.
pub(super) fn sent(id: u64) -> Sent {
    Sent {
        lane: lane(Dialect::V1_6),
        id: message_id(id),
        id_origin: IdOrigin::Stated,
        id_proof: IdProof::Verified,
        sequence: Some(id),
        nonce: None,
        sender: account(0x5E),
        receiver: Bytes::from(account(0x4E).to_vec()),
        payload: Payload { hash: hash(id), length: 3, head: Bytes::from_static(b"abc") },
        fee_token: Address::ZERO,
        fee: U256::from(id),
        fee_juels: None,
        gas_limit: Some(U256::from(200_000)),
        tokens: Vec::new(),
        leaf: Some(hash(id + 500_000)),
    }
}

pub(super) fn send(id: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(sent(id)))
}

/// An execution of the message that [`sent`] makes.
pub(super) fn attempted(id: u64, outcome: Outcome) -> Attempted {
    Attempted {
        lane: lane(Dialect::V1_6),
        id: message_id(id),
        sequence: Some(id),
        leaf: Some(hash(id + 500_000)),
        outcome,
        return_data: Bytes::new(),
        gas_used: Some(U256::from(50_000)),
        content: None,
    }
}

pub(super) fn succeed(id: u64) -> LaneEvent {
    LaneEvent::Attempted(Box::new(attempted(id, Outcome::Succeeded)))
}

pub(super) fn fail(id: u64) -> LaneEvent {
    LaneEvent::Attempted(Box::new(attempted(id, Outcome::Failed)))
}

/// A report of the messages `first` to `last`.
pub(super) fn commit(first: u64, last: u64) -> LaneEvent {
    commit_of(Some(ON_RAMP), first, last)
}

/// The same of another ramp, or without a word about it.
pub(super) fn commit_of(on_ramp: Option<u64>, first: u64, last: u64) -> LaneEvent {
    let (lane, on_ramp) = (lane(Dialect::V1_6), on_ramp.map(account));
    LaneEvent::Committed(Committed { lane, on_ramp, first, last, root: root(first, last) })
}

pub(super) fn root(first: u64, last: u64) -> B256 {
    hash(first.wrapping_mul(1_000_000).wrapping_add(last))
}

pub(super) fn remove_root(first: u64, last: u64) -> LaneEvent {
    LaneEvent::RootRemoved { root: root(first, last) }
}
