//! A service's README against its code: the tables of settings and metrics are complete, and say what is so.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::{
    repository::{File, assert_none, files_ending},
    rust::production_lines,
};

/// Every service's README with its folder.
fn readmes() -> Vec<(String, File)> {
    let pages = files_ending("/README.md").into_iter().filter(|file| file.is_under("services"));
    let pages = pages.filter_map(|file| {
        let folder = file.path.strip_suffix("/README.md")?.to_owned();
        (folder.matches('/').count() == 1).then_some((folder, file))
    });
    let pages: Vec<_> = pages.collect();
    assert!(pages.len() >= 2, "two services stand");
    pages
}

/// The rows of the table under a heading: first cell to second.
fn rows(page: &File, heading: &str) -> BTreeMap<String, String> {
    let after = page.text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_default();
    let section = after.split("\n## ").next().unwrap_or_default();
    let cells =
        section.lines().filter(|line| line.starts_with("| `")).map(|line| line.split(" | ").collect::<Vec<_>>());
    let pairs = cells.filter_map(|cells| Some((bare(cells.first()?), bare(cells.get(1)?))));
    pairs.collect()
}

/// A cell without its frame.
fn bare(cell: &str) -> String {
    cell.trim().trim_start_matches("| ").trim_matches('`').to_owned()
}

/// The settings of a file of defaults: path to value, lists as one value.
fn settings(text: &str) -> BTreeMap<String, String> {
    let table: Table = text.parse().unwrap();
    let mut found = BTreeMap::new();
    let mut open: Vec<(String, Value)> = table.into_iter().collect();
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Table(inner) => open.extend(inner.into_iter().map(|(key, value)| (format!("{path}.{key}"), value))),
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_)
            | Value::Array(_) => drop(found.insert(path, value.to_string())),
        }
    }
    found
}

#[test]
fn the_table_of_settings_is_that_of_the_defaults() {
    let mut wrong = Vec::new();
    for (folder, page) in readmes() {
        let told = rows(&page, "Settings");
        let defaults =
            files_ending(".toml").into_iter().find(|file| file.path == format!("{folder}/config/default.toml"));
        let real = settings(&defaults.unwrap().text);
        assert!(real.len() > 20, "{folder}: a walk that sees {} settings proves nothing", real.len());
        for (path, value) in &real {
            match told.get(path) {
                None => wrong.push(format!("{folder}: {path} is not in the README")),
                Some(other) if other != value => {
                    wrong.push(format!("{folder}: {path} is {value}, the README says {other}"));
                }
                Some(_) => {}
            }
        }
        let unreal = told.keys().filter(|path| !real.contains_key(*path));
        wrong.extend(unreal.map(|path| format!("{folder}: there is no setting {path}")));
    }
    assert_none("a README names every setting with its default", &wrong);
}

/// The metrics that a service's `metrics.rs` registers, as they are written there.
fn registered(folder: &str) -> BTreeSet<String> {
    let source = files_ending("/metrics.rs").into_iter().find(|file| file.path == format!("{folder}/src/metrics.rs"));
    let source = source.unwrap();
    let text: String = production_lines(&source).into_iter().map(|(_, line)| line.trim()).collect();
    let calls = text.split(".register(").skip(1);
    calls.filter_map(|call| Some(call.strip_prefix('"')?.split('"').next()?.to_owned())).collect()
}

#[test]
fn the_table_of_metrics_is_that_of_the_code() {
    let mut wrong = Vec::new();
    for (folder, page) in readmes() {
        let told: BTreeSet<_> = rows(&page, "Metrics").into_keys().collect();
        let real = registered(&folder);
        assert!(real.len() > 2, "{folder}: a walk that sees {} metrics proves nothing", real.len());
        // Counters get their ending when they are exported.
        let is_told = |name: &String| told.contains(name) || told.contains(&format!("{name}_total"));
        let is_real = |name: &String| real.contains(name) || real.contains(name.trim_end_matches("_total"));
        wrong.extend(real.iter().filter(|name| !is_told(name)).map(|name| format!("{folder}: {name} is not told")));
        wrong.extend(
            told.iter().filter(|name| !is_real(name)).map(|name| format!("{folder}: {name} is not registered")),
        );
    }
    assert_none("a README names every metric", &wrong);
}

#[test]
fn rows_and_settings_are_read() {
    let text = "# X\n\n## Settings\n\n| setting | default | meaning |\n| --- | --- | --- |\n| `a.b` | `\"x\"` | y |\n\n## Z\n\n| `c` | `1` | |\n";
    let page = File { path: "services/x/README.md".to_owned(), text: text.to_owned() };
    assert_eq!(rows(&page, "Settings"), BTreeMap::from([("a.b".to_owned(), "\"x\"".to_owned())]));
    assert_eq!(settings("[a]\nb = \"x\"\n[a.c]\nd = [1]\n").into_keys().collect::<Vec<_>>(), ["a.b", "a.c.d"]);
}
