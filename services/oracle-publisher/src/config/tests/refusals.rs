//! Each wrong setting stops the start with one line: the setting, its value unless secret, what is expected, who set it.

use super::*;

/// What is wrong, and the setting that the line names.
const WRONG_VARIABLES: [(&str, &str, &str); 58] = [
    ("AGGREGATOR_ADDRESS", "0x12", "one_feed.aggregator_address"),
    ("AGGREGATOR_ADDRESS", "0x0000000000000000000000000000000000000000", "one_feed.aggregator_address"),
    ("CHAIN_ID", "0", "chain.chain_id"),
    ("CHAIN_ID", "besu", "chain.chain_id"),
    ("DATABASE_URL", "", "store.url"),
    ("DEVIATION_THRESHOLD", "0", "one_feed.deviation_threshold_percent"),
    ("DEVIATION_THRESHOLD", "0.00001", "one_feed.deviation_threshold_percent"),
    ("DEVIATION_THRESHOLD", "101", "one_feed.deviation_threshold_percent"),
    ("DEVIATION_THRESHOLD", "half", "one_feed.deviation_threshold_percent"),
    ("DEVIATION_THRESHOLD", "-1", "one_feed.deviation_threshold_percent"),
    ("HEARTBEAT", "0", "one_feed.heartbeat_seconds"),
    ("HEARTBEAT", "-60", "one_feed.heartbeat_seconds"),
    ("HEARTBEAT", "1m", "one_feed.heartbeat_seconds"),
    ("PRIVATE_KEY", "", "signer.private_key"),
    ("RPC_URL", "", "chain.rpc_urls"),
    ("RPC_URL", "rpc.example", "chain.rpc_urls"),
    ("ORACLE__CHAIN__CALL_TIMEOUT_MS", "0", "chain.call_timeout_ms"),
    ("ORACLE__CHAIN__FINALITY", "soon", "chain.finality"),
    ("ORACLE__CHAIN__READ_QUORUM", "2", "chain.read_quorum"),
    ("ORACLE__GRPC__TLS_KEY_FILE", "/tls/key.pem", "grpc"),
    ("ORACLE__LEADERSHIP__LEASE_SECONDS", "0", "leadership.lease_seconds"),
    ("ORACLE__LISTEN__HTTP", "8080", "listen.http"),
    ("ORACLE__ONE_FEED__PAIR", "ETHUSD", "one_feed.pair"),
    ("ORACLE__POLICY__BREAKER_AGREEING_EVALUATIONS", "0", "policy.breaker_agreeing_evaluations"),
    ("ORACLE__POLICY__EVALUATE_INTERVAL_MS", "0", "policy.evaluate_interval_ms"),
    ("ORACLE__POLICY__FROZEN_MOVE_PERCENT", "a little", "policy.frozen_move_percent"),
    ("ORACLE__POLICY__HEARTBEAT_LEAD_SECONDS", "60", "policy.heartbeat_lead_seconds"),
    ("ORACLE__POLICY__JUMP_CONFIRMATIONS", "0", "policy.jump_confirmations"),
    ("ORACLE__POLICY__JUMP_PERCENT", "0", "policy.jump_percent"),
    ("ORACLE__POLICY__MAX_AGE_SECONDS", "0", "policy.max_age_seconds"),
    ("ORACLE__POLICY__MAX_SPREAD_PERCENT", "0", "policy.max_spread_percent"),
    ("ORACLE__POLICY__MIN_PRICE", "-1", "policy.min_price"),
    ("ORACLE__POLICY__OUTLIER_MAD_MULTIPLE", "0.5", "policy.outlier_mad_multiple"),
    ("ORACLE__POLICY__PROFILE", "chainlink", "policy.profile"),
    ("ORACLE__POLICY__QUARANTINE_SECONDS", "0", "policy.quarantine_seconds"),
    ("ORACLE__POLICY__QUORUM", "0", "policy.quorum"),
    ("ORACLE__POLICY__QUORUM", "2", "policy.quorum"),
    ("ORACLE__POLICY__QUORUM", "9", "policy.jump_confirmations"),
    ("ORACLE__POLICY__REDUCED_WEIGHT_PERCENT", "0", "policy.reduced_weight_percent"),
    ("ORACLE__POLICY__REDUCED_WEIGHT_PERCENT", "101", "policy.reduced_weight_percent"),
    ("ORACLE__PUBLISHER__DIALECT", "write", "publisher.dialect"),
    ("ORACLE__PUBLISHER__DRY_RUN", "maybe", "publisher.dry_run"),
    ("ORACLE__PUBLISHER__FEES", "cheap", "publisher.fees"),
    ("ORACLE__PUBLISHER__FEE_BUMP_PERCENT", "5", "publisher.fee_bump_percent"),
    ("ORACLE__PUBLISHER__MAX_ATTEMPTS", "0", "publisher.max_attempts"),
    ("ORACLE__PUBLISHER__MAX_GAS", "1", "publisher.max_gas"),
    ("ORACLE__PUBLISHER__MAX_IN_FLIGHT", "0", "publisher.max_in_flight"),
    ("ORACLE__PUBLISHER__POLL_INTERVAL_MS", "0", "publisher.poll_interval_ms"),
    ("ORACLE__PUBLISHER__SPEED", "1", "publisher.speed"),
    ("ORACLE__RECORDS__RETENTION_DAYS", "0", "records.retention_days"),
    ("ORACLE__SIGNER__ADDRESS", "0x1", "signer.address"),
    ("ORACLE__SIGNER__KIND", "keystore", "signer.keystore_path"),
    ("ORACLE__SIGNER__KIND", "paper", "signer.kind"),
    ("ORACLE__SIGNER__KIND", "web3signer", "signer.web3signer_url"),
    ("ORACLE__STORE__MAX_CONNECTIONS", "1", "store.max_connections"),
    ("ORACLE__TELEMETRY__LOG_FORMAT", "xml", "telemetry.log_format"),
    ("ORACLE__VENUE_DEFAULTS__POLL_INTERVAL_MS", "0", "venue_defaults.poll_interval_ms"),
    ("ORACLE__VENUE_DEFAULTS__TRANSPORT", "pigeon", "venue_defaults.transport"),
];

