//! Rules, their unit tests, runbooks and the metrics that the services really expose: in step with each other.
//!
//! Whether the rules are right is for `promtool test rules` in `.ci/run`; what is held here is that none is missing.

use std::collections::{BTreeMap, BTreeSet};

use serde_norway::Value;

use super::{
    documents::{alerts, runbooks},
    metrics::exposed,
    promql,
    repository::{assert_none, files, root},
};

const RULES: &str = "deploy/observability/prometheus/rules";
const TESTS: &str = "deploy/observability/prometheus/tests";

/// Series that Prometheus makes itself.
const PROMETHEUS: [&str; 2] = ["up", "ALERTS"];

/// A rule that alerts.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    severity: String,
    runbook: String,
}

/// The YAML files of a folder: path and content.
fn yaml(folder: &str) -> Vec<(String, Value)> {
    let read = files().into_iter().filter(|file| file.is_under(folder) && file.path.ends_with(".yml"));
    let read: Vec<_> = read.map(|file| (file.path, serde_norway::from_str(&file.text).unwrap())).collect();
    assert!(!read.is_empty(), "nothing in {folder}");
    read
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Every rule of every file, alerts and recordings alike.
fn all() -> Vec<Value> {
    let of = |file: &Value| list(file, "groups").flat_map(|group| list(group, "rules")).cloned().collect::<Vec<_>>();
    yaml(RULES).iter().flat_map(|(_, file)| of(file)).collect()
}

pub(super) fn rules() -> Vec<Rule> {
    let of = |rule: &Value| {
        let (labels, annotations) = (rule.get("labels")?, rule.get("annotations")?);
        let [severity, runbook] = [text(labels, "severity"), text(annotations, "runbook")].map(str::to_owned);
        Some(Rule { name: text(rule, "alert").to_owned(), severity, runbook })
    };
    let rules: Vec<_> = all().iter().filter_map(of).collect();
    assert!(rules.len() > 70, "a walk that sees {} rules proves nothing", rules.len());
    rules
}

#[test]
fn every_alert_of_a_service_is_a_rule_too_and_every_rule_has_its_runbook() {
    let (rules, pages) = (rules(), runbooks());
    let named: BTreeSet<_> = rules.iter().map(|rule| rule.name.clone()).collect();
    let mut wrong: Vec<_> = alerts().difference(&named).map(|name| format!("{name}: no rule")).collect();
    let index = std::fs::read_to_string(root().join("docs/runbooks/README.md")).unwrap();
    for Rule { name, severity, runbook } in &rules {
        if !pages.contains(name) || *runbook != format!("docs/runbooks/{name}.md") {
            wrong.push(format!("{name}: its runbook is docs/runbooks/{name}.md"));
            continue;
        }
        let page = std::fs::read_to_string(root().join(runbook)).unwrap().to_lowercase();
        let row = format!("[{name}]({name}.md) | {severity} |");
        if !page.contains(&format!("\n{severity}.\n")) || !index.contains(&row) {
            wrong.push(format!("{name}: the rule says {severity}, the runbook or the index something else"));
        }
    }
    assert_none("alerts, rules and runbooks go together", &wrong);
}

#[test]
fn every_rule_is_seen_to_fire_and_seen_not_to() {
    let mut seen: BTreeMap<String, (bool, bool)> = BTreeMap::new();
    for (_, file) in yaml(TESTS) {
        for check in list(&file, "tests").flat_map(|test| list(test, "alert_rule_test")) {
            let (fires, rests) = seen.entry(text(check, "alertname").to_owned()).or_default();
            let expected = list(check, "exp_alerts").count();
            *fires |= expected > 0;
            *rests |= expected == 0;
        }
    }
    let wrong =
        rules().into_iter().filter_map(|Rule { name, .. }| match seen.get(&name).copied().unwrap_or_default() {
            (true, true) => None,
            // It never rests: that is its use.
            (true, false) if name == "DeadMansSwitch" => None,
            (true, false) => Some(format!("{name}: no test in which it does not fire")),
            (false, _) => Some(format!("{name}: no test in which it fires")),
        });
    assert_none("a rule has unit tests of both kinds", &wrong.collect::<Vec<_>>());
}

#[test]
fn every_recording_has_a_unit_test() {
    let tests = files().into_iter().filter(|file| file.is_under(TESTS)).map(|file| file.text).collect::<String>();
    let recorded = all().into_iter().map(|rule| text(&rule, "record").to_owned()).filter(|name| !name.is_empty());
    let untested = recorded.filter(|name| !tests.contains(&format!("- expr: '{name}'")));
    assert_none("a recording is computed by a test", &untested.collect::<Vec<_>>());
}

#[test]
fn rules_read_only_what_the_services_expose() {
    let known = known();
    let mut unknown = Vec::new();
    for rule in all() {
        let series = promql::series(text(&rule, "expr"));
        let strange = series.into_iter().filter(|name| !known.contains(name));
        unknown.extend(strange.map(|name| format!("{}{}: {name}", text(&rule, "alert"), text(&rule, "record"))));
    }
    assert_none("no service exposes this", &unknown);
}

#[test]
fn every_rule_and_dashboard_is_mounted_where_it_is_read() {
    let list = std::fs::read_to_string(root().join("deploy/observability/kustomization.yaml")).unwrap();
    let wanted = files().into_iter().map(|file| file.path);
    let wanted =
        wanted.filter(|path| path.starts_with(RULES) || path.starts_with("deploy/observability/grafana/dashboards/"));
    let missing = wanted
        .filter(|path| !list.contains(&format!("      - {}\n", path.trim_start_matches("deploy/observability/"))));
    assert_none("deploy/observability/kustomization.yaml mounts it", &missing.collect::<Vec<_>>());
}

/// What every rule reads.
pub(super) fn expressions_of_rules() -> Vec<String> {
    all().iter().map(|rule| text(rule, "expr").to_owned()).collect()
}

/// Everything that an expression may name.
pub(super) fn known() -> BTreeSet<String> {
    let mut known = exposed();
    known.extend(PROMETHEUS.map(str::to_owned));
    known.extend(all().iter().map(|rule| text(rule, "record").to_owned()));
    known
}
