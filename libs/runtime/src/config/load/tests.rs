//! Layers, names, secrets, and the one line an operator gets.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::config::{ExposeSecret, Kind, SecretString, SecretUrl};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    chain: Chain,
    #[serde(default)]
    feeds: Vec<Feed>,
    #[serde(default)]
    venues: BTreeMap<String, Venue>,
    signer: Signer,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chain {
    id: u64,
    rpc_urls: Vec<SecretUrl>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feed {
    heartbeat_seconds: u64,
    deviation_percent: String,
    token: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Venue {
    api_key: Option<SecretString>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signer {
    private_key: Option<SecretString>,
}

const SCHEMA: Schema = Schema {
    defaults: r#"
[chain]
id = 138
rpc_urls = []
[[feeds]]
heartbeat_seconds = 3600
deviation_percent = "1"
[signer]
"#,
    prefix: "ORACLE",
    flat_names: &[&[
        FlatName { env: "RPC_URL", path: "chain.rpc_urls", kind: Kind::List },
        FlatName { env: "HEARTBEAT", path: "feeds.0.heartbeat_seconds", kind: Kind::Integer },
        FlatName { env: "DEVIATION_THRESHOLD", path: "feeds.0.deviation_percent", kind: Kind::Text },
        FlatName { env: "PRIVATE_KEY", path: "signer.private_key", kind: Kind::Text },
    ]],
    secrets: &[&["chain.rpc_urls[]", "signer.private_key", "venues.*.api_key", "feeds.*.token"]],
};

fn from_env<const N: usize>(variables: [(&str, &str); N]) -> Result<Loaded<Raw>, Error> {
    load(&SCHEMA, None, &Environment::from(variables))
}

fn from_file(text: &str) -> (tempfile::NamedTempFile, Result<Loaded<Raw>, Error>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let loaded = load(&SCHEMA, Some(file.path()), &Environment::default());
    (file, loaded)
}

/// What an operator reads, with the name of the temporary file made short.
fn complaint(text: &str) -> String {
    let (file, loaded) = from_file(text);
    loaded.unwrap_err().to_string().replace(&file.path().display().to_string(), "oracle.toml")
}

#[test]
fn ora_1_the_one_feed_deployment_is_configured_by_its_flat_names() {
    let raw = from_env([
        ("RPC_URL", "http://127.0.0.1:8545, https://backup.example.com/key"),
        ("HEARTBEAT", "60"),
        ("DEVIATION_THRESHOLD", "0.5"),
        ("PRIVATE_KEY", "0xabc"),
    ])
    .unwrap()
    .raw;
    let urls: Vec<&str> = raw.chain.rpc_urls.iter().map(SecretUrl::expose).collect();
    assert_eq!(urls, ["http://127.0.0.1:8545/", "https://backup.example.com/key"]);
    assert_eq!(raw.feeds[0].heartbeat_seconds, 60);
    assert_eq!(raw.feeds[0].deviation_percent, "0.5");
    assert_eq!(raw.signer.private_key.unwrap().expose_secret(), "0xabc");
}

#[test]
fn a_file_overrides_the_defaults_and_the_environment_the_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "[chain]\nid = 5\n[[feeds]]\nheartbeat_seconds = 7\ndeviation_percent = \"2\"\n")
        .unwrap();
    let environment =
        Environment::from([("ORACLE__FEEDS__0__HEARTBEAT_SECONDS", "9"), ("ORACLE__CHAIN__RPC_URLS", "")]);
    let raw = load::<Raw>(&SCHEMA, Some(file.path()), &environment).unwrap().raw;
    assert_eq!(raw.chain.id, 5);
    assert_eq!(raw.feeds.len(), 1, "a list is replaced as a whole");
    assert_eq!((raw.feeds[0].heartbeat_seconds, raw.feeds[0].deviation_percent.as_str()), (9, "2"));
}

#[test]
fn a_long_name_reaches_tables_and_list_elements_that_did_not_exist() {
    let raw = from_env([
        ("ORACLE__VENUES__KRAKEN__API_KEY", "k"),
        ("ORACLE__FEEDS__1__HEARTBEAT_SECONDS", "5"),
        ("ORACLE__FEEDS__1__DEVIATION_PERCENT", "0.25"),
    ])
    .unwrap()
    .raw;
    assert_eq!(raw.venues["kraken"].api_key.as_ref().unwrap().expose_secret(), "k");
    assert_eq!((raw.feeds[1].heartbeat_seconds, raw.feeds[1].deviation_percent.as_str()), (5, "0.25"));
}

#[test]
fn an_unknown_setting_is_named_with_its_line_and_what_there_is_instead() {
    assert_eq!(
        complaint("[chain]\nid = 1\n\n[signer]\nprivate_kee = \"x\"\n"),
        "signer.private_kee: unknown setting, expected `private_key` (from oracle.toml:5)"
    );
    assert_eq!(
        from_env([("ORACLE__CHAIN__IDD", "7")]).unwrap_err().to_string(),
        "chain.idd: unknown setting, expected `id` or `rpc_urls` (from ORACLE__CHAIN__IDD)"
    );
}

#[test]
fn a_wrong_value_is_named_with_its_origin_and_what_is_expected() {
    assert_eq!(
        from_env([("HEARTBEAT", "soon")]).unwrap_err().to_string(),
        "feeds.0.heartbeat_seconds = `soon`: expected a whole number that is not negative (from HEARTBEAT)"
    );
    assert_eq!(complaint("chain = 3\n"), "chain = 3: expected a section (from oracle.toml:1)");
}

#[test]
fn a_missing_setting_is_named() {
    assert_eq!(
        complaint("[[feeds]]\nheartbeat_seconds = 5\n"),
        "feeds.0.deviation_percent: expected a value, but there is none (from oracle.toml:1)"
    );
}

#[test]
fn a_file_that_is_no_toml_is_named_with_its_line_but_not_quoted() {
    let line = complaint("[signer]\nprivate_key = hunter2\n");
    assert!(line.starts_with("oracle.toml:2: "), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn ora_12_a_secret_shows_in_no_complaint_no_document_and_no_debug_output() {
    let not_a_url = from_env([("RPC_URL", "hunter2")]).unwrap_err();
    assert_eq!(
        not_a_url.to_string(),
        "chain.rpc_urls.0 = [redacted]: expected an absolute URL such as `https://host:8545` (from RPC_URL)"
    );
    let loaded = from_env([("PRIVATE_KEY", "hunter2"), ("ORACLE__VENUES__KRAKEN__API_KEY", "hunter2")]).unwrap();
    assert!(!format!("{not_a_url:?} {:?}", loaded.raw).contains("hunter2"));
    let document = loaded.effective.redacted();
    assert!(document.contains("private_key = \"[redacted]\"") && !document.contains("hunter2"), "{document}");
    let invalid = loaded.effective.refuse("signer.private_key", "32 bytes in hexadecimal");
    assert_eq!(
        invalid.to_string(),
        "signer.private_key = [redacted]: expected 32 bytes in hexadecimal (from PRIVATE_KEY)"
    );
}

#[test]
fn ora_12_a_secret_comes_from_a_file_without_the_line_break_at_its_end() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hunter2\n").unwrap();
    let path = file.path().to_str().unwrap();
    for name in ["PRIVATE_KEY_FILE", "ORACLE__SIGNER__PRIVATE_KEY_FILE"] {
        let raw = from_env([(name, path)]).unwrap().raw;
        assert_eq!(raw.signer.private_key.unwrap().expose_secret(), "hunter2");
    }
    let (_toml, loaded) = from_file(&format!("[venues.okx]\napi_key_file = \"{path}\"\n"));
    assert_eq!(loaded.unwrap().raw.venues["okx"].api_key.as_ref().unwrap().expose_secret(), "hunter2");
    let element = format!("[[feeds]]\nheartbeat_seconds = 1\ndeviation_percent = \"1\"\ntoken_file = \"{path}\"\n");
    let (_toml, loaded) = from_file(&element);
    assert_eq!(loaded.unwrap().raw.feeds[0].token.as_ref().unwrap().expose_secret(), "hunter2");
}

#[test]
fn ora_12_a_list_of_secrets_comes_from_a_file_with_one_on_each_line() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "https://one.example.com/k3y, https://two.example.com\nhttps://three.example.com\n")
        .unwrap();
    let path = file.path().to_str().unwrap();
    let hosts = |raw: Raw| raw.chain.rpc_urls.iter().map(ToString::to_string).collect::<Vec<_>>();
    let expected = ["https://one.example.com/[redacted]", "https://two.example.com", "https://three.example.com"];
    for name in ["RPC_URL_FILE", "ORACLE__CHAIN__RPC_URLS_FILE"] {
        assert_eq!(hosts(from_env([(name, path)]).unwrap().raw), expected, "{name}: the default is nobody's");
    }
    let (_toml, loaded) = from_file(&format!("[chain]\nid = 139\nrpc_urls_file = \"{path}\"\n"));
    assert_eq!(hosts(loaded.unwrap().raw), expected);
    let error = from_env([("RPC_URL", "http://a"), ("RPC_URL_FILE", path)]).unwrap_err().to_string();
    assert!(error.contains("RPC_URL sets it too (from RPC_URL_FILE)"), "{error}");
}

