//! What each recorded message orders, or why nothing. What a message of its type would order is expected of every valid one;
//! where the door says something else, the file is listed with the reason.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use causeway_iso20022::Schemas;
use causeway_primitives::Decimal;
use serde_json::Value;
use tokenization_gateway::intake::{Read, Refusal, read};

/// Types whose valid messages order something here.
const ORDERING_MT: [&str; 11] = ["103", "202", "205", "540", "541", "542", "543", "544", "545", "546", "547"];
/// The same of ISO 20022.
const ORDERING_MX: [&str; 5] = ["pacs.008", "pacs.009", "pain.001", "sese.023", "sese.025"];
/// File, outcome and reason, one to a line.
const DISAGREEMENTS: &str = include_str!("disagreements.tsv");

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside)).join("tokenization");
    if folder.join("mt_index.json").exists() {
        return Some(folder);
    }
    eprintln!("no recorded messages on this machine, so nothing is compared: set CAUSEWAY_DATA");
    None
}

fn json(folder: &Path, name: &str) -> Vec<Value> {
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn hand_in(folder: &Path, name: &str) -> Result<Vec<Read>, Refusal> {
    read(&fs::read(folder.join(name)).unwrap(), &Schemas::default())
}

/// The files of a folder that are listed, with what the door says of them.
fn listed(folder: &str) -> BTreeSet<(String, String)> {
    let lines = DISAGREEMENTS.lines().filter(|line| line.starts_with(folder));
    let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| {
        assert!(row.len() == 3 && !row[2].is_empty(), "a disagreement has its reason: {row:?}");
        (row[0].to_owned(), row[1].to_owned())
    })
    .collect()
}

/// Compares what was expected of each file with what the door said; the counts by outcome.
fn compare(folder: &str, outcomes: &[(String, &str, String)]) -> BTreeMap<String, usize> {
    let differing = outcomes.iter().filter(|(_, expected, told)| expected != told);
    let differing: BTreeSet<_> = differing.map(|(name, _, told)| (name.clone(), told.clone())).collect();
    let listed = listed(folder);
    let unlisted: Vec<_> = differing.difference(&listed).collect();
    let settled: Vec<_> = listed.difference(&differing).collect();
    assert!(unlisted.is_empty() && settled.is_empty(), "not listed: {unlisted:#?}\nlisted in vain: {settled:#?}");
    let mut counts = BTreeMap::new();
    for (_, _, told) in outcomes {
        *counts.entry(told.clone()).or_default() += 1;
    }
    counts
}

fn told(read: &Result<Vec<Read>, Refusal>) -> String {
    read.as_ref().map_or_else(|refusal| refusal.reason(), |_| "orders").to_owned()
}

/// Currency and amount of 32A, as the suite's own parser has it.
fn settled(expected: &Value) -> Option<(String, Decimal)> {
    let fields = expected["block4"].as_array()?;
    let value = fields.iter().find(|field| field["tag"] == "32A")?["value"].as_str()?;
    let amount = value.get(9..)?.trim_end_matches(',').replace(',', ".");
    Some((value.get(6..9)?.to_owned(), amount.parse().ok()?))
}

#[test]
fn tok_5_every_recorded_fin_message_orders_what_its_type_says_or_is_listed() {
    let Some(folder) = folder() else { return };
    let expected: BTreeMap<String, Value> =
        json(&folder, "mt_expected.json").into_iter().map(|one| (one["sha256"].to_string(), one)).collect();
    let (mut outcomes, mut amounts) = (Vec::new(), 0);
    for entry in json(&folder, "mt_index.json") {
        let name = entry["file"].as_str().unwrap();
        let parsed = &expected[&entry["sha256"].to_string()];
        let wanted = match (entry["class"].as_str(), parsed["type"].as_str()) {
            (Some("malformed"), _) => "malformed",
            (_, Some(kind)) if ORDERING_MT.contains(&kind) => "orders",
            _ => "not_an_instruction",
        };
        let read = hand_in(&folder, name);
        if let (Ok(messages), Some((currency, amount))) = (&read, settled(parsed)) {
            let order = &messages[0].orders[0];
            assert_eq!((order.denomination.as_str(), order.amount), (currency.as_str(), amount), "{name}");
            amounts += 1;
        }
        outcomes.push((name.to_owned(), wanted, told(&read)));
    }
    let counts = compare("mt/", &outcomes);
    assert_eq!((outcomes.len(), counts["orders"], amounts), (162, 29, 25));
}

#[test]
fn tok_4_every_recorded_iso_20022_message_orders_what_its_type_says_or_is_listed() {
    let Some(folder) = folder() else { return };
    let mut outcomes = Vec::new();
    for entry in json(&folder, "mx_expected.json") {
        let name = entry["file"].as_str().unwrap();
        let kind = entry["document_ns"].as_str().and_then(|namespace| namespace.rsplit(':').next()).unwrap_or_default();
        let wanted = match entry["well_formed"].as_bool() {
            Some(true) if ORDERING_MX.iter().any(|one| kind.starts_with(one)) => "orders",
            Some(true) => "not_an_instruction",
            Some(false) | None => "malformed",
        };
        let read = hand_in(&folder, name);
        for order in read.iter().flatten().flat_map(|message| &message.orders) {
            let of = entry["amounts"].as_array().unwrap();
            let is_told = |one: &Value| {
                one[1] == order.denomination.as_str()
                    && one[2].as_str().and_then(|text| text.parse::<Decimal>().ok()) == Some(order.amount)
            };
            assert!(of.iter().any(is_told), "{name}: {} {}", order.denomination, order.amount);
        }
        outcomes.push((name.to_owned(), wanted, told(&read)));
    }
    let counts = compare("mx/", &outcomes);
    assert_eq!((outcomes.len(), counts["orders"]), (152, 13));
}
