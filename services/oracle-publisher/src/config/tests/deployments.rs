//! What is right: the one-feed deployment, a file of many feeds, and every key of the defaults.

use std::time::Duration;

use causeway_primitives::Ppm;

use super::*;
use crate::{
    adapters::venues::settings::{Market, Transport},
    config::{SignerSettings, load_store},
    domain::decide::Profile,
};

const MANY_FEEDS: &str = include_str!("many-feeds.toml");
const DEFAULTS: &str = include_str!("../../../config/default.toml");

#[test]
fn ora_1_one_feed_needs_only_the_environment() {
    let config = from_environment(&[("HEARTBEAT", "90"), ("DEVIATION_THRESHOLD", "0.75")]).unwrap();
    let ids: Vec<_> = config.feeds.feeds.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["eth-usd", "usdt-usd"]);
    let feed = &config.feeds.feeds[&"eth-usd".parse().unwrap()];
    let trigger = feed.policy.terms().trigger;
    assert_eq!((trigger.heartbeat, trigger.deviation), (Duration::from_secs(90), Ppm::new(7_500)));
    assert_eq!(feed.aggregator, Some("0x1111111111111111111111111111111111111111".parse().unwrap()));
    assert_eq!(config.chain.id.get(), 138);
    assert_eq!(config.venues.connections.len(), 6);
    let backups: Vec<_> = feed
        .sources
        .iter()
        .filter(|source| source.role == crate::config::Role::Backup)
        .map(|source| source.venue.as_str())
        .collect();
    assert_eq!(backups, ["coingecko"]);
}

#[test]
fn ora_1_a_pair_is_all_that_another_feed_takes() {
    let config = from_environment(&[("ORACLE__ONE_FEED__PAIR", "BTC/USD")]).unwrap();
    let feed = &config.feeds.feeds[&"btc-usd".parse().unwrap()];
    assert!(feed.sources.iter().any(|source| source.market.to_string() == "BTC/USDT"));
}

#[test]
fn ora_1_every_flat_name_reaches_its_setting() {
    let config = from_environment(&[
        ("RPC_URL", "http://one.example,http://two.example"),
        ("CHAIN_ID", "1337"),
        ("LOG_LEVEL", ""),
        ("ORACLE__CHAIN__READ_QUORUM", "2"),
    ]);
    let config = config.unwrap();
    assert_eq!((config.chain.id.get(), config.chain.endpoints.len(), config.chain.read_quorum), (1337, 2, 2));
}

#[test]
fn ora_12_a_secret_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318\n").unwrap();
    let config = from_environment(&[("PRIVATE_KEY", ""), ("PRIVATE_KEY_FILE", key.to_str().unwrap())]).unwrap();
    assert!(matches!(config.signers.default.settings, SignerSettings::PrivateKey { .. }));
}

#[test]
fn ora_11_a_dry_run_needs_no_key() {
    let config = from_environment(&[("PRIVATE_KEY", ""), ("ORACLE__PUBLISHER__DRY_RUN", "true")]).unwrap();
    assert!(matches!(config.signers.default.settings, SignerSettings::None { address: None }));
}

#[test]
fn ops_10_a_feed_may_have_a_key_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d\n").unwrap();
    let file = MANY_FEEDS.replacen("id = \"eth-usd\"", "id = \"eth-usd\"\nsigner = \"fx\"", 1);
    let config = from_file(&format!("{file}\n[[signers]]\nid = \"fx\"\nprivate_key_file = {key:?}\n")).unwrap();
    let names: Vec<_> = config.signers.all().map(|keyed| (keyed.id.as_str(), keyed.at.as_str())).collect();
    assert_eq!(names, [("default", "signer"), ("fx", "signers.0")]);
    let signer = |feed: &str| config.feeds.feeds[&feed.parse().unwrap()].signer.to_string();
    assert_eq!((signer("eth-usd"), signer("eth-eur")), ("fx".to_owned(), "default".to_owned()));
    assert!(!format!("{config:?}{}", config.base.effective.redacted()).contains("59c6995e"));
}

#[test]
fn a_migration_needs_the_database_and_no_key() {
    let environment = variables(&[("PRIVATE_KEY", ""), ("RPC_URL", ""), ("AGGREGATOR_ADDRESS", "")]);
    load_store(None, &environment).unwrap();
    let refused = load_store(None, &variables(&[("DATABASE_URL", "")])).unwrap_err().to_string();
    assert!(refused.starts_with("store.url: expected a database"), "{refused}");
}

