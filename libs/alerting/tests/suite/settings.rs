//! `[alerting]`: what is right becomes channels, what is wrong is one line that names it and shows no secret.

use std::io::Write as _;

use causeway_alerting::config::{RawAlerting, SECRETS, Settings};
use causeway_runtime::config::{Environment, Schema, load};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    alerting: RawAlerting,
}

const SCHEMA: Schema = Schema {
    defaults: "[alerting]\nsource = ''\nrunbook_base_url = ''\ndelivery_timeout_ms = 10000\n",
    prefix: "TEST",
    flat_names: &[],
    secrets: &[&SECRETS],
};

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn read(text: &str) -> Result<Settings, String> {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let loaded = load::<Raw>(&SCHEMA, Some(file.path()), &Environment::default()).map_err(|error| error.to_string())?;
    let mut validator = loaded.effective.validator();
    let settings = loaded.raw.alerting.validate("test", &mut validator);
    let settings = validator.finish(settings).map_err(|error| error.to_string())?;
    assert!(!loaded.effective.redacted().contains("s3cr3t"), "{}", loaded.effective.redacted());
    Ok(settings.unwrap())
}

fn channel(lines: &str) -> String {
    format!("[[alerting.channels]]\n{lines}\n")
}

#[test]
fn grd_8_every_kind_of_channel_is_set_up_from_the_file() {
    let text = [
        channel("id = 'slack-incidents'\nkind = 'slack'\nurl = 'https://hooks.slack.com/services/T0/B0/s3cr3t'"),
        channel("id = 'slack-ops'\nkind = 'slack'\nurl = 'https://hooks.slack.com/services/T0/B1/s3cr3t'"),
        channel(&format!("id = 'pagerduty'\nkind = 'pagerduty'\nrouting_key = '{KEY}'")),
        channel(
            "id = 'email'\nkind = 'smtp'\nhost = 'mail.example.com'\nuser = 'u'\npassword = 's3cr3t'\n\
             from = 'Causeway <causeway@example.com>'\nto = ['ops@example.com']",
        ),
        channel(
            "id = 'sms'\nkind = 'sms'\nurl = 'https://sms.example.com/send'\nauthorization = 'Bearer s3cr3t'\n\
             to = ['+4917012345678']\nform = { To = '{to}', Body = '{text}' }",
        ),
        channel("id = 'tickets'\nkind = 'webhook'\nurl = 'https://tickets.example.com/hook'\nsecret = 's3cr3t'"),
        channel("id = 'alertmanager'\nkind = 'alertmanager'\nurl = 'http://alertmanager:9093'"),
    ];
    let settings = read(&text.concat()).unwrap();
    let ids: Vec<String> = settings.channels().iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["alertmanager", "email", "log", "pagerduty", "slack-incidents", "slack-ops", "sms", "tickets"]);
}

#[test]
fn without_a_channel_the_log_hears_everything() {
    let ids: Vec<String> = read("").unwrap().channels().iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["log"]);
}

#[test]
fn each_wrong_setting_is_named_with_what_is_expected_and_no_secret_is_shown() {
    let slack = "id = 'slack-ops'\nkind = 'slack'\n";
    for (lines, parts) in [
        ("id = 'slack-ops'\nkind = 'carrier-pigeon'", &["channels.0.kind", "carrier-pigeon", "slack, pagerduty"][..]),
        ("id = '#ops'\nkind = 'slack'\nurl = 'https://x.example/s3cr3t'", &["channels.0.id", "a-z"]),
        ("id = 'my-room'\nkind = 'slack'\nurl = 'https://x.example/s3cr3t'", &["channels.0.id", "some rule names"]),
        ("id = 'log'\nkind = 'webhook'\nurl = 'https://x.example/s3cr3t'", &["channels.0.id", "no other channel"]),
        (slack, &["channels.0.url", "an address, or url_file"]),
        (&format!("{slack}url = 'http://x.example/s3cr3t'"), &["channels.0.url", "[redacted]", "TLS"]),
        (&format!("{slack}url = 's3cr3t'"), &["channels.0.url", "[redacted]", "URL"]),
        (&format!("{slack}url = 'https://x.example/s3cr3t'\nto = ['a']"), &["channels.0.to", "of kind slack has url"]),
        (&format!("{slack}hook = 'https://x.example/s3cr3t'"), &["channels.0.hook", "unknown setting"]),
        ("id = 'pagerduty'\nkind = 'pagerduty'\nrouting_key = 's3cr3t'", &["channels.0.routing_key", "[redacted]"]),
        (
            "id = 'email'\nkind = 'smtp'\nhost = 'mail.example.com'\nencryption = 'none'\nfrom = 'a@b.example'\n\
             to = ['c@d.example']",
            &["channels.0.host", "TLS"],
        ),
        ("id = 'email'\nkind = 'smtp'\nhost = 'h'\nfrom = 'a@b.example'", &["channels.0.to", "at least one"]),
        ("id = 'email'\nkind = 'smtp'\nhost = 'h'\npassword = 's3cr3t'", &["channels.0.user", "whose password"]),
        (
            "id = 'sms'\nkind = 'sms'\nurl = 'https://x.example/'\nto = ['+4917012345678']",
            &["channels.0.form", "either a form or json"],
        ),
    ] {
        let told = read(&channel(lines)).unwrap_err();
        assert!(parts.iter().all(|part| told.contains(part)), "{parts:?}: {told}");
        assert!(!told.contains("s3cr3t"), "{told}");
    }
}

#[test]
fn own_rules_that_cannot_be_followed_stop_the_start() {
    let with_rules = |rules: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(rules.as_bytes()).unwrap();
        read(&format!("[alerting]\nrules_file = '{}'\n", file.path().display()))
            .map(|settings| settings.channels().len())
    };
    assert_eq!(with_rules("[[rule]]\nname = 'all'\nchannels = ['log']"), Ok(1));
    for (rules, part) in [
        ("[[rule]]\nname = 'all'\nchannels = ['log', 'sms']", "they name sms"),
        ("[[rule]]\nname = 'all'\nchannels = ['log']\nseverity = 'error'", "a file of alert rules"),
        ("[[rule]]\nname = 'few'\nchannels = ['log']\nseverities = ['error']", "critical"),
    ] {
        let told = with_rules(rules).unwrap_err();
        assert!(told.contains("alerting.rules_file") && told.contains(part), "{part}: {told}");
    }
    let told = read("[alerting]\nrules_file = '/nowhere/rules.toml'\n").unwrap_err();
    assert!(told.contains("alerting.rules_file = `/nowhere/rules.toml`"), "{told}");
}