#[test]
fn ora_12_a_secret_given_twice_is_refused_instead_of_guessed() {
    let error = from_env([("PRIVATE_KEY", "a"), ("PRIVATE_KEY_FILE", "/run/key")]).unwrap_err().to_string();
    assert!(error.contains("PRIVATE_KEY sets it too (from PRIVATE_KEY_FILE)"), "{error}");
    let error = from_env([("HEARTBEAT", "1"), ("ORACLE__FEEDS__0__HEARTBEAT_SECONDS", "2")]).unwrap_err().to_string();
    assert!(error.contains("HEARTBEAT sets it too"), "{error}");
}

#[test]
fn a_secret_file_that_is_missing_or_empty_is_named() {
    let error = from_env([("PRIVATE_KEY_FILE", "/nonexistent/key")]).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/key: could not be read"), "{error}");
    let empty = tempfile::NamedTempFile::new().unwrap();
    let error = from_env([("PRIVATE_KEY_FILE", empty.path().to_str().unwrap())]).unwrap_err().to_string();
    assert!(error.contains("expected the path of a file that holds the secret (from PRIVATE_KEY_FILE)"), "{error}");
}

#[test]
fn the_hash_follows_the_settings_and_not_the_secrets() {
    let hash = |variables: [(&str, &str); 2]| from_env(variables).unwrap().effective.hash();
    let one = hash([("HEARTBEAT", "60"), ("PRIVATE_KEY", "a")]);
    assert_eq!(one, hash([("HEARTBEAT", "60"), ("PRIVATE_KEY", "b")]));
    assert_ne!(one, hash([("HEARTBEAT", "61"), ("PRIVATE_KEY", "a")]));
    assert_eq!(one.len(), 64);
}

#[test]
fn all_complaints_are_heard_at_once() {
    let loaded = from_env([("HEARTBEAT", "0"), ("DEVIATION_THRESHOLD", "lots")]).unwrap();
    let mut validator = loaded.effective.validator();
    let feed = &loaded.raw.feeds[0];
    let heartbeat = validator.positive_seconds("feeds.0.heartbeat_seconds", feed.heartbeat_seconds);
    let deviation = feed.deviation_percent.parse::<u64>();
    validator.accept("feeds.0.deviation_percent", "a percentage above 0", deviation);
    assert_eq!(
        validator.finish(heartbeat).unwrap_err().to_string(),
        "feeds.0.heartbeat_seconds = 0: expected a number between 1 and 31622400 (from HEARTBEAT)\n\
         feeds.0.deviation_percent = `lots`: expected a percentage above 0 (from DEVIATION_THRESHOLD)"
    );
}
