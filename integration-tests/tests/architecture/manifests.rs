//! Kubernetes manifests against the code they run: what a schema cannot know.

use std::collections::BTreeSet;

use super::{
    repository::{File, assert_none, files, root},
    rust::production_lines,
};

/// A service's folder with its manifests as one text.
struct Deployed {
    folder: String,
    manifests: String,
}

fn deployed() -> Vec<Deployed> {
    let files = files();
    let folders: BTreeSet<_> = files
        .iter()
        .filter_map(|file| file.path.split_once("/k8s/"))
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("services/"))
        .collect();
    let all = folders.into_iter().map(|folder| Deployed {
        folder: folder.to_owned(),
        manifests: files
            .iter()
            .filter(|file| file.is_under(&format!("{folder}/k8s")))
            .map(|file| file.text.as_str())
            .collect(),
    });
    let all: Vec<_> = all.collect();
    assert!(!all.is_empty(), "services run somewhere");
    all
}

#[test]
fn a_service_may_reach_every_port_that_its_defaults_name() {
    let mut blocked = Vec::new();
    for service in deployed() {
        for file in files().iter().filter(|file| file.is_under(&format!("{}/src", service.folder)) && !is_test(file)) {
            for (number, line) in production_lines_with_urls(file) {
                let ports =
                    ports(&line).into_iter().filter(|port| !service.manifests.contains(&format!("- port: {port}\n")));
                blocked.extend(ports.map(|port| format!("{}:{number}: {port}", file.path)));
            }
        }
    }
    assert_none("the NetworkPolicy opens each port of a default address", &blocked);
}

/// `production_lines` without its cut at `//`, which is what an address holds.
fn production_lines_with_urls(file: &File) -> Vec<(usize, String)> {
    let last = production_lines(file).last().map_or(0, |(number, _)| *number);
    let lines = file.lines().take_while(|(number, _)| *number <= last);
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.to_owned()))
        .collect()
}

fn is_test(file: &File) -> bool {
    file.is_in_tests() || !file.path.ends_with(".rs")
}

/// The ports of the https and wss addresses in a line.
fn ports(line: &str) -> Vec<u16> {
    let mut found = Vec::new();
    for scheme in ["https://", "wss://"] {
        for address in line.split(scheme).skip(1) {
            let host = address.split(['/', '"', ' ']).next().unwrap_or_default();
            found.push(host.rsplit_once(':').map_or(443, |(_, port)| port.parse().unwrap_or(443)));
        }
    }
    found
}

