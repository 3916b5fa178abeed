//! kill -9, at random moments and at the worst ones.

use alloy::primitives::B256;
use causeway_testkit::{contracts::Dialect, fault::RpcProxy, oracle::Plan, wait::eventually};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use sqlx::{Connection as _, PgConnection, Row as _};

use super::stage::{Stage, secretive};

/// Kills in one test. Each costs the life of a lease.
const KILLS: u32 = 4;

/// The longest that a replica lives before it is killed, in questions to the chain from its first answer on: about as
/// many as it asks from one round to the next.
const LIFE: u64 = 24;

/// What a replica asks the chain all the time.
const QUESTION: &str = "eth_getBlockByNumber";

/// Set it to the seed that a failed run has printed, to kill at the same moments.
const SEED: Option<u64> = None;

#[tokio::test]
async fn ora_11_kill_9_at_random_moments_leaves_exactly_one_effect_a_decision() {
    let seed = SEED.unwrap_or_else(rand::random);
    println!("seed of the moments: {seed}");
    let mut moments = StdRng::seed_from_u64(seed);
    let stage = Stage::new(Plan { deviation_percent: "0.01", ..Plan::default() }).await;
    let proxy = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let endpoint = secretive(proxy.url());
    for kill in 0..KILLS {
        let replica = stage.serve_with(&format!("replica-{kill}"), &[("RPC_URL", &endpoint)]).await;
        replica.is("leader").await;
        let known = stage.rounds().await;
        stage.rounds_beyond(known).await;
        let last = proxy.calls(QUESTION).saturating_add(moments.random_range(0..LIFE));
        eventually("its last question", async || proxy.calls(QUESTION) >= last).await;
        replica.kill().await;
    }
    let last = stage.serve("replica-last").await;
    let known = stage.rounds().await;
    stage.rounds_beyond(known + 1).await;
    last.round("eur-usd", "a round of its own", |round| super::replica::number(round) > known).await;
    stage.finish(vec![last]).await;
}

/// A transaction that is signed and written down, and nothing else: the endpoint never gets it, or gets it and cannot
/// say so.
#[derive(Debug, Clone, Copy)]
enum Broken {
    /// The bytes do not arrive.
    Request,
    /// The bytes arrive; the answer does not.
    Answer,
}

async fn the_same_bytes_land_once(broken: Broken) {
    let stage =
        Stage::new(Plan { heartbeat_seconds: 600, dialect: Dialect::UpdateAnswerInt256, ..Plan::default() }).await;
    stage.market("1.10000");
    let proxy = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    let endpoint = secretive(proxy.url());
    // So that what is sent after the crash is sent again, not replaced.
    let variables = [("RPC_URL", endpoint.as_str()), ("ORACLE__PUBLISHER__STUCK_AFTER_MS", "120000")];
    let replica = stage.serve_with("replica-a", &variables).await;
    replica.first_round().await;
    replica.round("usd-eur", "the derived feed's first round", |_| true).await;

    match broken {
        Broken::Request => proxy.stall("eth_sendRawTransaction"),
        Broken::Answer => proxy.drop_answers("eth_sendRawTransaction"),
    }
    stage.market("1.11000");
    let journaled = async || Some(signed_for(&stage, "111000000").await).filter(|signed| !signed.is_empty());
    let signed = eventually("a journaled transaction", journaled).await;
    match broken {
        Broken::Request => {}
        Broken::Answer => assert_eq!(stage.rounds_beyond(1).await, 2, "the chain has it, and nobody was told"),
    }
    replica.kill().await;
    assert_eq!(signed_for(&stage, "111000000").await, signed, "it was signed once before the crash");

    proxy.honest();
    let again = stage.serve_with("replica-b", &variables).await;
    let round = again.round("eur-usd", "the round of the dead", |round| super::replica::answer(round) == "111000000");
    let round = round.await;
    assert_eq!(signed_for(&stage, "111000000").await, signed, "the same bytes, and no others");
    assert_eq!(round.tx_hash, signed[0].to_string());
    assert_eq!(stage.answers().await, ["110000000", "111000000"]);
    stage.finish(vec![again]).await;
}

#[tokio::test]
async fn ora_11_kill_9_between_journal_and_broadcast_sends_the_same_bytes_after_the_restart() {
    the_same_bytes_land_once(Broken::Request).await;
}

#[tokio::test]
async fn ora_11_kill_9_between_broadcast_and_its_answer_lands_once() {
    the_same_bytes_land_once(Broken::Answer).await;
}

/// The transactions that were signed for an answer of `eur-usd`.
async fn signed_for(stage: &Stage, answer: &str) -> Vec<B256> {
    let mut database = PgConnection::connect(stage.world.database.url()).await.unwrap();
    let rows = sqlx::query(
        "SELECT hash FROM attempt JOIN publication USING (intent_key) \
         WHERE feed_id = 'eur-usd' AND answer = $1::TEXT::NUMERIC ORDER BY ordinal",
    );
    let rows = rows.bind(answer).fetch_all(&mut database).await.unwrap();
    rows.iter().map(|row| B256::from_slice(row.get("hash"))).collect()
}
