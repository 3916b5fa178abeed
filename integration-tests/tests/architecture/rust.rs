//! Just enough Rust to tell code from words about code: sources here are formatted by rustfmt, so lines and
//! indentation say what a parser would.

use std::collections::BTreeSet;

use super::repository::{File, files_ending};

pub(crate) fn sources() -> Vec<File> {
    files_ending(".rs")
}

/// The line without its comment. A `//` within a string ends it too early, which only hides the string's tail.
pub(crate) fn code(line: &str) -> &str {
    line.split_once("//").map_or(line, |(code, _)| code)
}

/// Whether the text holds this word with no other letter beside it.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let (before, rest) = text.split_at(at);
        let after = rest.strip_prefix(word).unwrap_or_default();
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

/// The file's code up to its own unit tests: number and line.
pub(crate) fn production_lines(file: &File) -> Vec<(usize, &str)> {
    let mut lines: Vec<_> = file.lines().collect();
    let tests = lines
        .windows(2)
        .position(|pair| pair[0].1 == "#[cfg(test)]" && pair[1].1.starts_with("mod ") && pair[1].1.ends_with('{'));
    lines.truncate(tests.unwrap_or(lines.len()));
    lines.into_iter().map(|(number, line)| (number, code(line))).collect()
}

/// Files that only tests see: `#[cfg(test)] mod name;` stands in their parent.
pub(crate) fn test_only(files: &[File]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in files {
        let lines: Vec<_> = file.text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]") {
            let declared = pair[1].trim().trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            if let Some(name) = declared.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                let folder = children_of(&file.path);
                found.insert(format!("{folder}/{name}.rs"));
                let inside = format!("{folder}/{name}/");
                found.extend(files.iter().map(|one| one.path.clone()).filter(|path| path.starts_with(&inside)));
            }
        }
    }
    found
}

/// Where the modules that a file declares are.
fn children_of(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        other => format!("{folder}/{}", other.trim_end_matches(".rs")),
    }
}

/// The functions of a file: line of the name, and how many lines to the closing brace.
pub(crate) fn functions(file: &File) -> Vec<(usize, usize)> {
    let lines: Vec<_> = file.text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if !is_function(line.trim_start()) || line.trim_end().ends_with([';', '}']) {
            continue;
        }
        let end = format!("{indent}}}");
        if let Some(length) = lines[index..].iter().position(|one| *one == end) {
            found.push((index + 1, length + 1));
        }
    }
    found
}

fn is_function(line: &str) -> bool {
    const BEFORE: [&str; 7] = ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe ", "extern \"C\" "];
    let mut rest = line;
    while let Some(shorter) = BEFORE.iter().find_map(|word| rest.strip_prefix(word)) {
        rest = shorter;
    }
    rest.starts_with("fn ")
}

#[test]
fn reads_rust_well_enough() {
    assert_eq!(code("let x = 1; // todo!()"), "let x = 1; ");
    assert!(has_word("price: f64,", "f64") && !has_word("half64", "f64") && !has_word("f64x", "f64"));
    let text =
        "//! Doc.\n\npub async fn a() {\n    if x {\n    }\n}\n\n#[cfg(test)]\nmod tests {\n    fn b() {\n    }\n}\n";
    let file = File { path: "src/a.rs".to_owned(), text: text.to_owned() };
    assert_eq!(functions(&file), [(3, 4), (10, 2)]);
    assert_eq!(production_lines(&file).len(), 7);
    let parent = File { path: "src/a.rs".to_owned(), text: "#[cfg(test)]\nmod samples;\n".to_owned() };
    assert!(test_only(&[parent]).contains("src/a/samples.rs"));
}