#[test]
fn ora_1_a_wrong_variable_is_told_with_its_setting_and_what_is_expected() {
    let mut told = String::new();
    for (name, value, setting) in WRONG_VARIABLES {
        let refused = from_environment(&[(name, value)]).expect_err(name);
        let line = refused.lines().find(|line| line.starts_with(setting)).unwrap_or_default();
        assert!(line.contains("expected"), "{name}={value} must name {setting}, but says: {refused}");
        assert!(SECRETS.iter().all(|secret| !refused.contains(secret)), "{name}={value} prints a secret: {refused}");
        told.push_str(&format!("{name}={value}\n    {}\n", refused.replace('\n', "\n    ")));
    }
    insta::assert_snapshot!("variables", told);
}

/// A file that is right, with a name for each text that is changed in it.
const FILE: &str = r#"
[[venues]]
id = "kraken"
[[venues]]
id = "coinbase"
[[venues]]
id = "bitstamp"
[[venues]]
id = "binance"
[[feeds]]
id = "eth-usd"
pair = "ETH/USD"
aggregator_address = "0x1111111111111111111111111111111111111111"
decimals = 8
heartbeat_seconds = 60
deviation_threshold_percent = "0.5"
sources = [{ venue = "kraken" }, { venue = "coinbase" }, { venue = "bitstamp" }, { venue = "binance" }]
[[feeds]]
id = "eur-usd"
pair = "EUR/USD"
aggregator_address = "0x2222222222222222222222222222222222222222"
sources = [{ venue = "kraken" }, { venue = "coinbase" }, { venue = "bitstamp" }, { venue = "binance" }]
[[feeds]]
id = "eth-eur"
pair = "ETH/EUR"
route = [{ feed = "eth-usd", operation = "multiply" }, { feed = "eur-usd", operation = "divide" }]
"#;

