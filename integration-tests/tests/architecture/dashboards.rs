//! Dashboards as they are provisioned: fixed identities, one variable for the source, and expressions that read what
//! there is.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use serde_json::Value;

use super::{
    metrics::exposed,
    observability::{expressions_of_rules, known},
    promql,
    repository::{assert_none, files, root},
};

const FOLDER: &str = "deploy/observability/grafana/dashboards";

/// One per concern, and the operators' three pages of the bridge (GRD-11).
const WANTED: [&str; 7] = [
    "causeway-ccip",
    "causeway-guard-alerts",
    "causeway-guard-health",
    "causeway-guard-performance",
    "causeway-oracle",
    "causeway-overview",
    "causeway-tokens",
];

/// By the name of the file.
fn dashboards() -> BTreeMap<String, Value> {
    let files = files().into_iter().filter(|file| file.is_under(FOLDER) && file.path.ends_with(".json"));
    let read = files.filter_map(|file| {
        let name = file.path.rsplit_once('/')?.1.strip_suffix(".json")?.to_owned();
        Some((name, serde_json::from_str(&file.text).unwrap()))
    });
    read.collect()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// Every expression with the panel that shows it.
fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, board) in dashboards() {
        for panel in list(&board, "/panels") {
            for target in list(panel, "/targets") {
                let place = format!("{name}: {}", panel["title"].as_str().unwrap());
                found.push((place, target["expr"].as_str().unwrap().to_owned()));
            }
        }
    }
    assert!(found.len() > 80, "a walk that sees {} expressions proves nothing", found.len());
    found
}

#[test]
fn grd_11_dashboards_are_there_with_fixed_identities_and_refresh_within_a_minute() {
    let boards = dashboards();
    assert_eq!(boards.keys().collect::<Vec<_>>(), WANTED);
    let mut wrong = Vec::new();
    for (name, board) in &boards {
        let seconds = board["refresh"].as_str().unwrap().strip_suffix('s').map(|text| text.parse::<u32>().unwrap());
        let variables: Vec<_> = list(board, "/templating/list").map(|one| &one["name"]).collect();
        // The console's pages lead to one service's figures by `var-job`.
        let wanted: &[&str] = if name == "causeway-overview" { &["datasource", "job"] } else { &["datasource"] };
        if board["uid"] != name.as_str() || seconds.is_none_or(|every| every > 60) || variables != wanted {
            wrong.push(format!("{name}: uid, refresh or variable"));
        }
        let sources = list(board, "/panels").flat_map(|panel| list(panel, "/targets"));
        let fixed = sources.filter(|target| target["datasource"]["uid"] != "${datasource}");
        wrong.extend(fixed.map(|target| format!("{name}: {} has a source of its own", target["expr"])));
    }
    assert_none("a dashboard is the same in every house", &wrong);
}

#[test]
fn dashboards_read_only_what_the_services_expose() {
    let known = known();
    let mut unknown = Vec::new();
    for (place, expression) in expressions() {
        let strange = promql::series(&expression).into_iter().filter(|name| !known.contains(name));
        unknown.extend(strange.map(|name| format!("{place}: {name}")));
    }
    assert_none("no service exposes this", &unknown);
}

#[test]
fn every_figure_is_looked_at() {
    let rules = expressions_of_rules();
    let read: BTreeSet<String> =
        expressions().iter().map(|(_, text)| text).chain(&rules).flat_map(|text| promql::series(text)).collect();
    // A histogram is looked at by any of its three.
    let family =
        |name: &str| ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).map(str::to_owned);
    let families: BTreeSet<_> = read.iter().filter_map(|name| family(name)).collect();
    let is_read = |name: &String| read.contains(name) || family(name).is_some_and(|family| families.contains(&family));
    let idle: Vec<_> = exposed().into_iter().filter(|name| !is_read(name)).collect();
    assert_none("a figure that no dashboard shows and no rule reads", &idle);
}

/// `PATH`, then where `.ci/run` puts its tools.
fn promtool() -> Command {
    let brought: PathBuf = root().join("target/tools/bin/promtool");
    Command::new(if brought.exists() { brought } else { PathBuf::from("promtool") })
}

#[test]
fn prometheus_can_read_every_expression_of_a_dashboard() {
    let written = expressions().into_iter().enumerate().map(|(number, (_, expression))| {
        // Grafana puts the interval in.
        let expression = expression.replace("$__rate_interval", "5m");
        format!("      - record: panel:number{number}\n        expr: {}\n", Value::String(expression))
    });
    let rules = format!("groups:\n  - name: panels\n    rules:\n{}", written.collect::<String>());
    let file = std::env::temp_dir().join(format!("causeway-panels-{}.yml", std::process::id()));
    std::fs::write(&file, rules).unwrap();
    let checked = promtool().args(["check", "rules"]).arg(&file).output();
    std::fs::remove_file(&file).unwrap();
    match checked {
        Err(why) => {
            #[allow(clippy::disallowed_methods, reason = "what the machine has to have is no setting of a service")]
            let all = std::env::var_os("CAUSEWAY_ALL_TOOLS");
            assert!(all.is_none(), "no promtool: {why}");
            eprintln!("NOT CHECKED for want of promtool; `.ci/run` brings it");
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
    }
}
