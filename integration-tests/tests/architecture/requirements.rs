//! Every requirement is named by a test: `ora_7_…` in a test's name, or `ORA-7` in a comment beside one.

use std::collections::BTreeSet;

use super::{
    repository::assert_none,
    rust::{sources, test_only},
};

/// Requirements of what stands today: prefix and how many.
const STANDING: [(&str, usize); 5] = [("ora", 13), ("ccip", 18), ("grd", 17), ("tok", 10), ("ops", 10)];

#[test]
fn every_requirement_is_named_by_a_test() {
    let named = named_in_tests();
    let mut missing = Vec::new();
    for (prefix, count) in STANDING {
        let ids = (1..=count).map(|number| format!("{prefix}_{number}"));
        missing.extend(ids.filter(|id| !named.contains(id)).map(|id| id.to_uppercase().replace('_', "-")));
    }
    assert_none("a requirement without a test that names it", &missing);
}

/// Ids as `ora_7`, from names of test functions and from comments in test code.
fn named_in_tests() -> BTreeSet<String> {
    let sources = sources();
    let for_tests = test_only(&sources);
    let mut found = BTreeSet::new();
    for file in sources.iter().filter(|file| !file.path.ends_with("tests/architecture/requirements.rs")) {
        let all_tests = file.is_in_tests() || for_tests.contains(&file.path);
        let mut in_tests = all_tests;
        for (_, line) in file.lines() {
            in_tests |= line == "#[cfg(test)]";
            if in_tests {
                found.extend(ids(line));
            }
        }
    }
    found
}

/// The ids of a test's name (`fn ora_7_…`), of several in one (`fn ora_3_ora_9_…`), or of a comment (`ORA-7`).
fn ids(line: &str) -> Vec<String> {
    let lower = line.trim_start().to_lowercase().replace('-', "_");
    let is_name = lower.starts_with("fn ") || lower.contains(" fn ") || lower.starts_with("//");
    let mut found = Vec::new();
    for (prefix, _) in STANDING.iter().filter(|_| is_name) {
        for rest in lower.split(&format!("{prefix}_")).skip(1) {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            if !digits.is_empty() {
                found.push(format!("{prefix}_{digits}"));
            }
        }
    }
    found
}

#[test]
fn ids_are_found_in_names_and_comments_and_not_elsewhere() {
    assert_eq!(ids("    fn ora_11_two_replicas_never_publish_one_round() {"), ["ora_11"]);
    assert_eq!(ids("async fn ora_3_ora_9_inclusive() {"), ["ora_3", "ora_9"]);
    assert_eq!(ids("    // ORA-5: probation"), ["ora_5"]);
    assert_eq!(ids("    let ora_7_x = 1;"), [""; 0]);
    assert_eq!(ids("    fn aurora_case() {"), [""; 0]);
}
