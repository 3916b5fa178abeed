//! Who may talk to whom: the NetworkPolicies of the services against the table of ARCHITECTURE.md, from both ends.

use std::collections::BTreeSet;

use serde_norway::Value;

use super::repository::{assert_none, files, root};

/// What every service reaches, and from where each is scraped: said in words above the table.
const EVERYBODY: [(&str, u64); 5] = [
    ("kube-dns", 53),
    ("postgresql", 5432),
    ("otel-collector", 4317),
    ("alertmanager", 9093),
    ("namespace monitoring", 8000),
];

/// From, to, port.
type Arrow = (String, String, u64);

fn table() -> BTreeSet<Arrow> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let section = page.split("\n## Who may talk to whom\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<_> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        (cells[1].to_owned(), cells[2].to_owned(), cells[3].parse().unwrap())
    });
    let table: BTreeSet<_> = rows.collect();
    assert!(table.len() > 10, "a table of {} arrows", table.len());
    table
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten()
}

/// The services' policies by name.
fn policies() -> Vec<(String, Value)> {
    let files = files().into_iter().filter(|file| file.path.ends_with("/k8s/networkpolicy.yaml"));
    let read = files.filter(|file| file.is_under("services")).map(|file| {
        let policy: Value = serde_norway::from_str(&file.text).unwrap();
        (policy["spec"]["podSelector"]["matchLabels"]["app"].as_str().unwrap().to_owned(), policy)
    });
    let policies: Vec<_> = read.collect();
    assert!(policies.len() >= 5, "every service has one");
    policies
}

/// The other ends that a `from` or `to` lets in, by the word that the table has for them. Addresses on the internet have none.
fn peers(peer: &Value) -> Vec<String> {
    let labels = &peer["podSelector"]["matchLabels"];
    for key in ["app", "k8s-app", "app.kubernetes.io/name"] {
        if let Some(name) = labels[key].as_str() {
            return vec![name.to_owned()];
        }
    }
    if let Some(own) = labels.as_mapping().and_then(|map| map.keys().next()).and_then(Value::as_str) {
        return vec![own.to_owned()];
    }
    let expressions = list(&peer["podSelector"], "matchExpressions").filter(|one| one["key"] == "app");
    let named: Vec<_> =
        expressions.flat_map(|one| list(one, "values")).map(|name| name.as_str().unwrap().to_owned()).collect();
    let namespace = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"].as_str();
    match namespace {
        Some(name) if named.is_empty() => vec![format!("namespace {name}")],
        Some(_) | None => named,
    }
}

/// What a direction of a policy lets through: other end and port.
fn passes(policy: &Value, direction: &str, end: &str) -> BTreeSet<(String, u64)> {
    let mut found = BTreeSet::new();
    for rule in list(&policy["spec"], direction) {
        assert!(list(rule, end).count() > 0 && list(rule, "ports").count() > 0, "a rule names its ends and its ports");
        for peer in list(rule, end).flat_map(peers) {
            found.extend(list(rule, "ports").map(|port| (peer.clone(), port["port"].as_u64().unwrap())));
        }
    }
    found.retain(|(peer, port)| !EVERYBODY.contains(&(peer.as_str(), *port)));
    found
}

#[test]
fn ops_9_policies_let_through_exactly_the_arrows_of_the_architecture() {
    let (table, policies) = (table(), policies());
    let mut wrong = Vec::new();
    for (service, policy) in &policies {
        let out: BTreeSet<Arrow> =
            passes(policy, "egress", "to").into_iter().map(|(to, port)| (service.clone(), to, port)).collect();
        let into: BTreeSet<Arrow> =
            passes(policy, "ingress", "from").into_iter().map(|(from, port)| (from, service.clone(), port)).collect();
        let drawn_out: BTreeSet<Arrow> = table.iter().filter(|arrow| arrow.0 == *service).cloned().collect();
        let drawn_into: BTreeSet<Arrow> = table.iter().filter(|arrow| arrow.1 == *service).cloned().collect();
        wrong.extend(
            out.difference(&drawn_out).map(|arrow| format!("{service} may go where nothing is drawn: {arrow:?}")),
        );
        wrong.extend(drawn_out.difference(&out).map(|arrow| format!("{service} may not go: {arrow:?}")));
        wrong.extend(
            into.difference(&drawn_into).map(|arrow| format!("{service} lets in what is not drawn: {arrow:?}")),
        );
        wrong.extend(drawn_into.difference(&into).map(|arrow| format!("{service} does not let in: {arrow:?}")));
    }
    assert_none("NetworkPolicies are the arrows of ARCHITECTURE.md", &wrong);
}

#[test]
fn nobody_reaches_a_private_network_by_the_way_to_the_internet() {
    let private = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];
    let mut open = Vec::new();
    for (service, policy) in policies() {
        let blocks =
            list(&policy["spec"], "egress").flat_map(|rule| list(rule, "to")).filter_map(|to| to.get("ipBlock"));
        for block in blocks {
            let except: Vec<_> = list(block, "except").filter_map(Value::as_str).collect();
            open.extend(private.iter().filter(|net| !except.contains(net)).map(|net| format!("{service}: {net}")));
        }
    }
    assert_none("the way to the internet leads to the internet only", &open);
}

#[test]
fn the_operators_rules_are_those_of_prometheus() {
    let rules = "deploy/observability/prometheus/rules/";
    let mut different = Vec::new();
    for file in files().iter().filter(|file| file.path.starts_with(rules)) {
        let name = file.path.trim_start_matches(rules).trim_end_matches(".yml");
        let envelope = root().join(format!("deploy/k8s/components/prometheus-operator/rules-{name}.yaml"));
        let inside = std::fs::read_to_string(&envelope).unwrap_or_default();
        let inside: Value = serde_norway::from_str(&inside).unwrap();
        let own: Value = serde_norway::from_str(&file.text).unwrap();
        if inside.get("spec") != Some(&own) {
            different.push(format!("{name}: {}", envelope.display()));
        }
    }
    assert_none("wrap.sh makes PrometheusRules of the rules: run it", &different);
}
