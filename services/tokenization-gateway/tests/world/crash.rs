//! Crashes: a gateway that is a process of its own, over a real database and a real chain, is killed by SIGKILL again and again,
//! at any moment and with each kind of write on its way. Nothing is lost, nothing is minted twice, and the books hold.

use std::{collections::BTreeMap, convert::Infallible, future::pending, ops::AddAssign as _, time::Duration};

use causeway_primitives::U256;
use causeway_store::Transaction;
use causeway_testkit::{
    firefly::EventWays,
    tools::storm_rounds,
    wait::{SOON, comes},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::Value;
use tokenization_gateway::domain::request::RequestId;
use tokio::time::Instant;

use super::{
    messages::{mt103, uetr},
    process::{BANK, Process},
    stand::{Stand, Via},
};

/// So many times is killed in a run, unless `CAUSEWAY_STORM_ROUNDS` says otherwise.
const ROUNDS: u32 = 100;
/// A blow that waits for a write waits no longer: perhaps nothing is left to be written.
const PATIENCE: Duration = Duration::from_millis(400);
/// Longer than a process takes from its start to the first receipt.
const ANY_MOMENT: u64 = 400;

/// What keeps a write from being finished, and so the gateway in the middle of it.
const WRITES: [(&str, &str); 8] = [
    ("an order", "LOCK TABLE business_key IN SHARE MODE"),
    ("any step", "LOCK TABLE audit IN SHARE MODE"),
    ("the journal of an effect", "LOCK TABLE ledger_entry IN SHARE MODE"),
    ("the call to be made", "LOCK TABLE intent, errand IN SHARE MODE"),
    ("the signature", "LOCK TABLE attempt IN SHARE MODE"),
    ("the receipt", "LOCK TABLE effect IN SHARE MODE"),
    ("an answer", "LOCK TABLE answer IN SHARE MODE"),
    ("the answer of a call", "LOCK TABLE idempotency IN SHARE MODE"),
];

/// An order, posted until somebody has said what became of it.
#[derive(Default)]
struct Order {
    /// Of its keys, the one that is used: a call that died keeps its key for a minute, and the message is known by its names.
    key: u32,
    request: Option<RequestId>,
    /// What was said last.
    told: Option<(u16, Value)>,
}

/// Orders by their numbers.
#[derive(Default)]
struct Orders {
    all: BTreeMap<u32, Order>,
}

impl Orders {
    fn another(&mut self) {
        let number = u32::try_from(self.all.len()).unwrap() + 1;
        self.all.insert(number, Order::default());
    }

    fn unanswered(&self) -> u64 {
        self.all.values().filter(|order| order.request.is_none()).count().try_into().unwrap()
    }

    /// Posts what nobody has answered, each once.
    async fn post(&mut self, process: &Process) {
        for (number, order) in self.all.iter_mut().filter(|(_, order)| order.request.is_none()) {
            let (message, key) = (mt103(&uetr(*number), "1,", ""), format!("k-{number}-{}", order.key));
            order.told = process.try_post("/api/v1/messages", BANK, &key, message).await;
            match &order.told {
                Some((202, told)) => order.request = Some(request_of(told)),
                Some((409, _)) => order.key += 1,
                Some(_) | None => {}
            }
        }
    }

    /// The same again and again, until everything is answered.
    async fn insist(&mut self, process: &Process) -> Infallible {
        while self.unanswered() > 0 {
            self.post(process).await;
        }
        pending().await
    }
}

fn request_of(told: &Value) -> RequestId {
    told["messages"][0]["transactions"][0]["request_id"].as_str().unwrap().parse().unwrap()
}

impl Stand {
    /// Keeps a write from being finished, until somebody waits to make it: then its lock. `None` when nobody did.
    async fn stalled(&self, lock: &'static str) -> Option<Transaction> {
        let mut tx = self.pool().begin().await.unwrap();
        sqlx::raw_sql(lock).execute(&mut *tx).await.unwrap();
        let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'
                     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
        let somebody = async || sqlx::query_scalar::<_, bool>(waits).fetch_one(self.pool().executor()).await.unwrap();
        comes(PATIENCE, somebody).await.is_ok().then_some(tx)
    }

    /// As if a dead leader's lease had run out, and its candidacy: nobody else can have it, and the time is not waited for.
    async fn outlive_the_lease(&self) {
        let ended = "UPDATE causeway_lease SET expires_at = clock_timestamp();
                     UPDATE causeway_candidate SET expires_at = clock_timestamp()";
        sqlx::raw_sql(ended).execute(self.pool().executor()).await.unwrap();
    }
}

/// Kills a gateway so often, each time under orders, and hands back what it was killed at, with how often, and a last one.
async fn blows(stand: &Stand, orders: &mut Orders, seed: u64) -> (BTreeMap<&'static str, u32>, Process) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut killed: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut process = Process::start(stand).await;
    for _ in 0..storm_rounds().unwrap_or(ROUNDS) {
        for _ in 0..random.random_range(0..3_u32) {
            orders.another();
        }
        let write = WRITES.get(random.random_range(0..WRITES.len() * 2));
        let moment = Duration::from_millis(random.random_range(0..ANY_MOMENT));
        let blow = async {
            match write {
                Some((name, lock)) => (*name, stand.stalled(lock).await),
                // Anywhere between the start and the last receipt: that is the point of it.
                None => {
                    tokio::time::sleep(moment).await;
                    ("any moment", None)
                }
            }
        };
        let (at, lock) = tokio::select! {
            never = orders.insist(&process) => match never {},
            blow = blow => blow,
        };
        if write.is_none() || lock.is_some() {
            killed.entry(at).or_default().add_assign(1);
        }
        let dead = process.kill().await;
        drop(lock);
        stand.outlive_the_lease().await;
        process = dead.revive().await;
    }
    (killed, process)
}

async fn storm(label: &str, via: Via) {
    let stand = Stand::via(label, via).await;
    let seed = rand::rng().random();
    println!("seed {seed}");
    if let Some(firefly) = &stand.firefly {
        firefly.at_random(seed);
        firefly.tell_events(EventWays { doubled: true, lost: true, swapped: true, replayed: true });
    }
    let (mut orders, began) = (Orders::default(), Instant::now());
    let (killed, process) = blows(&stand, &mut orders, seed).await;
    let left = orders.unanswered();
    println!("killed at {killed:?} in {:?}; {left} orders are not answered", began.elapsed());
    let ended = async || {
        orders.post(&process).await;
        orders.unanswered() == 0
    };
    // A long storm on a busy machine leaves many.
    if comes(SOON + Duration::from_secs(left), ended).await.is_err() {
        let told: Vec<_> =
            orders.all.values().filter(|order| order.request.is_none()).map(|order| &order.told).collect();
        panic!("nobody answers: {told:?}; seed {seed}");
    }
    for order in orders.all.values() {
        stand.reaches(order.request.unwrap(), "reported").await;
    }
    let _dead = process.kill().await;
    assert!(
        killed.len() > WRITES.len() / 2,
        "too little was cut in the middle to prove anything; seed {seed}: {killed:?}"
    );
    let ordered = U256::from(orders.all.len()) * U256::from(1_000_000);
    assert_eq!(stand.token.total_supply().await.unwrap(), ordered, "seed {seed}");
    assert_eq!(stand.token.performed().await.unwrap().len(), orders.all.len(), "seed {seed}");
    let reader = stand.start();
    stand.is_reconciled(&reader).await;
    assert!(stand.firefly.is_none_or(|firefly| firefly.retried() == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_7_killed_wherever_it_stands_nothing_is_lost_and_nothing_minted_twice() {
    storm("gateway_crash", Via::Direct).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_2_tok_7_killed_wherever_it_stands_while_firefly_misbehaves_nothing_is_lost_and_nothing_minted_twice() {
    storm("gateway_crash_firefly", Via::Firefly).await;
}
