//! Tests wait for events. What tells nobody when it is there is looked for in one way, by the test kit's `wait`.

use super::{
    repository::{File, assert_none},
    rust::{code, production_lines, sources, test_only},
};

/// Where time itself is what a test is about.
const SPANS: [(&str, &str); 10] = [
    ("libs/relayer-client/tests/suite/clock.rs", "its clock is the runtime's and stands still meanwhile"),
    ("libs/relayer-client/tests/suite/scripted.rs", "a guard that answers late"),
    ("libs/relayer-client/tests/suite/terms.rs", "its clock is the runtime's and stands still meanwhile"),
    ("libs/testkit/tests/relayer/crash.rs", "a strike at any moment"),
    ("libs/testkit/tests/relayer/lease.rs", "a strike at any moment, and a freeze beyond a lease"),
    ("libs/testkit/tests/relayer/storm.rs", "a strike at any moment, and a freeze beyond a lease"),
    ("services/relayer-invariant-guard/tests/processes/storm.rs", "strikes at any moment, freezes, and steady traffic"),
    ("services/tokenization-gateway/tests/world/bridge.rs", "a strike at any moment"),
    ("services/tokenization-gateway/tests/world/cacti.rs", "nothing happens, and nobody says so"),
    ("services/tokenization-gateway/tests/world/crash.rs", "a strike at any moment"),
];

/// The lines that only tests run.
fn test_lines(file: &File, is_whole: bool) -> impl Iterator<Item = (usize, &str)> {
    let production = if is_whole { 0 } else { production_lines(file).len() };
    file.lines().skip(production).map(|(number, line)| (number, code(line)))
}

/// What stands in no test: a pause, and a loop that looks as often as it can.
fn is_a_wait(before: &str, line: &str) -> bool {
    let is_loop = ["while ", "loop {"].iter().any(|word| before.trim_start().starts_with(word));
    // Written apart, so that this file does not accuse itself. A longer word is another: SQL may sleep.
    let mut pauses = line.match_indices(concat!("sle", "ep("));
    let is_pause = pauses.any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
    is_pause || is_loop && line.contains("yield_now(")
}

#[test]
fn tests_wait_in_one_way() {
    let files = sources();
    let only = test_only(&files);
    let (mut waits, mut spans) = (Vec::new(), Vec::new());
    for file in &files {
        let mut before = "";
        for (number, line) in test_lines(file, file.is_in_tests() || only.contains(&file.path)) {
            if is_a_wait(before, line) {
                match SPANS.iter().find(|(path, _)| *path == file.path) {
                    Some((path, _)) => spans.push(*path),
                    None => waits.push(format!("{}:{number}: {}", file.path, line.trim())),
                }
            }
            before = line;
        }
    }
    assert_none("a test waits by `causeway_testkit::wait`, or for what tells it", &waits);
    let idle = SPANS.iter().filter(|(path, _)| !spans.contains(path)).map(|(path, why)| format!("{path}: {why}"));
    assert_none("an exception that nothing needs is none", &idle.collect::<Vec<_>>());
}
