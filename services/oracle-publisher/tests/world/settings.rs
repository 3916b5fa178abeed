//! Wrong settings: each stops the start with exit code 2 and a line that names the setting, its value unless it is
//! secret, and what is expected.

use causeway_testkit::{fault::RpcProxy, oracle::Plan};

use super::stage::{Stage, Variables, run};

/// A deployment by environment alone that has nothing wrong with it.
const GOOD: [(&str, &str); 6] = [
    ("RPC_URL", "http://127.0.0.1:8545"),
    ("AGGREGATOR_ADDRESS", "0x5fbdb2315678afecb367f032d93f642f64180aa3"),
    ("PRIVATE_KEY", "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    ("HEARTBEAT", "60"),
    ("DEVIATION_THRESHOLD", "0.5"),
    ("DATABASE_URL", "postgres://oracle:hunter2@127.0.0.1/oracle"),
];

/// One wrong setting: the variable, its value, and what the line has to hold.
type Wrong<'a> = (&'a str, &'a str, &'a [&'a str]);

const BY_ENVIRONMENT: &[Wrong<'_>] = &[
    ("AGGREGATOR_ADDRESS", "0x1234", &["aggregator_address", "0x1234", "an address: 0x and 40 hexadecimal digits"]),
    ("AGGREGATOR_ADDRESS", "0x0000000000000000000000000000000000000000", &["aggregator_address", "0x0000", "expected"]),
    ("DEVIATION_THRESHOLD", "0", &["deviation_threshold_percent", "= `0`", "above 0"]),
    ("DEVIATION_THRESHOLD", "101", &["deviation_threshold_percent", "= `101`", "at most 100"]),
    ("DEVIATION_THRESHOLD", "-1", &["deviation_threshold_percent", "= `-1`", "expected"]),
    ("DEVIATION_THRESHOLD", "half", &["deviation_threshold_percent", "half", "a percentage"]),
    ("HEARTBEAT", "0", &["heartbeat_seconds", "= 0", "expected"]),
    ("HEARTBEAT", "soon", &["heartbeat_seconds", "soon", "expected"]),
    ("HEARTBEAT", "-5", &["heartbeat_seconds", "-5", "expected"]),
    ("RPC_URL", "ftp://node.example", &["chain.rpc_urls", "[redacted]", "http"]),
    ("PRIVATE_KEY", "", &["signer.private_key", "set PRIVATE_KEY or PRIVATE_KEY_FILE"]),
    ("DATABASE_URL", "", &["store.url", "set DATABASE_URL or DATABASE_URL_FILE"]),
    ("RPC_URL", "", &["chain.rpc_urls", "set RPC_URL"]),
    ("CHAIN_ID", "0", &["chain.chain_id", "= 0", "expected"]),
    ("ORACLE__POLICY__PROFILE", "median_of_moons", &["policy.profile", "median_of_moons", "causeway, libocr"]),
    ("ORACLE__POLICY__QUORUM", "2", &["policy.quorum", "= 2", "allow_fewer_than_three_venues"]),
    ("ORACLE__SIGNER__KIND", "paper", &["signer.kind", "paper", "keystore"]),
    ("ORACLE__PUBLISHER__DIALECT", "push", &["publisher.dialect", "push", "probe"]),
    ("ORACLE__PUBLISHER__GAS", "1", &["publisher.gas", "unknown setting"]),
    ("ORACLE__CHAIN__READ_QUORUM", "2", &["chain.read_quorum", "= 2", "expected"]),
    ("ORACLE__CHAIN__FINALITY", "soon", &["chain.finality", "soon", "depth(n)"]),
];

/// Exactly one line, which holds all of these, and no secret in it.
fn is_refused((code, output): (Option<i32>, String), parts: &[&str]) {
    assert_eq!(code, Some(2), "{parts:?}: {output}");
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 1, "{parts:?}: {output}");
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{parts:?}: {}", lines[0]);
    for secret in ["hunter2", "59c6995e998f97a5", "node.example", super::stage::RPC_SECRET] {
        assert!(!output.contains(secret), "{output}");
    }
}

#[tokio::test]
async fn ora_1_each_wrong_variable_stops_the_start_with_one_line_that_names_it() {
    for (name, value, parts) in BY_ENVIRONMENT {
        let mut environment: Vec<(&str, &str)> = GOOD.to_vec();
        environment.retain(|(other, _)| other != name);
        environment.push((name, value));
        for verb in [&["serve"][..], &["config", "check"]] {
            is_refused(run(verb, &environment).await, parts);
        }
    }
}

/// Changes of a good file, and what the line has to hold.
const BY_FILE: &[(&str, &str, &[&str])] = &[
    ("lease_seconds = 2", "leese_seconds = 2", &["leadership.leese_seconds", "unknown setting", "lease_seconds"]),
    ("{ venue = \"coinbase\" },", "{ venue = \"ftx\" },", &["ftx", "expected"]),
    (
        "feed = \"eur-usd\", operation",
        "feed = \"usd-eur\", operation",
        &["expected feeds that can be computed", "usd-eur"],
    ),
    ("operation = \"divide\"", "operation = \"subtract\"", &["operation", "subtract", "multiply or divide"]),
    ("lease_seconds = 2", "lease_seconds = 0", &["leadership.lease_seconds", "= 0", "expected"]),
    ("feed = \"eur-usd\", operation", "feed = \"gbp-usd\", operation", &["gbp-usd", "expected"]),
    ("id = \"usd-eur\"", "id = \"eur-usd\"", &["eur-usd", "expected"]),
];

#[tokio::test]
async fn ora_8_each_wrong_line_of_a_file_stops_the_start_with_one_line_that_names_it() {
    let stage = Stage::new(Plan::default()).await;
    let good = std::fs::read_to_string(stage.world.configuration("good").unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = stage.world.key();
    let environment = stage.world.environment(&key);
    for (index, (right, wrong, parts)) in BY_FILE.iter().enumerate() {
        assert!(good.contains(right), "the file has no {right}");
        let file = folder.path().join(format!("{index}.toml"));
        std::fs::write(&file, good.replacen(right, wrong, 1)).unwrap();
        let file = file.to_string_lossy();
        is_refused(run(&["--config", &file, "config", "check"], &environment).await, parts);
    }
}

/// `serve` in the world, with these variables, which the world refuses.
async fn refused_by_the_world(stage: &Stage, variables: Variables<'_>, parts: &[&str]) {
    is_refused(stage.command(&["serve"], variables).await, parts);
}

#[tokio::test]
async fn ora_11_what_only_the_world_knows_stops_the_start_as_well() {
    let stage = Stage::new(Plan::default()).await;
    let other = RpcProxy::start(stage.world.anvil.url()).await.unwrap();
    other.chain_id(1);
    refused_by_the_world(&stage, &[("RPC_URL", other.url())], &["chain.chain_id = 138", "which is 1 and not 138"])
        .await;

    let junk = "0xnot-a-key-5ef1";
    let (code, output) = stage.command(&["serve"], &[("PRIVATE_KEY", junk)]).await;
    assert!(!output.contains("5ef1"), "a key that is no key may be one with a slip in it: {output}");
    is_refused((code, output), &["signer.private_key = [redacted]", "a usable key"]);

    let stranger = stage.world.anvil.accounts()[3].clone();
    let parts = ["aggregator_address", &stranger.address.to_string(), "may write to"];
    refused_by_the_world(&stage, &[("PRIVATE_KEY", &stranger.key)], &parts).await;

    let wrong = stranger.address.to_string();
    let parts = ["signer.address", wrong.as_str(), "the signer's own account"];
    refused_by_the_world(&stage, &[("ORACLE__SIGNER__ADDRESS", &wrong)], &parts).await;

    let file = stage.world.configuration("decimals").unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("pair = \"EUR/USD\"\n", "pair = \"EUR/USD\"\ndecimals = 18\n", 1)).unwrap();
    let key = stage.world.key();
    let environment = stage.world.environment(&key);
    let refused = run(&["--config", &file.to_string_lossy(), "serve"], &environment).await;
    is_refused(refused, &["feeds.0.decimals = 18", "expected 8, as the contract at"]);

    let account = stage.world.publisher().to_string().to_lowercase();
    let text = text.replacen(&format!("{}", stage.world.eur_usd.address), &account, 1);
    std::fs::write(&file, text).unwrap();
    let refused = run(&["--config", &file.to_string_lossy(), "serve"], &environment).await;
    is_refused(refused, &["feeds.0.aggregator_address", &account[..10]]);
}

#[tokio::test]
async fn ora_12_a_key_from_a_file_is_as_good_as_one_from_the_environment() {
    let stage = Stage::new(Plan::default()).await;
    stage.market("1.10000");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, format!("{}\n", stage.world.key())).unwrap();
    let file = file.to_string_lossy().into_owned();
    let replica = stage.serve_with("replica-a", &[("PRIVATE_KEY", ""), ("PRIVATE_KEY_FILE", &file)]).await;
    replica.first_round().await;
    stage.finish(vec![replica]).await;
}
