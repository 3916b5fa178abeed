//! What every test of the store stands on: a migrated database, a leader, and entries to write.

use std::{sync::Arc, time::Duration};

use causeway_chain::{
    intent::{Failure, Inclusion, IntentKey, Outcome, Stage},
    journal::{Journal as _, contract},
    revert::Reason,
};
use causeway_primitives::{Answer, B256, FeedId, I256, RoundId, SignerId, Timestamp};
use causeway_store::{
    Metrics, Pool, Settings,
    lease::{Leadership, release, try_acquire},
    schema,
};
use causeway_testkit::postgres::shared;
use oracle_publisher::{
    adapters::store::{MIGRATIONS, SenderJournal, Store},
    app::shares::Shares,
    domain::breaker::Breaker,
    ports::{DecisionRow, Entry, Ledger as _, NewDecision, NewEvent, NewPublication, Records as _},
};
use tokio::sync::watch;

/// Longer than any test.
const TTL: Duration = Duration::from_secs(3_600);

/// A migrated database whose lease a first leader holds.
pub(super) struct Stand {
    pub(super) store: Store,
    pub(super) journal: SenderJournal,
    pub(super) pool: Pool,
    pub(super) leader: Leadership,
    leads: watch::Sender<Option<Leadership>>,
}

/// `gbp-usd` has a key of its own.
fn shares() -> Shares {
    Shares::new([(feed_id("gbp-usd"), signer("fx"))].into(), [].into(), signer("default"))
}

impl Stand {
    pub(super) async fn new(label: &str) -> Self {
        let database = shared().await.expect("a server").database(label).await.expect("a database");
        let settings = Settings::new(database.url().into(), "oracle-publisher-test");
        let pool = Pool::open(&settings, Metrics::default()).expect("a pool");
        schema::migrate(&pool, &MIGRATIONS).await.expect("the schema");
        let leader = acquire(&pool, "first").await;
        let (leads, leadership) = watch::channel(Some(leader.clone()));
        let (store, signer) = (Store::new(pool.clone()), signer("default"));
        let journal = SenderJournal::new(store.clone(), leadership, Arc::new(shares()), signer);
        Self { store, journal, pool, leader, leads }
    }

    /// The journal of another key's sender.
    pub(super) fn journal_of(&self, key: &str) -> SenderJournal {
        SenderJournal::new(self.store.clone(), self.leads.subscribe(), Arc::new(shares()), signer(key))
    }

    /// Whether this replica leads, as its parts see it.
    pub(super) fn leads(&self) -> watch::Receiver<Option<Leadership>> {
        self.leads.subscribe()
    }

    /// Another replica takes over; this one does not know it yet.
    pub(super) async fn depose(&self) -> Leadership {
        release(&self.pool, &self.leader).await.expect("a release");
        acquire(&self.pool, "second").await
    }

    /// This replica knows that it does not lead.
    pub(super) fn stand_by(&self) {
        self.leads.send_replace(None);
    }

    pub(super) async fn insert(&self, entry: &Entry) -> Option<u64> {
        self.store.insert_entry(&self.leader, entry).await.expect("an entry")
    }

    pub(super) async fn settle(&self, key: &str, outcome: Outcome) {
        self.settle_from(key, &Stage::Unsigned, outcome).await;
    }

    pub(super) async fn settle_from(&self, key: &str, from: &Stage, outcome: Outcome) {
        let settled = Stage::Settled(outcome);
        self.journal.advance(&intent_key(key), from, &settled, at(90)).await.expect("settled");
    }

    pub(super) async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(self.pool.executor()).await.expect(sql);
    }

    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(self.pool.executor()).await.expect(sql)
    }

    /// Everything that an entry can write.
    pub(super) async fn rows(&self) -> i64 {
        self.number(
            "SELECT (SELECT count(*) FROM decision) + (SELECT count(*) FROM policy) + (SELECT count(*) FROM intent)
                  + (SELECT count(*) FROM publication) + (SELECT count(*) FROM event)
                  + (SELECT count(*) FROM breaker_state) + (SELECT count(*) FROM source_state)
                  + (SELECT COALESCE(sum(sequence), 0) FROM decision_head)::BIGINT",
        )
        .await
    }

    pub(super) async fn decisions(&self, feed: &str) -> Vec<DecisionRow> {
        self.store.list_decisions(&feed_id(feed), 0, 1_000).await.expect("decisions")
    }
}

async fn acquire(pool: &Pool, holder: &str) -> Leadership {
    let lease: Arc<str> = "oracle-publisher".into();
    try_acquire(pool, &lease, &holder.into(), TTL).await.expect("an answer").expect("a free lease")
}

fn signer(text: &str) -> SignerId {
    text.parse().expect("a name")
}

pub(super) fn at(second: u64) -> Timestamp {
    Timestamp::from_secs(1_700_000_000 + second).expect("a time")
}

pub(super) fn feed_id(text: &str) -> FeedId {
    text.parse().expect("a feed id")
}

pub(super) fn intent_key(text: &str) -> IntentKey {
    text.parse().expect("a key")
}

pub(super) fn answer(value: u64) -> Answer {
    Answer::new(I256::try_from(value).expect("an integer"))
}

/// A hold: a decision and nothing else.
pub(super) fn hold(feed: &str, second: u64) -> Entry {
    Entry {
        feed: feed_id(feed),
        decided_at: at(second),
        decision: Some(NewDecision {
            kind: "hold",
            reason: "within_threshold",
            record: format!(r#"{{"now":{second}}}"#),
            policy: "{}".to_owned(),
            policy_digest: B256::repeat_byte(1),
            publication: None,
        }),
        breaker: Breaker::CLOSED,
        sources: Vec::new(),
        events: Vec::new(),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".to_owned()),
    }
}

/// A publication that answers `round`, under the intent key `<feed>-<second>`.
pub(super) fn publish(feed: &str, second: u64, round: u128) -> Entry {
    let mut entry = hold(feed, second);
    if let Some(decision) = &mut entry.decision {
        decision.kind = "publish";
        decision.reason = "deviation";
        decision.publication = Some(NewPublication {
            based_on_round: RoundId::new(round),
            answer: answer(107_000_000),
            reason: "deviation",
            signer: signer(if feed == "gbp-usd" { "fx" } else { "default" }),
            intent: contract::intent(&key(feed, second)),
        });
    }
    entry
}

pub(super) fn key(feed: &str, second: u64) -> String {
    format!("{feed}-{second}")
}

pub(super) fn event(summary: &str) -> NewEvent {
    NewEvent {
        kind: "source_transition",
        subject: "kraken-eur-usd".to_owned(),
        summary: summary.to_owned(),
        detail: serde_json::json!({ "to": "quarantined" }),
    }
}

pub(super) fn inclusion() -> Inclusion {
    Inclusion {
        tx_hash: B256::repeat_byte(0xaa),
        block_number: 12,
        block_hash: B256::repeat_byte(0xbb),
        gas_used: 50_000,
        gas_price: 0,
    }
}

pub(super) fn failed() -> Outcome {
    Outcome::Failed(Failure::NonceTaken)
}

pub(super) fn reverted() -> Outcome {
    Outcome::Reverted { inclusion: inclusion(), reason: Reason::Silent }
}
