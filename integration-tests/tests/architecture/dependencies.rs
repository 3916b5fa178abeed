//! Which crate may know which, and that the workspace decides versions and lints for all.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::repository::{assert_none, files_ending};

/// A package's place: it may depend on lower layers only, so those of one layer are blind to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// Values and contracts.
    Base,
    /// Logs, traces, metrics.
    Telemetry,
    /// The libraries of services, blind to each other.
    Library,
    /// A library that joins others: alerting keeps its memory in the store and runs in the runtime, the journal
    /// keeps the sender's in the store, mapping reads one standard of messages and writes another.
    Joining,
    /// What all services do alike, on top of every library.
    Skeleton,
    /// Programs; they talk through generated clients.
    Service,
    /// What only development sees.
    Development,
}

#[derive(Debug)]
struct Package {
    path: String,
    name: String,
    layer: Layer,
    manifest: Table,
}

fn layer(path: &str) -> Layer {
    match path {
        "libs/primitives" | "libs/proto" | "libs/identifiers" => Layer::Base,
        "libs/telemetry" => Layer::Telemetry,
        "libs/testkit" | "integration-tests" => Layer::Development,
        "libs/alerting" | "libs/journal" | "libs/mapping" => Layer::Joining,
        "libs/service" => Layer::Skeleton,
        other if other.starts_with("libs/") => Layer::Library,
        other if other.starts_with("services/") => Layer::Service,
        other if other.starts_with("deploy/") => Layer::Development,
        other => panic!("{other} has no layer: say in ARCHITECTURE.md and here where it belongs"),
    }
}

fn packages() -> BTreeMap<String, Package> {
    let manifests = files_ending("/Cargo.toml");
    let read = manifests.into_iter().filter_map(|file| {
        let manifest: Table = file.text.parse().unwrap();
        // What is a workspace by itself, as the fuzzer is, is no part of this one.
        let is_ours = !manifest.contains_key("workspace");
        let path = file.path.trim_end_matches("/Cargo.toml").to_owned();
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        is_ours.then(|| (name.clone(), Package { layer: layer(&path), path, name, manifest }))
    });
    let packages: BTreeMap<_, _> = read.collect();
    assert!(packages.len() >= 12, "a walk that sees {} packages proves nothing", packages.len());
    packages
}

impl Package {
    /// The entries of one kind of dependencies.
    fn dependencies(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.manifest.get(kind).and_then(Value::as_table).into_iter().flatten()
    }
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    let mut wrong = Vec::new();
    for package in packages.values() {
        let known = package.dependencies("dependencies").chain(package.dependencies("build-dependencies"));
        for other in known.filter_map(|(name, _)| packages.get(name)) {
            // Development crates build on each other; nobody else reaches upwards or sideways.
            let is_fine = other.layer < package.layer || package.layer == Layer::Development;
            if !is_fine {
                wrong.push(format!(
                    "{} ({:?}) depends on {} ({:?})",
                    package.name, package.layer, other.name, other.layer
                ));
            }
        }
    }
    assert_none("a package depends on lower layers only", &wrong);
}

#[test]
fn the_test_kit_knows_no_service() {
    let packages = packages();
    let kit = &packages["causeway-testkit"];
    let services = kit.dependencies("dependencies").filter_map(|(name, _)| packages.get(name));
    let services: Vec<_> =
        services.filter(|other| other.layer == Layer::Service).map(|other| other.name.clone()).collect();
    assert_none("simulated outsiders are written without the code they test", &services);
}

#[test]
fn tests_of_a_service_do_not_know_another_service() {
    let packages = packages();
    let mut wrong = Vec::new();
    for package in packages.values().filter(|package| package.layer != Layer::Development) {
        for (name, _) in package.dependencies("dev-dependencies") {
            let other = packages.get(name).filter(|other| other.name != package.name);
            if other.is_some_and(|other| other.layer == Layer::Service) {
                wrong.push(format!("{} tests with {name}", package.name));
            }
        }
    }
    assert_none("services meet in integration-tests", &wrong);
}

#[test]
fn the_workspace_decides_every_version() {
    let packages = packages();
    let mut own = Vec::new();
    for package in packages.values() {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, entry) in package.dependencies(kind) {
                // A crate may turn its own test features on for its own tests.
                let from_workspace = entry.get("workspace").and_then(Value::as_bool) == Some(true);
                if !from_workspace && *name != package.name {
                    own.push(format!("{}: {name}", package.path));
                }
            }
        }
    }
    assert_none("a dependency is `workspace = true`", &own);
}

#[test]
fn the_workspace_decides_every_lint_and_every_attribute() {
    let packages = packages();
    let mut own = Vec::new();
    for package in packages.values() {
        let inherits = |table: &Value| table.get("workspace").and_then(Value::as_bool) == Some(true);
        if !package.manifest.get("lints").is_some_and(inherits) {
            own.push(format!("{}: lints", package.path));
        }
        for field in ["version", "edition", "rust-version", "license", "publish"] {
            if !package.manifest["package"].get(field).is_some_and(inherits) {
                own.push(format!("{}: {field}", package.path));
            }
        }
    }
    assert_none("lints and package attributes come from the workspace", &own);
}

#[test]
fn every_package_says_what_it_is() {
    let packages = packages();
    let silent = packages.values().filter(|package| package.manifest["package"].get("description").is_none());
    assert_none("a package has a description", &silent.map(|package| package.path.clone()).collect::<Vec<_>>());
}