#[test]
fn ops_3_ops_9_every_pod_is_restricted_and_probed() {
    let wanted = [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [\"ALL\"]",
        "type: RuntimeDefault",
        "automountServiceAccountToken: false",
        "path: /livez",
        "path: /readyz",
        "kind: NetworkPolicy",
        "policyTypes: [\"Ingress\", \"Egress\"]",
        "terminationGracePeriodSeconds:",
    ];
    let mut missing = Vec::new();
    for service in deployed() {
        let lacking = wanted.iter().filter(|line| !service.manifests.contains(*line));
        missing.extend(lacking.map(|line| format!("{}: {line}", service.folder)));
    }
    assert_none("manifests are restricted and probed", &missing);
}

#[test]
fn every_service_is_deployed_and_has_an_image() {
    let deployed: BTreeSet<_> = deployed().into_iter().map(|service| service.folder).collect();
    let mut missing = Vec::new();
    let text = |path: &str| files().into_iter().find(|file| file.path == path).unwrap().text;
    let (list, image) = (text("deploy/k8s/base/kustomization.yaml"), text("deploy/docker/Dockerfile"));
    assert!(image.contains("ARG SERVICE") && image.contains("--package \"${SERVICE}\""), "one image for all services");
    // What has no program yet is nothing to deploy.
    let programs = files().into_iter().filter_map(|file| file.path.strip_suffix("/src/main.rs").map(str::to_owned));
    for folder in programs.filter(|folder| folder.starts_with("services/")) {
        let Some((_, name)) = folder.rsplit_once('/') else { continue };
        if !deployed.contains(&folder) {
            missing.push(format!("{folder}/k8s"));
        }
        let base = format!("{folder}/kustomization.yaml");
        if !files().iter().any(|file| file.path == base) {
            missing.push(base);
        }
        if !list.contains(&format!("  - ../../../services/{name}\n")) {
            missing.push(format!("{name} in deploy/k8s/base"));
        }
    }
    assert_none("a service has manifests, a base for overlays and a place in them", &missing);
}

/// The ConfigMaps and their keys that operators know: names are contracts.
const CONFIG_MAPS: [(&str, &str, &[&str]); 3] = [
    (
        "services/oracle-publisher",
        "oracle-config",
        &["RPC_URL", "AGGREGATOR_ADDRESS", "HEARTBEAT", "DEVIATION_THRESHOLD"],
    ),
    ("services/ccip-monitor", "ccip-monitor-config", &["RPC_URL", "CCIP_ROUTER_ADDRESS", "MONITORING_INTERVAL"]),
    ("services/relayer-invariant-guard", "relayer-guard-config", &["guard.toml"]),
];

#[test]
fn ora_1_ccip_11_the_config_maps_have_the_operators_names() {
    let mut missing = Vec::new();
    for (folder, name, keys) in CONFIG_MAPS {
        let path = format!("{folder}/k8s/configmap.yaml");
        let text = files().into_iter().find(|file| file.path == path).map(|file| file.text).unwrap_or_default();
        let lines = std::iter::once(format!("  name: {name}\n")).chain(keys.iter().map(|key| format!("\n  {key}: ")));
        missing.extend(lines.filter(|line| !text.contains(line)).map(|line| format!("{path}: {}", line.trim())));
    }
    assert_none("a ConfigMap carries the operators' names", &missing);
}

#[test]
fn manifests_can_be_applied_as_a_folder_and_hold_no_secret() {
    let mut wrong = Vec::new();
    for service in deployed() {
        for kind in ["kind: Kustomization", "kind: Secret"] {
            if service.manifests.lines().any(|line| line == kind) {
                wrong.push(format!("{}/k8s: {kind}", service.folder));
            }
        }
    }
    assert_none("k8s/ holds neither a kustomization nor a Secret", &wrong);
}

#[test]
fn what_compose_mounts_and_builds_is_there() {
    let compose = files().into_iter().find(|file| file.path == "deploy/compose.yaml").unwrap();
    let compose: serde_norway::Value = serde_norway::from_str(&compose.text).unwrap();
    let mut missing = Vec::new();
    for (name, service) in compose["services"].as_mapping().unwrap() {
        let volumes = service.get("volumes").and_then(serde_norway::Value::as_sequence).into_iter().flatten();
        for mounted in volumes.filter_map(|one| one.as_str()?.split(':').next()?.strip_prefix("./")) {
            if !root().join("deploy").join(mounted).exists() {
                missing.push(format!("{}: {mounted}", name.as_str().unwrap()));
            }
        }
    }
    let words = |list: &serde_norway::Value| -> Vec<String> {
        list.as_sequence().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    };
    for (name, service) in compose["services"].as_mapping().unwrap() {
        // The image's own question knows of no file, and would be answered with what is missing.
        let (started, asked) = (words(&service["command"]), words(&service["healthcheck"]["test"]));
        let file = started.iter().skip_while(|word| *word != "--config").nth(1);
        if started.last().is_some_and(|verb| verb == "serve") && !file.is_some_and(|file| asked.contains(file)) {
            missing.push(format!("{}: its health is asked with other settings", name.as_str().unwrap()));
        }
    }
    let built = deployed().into_iter().filter_map(|service| Some(service.folder.rsplit_once('/')?.1.to_owned()));
    missing.extend(built.filter(|name| compose["services"].get(name.as_str()).is_none()));
    assert_none("deploy/compose.yaml holds every service, and files that exist", &missing);
}

/// What names all replicas of a service: whoever asks looks at each of them, or has to find the one that leads.
const OF_EACH: [&str; 4] = ["GUARD_URL", "__REPLICAS", "replicas = [", "metrics = ["];

#[test]
fn ops_10_whoever_has_to_reach_each_replica_names_the_service_that_stands_for_each() {
    let (mut wrong, mut named) = (Vec::new(), BTreeSet::new());
    let manifests = files().into_iter().filter(|file| file.path.ends_with(".yaml"));
    for file in manifests.filter(|file| file.is_under("services") || file.is_under("deploy/k8s")) {
        for (number, line) in file.lines().filter(|(_, line)| OF_EACH.iter().any(|word| line.contains(word))) {
            let Some((host, _)) = line.split("://").nth(1).and_then(|url| url.split_once(".besu-network.")) else {
                continue;
            };
            match host.strip_suffix("-headless") {
                Some(name) => drop(named.insert(name.to_owned())),
                None => wrong.push(format!("{}:{number}: {host} is one address, and stays with one pod", file.path)),
            }
        }
    }
    assert_eq!(named.len(), 4, "the services that are looked at: {named:?}");
    for service in deployed().into_iter().filter(|one| named.iter().any(|name| one.folder.ends_with(name))) {
        let headless = service.manifests.split("\n---\n").find(|one| one.contains("\n  clusterIP: None\n"));
        // A pod that is not ready is the one to look at.
        if !headless.is_some_and(|one| one.contains("-headless\n") && one.contains("publishNotReadyAddresses: true")) {
            wrong.push(format!("{}: no Service that stands for each pod", service.folder));
        }
    }
    assert_none("each replica is reached", &wrong);
}

#[test]
fn ports_are_read_from_addresses() {
    assert_eq!(ports("[\"https://a.example\", \"wss://b.example:9443/ws\"]"), [443, 9443]);
    assert_eq!(ports("no address"), [0_u16; 0]);
}
