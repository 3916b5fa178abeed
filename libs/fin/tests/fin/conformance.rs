//! Messages of public test suites, read as their expectation files say. The files are not in this repository:
//! without them (`CAUSEWAY_DATA`, or `shared/data` beside the checkout) the tests say so and pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use causeway_fin::{Limits, Message, Messages, validate};
use serde_json::Value;

/// Files that the suite takes for well-formed and this library refuses, or reads otherwise, each with the reason.
const DISAGREEMENTS: [(&str, &str); 16] = [
    ("mt/mtxxx_prowide_005.fin", "text before the first block belongs to no message"),
    ("mt/mtxxx_prowide_011.fin", "text before the first block belongs to no message"),
    ("mt/mt103_prowide_036.fin", "block 3 stands before block 2, and the network knows one order only"),
    ("mt/mt103_wso2_002.fin", "a brace after the last block"),
    ("mt/mt305_prowide_001.fin", "a brace after the last block"),
    ("mt/mt320_prowide_002.fin", "blanks and a `!` after the last block"),
    ("mt/mt341_prowide_001.fin", "a semicolon after the last block"),
    ("mt/mt103_prowide_014.fin", "an acknowledgement comes from the network, not from who sent the message"),
    ("mt/mt103_prowide_015.fin", "an acknowledgement comes from the network"),
    ("mt/mt535_prowide_003.fin", "an acknowledgement comes from the network"),
    ("mt/mt950_prowide_002.fin", "an acknowledgement comes from the network"),
    ("mt/mt999_prowide_001.fin", "an acknowledgement comes from the network"),
    ("mt/mt103_prowide_042.fin", "an acknowledgement comes from the network"),
    ("mt/mt103_prowide_043.fin", "an acknowledgement comes from the network"),
    ("mt/mt103_prowide_047.fin", "an acknowledgement comes from the network"),
    ("mt/mt103_prowide_060.fin", "an acknowledgement comes from the network"),
];

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside)).join("tokenization");
    if folder.join("mt_index.json").exists() {
        return Some(folder);
    }
    eprintln!("no recorded messages on this machine, so nothing is compared: set CAUSEWAY_DATA");
    None
}

struct Recorded {
    name: String,
    bytes: Vec<u8>,
    is_malformed: bool,
    expected: Value,
}

fn recorded() -> Vec<Recorded> {
    let Some(folder) = folder() else { return Vec::new() };
    let json = |name: &str| -> Vec<Value> { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let expected = json("mt_expected.json");
    let entries = json("mt_index.json").into_iter().map(|entry| {
        let name = entry["file"].as_str().unwrap().to_owned();
        let expected = expected.iter().find(|one| one["sha256"] == entry["sha256"]).unwrap().clone();
        let bytes = fs::read(folder.join(&name)).unwrap();
        Recorded { name, bytes, is_malformed: entry["class"] == "malformed", expected }
    });
    entries.collect()
}

fn read(bytes: &[u8]) -> Result<Vec<Message<'_>>, causeway_fin::Error> {
    Messages::new(bytes, Limits::default())?.collect()
}

#[test]
fn tok_5_every_recorded_message_is_read_as_expected_or_refused_for_a_reason() {
    for one in recorded() {
        let is_disputed = DISAGREEMENTS.iter().any(|(name, _)| *name == one.name);
        let differences = match read(&one.bytes) {
            Err(_) if one.is_malformed => continue,
            Ok(_) if one.is_malformed => vec!["malformed, and read all the same".to_owned()],
            Err(error) => vec![error.to_string()],
            Ok(messages) => compare(&messages[0], &one.expected),
        };
        assert_eq!(is_disputed, !differences.is_empty(), "{}: {differences:#?}", one.name);
    }
}

#[test]
fn tok_5_every_recorded_message_is_written_back_byte_for_byte() {
    for one in recorded() {
        if let Ok(messages) = read(&one.bytes) {
            let text: String = messages.iter().map(ToString::to_string).collect();
            // Blanks around the messages of a file belong to none of them.
            assert_eq!(text.as_bytes(), one.bytes.trim_ascii(), "{}", one.name);
        }
    }
}

