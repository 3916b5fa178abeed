//! The series that the processes expose, read from the calls that register them: the name, and the endings that the
//! kind of metric gets on the page.

use std::collections::BTreeSet;

use super::{
    repository::{File, files_ending},
    rust::production_lines,
};

/// Every series of every service and library.
pub(super) fn exposed() -> BTreeSet<String> {
    let sources = files_ending("metrics.rs").into_iter().filter(|file| !file.is_in_tests());
    let found: BTreeSet<_> = sources.flat_map(|file| series(&file)).collect();
    assert!(found.len() > 80, "a walk that sees {} series proves nothing", found.len());
    found
}

fn series(file: &File) -> Vec<String> {
    let lines: Vec<_> = production_lines(file).into_iter().map(|(_, line)| line.trim()).collect();
    let text = lines.concat();
    let plain = text.split(".register(").skip(1).filter_map(|call| named(call, "", &lines));
    let with_unit = text.split(".register_with_unit(").skip(1).filter_map(|call| named(call, "_seconds", &lines));
    plain.chain(with_unit).flatten().collect()
}

/// What one call puts on the page: `"name", …, this.field.clone());` and the field's type say it.
fn named(call: &str, unit: &str, lines: &[&str]) -> Option<Vec<String>> {
    let call = call.split(");").next()?;
    let name = format!("{}{unit}", call.strip_prefix('"')?.split('"').next()?);
    let field = call.trim_end_matches([',', ')', '(']).trim_end_matches(".clone").rsplit(['.', ' ', ',']).next()?;
    let declared = lines.iter().find_map(|line| {
        let line = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        line.strip_prefix(field)?.strip_prefix(": ")
    });
    let kind = if call.contains("Info::new") { "Info" } else { declared.unwrap_or_default() };
    Some(endings(kind).iter().map(|ending| format!("{name}{ending}")).collect())
}

fn endings(kind: &str) -> &'static [&'static str] {
    if kind.contains("ExactCounter") {
        &[""]
    } else if kind.contains("Counter") {
        &["_total"]
    } else if kind.contains("Histogram") || kind.contains("Latency") {
        &["_bucket", "_count", "_sum"]
    } else if kind.contains("Info") {
        &["_info"]
    } else {
        &[""]
    }
}

#[test]
fn a_series_has_the_ending_of_its_kind() {
    let text = "struct M {\n    sent: Family<L, Counter>,\n    exact: Family<L, ExactCounter>,\n    took: Latency,\n    up: Gauge,\n}\n\
                fn f(r: R) {\n    r.register(\"a\", \"Sent\", this.sent.clone());\n    let help = \"x\";\n    \
                r.register(\"b\", help, this.exact.clone());\n    r.register(\n        \"c_seconds\",\n        \"Took\",\n        \
                this.took.clone(),\n    );\n    r.register(\"d\", \"Up\", this.up.clone());\n    \
                r.register(\"e\", \"Built\", Info::new(labels));\n    \
                r.register_with_unit(\"f\", \"Took\", Unit::Seconds, this.took.clone());\n}\n";
    let file = File { path: "libs/x/src/metrics.rs".to_owned(), text: text.to_owned() };
    let expected = [
        "a_total",
        "b",
        "c_seconds_bucket",
        "c_seconds_count",
        "c_seconds_sum",
        "d",
        "e_info",
        "f_seconds_bucket",
        "f_seconds_count",
        "f_seconds_sum",
    ];
    assert_eq!(series(&file), expected);
}
