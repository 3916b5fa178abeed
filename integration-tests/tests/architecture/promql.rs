//! Just enough PromQL to find the names of series: Prometheus itself parses the expressions in `.ci/run`.

use std::collections::BTreeSet;

/// Words that join, and operators that may stand apart from their bracket.
const WORDS: [&str; 20] = [
    "and",
    "or",
    "unless",
    "bool",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "offset",
    "sum",
    "min",
    "max",
    "avg",
    "count",
    "topk",
    "bottomk",
    "quantile",
    "inf",
];

/// Words whose bracket lists labels.
const LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// The series that an expression reads.
pub(super) fn series(expression: &str) -> BTreeSet<String> {
    let bare = without_selectors(expression);
    let (mut found, mut rest) = (BTreeSet::new(), bare.as_str());
    while let Some(start) = rest.find(|c: char| is_word(c)) {
        let after = &rest[start..];
        let end = after.find(|c: char| !is_word(c)).unwrap_or(after.len());
        let (word, tail) = after.split_at(end);
        rest = tail;
        let opens = tail.trim_start().starts_with('(');
        if LISTS.contains(&word) && opens {
            rest = tail.split_once(')').map_or("", |(_, after)| after);
        } else if !opens && !WORDS.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit()) {
            found.insert(word.to_owned());
        }
    }
    found
}

const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')
}

/// Without `{…}`, `[…]` and texts. A text may hold braces, so they go first.
fn without_selectors(expression: &str) -> String {
    let texts = expression.split('"').step_by(2).collect::<Vec<_>>().join("");
    let (mut depth, mut bare) = (0_usize, String::new());
    for c in texts.chars() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

#[test]
fn series_are_told_from_functions_labels_and_numbers() {
    let of = |text: &str| series(text).into_iter().collect::<Vec<_>>();
    assert_eq!(of("sum by (job, le) (rate(a_bucket{code!~\".*/Watch{}\"}[5m])) / 1e3 > 0.05"), ["a_bucket"]);
    assert_eq!(of("x_total == 0 and on (job, instance) causeway:leads == 1"), ["causeway:leads", "x_total"]);
    assert_eq!(of("vector(1)"), [""; 0]);
    assert_eq!(of("histogram_quantile(0.95, sum(rate(b[$__rate_interval])) by (le))"), ["b"]);
}
