//! Messages of public test suites, read as their expectation files say (lxml's extraction, libxml2's verdict). The
//! files are not in this repository: without them (`CAUSEWAY_DATA`, or `shared/data` beside the checkout) the tests say
//! so and pass.

use std::{
    fs,
    path::{Path, PathBuf},
};

use causeway_iso20022::{Element, Fault, Limits, Message, Rule, SchemaCheck, Schemas, Tree, validate};
use serde_json::{Value, json};

/// Files that lxml takes and this library refuses, each with the reason.
const REFUSED: [(&str, &str); 2] = [
    ("mx/prowide_strings/043_head.001.001.02.xml", "text stands beside elements, which ISO 20022 has nowhere"),
    ("mx/prowide_strings/064_head.001.001.01.xml", "a document type, which could define entities"),
];

/// Documents that the suite finds and this library does not, each with the reason.
const NO_MESSAGE: [(&str, &str); 3] = [
    ("mx/cbpr_wso2/CBPR_c.107.1.1_camt.107-AtoB.xml", "its Document is in the namespace of the envelope"),
    ("mx/prowide_strings/080_xsys.003.001.01.xml", "its Document is empty"),
    ("mx/prowide_strings/093_head.001.001.01.xml", "its Document is empty"),
];

/// What lxml extracted by local name, wherever it stands in document and header.
const LISTS: [&str; 12] = [
    "MsgId",
    "CreDtTm",
    "InstrId",
    "EndToEndId",
    "TxId",
    "UETR",
    "IntrBkSttlmDt",
    "ChrgBr",
    "IBAN",
    "NbOfTxs",
    "CtrlSum",
    "OrgnlUETR",
];

fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside)).join("tokenization");
    if folder.join("mx_expected.json").exists() {
        return Some(folder);
    }
    eprintln!("no recorded messages on this machine, so nothing is compared: set CAUSEWAY_DATA");
    None
}

fn recorded() -> Vec<(String, Value, Vec<u8>)> {
    let Some(folder) = folder() else { return Vec::new() };
    let expected: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("mx_expected.json")).unwrap()).unwrap();
    let read = |one: Value| {
        let name = one["file"].as_str().unwrap().to_owned();
        let bytes = fs::read(folder.join(&name)).unwrap();
        (name, one, bytes)
    };
    expected.into_iter().map(read).collect()
}

#[test]
fn tok_4_every_recorded_document_is_read_as_expected() {
    let mut compared = 0;
    for (name, expected, bytes) in recorded() {
        let is_refused = REFUSED.iter().any(|(refused, _)| *refused == name);
        let tree = Tree::parse(&bytes, Limits::default());
        let is_well_formed = expected["well_formed"] == json!(true) && !is_refused;
        assert_eq!(tree.is_ok(), is_well_formed, "{name}: {:?}", tree.err());
        let Ok(tree) = tree else { continue };
        assert_eq!(expected["root"], json!(tree.root().local()), "{name}");
        let message = match Message::find(&tree) {
            Ok(message) => message,
            Err(error) => {
                let is_known = NO_MESSAGE.iter().any(|(known, _)| *known == name);
                let is_iso = expected["document_ns"].as_str().is_some_and(|name| name.starts_with("urn:"));
                assert_eq!(is_known, is_iso, "{name}: {error}");
                continue;
            }
        };
        assert_eq!(expected["document_ns"], json!(message.document.namespace()), "{name}");
        if let Some(header) = &message.header {
            let said = [("MsgDefIdr", header.definition), ("BizMsgIdr", header.message), ("BizSvc", header.service)];
            for (local, ours) in said.into_iter().filter(|(local, _)| !expected[*local].is_null()) {
                assert_eq!(expected[local], json!(ours), "{name} {local}");
            }
        }
        // What the suite did not extract from a file it does not name.
        for list in LISTS.into_iter().filter(|list| !expected[*list].is_null()) {
            let ours: Vec<_> = texts(message.document, list).collect();
            assert_eq!(json!(ours), expected[list], "{name} {list}");
            compared += 1;
        }
        if let Some(count) = expected["amounts_count"].as_u64() {
            assert_eq!(count, amounts(message.document), "{name}");
        }
    }
    assert!(folder().is_none() || compared > 300, "only {compared} lists were compared");
}

/// Texts of all elements of a local name.
fn texts<'d>(document: Element<'d, '_>, local: &'static str) -> impl Iterator<Item = &'d str> {
    document.descendants().filter(move |element| element.local() == local).map(|element| element.text())
}

fn amounts(document: Element<'_, '_>) -> u64 {
    let count = document.descendants().filter(|element| element.attribute("Ccy").is_some()).count();
    count.try_into().unwrap()
}

#[test]
fn tok_4_every_schema_compiles_and_every_verdict_is_that_of_libxml2() {
    let Some(folder) = folder() else { return };
    let mut schemas = Schemas::default();
    for entry in fs::read_dir(folder.join("xsd")).unwrap() {
        let path = entry.unwrap().path();
        let id = schemas.add(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), id.to_string());
    }
    let mut compared = 0;
    for (name, expected, bytes) in recorded() {
        let Some(verdict) = expected["xsd_valid"].as_bool() else { continue };
        let tree = Tree::parse(&bytes, Limits::default()).unwrap();
        let message = Message::find(&tree).unwrap();
        let validation = validate(&message, &schemas);
        assert_eq!(validation.schema(), SchemaCheck::Applied, "{name}");
        let deviates = validation.findings().iter().any(|finding| finding.rule == Rule::Schema);
        assert_eq!(!deviates, verdict, "{name}: {:?}", validation.findings());
        compared += 1;
    }
    assert!(compared >= 30, "only {compared} verdicts were compared");
}

#[test]
fn tok_4_every_recorded_document_has_one_canonical_form() {
    for (name, _, bytes) in recorded() {
        let Ok(tree) = Tree::parse(&bytes, Limits::default()) else { continue };
        let once = tree.root().canonical().text;
        let again = Tree::parse(once.as_bytes(), Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(again.root().canonical().text, once, "{name}");
        let described = |tree: &Tree<'_>| -> Vec<(String, String)> {
            let described = tree.elements().map(|element| (element.path(), element.raw_text().to_owned()));
            described.collect()
        };
        assert_eq!(described(&tree), described(&again), "{name}");
    }
}

#[test]
fn tok_10_a_header_that_names_another_message_is_found() {
    for (name, expected, bytes) in recorded() {
        if expected["msgdef_ns_mismatch"] != json!(true) {
            continue;
        }
        let tree = Tree::parse(&bytes, Limits::default()).unwrap();
        let found = match Message::find(&tree) {
            Ok(message) => validate(&message, &Schemas::default())
                .findings()
                .iter()
                .any(|finding| finding.rule == Rule::Definition),
            Err(error) => matches!(error.fault, Fault::NoDocument | Fault::EmptyDocument),
        };
        assert!(found, "{name}");
    }
}