/// What is replaced, by what, and the setting that the line names.
const WRONG_FILES: [(&str, &str, &str); 28] = [
    (r#"id = "binance""#, r#"id = "bitstamp""#, "venues.3.id"),
    (r#"id = "binance""#, r#"id = "bourse""#, "feeds.0.sources.3.venue"),
    (r#"id = "binance""#, "id = \"binance\"\nkind = \"bourse\"", "venues.3.kind"),
    (r#"id = "binance""#, "id = \"binance\"\nquota_limit = 5", "venues.3"),
    (r#"id = "binance""#, "id = \"binance\"\ncredential_expires_at = \"soon\"", "venues.3.credential_expires_at"),
    (r#"id = "binance""#, "id = \"binance\"\nrest_urls = [\"ftp://u:pathsecret@x\"]", "venues.3.rest_urls"),
    (r#"id = "binance""#, "id = \"binance\"\nspeed = 1", "venues.3.speed"),
    (r#"id = "eth-usd""#, r#"id = "ETH USD""#, "feeds.0.id"),
    (r#"id = "eur-usd""#, r#"id = "eth-usd""#, "feeds.1.id"),
    (
        "0x2222222222222222222222222222222222222222",
        "0x1111111111111111111111111111111111111111",
        "feeds.1.aggregator_address",
    ),
    (
        "0x2222222222222222222222222222222222222222",
        "0x0000000000000000000000000000000000000000",
        "feeds.1.aggregator_address",
    ),
    ("0x2222222222222222222222222222222222222222", "0x22", "feeds.1.aggregator_address"),
    ("decimals = 8", "decimals = 8\nsigner = \"fx\"", "feeds.0.signer"),
    ("[[venues]]", "[[signers]]\nid = \"fx\"\n[[venues]]", "signers.0.private_key"),
    ("[[venues]]", "[[signers]]\nid = \"default\"\nkind = \"paper\"\n[[venues]]", "signers.0.id"),
    ("decimals = 8", "decimals = 30", "feeds.0.decimals"),
    ("decimals = 8", "decimal = 8", "feeds.0.decimal"),
    ("heartbeat_seconds = 60", "heartbeat_seconds = 0", "feeds.0.heartbeat_seconds"),
    (r#"percent = "0.5""#, "percent = 0.5", "feeds.0.deviation_threshold_percent"),
    (r#"percent = "0.5""#, r#"percent = "0""#, "feeds.0.deviation_threshold_percent"),
    (r#"operation = "divide""#, r#"operation = "minus""#, "feeds.2.route.1.operation"),
    (r#"{ feed = "eur-usd", operation"#, r#"{ feed = "gbp-usd", operation"#, "feeds.2.route.1.feed"),
    (r#"{ feed = "eur-usd", operation"#, r#"{ feed = "eth-eur", operation"#, "feeds.2.route"),
    (r#"pair = "ETH/EUR""#, "pair = \"ETH/EUR\"\nsources = [{ venue = \"kraken\" }]", "feeds.2"),
    (r#"{ venue = "binance" }]"#, r#"{ venue = "kraken" }]"#, "feeds.0.sources.3"),
    (r#"{ venue = "binance" }]"#, r#"{ venue = "binance", role = "referee" }]"#, "feeds.0.sources.3.role"),
    (
        r#"{ venue = "binance" }]"#,
        r#"{ venue = "binance" }, { venue = "kraken", id = "judge", role = "reference" }]"#,
        "feeds.0.sources.4.venue",
    ),
    (r#"{ venue = "binance" }]"#, r#"{ venue = "binance", role = "reference" }]"#, "feeds.0.sources"),
];

#[test]
fn ora_1_a_wrong_file_is_told_with_its_setting_and_its_line() {
    assert!(from_file(FILE).is_ok(), "{:?}", from_file(FILE).err());
    let mut told = String::new();
    for (from, to, setting) in WRONG_FILES {
        let text = FILE.replacen(from, to, 1);
        assert_ne!(text, FILE, "{from}");
        let refused = from_file(&text).expect_err(to);
        let line = refused.lines().find(|line| line.starts_with(setting)).unwrap_or_default();
        assert!(line.contains("expected"), "{to} must name {setting}, but says: {refused}");
        assert!(SECRETS.iter().all(|secret| !refused.contains(secret)), "{to} prints a secret: {refused}");
        told.push_str(&format!("{}\n    {}\n", to.replace('\n', " / "), refused.replace('\n', "\n    ")));
    }
    insta::assert_snapshot!("files", told);
}

#[test]
fn two_ways_of_configuring_feeds_are_one_too_many() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(FILE.as_bytes()).unwrap();
    let refused = load(Some(file.path()), &variables(&[]), None).unwrap_err().to_string();
    assert!(refused.starts_with("one_feed.aggregator_address"), "{refused}");
}
