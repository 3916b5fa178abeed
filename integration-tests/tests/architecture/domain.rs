//! The pure hearts of the services: what they may know.

use super::{
    repository::{File, assert_none},
    rust::{has_word, production_lines, sources, test_only},
};

/// The first segments that an import in a domain may have.
const KNOWN: [&str; 7] = ["std", "core", "crate", "super", "self", "causeway_primitives", "thiserror"];

/// Words that have no business in a decision.
const BANNED: [&str; 18] = [
    "async",
    "await",
    "serde",
    "serde_json",
    "tracing",
    "tokio",
    "sqlx",
    "alloy",
    "tonic",
    "prost",
    "reqwest",
    "rand",
    "anyhow",
    "f32",
    "f64",
    "SystemTime",
    "Instant",
    "unsafe",
];

/// Domain sources that are part of the program.
fn domain_sources() -> Vec<File> {
    let all = sources();
    let for_tests = test_only(&all);
    let is_domain = |file: &File| {
        file.is_under("services")
            && (file.path.contains("/src/domain/") || file.path.ends_with("/src/domain.rs"))
            && !file.is_in_tests()
            && !for_tests.contains(&file.path)
    };
    let domain: Vec<_> = all.into_iter().filter(is_domain).collect();
    assert!(!domain.is_empty(), "there is a service, so there is a domain");
    domain
}

/// The imports of a file, each as one line without blanks.
fn imports(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in production_lines(file) {
        let line = line.trim();
        let line = ["pub use ", "pub(crate) use ", "pub(super) use ", "use "]
            .iter()
            .find_map(|word| line.strip_prefix(word).map(|rest| (true, rest)));
        match (&mut open, line) {
            (None, Some((true, rest))) => open = Some((number, rest.to_owned())),
            (Some((_, text)), _) => text.push_str(production_line(file, number)),
            (None, _) => continue,
        }
        if open.as_ref().is_some_and(|(_, text)| text.trim_end().ends_with(';')) {
            found.extend(open.take().map(|(number, text)| (number, text.split_whitespace().collect())));
        }
    }
    found
}

fn production_line(file: &File, number: usize) -> &str {
    file.text.lines().nth(number - 1).map(|line| super::rust::code(line).trim()).unwrap_or_default()
}

/// Whether an import stays within the domain and what it may know. A module of the file itself needs no `self`.
fn is_known(file: &File, import: &str) -> bool {
    let first = import.split("::").next().unwrap_or_default().trim_end_matches(';');
    let inside = first != "crate" || import.starts_with("crate::domain");
    let own = [format!("mod {first};"), format!("pub mod {first};")];
    let is_own = file.text.lines().any(|line| own.iter().any(|declared| line == declared));
    (KNOWN.contains(&first) && inside) || is_own
}

#[test]
fn a_domain_imports_nothing_but_std_primitives_and_itself() {
    let mut foreign = Vec::new();
    for file in domain_sources() {
        for (number, import) in imports(&file).into_iter().filter(|(_, import)| !is_known(&file, import)) {
            foreign.push(format!("{}:{number}: {import}", file.path));
        }
    }
    assert_none("a domain knows std, causeway_primitives, thiserror and itself", &foreign);
}

#[test]
fn a_domain_waits_for_nothing_reads_no_clock_and_has_no_floats() {
    let mut found = Vec::new();
    for file in domain_sources() {
        for (number, line) in production_lines(&file) {
            let words = BANNED.iter().filter(|word| has_word(line, word));
            found.extend(words.map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    assert_none("a domain is sync, pure and exact", &found);
}

#[test]
fn a_domain_denies_unchecked_arithmetic_at_its_root() {
    let unguarded = domain_sources().into_iter().filter(|file| {
        let is_root = file.path.ends_with("/src/domain/mod.rs") || file.path.ends_with("/src/domain.rs");
        let guards = ["clippy::arithmetic_side_effects", "clippy::float_arithmetic"];
        is_root && !guards.iter().all(|lint| file.text.contains(lint))
    });
    let unguarded: Vec<_> = unguarded.map(|file| file.path).collect();
    assert_none("a domain's root denies arithmetic_side_effects and float_arithmetic", &unguarded);
}

#[test]
fn imports_are_read_over_several_lines() {
    let text = "use std::fmt;\nuse serde::{\n    Deserialize, // why\n    Serialize,\n};\npub use crate::app::X;\nmod b;\nuse b::B;\n";
    let file = File { path: "services/x/src/domain/a.rs".to_owned(), text: text.to_owned() };
    let read = imports(&file);
    let texts: Vec<_> = read.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["std::fmt;", "serde::{Deserialize,Serialize,};", "crate::app::X;", "b::B;"]);
    let known: Vec<_> = texts.iter().map(|text| is_known(&file, text)).collect();
    assert_eq!(known, [true, false, false, true]);
}