#[test]
fn tok_5_the_parts_of_fields_are_those_that_the_suite_found() {
    let all = recorded();
    let (mut compared, mut unfit) = (0, Vec::new());
    for one in &all {
        let Ok(messages) = read(&one.bytes) else { continue };
        let theirs = one.expected["block4"].as_array().cloned().unwrap_or_default();
        for (field, theirs) in messages[0].fields().iter().zip(&theirs) {
            let Some(components) = theirs["components"].as_object() else { continue };
            let Some(parts) = field.parts() else {
                unfit.push(format!("{}:{}:{}", one.name, field.tag, field.value));
                continue;
            };
            let flat = |text: &str| text.replace(['/', '\r', '\n'], "");
            let mut theirs: Vec<_> =
                components.values().map(|value| flat(value.as_str().unwrap_or_default())).collect();
            theirs.retain(|component| component != "ISIN");
            let ours: Vec<_> = parts.iter().map(|(_, text)| flat(text)).collect();
            // Each of theirs lies within one of ours, and together they are the same characters.
            let lies_within = |component: &String| ours.iter().any(|part| part.contains(component.as_str()));
            assert!(theirs.iter().all(lies_within), "{} {field:?}: {ours:?} and {theirs:?}", one.name);
            assert_eq!(sorted(&ours), sorted(&theirs), "{} {field:?}", one.name);
            compared += 1;
        }
    }
    println!("{compared} fields compared, {} without parts: {unfit:#?}", unfit.len());
    assert!(all.is_empty() || compared > 900, "only {compared} fields were compared");
}

#[test]
fn tok_10_validating_any_recorded_message_ends_in_findings_and_never_in_a_panic() {
    for one in recorded() {
        for message in read(&one.bytes).unwrap_or_default() {
            for finding in validate(&message).findings() {
                assert!(finding.line > 0 && finding.rule.code.len() == 3, "{}: {finding}", one.name);
            }
        }
    }
}

fn sorted(texts: &[String]) -> Vec<char> {
    let mut characters: Vec<char> = texts.concat().chars().collect();
    characters.sort_unstable();
    characters
}

fn compare(message: &Message<'_>, expected: &Value) -> Vec<String> {
    let mut differences = Vec::new();
    let unified = |text: &str| text.replace("\r\n", "\n");
    let ours: Vec<(String, String)> = match message.list('4') {
        Some(list) => list.iter().map(|item| (item.label.to_owned(), item.value.to_owned())).collect(),
        None => message.fields().iter().map(|field| (field.tag.to_string(), unified(field.value))).collect(),
    };
    let text = |value: &Value| unified(value.as_str().unwrap_or_default());
    let theirs = expected["block4"].as_array().cloned().unwrap_or_default();
    let theirs: Vec<_> = theirs.iter().map(|field| (text(&field["tag"]), text(&field["value"]))).collect();
    if ours != theirs {
        differences.push(format!("fields {ours:?} and {theirs:?}"));
    }
    let mut same = |what: &str, ours: Option<String>, theirs: &Value| {
        if ours.as_deref() != theirs.as_str() {
            differences.push(format!("{what} {ours:?} and {theirs}"));
        }
    };
    same("block 1", Some(message.basic().to_string()), &expected["block1"]["value"]);
    same("block 2", message.application().map(ToString::to_string), &expected["block2"]["value"]);
    same("type", message.message_type().map(str::to_owned), &expected["type"]);
    same("uetr", message.uetr_text().map(str::to_owned), &expected["uetr"]);
    same("user reference", message.user_reference().map(str::to_owned), &expected["mur"]);
    same("sender", message.sender().map(|one| one.to_string()), &expected["sender"]);
    same("receiver", message.receiver().map(|one| one.to_string()), &expected["receiver"]);
    differences
}
