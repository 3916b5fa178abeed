//! Sizes, headers, things left undone, and where SQL may stand.

use super::{
    repository::assert_none,
    rust::{code, functions, has_word, production_lines, sources},
};

/// A longer file is two files.
const FILE_LINES: usize = 400;
/// A longer function is two functions.
const FUNCTION_LINES: usize = 60;
/// `main` starts and stops, nothing else.
const MAIN_LINES: usize = 40;

#[test]
fn every_source_says_first_what_it_is() {
    let silent = sources().into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path);
    assert_none("a source opens with `//!`", &silent.collect::<Vec<_>>());
}

#[test]
fn files_are_small() {
    let mut long = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        let is_main = file.path.ends_with("src/main.rs");
        if lines > if is_main { MAIN_LINES } else { FILE_LINES } {
            long.push(format!("{}: {lines} lines", file.path));
        }
    }
    assert_none("a file has at most 400 lines, a main.rs 40", &long);
}

#[test]
fn functions_are_small() {
    let mut long = Vec::new();
    for file in sources() {
        for (line, length) in functions(&file).into_iter().filter(|(_, length)| *length > FUNCTION_LINES) {
            long.push(format!("{}:{line}: {length} lines", file.path));
        }
    }
    assert_none("a function has at most 60 lines", &long);
}

#[test]
fn a_mod_file_only_declares() {
    let mut busy = Vec::new();
    for file in sources().into_iter().filter(|file| file.path.ends_with("/mod.rs")) {
        let logic = production_lines(&file).into_iter().find(|(_, line)| {
            let line = line.trim_start();
            has_word(line, "fn") || line.starts_with("impl")
        });
        busy.extend(logic.map(|(line, _)| format!("{}:{line}", file.path)));
    }
    assert_none("a mod.rs declares and re-exports, and holds no logic", &busy);
}

#[test]
fn nothing_is_left_undone() {
    // Written apart, so that this file does not accuse itself.
    let undone = [concat!("to", "do!("), concat!("unimplemen", "ted!("), concat!("#[ig", "nore"), concat!("db", "g!(")];
    // The third of the usual marks is the head office in a BIC and no currency in ISO 4217, so it cannot count.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut found = Vec::new();
    for file in sources() {
        for (number, line) in file.lines() {
            let unfinished = undone.iter().any(|word| code(line).contains(word));
            let unowned = marks.iter().any(|mark| has_word(line, mark) && !line.contains(&format!("{mark}(#")));
            if unfinished || unowned {
                found.push(format!("{}:{number}: {}", file.path, line.trim()));
            }
        }
    }
    assert_none("nothing is stubbed or skipped, and a mark for later carries its issue, as in `MARK(#7)`", &found);
}

#[test]
fn sql_stands_in_the_store_and_nowhere_else() {
    let calls =
        ["query!(", "query_as!(", "query_scalar!(", "query_file!(", "sqlx::query(", "sqlx::query_as(", "raw_sql("];
    let mut found = Vec::new();
    for file in sources() {
        let allowed = file.is_in_tests()
            || file.path.contains("/adapters/store")
            || ["libs/store", "libs/journal", "libs/testkit", "integration-tests"]
                .iter()
                .any(|folder| file.is_under(folder));
        if allowed {
            continue;
        }
        for (number, line) in production_lines(&file) {
            if calls.iter().any(|call| line.contains(call)) {
                found.push(format!("{}:{number}", file.path));
            }
        }
    }
    assert_none("SQL stands under adapters/store, in libs/store and in libs/journal", &found);
}

#[test]
fn code_does_not_read_the_environment_behind_the_configurations_back() {
    // The lint bans the two functions; this bans switching the lint off for them.
    let mut found = Vec::new();
    for file in sources().into_iter().filter(|file| file.is_under("services")) {
        for (number, line) in production_lines(&file) {
            if line.contains("allow(clippy::disallowed_methods") {
                found.push(format!("{}:{number}", file.path));
            }
        }
    }
    assert_none("no service switches the ban on clocks, spawns and environment off", &found);
}
