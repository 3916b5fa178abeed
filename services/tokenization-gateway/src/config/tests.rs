//! What is refused at start, by name; and what a whole configuration looks like.

use causeway_runtime::config::Environment;

use super::load;

const WHOLE: &str = r#"
    [store]
    url = "postgres://user:password@localhost/gateway"
    [chain]
    rpc_urls = ["http://127.0.0.1:8545"]
    [signer]
    private_key = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"
    [guard]
    urls = ["http://127.0.0.1:50051"]
    [oracle]
    url = "http://127.0.0.1:50052"
    [references]
    salt = "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
    [[callers]]
    name = "bank"
    token = "0123456789abcdef0123456789abcdef"
    rights = ["order", "read"]
    [[assets]]
    id = "eur"
    denomination = "EUR"
    token = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    decimals = 6
    approval_above = "100000"
    approvers = ["anna"]
    approval_hours = 24
    max_per_request = "1000000"
    max_per_day = "5000000.5"
    max_supply = "100000000"
    kinds = ["mint", "redeem"]
    basis = "instructed"
    holders = ["0x90F79bf6EB2c4f870365E785982E1f101E93b906"]
    price_feed = "eur-usd"
    price_max_age_seconds = 60
    price_min_venues = 3
    [[accounts]]
    account = "DE89370400440532013000"
    address = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
"#;

