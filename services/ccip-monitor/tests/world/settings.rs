//! Wrong settings: each stops the start with exit code 2 and a line that names the setting, its value unless it is
//! secret, and what is expected.

use causeway_testkit::{
    ccip::{Family, Side},
    fault::RpcProxy,
    monitor::Plan,
    wait::eventually,
};

use super::stage::{RPC_SECRET, Stage, run};

/// A deployment by environment alone that has nothing wrong with it.
const GOOD: [(&str, &str); 4] = [
    ("RPC_URL", "http://127.0.0.1:8545/v3/s3cr3t"),
    ("CCIP_ROUTER_ADDRESS", "0x5fbdb2315678afecb367f032d93f642f64180aa3"),
    ("MONITORING_INTERVAL", "30"),
    ("DATABASE_URL", "postgres://ccip:hunter2@127.0.0.1/ccip"),
];

/// The file of the overlay for many lanes, as operators copy it.
const MANY_LANES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/k8s/ccip-many-lanes/lanes.toml");

/// One wrong setting: the variable, its value, and what the line has to hold.
type Wrong<'a> = (&'a str, &'a str, &'a [&'a str]);

const BY_ENVIRONMENT: &[Wrong<'_>] = &[
    ("RPC_URL", "", &["one_chain.rpc_urls", "set RPC_URL"]),
    ("RPC_URL", "besu", &["one_chain.rpc_urls", "expected"]),
    ("CCIP_ROUTER_ADDRESS", "", &["one_chain.router_address", "set CCIP_ROUTER_ADDRESS"]),
    ("CCIP_ROUTER_ADDRESS", "0x1234", &["router", "0x1234", "an address: 0x and 40 hexadecimal digits"]),
    ("MONITORING_INTERVAL", "0", &["monitor.interval_seconds", "= 0", "expected"]),
    ("MONITORING_INTERVAL", "soon", &["monitor.interval_seconds", "soon"]),
    ("DATABASE_URL", "", &["store.url", "set DATABASE_URL or DATABASE_URL_FILE"]),
    ("CHAIN_ID", "0", &["chain_id", "= 0", "expected"]),
    ("CCIP_CHAIN_SELECTOR", "18446744073709551616", &["selector", "a CCIP chain selector"]),
    ("LINK_ACCOUNTS", "0x5fbdb2315678afecb367f032d93f642f64180aa3", &["link_token", "link_accounts"]),
    ("CCIP__ONE_CHAIN__DIALECT", "ccip-1.7", &["one_chain.dialect", "ccip-1.7", "operators"]),
    ("CCIP__ONE_CHAIN__FINALITY", "soon", &["finality", "soon", "depth(n)"]),
    ("CCIP__ALERTS__ERROR_RATE_PERCENT", "101", &["alerts.error_rate_percent", "101", "between 0 and 100"]),
    ("CCIP__ALERTS__LINK_CRITICAL", "11", &["alerts.link_critical", "no more than alerts.link_warning"]),
    ("CCIP__ALERTS__LINK_WARNING", "-1", &["alerts.link_warning", "an amount of LINK"]),
    ("CCIP__MONITOR__INTERVALL", "1", &["monitor.intervall", "unknown setting"]),
];

/// Exactly one line, which holds all of these, and no secret in it.
fn is_refused((code, output): (Option<i32>, String), parts: &[&str]) {
    assert_eq!(code, Some(2), "{parts:?}: {output}");
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 1, "{parts:?}: {output}");
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{parts:?}: {}", lines[0]);
    for secret in ["hunter2", "s3cr3t", RPC_SECRET] {
        assert!(!output.contains(secret), "{output}");
    }
}

#[tokio::test]
async fn ccip_11_each_wrong_variable_stops_the_start_with_one_line_that_names_it() {
    for (name, value, parts) in BY_ENVIRONMENT {
        let mut environment: Vec<(&str, &str)> = GOOD.to_vec();
        environment.retain(|(other, _)| other != name);
        environment.push((name, value));
        for verb in [&["serve"][..], &["config", "check"]] {
            is_refused(run(verb, &environment).await, parts);
        }
    }
}

#[tokio::test]
async fn ccip_11_the_deployment_of_one_chain_is_configured_by_environment_alone() {
    let (code, output) = run(&["config", "check"], &GOOD).await;
    assert_eq!(code, Some(0), "{output}");
    for secret in ["s3cr3t", "hunter2"] {
        assert!(!output.contains(secret), "{output}");
    }
    assert!(output.contains("# hash "), "{output}");
    let (_, again) = run(&["config", "check"], &GOOD).await;
    assert_eq!(output, again, "the same settings have the same hash");
}

