//! What is written around the code: contracts, runbooks, links, and no trace of anybody's machine.

use std::collections::BTreeSet;

use super::{
    observability::rules,
    repository::{File, assert_none, files, files_ending, root},
    rust::{has_word, production_lines},
};

#[test]
fn every_part_of_a_contract_is_documented() {
    let mut silent = Vec::new();
    let contracts = files_ending(".proto");
    assert!(!contracts.is_empty(), "services have contracts");
    for file in contracts {
        let mut before = "";
        for (number, line) in file.lines() {
            let line = line.trim();
            let declares =
                ["message ", "enum ", "service ", "rpc ", "oneof "].iter().any(|word| line.starts_with(word));
            if (declares || is_field(line)) && !before.starts_with("//") {
                silent.push(format!("{}:{number}: {line}", file.path));
            }
            before = line;
        }
    }
    assert_none("every message, field, value and call of a contract has a comment", &silent);
}

/// A field or an enum's value: `… = 7;`, with options or without.
fn is_field(line: &str) -> bool {
    let number = line.split_once(" = ").map(|(_, rest)| rest.trim_end_matches(';'));
    let number = number.map(|rest| rest.split(" [").next().unwrap_or_default());
    !line.starts_with("//") && number.is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Alert names that the services can raise: text literals of `alerts.rs`, and named ones anywhere.
pub(super) fn alerts() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files_ending(".rs").iter().filter(|file| file.is_under("services") && !file.is_in_tests()) {
        let is_list = file.path.ends_with("/alerts.rs") || file.path.contains("/alerts/");
        for (_, line) in production_lines(file) {
            if is_list || line.contains("Name::literal(") {
                found.extend(literals(line).filter(|text| is_alert_name(text)).map(str::to_owned));
            }
        }
    }
    found
}

fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

/// Two humps at least, as in `NoLeader`: a single capitalised word is a word.
fn is_alert_name(text: &str) -> bool {
    let humps = text.bytes().filter(u8::is_ascii_uppercase).count();
    text.starts_with(|c: char| c.is_ascii_uppercase()) && humps > 1 && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

pub(super) fn runbooks() -> BTreeSet<String> {
    let pages = files().into_iter().filter(|file| file.is_under("docs/runbooks") && !file.path.ends_with("README.md"));
    pages.filter_map(|file| Some(file.path.rsplit_once('/')?.1.strip_suffix(".md")?.to_owned())).collect()
}

#[test]
fn every_alert_has_a_runbook_and_every_runbook_an_alert() {
    let (mut alerts, runbooks) = (alerts(), runbooks());
    assert!(!alerts.is_empty(), "a service that pages nobody");
    alerts.extend(rules().into_iter().map(|rule| rule.name));
    let without: Vec<_> =
        alerts.difference(&runbooks).map(|name| format!("{name}: no docs/runbooks/{name}.md")).collect();
    let orphans: Vec<_> =
        runbooks.difference(&alerts).map(|name| format!("{name}: no service and no rule raises it")).collect();
    assert_none("alerts and runbooks go together", &[without, orphans].concat());
}

#[test]
fn every_runbook_says_what_it_means_where_to_look_and_what_to_do() {
    let index = std::fs::read_to_string(root().join("docs/runbooks/README.md")).unwrap();
    let mut thin = Vec::new();
    for name in runbooks() {
        let page = std::fs::read_to_string(root().join(format!("docs/runbooks/{name}.md"))).unwrap();
        let parts = ["## What it means", "## Look here", "## Do this", "## The command"];
        thin.extend(parts.iter().filter(|part| !page.contains(*part)).map(|part| format!("{name}: {part}")));
        if !index.contains(&format!("({name}.md)")) {
            thin.push(format!("{name}: not in the index"));
        }
    }
    assert_none("a runbook has its four parts and stands in the index", &thin);
}

#[test]
fn a_runbook_tells_the_severity_that_its_alert_has() {
    let mut different = Vec::new();
    for file in files_ending("/alerts.rs").iter().filter(|file| file.is_under("services")) {
        for (_, line) in production_lines(file) {
            let Some(name) = literals(line).find(|text| is_alert_name(text)) else { continue };
            let after = line.split(name).nth(1).unwrap_or_default();
            let severity = ["Critical", "Error", "Warning", "Info"].into_iter().find(|word| has_word(after, word));
            let (Some(severity), true) = (severity, runbooks().contains(name)) else { continue };
            let page = std::fs::read_to_string(root().join(format!("docs/runbooks/{name}.md"))).unwrap();
            let index = std::fs::read_to_string(root().join("docs/runbooks/README.md")).unwrap();
            let row = format!("[{name}]({name}.md) | {} |", severity.to_lowercase());
            if !page.contains(&format!("\n{severity}.\n")) || !index.contains(&row) {
                different.push(format!("{name} is {severity}"));
            }
        }
    }
    assert_none("a runbook and the index tell the alert's severity", &different);
}

#[test]
fn ops_9_commands_of_runbooks_show_a_certificate_and_ask_a_service_by_its_name() {
    let (mut wrong, mut calls) = (Vec::new(), 0_u32);
    for file in files().iter().filter(|file| file.is_under("docs/runbooks")) {
        let joined = file.text.replace("\\\n", " ");
        for call in joined.lines().filter(|line| line.contains("grpcurl ")) {
            calls += 1;
            let words: Vec<_> = call.split_whitespace().collect();
            let after = |flag: &str| words.iter().skip_while(|word| **word != flag).nth(1).copied().unwrap_or_default();
            let shows = ["-cacert", "-cert", "-key"].iter().all(|flag| !after(flag).is_empty());
            let is_service = root().join("services").join(after("-authority")).join("Cargo.toml").exists();
            // What comes after the address is the method: options there are taken for arguments.
            let is_whole = words.iter().rev().nth(1) == Some(&"localhost:50051");
            if !shows || after("-authority").is_empty() || !is_service || !is_whole {
                wrong.push(format!("{}: {call}", file.path));
            }
        }
    }
    assert!(calls > 20, "a walk that sees {calls} calls proves nothing");
    assert_none("a runbook's call works where calls need a certificate", &wrong);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files_ending(".md") {
        let folder = root().join(&file.path).parent().unwrap().to_path_buf();
        for target in links(&file) {
            let path = target.split('#').next().unwrap_or_default();
            if !path.is_empty() && !folder.join(path).exists() {
                broken.push(format!("{}: {target}", file.path));
            }
        }
    }
    assert_none("a link within the repository leads to a file", &broken);
}

/// The targets of a page's links, without those to other hosts.
fn links(file: &File) -> Vec<&str> {
    let after = file.text.split("](").skip(1);
    let targets = after.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

#[test]
fn nothing_names_the_machine_it_was_written_on() {
    // Written apart, so that this file does not accuse itself.
    let places = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| file.path != "Cargo.lock") {
        for (number, line) in file.lines() {
            // Homebrew's prefix on Linux is the same on every machine.
            let line = line.replace(concat!("/ho", "me/linuxbrew/"), "");
            if places.iter().any(|place| line.contains(place)) {
                found.push(format!("{}:{number}: {}", file.path, line.trim().chars().take(100).collect::<String>()));
            }
        }
    }
    assert_none("no path of a machine is committed", &found);
}
