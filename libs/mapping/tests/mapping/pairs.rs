//! Translations that another project expects (WSO2's, not SWIFT's): compared value by value. The files are not in this
//! repository: without them (`CAUSEWAY_DATA`, or `shared/data` beside the checkout) the tests say so and pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use causeway_fin::{parse, validate};
use causeway_iso20022::{Limits, Message, SchemaCheck, Schemas, Tree};
use causeway_mapping::{Context, Error, to_fin, to_iso};
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside)).join("tokenization");
    if folder.join("mt_to_mx_pairs.json").exists() {
        return Some(folder);
    }
    eprintln!("no recorded translations on this machine, so nothing is compared: set CAUSEWAY_DATA");
    None
}

fn pairs(name: &str, from: &str, to: &str) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let pairs: Vec<Value> = serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap();
    let read = |pair: &Value, key: &str| fs::read(folder.join(pair[key].as_str().unwrap())).unwrap();
    pairs.iter().map(|pair| (pair[from].as_str().unwrap().to_owned(), read(pair, from), read(pair, to))).collect()
}

/// What becomes of a file other than what the suite expects, and why.
enum Expected {
    Error(Error),
    Differs(&'static str),
}

/// Everything not listed is told exactly as the suite expects.
fn expected(name: &str) -> Option<Expected> {
    let bank_reference =
        "this crate keeps the bank's reference after //, and takes the end-to-end reference before others";
    Some(match name.rsplit('/').next().unwrap() {
        "mt205_wso2_001.fin" | "mt103_wso2_009.fin" | "mt103_wso2_010.fin" => Expected::Error(Error::Return),
        // Its eighth entry has 26 characters where the format has room for 16.
        "mt950_wso2_001.fin" => Expected::Error(Error::Invalid),
        "mt103_wso2_015.fin" => Expected::Differs("the suite invents an identifier NOTPROVIDED for the creditor"),
        "CBPR_c.53.5_pacs.008_AtoB.xml" => Expected::Differs("33B repeats 32A always, not only within Europe"),
        statement if statement.contains("camt.053") => Expected::Differs(bank_reference),
        _ => return None,
    })
}

/// What both sides say and the other does not.
fn differences(ours: &[String], theirs: &[String]) -> Vec<String> {
    let only = |one: &[String], other: &[String], whose: &str| -> Vec<String> {
        one.iter().filter(|value| !other.contains(value)).map(|value| format!("{whose}: {value}")).collect()
    };
    [only(ours, theirs, "ours"), only(theirs, ours, "theirs")].concat()
}

fn judge(name: &str, outcome: Result<Vec<String>, Error>) {
    match (expected(name), outcome) {
        (Some(Expected::Error(expected)), outcome) => assert_eq!(outcome.err(), Some(expected), "{name}"),
        (Some(Expected::Differs(reason)), outcome) => {
            assert!(!outcome.unwrap().is_empty(), "{name}: no longer {reason}")
        }
        (None, outcome) => assert_eq!(outcome, Ok(Vec::new()), "{name}"),
    }
}

/// Values with their paths below the document. When the message is made is no matter of translation.
fn leaves(tree: &Tree<'_>) -> Vec<String> {
    let document = Message::find(tree).unwrap().document;
    let filled = document.descendants().filter(|leaf| !leaf.text().is_empty() && leaf.local() != "CreDtTm");
    filled.map(|leaf| format!("{}={}", leaf.path().rsplit("/Document").next().unwrap(), leaf.text())).collect()
}

#[test]
fn tok_5_fin_is_told_in_iso_20022_as_the_suite_expects_and_follows_the_schemas() {
    let mut schemas = Schemas::default();
    for entry in folder().iter().flat_map(|folder| fs::read_dir(folder.join("xsd")).unwrap()) {
        schemas.add(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
    }
    let context = Context { created: "2026-07-22T09:15:00+00:00".to_owned() };
    let mut applied = 0;
    for (name, fin, iso) in pairs("mt_to_mx_pairs.json", "mt_file", "expected_mx") {
        let message = parse(&fin).unwrap();
        let outcome = match to_iso(&validate(&message), &context) {
            Err(Error::Unsupported) => continue,
            Err(error) => Err(error),
            Ok(mapped) => {
                let ours = Tree::parse(mapped.text.as_bytes(), Limits::default()).unwrap();
                let validation = causeway_iso20022::validate(&Message::find(&ours).unwrap(), &schemas);
                assert!(validation.is_valid(), "{name}: {:?}", validation.findings());
                applied += usize::from(validation.schema() == SchemaCheck::Applied);
                Ok(differences(&leaves(&ours), &leaves(&Tree::parse(&iso, Limits::default()).unwrap())))
            }
        };
        judge(&name, outcome);
    }
    assert!(folder().is_none() || applied >= 3, "only {applied} messages met a schema");
}

/// Fields as `tag:value`, blanks at the ends of lines left out.
fn fields(text: &[u8]) -> Vec<String> {
    let message = parse(text).unwrap();
    let told = |field: &causeway_fin::Field<'_>| {
        let lines: Vec<_> = field.lines().map(str::trim_end).collect();
        format!("{}:{}", field.tag, lines.join("|"))
    };
    message.fields().iter().map(told).collect()
}

#[test]
fn tok_4_iso_20022_is_told_in_fin_as_the_suite_expects() {
    let mut compared = 0;
    for (name, iso, fin) in pairs("mx_to_mt_pairs.json", "mx_file", "expected_mt") {
        let tree = Tree::parse(&iso, Limits::default()).unwrap();
        let Ok(message) = Message::find(&tree) else { continue };
        let outcome = match to_fin(&message) {
            Err(Error::Unsupported) => continue,
            Err(error) => Err(error),
            Ok(mapped) => Ok(differences(&fields(mapped[0].text.as_bytes()), &fields(&fin))),
        };
        judge(&name, outcome);
        compared += 1;
    }
    assert!(folder().is_none() || compared >= 19, "only {compared} messages were compared");
}