/// The complaints about a file; empty when it is taken.
fn complaints(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    std::fs::write(&file, text).unwrap();
    match load(Some(&file), &Environment::from_iter([]), None) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn tok_1_a_whole_configuration_is_taken() {
    assert_eq!(complaints(WHOLE), "");
}

#[test]
fn tok_8_every_fault_stops_the_start_and_names_its_setting() {
    let cases = [
        (r#"urls = ["http://127.0.0.1:50051"]"#, "urls = []", "guard.urls"),
        (r#"url = "http://127.0.0.1:50052""#, r#"url = """#, "oracle.url"),
        (r#"approval_above = "100000""#, r#"approval_above = "1e5""#, "assets.0.approval_above"),
        (r#"max_per_day = "5000000.5""#, r#"max_per_day = "0.0000001""#, "assets.0.max_per_day"),
        (r#"denomination = "EUR""#, r#"denomination = "euro""#, "assets.0.denomination"),
        (r#"kinds = ["mint", "redeem"]"#, r#"kinds = ["gift"]"#, "assets.0.kinds"),
        (r#"rights = ["order", "read"]"#, r#"rights = ["rule"]"#, "callers.0.rights"),
        (r#"token = "0123456789abcdef0123456789abcdef""#, r#"token = "short""#, "callers.0.token"),
        (r#"salt = "0x5a"#, r#"salt = "0xz"#, "references.salt"),
        ("decimals = 6", "decimals = 78", "assets.0.decimals"),
        ("[[accounts]]", "[intake]\n    folder = \"/in\"\n    [[accounts]]", "intake.folder_caller"),
        ("[[accounts]]", "[answers]\n    bic = \"BANK\"\n    [[accounts]]", "answers.bic"),
        ("[[accounts]]", "[keeping]\n    keys_hours = 23\n    [[accounts]]", "keeping.keys_hours"),
        ("decimals = 6", "decimals = 6\n    quantity = \"kilo\"", "assets.0.quantity"),
        ("[[accounts]]", "[sender]\n    fees = \"cheap\"\n    [[accounts]]", "sender.fees"),
        ("decimals = 6", "decimals = 6\n    colour = \"red\"", "colour"),
    ];
    for (good, bad, setting) in cases {
        assert!(WHOLE.contains(good), "{good}");
        let told = complaints(&WHOLE.replacen(good, bad, 1));
        assert!(told.contains(setting), "{setting}: {told}");
        assert!(!told.contains("0123456789abcdef"), "a secret is shown: {told}");
    }
}

const FIREFLY: &str = r#"
    [backend]
    kind = "firefly"
    [firefly]
    url = "http://127.0.0.1:5000"
    signing_key = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
"#;

const BRIDGE: &str = r#"
    [ccip]
    monitor_url = "http://127.0.0.1:50053"
    [[bridges]]
    asset = "eur"
    destination = "16015286601757825753"
    kind = "ccip"
    contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
    peer = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
    token = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
    [bridges.chain]
    chain_id = 11155111
    rpc_urls = ["https://rpc.example/secret-path"]
    read_quorum = 1
    finality = "finalized"
    call_timeout_ms = 3000
"#;

#[test]
fn tok_9_a_backend_that_there_is_not_is_refused_in_one_line_and_the_other_needs_no_key() {
    let unknown = format!("{WHOLE}\n[backend]\nkind = \"fireflies\"\n");
    let told = complaints(&unknown);
    assert!(told.contains("backend.kind") && told.contains("`direct` or `firefly`"), "{told}");
    assert_eq!(told.lines().filter(|line| line.contains("backend")).count(), 1, "{told}");
    let without_key = WHOLE.lines().filter(|line| !line.contains("private_key")).collect::<Vec<_>>().join("\n");
    assert_eq!(complaints(&format!("{without_key}{FIREFLY}")), "");
    assert!(complaints(&without_key).contains("signer.private_key"), "the default signs itself");
    let cases = [
        ("http://127.0.0.1:5000", "ftp://127.0.0.1", "firefly.url"),
        ("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "issuer", "firefly.signing_key"),
        ("[firefly]", "[firefly]\nnamespace = \"no names/\"", "firefly.namespace"),
    ];
    for (good, bad, setting) in cases {
        let told = complaints(&format!("{without_key}{}", FIREFLY.replacen(good, bad, 1)));
        assert!(told.contains(setting), "{setting}: {told}");
    }
}

#[test]
fn tok_3_a_way_to_another_chain_is_whole_or_stops_the_start() {
    assert_eq!(complaints(&format!("{WHOLE}{BRIDGE}")), "");
    let cases = [
        (r#"monitor_url = "http://127.0.0.1:50053""#, "", "ccip.monitor_url"),
        (r#"asset = "eur""#, r#"asset = "usd""#, "bridges.0.asset"),
        (r#"kind = "ccip""#, r#"kind = "pigeon""#, "bridges.0.kind"),
        ("16015286601757825753", "0", "bridges.0.destination"),
        ("read_quorum = 1", "read_quorum = 2", "bridges.0.chain.read_quorum"),
        (r#"peer = "0xe7"#, r#"peer = "0xzz"#, "bridges.0.peer"),
        (r#"finality = "finalized""#, r#"finality = "soon""#, "bridges.0.chain.finality"),
    ];
    for (good, bad, setting) in cases {
        assert!(BRIDGE.contains(good), "{good}");
        let told = complaints(&format!("{WHOLE}{}", BRIDGE.replacen(good, bad, 1)));
        assert!(told.contains(setting), "{setting}: {told}");
        assert!(!told.contains("secret-path"), "a secret is shown: {told}");
    }
    let cacti = BRIDGE.replacen("\"ccip\"", "\"cacti\"", 1);
    let told = complaints(&format!("{WHOLE}{cacti}"));
    assert!(["bridges.0.escrow", "cacti.url"].iter().all(|setting| told.contains(setting)), "{told}");
    let whole = cacti.replacen("peer =", "escrow =", 1)
        + "[bridges.home]\nnetwork = \"h\"\nledger = \"BESU_2X\"\ncontract_name = \"T\"\n"
        + "[bridges.far]\nnetwork = \"f\"\nledger = \"ETHEREUM\"\ncontract_name = \"T\"\n"
        + "[cacti]\nurl = \"http://127.0.0.1:4010\"\n";
    assert_eq!(complaints(&format!("{WHOLE}{whole}")), "");
    let (settings, bridge) = BRIDGE.split_once("[[bridges]]").unwrap();
    let twice = format!("{WHOLE}{settings}[[bridges]]{bridge}[[bridges]]{bridge}");
    assert!(complaints(&twice).contains("bridges.1.destination"));
}
