//! What holds after every test, whatever it did: each round on chain is the one effect of one stored decision, every
//! decision can be computed again, success is counted by receipts, and no secret was told.

use std::collections::{BTreeMap, BTreeSet};

use alloy::primitives::{Address, B256, U256};
use causeway_testkit::wait::eventually;
use serde::Deserialize;
use sqlx::{Connection as _, PgConnection, Row as _};

use super::{
    replica::Replica,
    stage::{RPC_SECRET, Stage},
};

/// `AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)`, as on every Chainlink chain.
const ANSWER_UPDATED: &str = "0x0559884fd3a460db3073b7fc896cc77986f16e378210ded43186175bf646fc5f";

/// An answer as the journal has it.
#[derive(Debug)]
struct Publication {
    feed: String,
    state: String,
    based_on_round: u64,
    round: Option<u64>,
    answer: String,
    settled: bool,
}

/// A round as the chain has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    topics: Vec<B256>,
    transaction_hash: B256,
}

/// Everything that can be checked once the processes have ended.
pub(super) async fn check(stage: &Stage) {
    let mut database = PgConnection::connect(stage.world.database.url()).await.expect("the database");
    let publications = publications(&mut database).await;
    let owners = attempts(&mut database).await;
    for (feed, contract) in [("eur-usd", stage.world.eur_usd.address), ("usd-eur", stage.world.usd_eur.address)] {
        rounds_are_decisions(feed, &written(stage, contract).await, &publications, &owners);
    }
    one_answer_a_round(&publications);
    replays(stage).await;
    logs_are_clean(stage);
}

/// Every round on chain was written by the transaction of exactly one publication, which answered the round before
/// it; every confirmed publication is one round.
fn rounds_are_decisions(
    feed: &str,
    written: &[Written],
    publications: &BTreeMap<String, Publication>,
    owners: &BTreeMap<B256, String>,
) {
    let mut effects: BTreeMap<&str, u64> = BTreeMap::new();
    for round in written {
        let number: u64 = U256::from_be_bytes(round.topics[2].0).to();
        let key = owners.get(&round.transaction_hash);
        let key = key.unwrap_or_else(|| panic!("{feed}: round {number} is of a transaction that no journal has"));
        let publication = &publications[key];
        assert_eq!(publication.feed, feed, "round {number} is of {key}");
        assert_eq!(publication.based_on_round + 1, number, "{key} did not answer the round before");
        assert_eq!(publication.answer, alloy::primitives::I256::from_be_bytes(round.topics[1].0).to_string());
        assert!(publication.round.is_none_or(|told| told == number), "{key} is told as another round than {number}");
        // One that a shutdown overtook is still followed by whoever comes next.
        let followed = publication.state == "confirmed" || (publication.state == "pending" && !publication.settled);
        assert!(followed, "{key} is on chain as round {number}, but {publication:?}");
        assert!(effects.insert(key, number).is_none(), "{key} took effect twice");
    }
    let confirmed = publications.iter().filter(|(_, one)| one.feed == feed && one.state == "confirmed");
    for (key, _) in confirmed {
        assert!(effects.contains_key(key.as_str()), "{key} is confirmed, but no round on chain is its");
    }
}

fn one_answer_a_round(publications: &BTreeMap<String, Publication>) {
    let mut answered = BTreeSet::new();
    for (key, one) in publications.iter().filter(|(_, one)| matches!(one.state.as_str(), "confirmed" | "pending")) {
        assert!(answered.insert((&one.feed, one.based_on_round)), "{key} answers a round that was answered");
    }
}

async fn replays(stage: &Stage) {
    let (code, output) = stage.command(&["replay"], &[]).await;
    assert_eq!(code, Some(0), "replay:\n{output}");
    let tallies: Vec<&str> = output.lines().filter(|line| line.contains(" decisions, ")).collect();
    assert!(tallies.len() >= 3, "every feed of the plan: {output}");
    assert!(tallies.iter().all(|line| line.ends_with(" 0 differ")), "{output}");
}

/// No key, no password, no query of an endpoint in any line of any replica; and none of them panicked.
fn logs_are_clean(stage: &Stage) {
    let password = stage.world.database.url().split([':', '@']).nth(2).expect("a password").to_owned();
    let keys = stage.world.anvil.accounts().iter().map(|account| account.key.trim_start_matches("0x").to_owned());
    let secrets: Vec<String> = keys.chain([password, RPC_SECRET.to_owned()]).collect();
    for (name, log) in stage.logs.all() {
        for line in log.lines() {
            assert!(secrets.iter().all(|secret| !line.contains(secret.as_str())), "{name} told a secret");
            assert!(!line.contains("\"panicked\""), "{name}: {line}");
        }
    }
}

/// `oracle_updates_sent_total` counts what this process saw confirmed, and nothing else; where it was the only one,
/// that is everything that is confirmed.
pub(super) async fn counters_are_receipts(stage: &Stage, replica: &Replica, alone: bool) {
    let mut database = PgConnection::connect(stage.world.database.url()).await.expect("the database");
    let look = async || {
        let counted = replica.metric("oracle_updates_sent_total", &[]).await;
        let lines = replica.service.log().lines();
        let seen = lines.iter().filter(|line| line.contains("\"round confirmed\"")).count();
        let confirmed = publications(&mut database).await.values().filter(|one| one.state == "confirmed").count();
        let agree = u64::try_from(seen) == Ok(counted) && if alone { seen == confirmed } else { seen <= confirmed };
        if agree { Ok(()) } else { Err(format!("{counted} counted, {seen} in the log, {confirmed} confirmed")) }
    };
    eventually("oracle_updates_sent_total agrees with the receipts", look).await;
}

async fn written(stage: &Stage, contract: Address) -> Vec<Written> {
    let filter = serde_json::json!({ "address": contract, "fromBlock": "0x0", "topics": [ANSWER_UPDATED] });
    stage.world.anvil.rpc().call("eth_getLogs", &(filter,)).await.expect("logs")
}

async fn publications(database: &mut PgConnection) -> BTreeMap<String, Publication> {
    let rows = sqlx::query(
        "SELECT intent_key, feed_id, state, based_on_round::TEXT, round_id::TEXT, answer::TEXT, settled \
         FROM publication JOIN intent USING (intent_key)",
    );
    let rows = rows.fetch_all(database).await.expect("publications");
    let publication = |row: &sqlx::postgres::PgRow| Publication {
        feed: row.get("feed_id"),
        state: row.get("state"),
        based_on_round: row.get::<String, _>("based_on_round").parse().expect("a number"),
        round: row.get::<Option<String>, _>("round_id").map(|id| id.parse().expect("a number")),
        answer: row.get("answer"),
        settled: row.get("settled"),
    };
    rows.iter().map(|row| (row.get("intent_key"), publication(row))).collect()
}

/// Which intent each signed transaction belongs to.
async fn attempts(database: &mut PgConnection) -> BTreeMap<B256, String> {
    let rows = sqlx::query("SELECT hash, intent_key FROM attempt").fetch_all(database).await.expect("attempts");
    rows.iter().map(|row| (B256::from_slice(row.get("hash")), row.get("intent_key"))).collect()
}