#[tokio::test]
async fn ccip_11_the_example_of_many_lanes_is_right() {
    let database = [("DATABASE_URL", "postgres://ccip:hunter2@127.0.0.1/ccip")];
    let (code, output) = run(&["--config", MANY_LANES, "config", "check"], &database).await;
    assert_eq!(code, Some(0), "{output}");
    let both = [database[0], ("RPC_URL", "http://127.0.0.1:8545/v3/s3cr3t")];
    is_refused(run(&["--config", MANY_LANES, "config", "check"], &both).await, &["one_chain", "name each chain once"]);
}

/// Changes of a good file, and what the line has to hold.
const BY_FILE: &[(&str, &str, &[&str])] = &[
    ("lease_seconds = 2", "leese_seconds = 2", &["leadership.leese_seconds", "unknown setting", "lease_seconds"]),
    ("dialect = \"ccip-1.6\"", "dialect = \"ccip-1.7\"", &["dialect", "ccip-1.7", "ccip-1.6"]),
    ("source = \"home\"", "source = \"nowhere\"", &["source", "nowhere", "one of the chains: home, away"]),
    ("destination = \"away\"", "destination = \"home\"", &["destination", "another chain than the source"]),
    ("chain_id = 1337", "chain_id = 138", &["chains.1.chain_id", "no other chain has"]),
    ("commit_stores = ", "commitments = ", &["commitments", "unknown setting"]),
    (
        "commit_stores = [",
        "commit_stores = [{ address = \"0x5fbdb2315678afecb367f032d93f642f64180aa3\" }, ",
        &["commit_stores", "the commit store of each on-ramp, in the order of on_ramps"],
    ),
];

#[tokio::test]
async fn ccip_11_each_wrong_line_of_a_file_stops_the_start_with_one_line_that_names_it() {
    let stage = Stage::new(Plan::default()).await;
    let good = std::fs::read_to_string(stage.world.configuration("good").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let environment = stage.world.environment();
    for (index, (right, wrong, parts)) in BY_FILE.iter().enumerate() {
        assert!(good.contains(right), "the file has no {right}");
        let file = folder.path().join(format!("{index}.toml"));
        std::fs::write(&file, good.replacen(right, wrong, 1)).unwrap();
        let file = file.to_string_lossy();
        is_refused(run(&["--config", &file, "config", "check"], &environment).await, parts);
    }
    let empty = without_contracts(&good);
    let file = folder.path().join("empty.toml");
    std::fs::write(&file, empty).unwrap();
    let refused = run(&["--config", &file.to_string_lossy(), "config", "check"], &environment).await;
    is_refused(refused, &["lanes.0.on_ramps", "at least one contract"]);
}

/// The first lane has no on-ramp.
fn without_contracts(good: &str) -> String {
    let (before, after) = good.split_once("on_ramps = [").expect("lanes have contracts");
    let (_, rest) = after.split_once("]\n").expect("a list ends");
    format!("{before}on_ramps = []\n{rest}")
}

#[tokio::test]
async fn ccip_11_an_endpoint_of_another_chain_stops_the_start() {
    let mut stage = Stage::new(Plan::default()).await;
    let other = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    other.chain_id(1);
    stage.read_through(Side::Home, &[other.url()]);
    is_refused(stage.command(&["serve"]).await, &["chains.0.chain_id = 138", "which is 1 and not 138"]);
}

#[tokio::test]
async fn ccip_16_a_chain_that_knows_no_final_block_is_read_all_the_same_and_shown_as_degraded() {
    let mut stage = Stage::new(Plan { finality: "finalized", ..Plan::default() }).await;
    let besu = RpcProxy::start(stage.world.ccip.home.anvil.url()).await.unwrap();
    besu.rewrite(
        "eth_getBlockByNumber",
        |params, honest| {
            if params[0] == "finalized" { serde_json::Value::Null } else { honest }
        },
    );
    stage.read_through(Side::Home, &[besu.url()]);
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "not final").await;
    replica.status(&message.id, "sent").await;
    eventually("the health page says it", async || {
        let health = replica.json("/health").await.to_string();
        if health.contains("no block is known to be final") { Ok(()) } else { Err(health) }
    })
    .await;
    stage.finish(vec![replica]).await;
}
