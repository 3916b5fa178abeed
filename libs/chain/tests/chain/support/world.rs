//! Endpoint sets over anvils, a sender with a clock that the test sets, intents that publish a round.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::primitives::{Address, I256, U256};
use causeway_chain::{
    aggregator::{self, WriteDialect},
    endpoints::{CircuitPolicy, EndpointPolicy, EndpointSet, Metrics},
    intent::{Expectation, Intent, OnNonceTaken},
    journal::Journal,
    rpc::EndpointUrl,
    sender::{EventKind, Gate, Parts, SendPolicy, Sender},
    signer::Signer,
};
use causeway_primitives::{Answer, ChainId, RoundId, Timestamp};
use causeway_testkit::{
    anvil::{Account, Anvil, Mining},
    contracts::{Aggregator, Dialect, Spec},
};
use tokio::sync::broadcast;

/// The only account that publishes in these tests.
pub(crate) const PUBLISHER: usize = 1;

pub(crate) fn http() -> reqwest::Client {
    // An error means that another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

pub(crate) fn url(text: &str) -> EndpointUrl {
    EndpointUrl::parse(&text.into()).unwrap()
}

/// Circuits that open at the first failure and let the next call try again: no test has to wait for one.
pub(crate) const IMPATIENT: EndpointPolicy = EndpointPolicy {
    call_timeout: Duration::from_secs(5),
    circuit: CircuitPolicy { failures_to_open: 1, cool_down: Duration::ZERO, longest_cool_down: Duration::ZERO },
    max_head_regress: 3,
    rounds: 1,
    round_pause: Duration::from_millis(10),
    broadcast_grace: Duration::from_millis(100),
};

pub(crate) fn endpoints(urls: &[&str]) -> EndpointSet {
    let urls = urls.iter().map(|text| url(text)).collect();
    EndpointSet::new(urls, ChainId::new(138).unwrap(), IMPATIENT, &http(), &Metrics::default()).unwrap()
}

/// Wall time that stands still until the test moves it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// A chain without fees that mines on command, with an aggregator that names its rounds.
pub(crate) struct World {
    pub(crate) anvil: Anvil,
    pub(crate) aggregator: Aggregator,
    pub(crate) clock: Clock,
    pub(crate) policy: SendPolicy,
}

impl World {
    pub(crate) async fn new(dialect: Dialect) -> Self {
        let anvil = Anvil::builder().mining(Mining::Manual).gas_price(0).start().await.unwrap();
        let publisher = anvil.accounts()[PUBLISHER].address;
        let aggregator = Aggregator::deploy(&anvil, &Spec::new(dialect, "EUR / USD", publisher)).await.unwrap();
        // Not a wei: whatever is offered for gas could not be paid.
        anvil.set_balance(publisher, U256::ZERO).await.unwrap();
        let policy = SendPolicy::FREE_GAS.validated().unwrap();
        Self { anvil, aggregator, clock: Clock::default(), policy }
    }

    pub(crate) fn publisher(&self) -> Account {
        self.anvil.accounts()[PUBLISHER].clone()
    }

    pub(crate) fn sender(&self, journal: Arc<dyn Journal>) -> Sender {
        self.sender_over(&[self.anvil.url()], journal)
    }

    pub(crate) fn sender_over(&self, urls: &[&str], journal: Arc<dyn Journal>) -> Sender {
        self.sender_behind(Gate::default(), urls, journal)
    }

    pub(crate) fn sender_behind(&self, gate: Gate, urls: &[&str], journal: Arc<dyn Journal>) -> Sender {
        let clock = self.clock.clone();
        let parts = Parts {
            endpoints: endpoints(urls),
            signer: Signer::from_hex(&self.publisher().key.into()).unwrap(),
            journal,
            policy: self.policy,
            clock: Arc::new(move || clock.now()),
        };
        Sender::behind(gate, parts)
    }

    /// Publishes `value` as `round`, and counts as success only with the event that says so.
    pub(crate) fn intent(&self, round: u64, value: i64) -> Intent {
        let answer = Answer::new(I256::try_from(value).unwrap());
        let round_id = RoundId::new(u128::from(round));
        let dialect = write_dialect(self.aggregator.dialect);
        let named = (dialect == WriteDialect::SubmitRound).then_some(round_id);
        Intent {
            key: format!("round:{round}:{value}").parse().unwrap(),
            to: self.aggregator.address,
            value: U256::ZERO,
            data: dialect.calldata(answer, round_id).unwrap(),
            expect: Expectation::Event(aggregator::answer_updated(self.aggregator.address, answer, named)),
            on_nonce_taken: OnNonceTaken::Fail,
            expires_at: None,
            traceparent: None,
        }
    }

    /// The answers on chain, first to last.
    pub(crate) async fn answers(&self) -> Vec<String> {
        let rounds = self.aggregator.rounds(&self.anvil).await.unwrap();
        rounds.into_iter().map(|round| round.answer.to_string()).collect()
    }
}

pub(crate) const fn write_dialect(dialect: Dialect) -> WriteDialect {
    match dialect {
        Dialect::UpdateAnswerInt256 => WriteDialect::UpdateAnswerInt256,
        Dialect::UpdateAnswerUint256 => WriteDialect::UpdateAnswerUint256,
        Dialect::SubmitRound => WriteDialect::SubmitRound,
        Dialect::TransmitInt192 => WriteDialect::TransmitInt192,
    }
}

/// The labels of everything that happened since the last call.
pub(crate) fn happened(events: &mut broadcast::Receiver<causeway_chain::sender::Event>) -> Vec<&'static str> {
    std::iter::from_fn(|| events.try_recv().ok()).map(|event| event.kind.as_str()).collect()
}

/// The hashes of the attempts that were signed since the last call.
pub(crate) fn signed(events: &mut broadcast::Receiver<causeway_chain::sender::Event>) -> Vec<alloy::primitives::B256> {
    std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| match event.kind {
            EventKind::Signed { tx_hash, .. } => Some(tx_hash),
            EventKind::Sent { .. }
            | EventKind::Refused { .. }
            | EventKind::Included { .. }
            | EventKind::Reorganised
            | EventKind::NonceTaken
            | EventKind::Settled(_) => None,
        })
        .collect()
}

/// A URL that refuses connections: the port was ours a moment ago.
pub(crate) async fn dead_url() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

pub(crate) fn address(byte: u8) -> Address {
    Address::repeat_byte(byte)
}