#[test]
fn ora_8_a_file_holds_feeds_of_every_kind() {
    let config = from_file(MANY_FEEDS).unwrap();
    let feed = |id: &str| &config.feeds.feeds[&id.parse().unwrap()];
    assert_eq!(config.feeds.feeds.len(), 3);
    let eth = feed("eth-usd").policy.terms();
    assert_eq!(eth.trigger.profile, Profile::Libocr);
    assert_eq!(eth.bounds.max.map(|answer| answer.to_string()).as_deref(), Some("2000000000000"));
    assert_eq!(eth.trigger.deviation, Ppm::new(2_500));
    assert!(feed("eth-usd").decimals_pinned && !feed("eur-usd").decimals_pinned);
    assert_eq!(feed("eur-usd").policy.terms().trigger.profile, Profile::Causeway);
    assert_eq!(feed("eur-usd").aggregator, None);
    assert_eq!(feed("eth-usd").sources[1].id.as_str(), "coinbase-main");
    assert!(feed("eth-eur").sources.is_empty());
    let order: Vec<_> = config.feeds.graph.order().iter().map(ToString::to_string).collect();
    assert_eq!(order.last().map(String::as_str), Some("eth-eur"), "after the feeds that it is computed from");
}

#[test]
fn ora_7_a_venue_is_connected_once_for_all_feeds_and_not_when_unused() {
    let config = from_file(MANY_FEEDS).unwrap();
    assert_eq!(config.venues.connections.len(), 5);
    assert_eq!(config.venues.facts.len(), 6);
    let transports = config.venues.connections.iter().filter_map(|connection| match &connection.market {
        Market::Exchange { transport: Transport::Rest(rest), .. } => Some(rest.poll_interval),
        Market::Exchange { .. } | Market::Documents { .. } | Market::Aggregators { .. } => None,
    });
    assert_eq!(transports.collect::<Vec<_>>(), [Duration::from_millis(5_000)], "its own override, not the default");
    let coinbase = &config.venues.facts[&"coinbase".parse().unwrap()];
    let expires = coinbase.credential_expires_at.map(|at| at.to_string());
    assert!(expires.is_some_and(|at| at.starts_with("2027-01-31T00:00:00")));
}

#[test]
fn ora_12_no_secret_is_ever_printed() {
    for config in [from_file(MANY_FEEDS).unwrap(), from_environment(&[]).unwrap()] {
        let printed = format!("{config:?}\n{config:#?}\n{}", config.base.effective.redacted());
        for secret in SECRETS {
            assert!(!printed.contains(secret), "{secret} is printed");
        }
    }
}

#[test]
fn replicas_that_differ_in_secrets_only_have_one_hash() {
    let hash = |changes: &[(&str, &str)]| from_environment(changes).unwrap().base.hash;
    assert_eq!(hash(&[]), hash(&[("DATABASE_URL", "postgres://another:password@elsewhere/oracle")]));
    assert_ne!(hash(&[]), hash(&[("HEARTBEAT", "61")]));
}

/// `section.key` of each line of the defaults.
fn defaults() -> Vec<String> {
    let table: toml::Table = DEFAULTS.parse().unwrap();
    let section = |(section, keys): (&String, &toml::Value)| {
        let keys = keys.as_table().unwrap();
        keys.keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>()
    };
    table.iter().flat_map(section).collect()
}

#[test]
fn every_key_of_the_defaults_is_read() {
    // A key that nobody reads would be accepted under any name: no section accepts an unknown one.
    for key in defaults() {
        let variable = format!("ORACLE__{}X", key.replace('.', "__").to_uppercase());
        let refused = from_environment(&[(&variable, "1")]).unwrap_err();
        assert!(refused.starts_with(&format!("{key}x: ")) && refused.contains("unknown setting"), "{refused}");
    }
}

#[test]
fn the_readme_names_every_setting_with_its_default() {
    let readme = include_str!("../../../README.md");
    let table: toml::Table = DEFAULTS.parse().unwrap();
    for key in defaults() {
        let (section, name) = key.split_once('.').unwrap();
        let line = format!("| `{key}` | `{}` |", table[section][name]);
        assert!(readme.contains(&line), "the README lacks the line that begins with {line}");
    }
    let documented = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(key, _)| key);
    for key in documented.filter(|key| key.contains('.') && !key.starts_with('/')) {
        let optional = ["grpc.tls_", "store.url", "signer."].iter().any(|start| key.starts_with(start));
        assert!(optional || defaults().iter().any(|known| known == key), "the README invents {key}");
    }
}

#[test]
fn ora_6_alert_channels_come_from_the_environment_as_well_and_show_no_secret() {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let hook = "https://hooks.slack.com/services/T0/B0/rpcsecret";
    let config = from_environment(&[
        ("ORACLE__ALERTING__CHANNELS__0__ID", "slack-ops"),
        ("ORACLE__ALERTING__CHANNELS__0__KIND", "slack"),
        ("ORACLE__ALERTING__CHANNELS__0__URL", hook),
    ])
    .unwrap();
    let ids: Vec<String> = config.base.alerting.channels().iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["log", "slack-ops"]);
    assert!(!format!("{config:?}{}", config.base.effective.redacted()).contains("rpcsecret"));
}
