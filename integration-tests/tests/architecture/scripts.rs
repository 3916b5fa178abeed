//! The scripts that operators roll out with, run against a `kubectl` that writes down what it is asked and answers from a
//! table: whether the steps come in the order that keeps a service up.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf, process::Command};

use super::repository::root;

/// Writes down its arguments, and answers `get` with what `answers` holds for its last argument.
const KUBECTL: &str = r#"#!/usr/bin/env bash
here=$(dirname "${BASH_SOURCE[0]}")
printf '%s\n' "$*" >>"$here/asked"
for last; do :; done
case $* in *' get deployment/'*) grep -F -- "$last" "$here/answers" | cut -d' ' -f2 ;; esac
"#;

/// What the cluster says: whether the rollout is paused, which image ran before, what runs before the pod does.
struct Cluster {
    paused: bool,
    before: &'static str,
    first: &'static str,
}

/// Runs a script: whether it succeeded, and what it asked, without the namespace.
fn run(script: &str, arguments: &[&str], cluster: &Cluster) -> (bool, Vec<String>) {
    let folder: PathBuf = std::env::temp_dir()
        .join(format!("causeway-{script}-{}-{}", arguments.join("-"), std::process::id()).replace(':', "_"));
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join("kubectl");
    fs::write(&program, KUBECTL).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let answers = format!(
        "jsonpath={{.spec.paused}} {}\njsonpath={{.spec.template.spec.containers[?(@.name=='gateway')].image}} old:1\n\
         jsonpath={{.metadata.generation}} 7\n\
         jsonpath={{.metadata.annotations.causeway\\.dev/image-before}} {}\n\
         jsonpath={{.spec.template.spec.initContainers[*].name}} {}\n",
        cluster.paused, cluster.before, cluster.first,
    );
    fs::write(folder.join("answers"), answers).unwrap();
    // Found before the real one, if there is one.
    let mut bash = Command::new("bash");
    bash.args(["-c", r#"export PATH="$0:$PATH"; exec bash "$@""#]).arg(&folder);
    let output = bash.arg(root().join("deploy/k8s").join(script)).args(arguments).output().unwrap();
    let asked = fs::read_to_string(folder.join("asked")).unwrap_or_default();
    fs::remove_dir_all(&folder).unwrap();
    let asked = asked.lines().map(|line| line.trim_start_matches("--namespace besu-network ").to_owned());
    (output.status.success(), asked.filter(|line| !line.starts_with("get")).collect())
}

#[test]
fn ops_6_a_canary_is_one_pod_of_a_rollout_that_stands_still() {
    let (well, asked) =
        run("canary.sh", &["start", "gateway", "new:2"], &Cluster { paused: false, before: "", first: "migrate" });
    assert!(well, "{asked:?}");
    let steps = [
        "rollout status deployment/gateway --timeout=60s",
        "annotate --overwrite deployment/gateway causeway.dev/image-before=old:1",
        "set image deployment/gateway gateway=new:2 migrate=new:2",
        "wait deployment/gateway --for=jsonpath={.status.observedGeneration}=7 --timeout=60s",
        "rollout pause deployment/gateway",
    ];
    assert_eq!(asked, steps);
    let (well, asked) =
        run("canary.sh", &["start", "gateway", "new:3"], &Cluster { paused: true, before: "old:1", first: "" });
    assert!(!well && asked.is_empty(), "a second canary over the first: {asked:?}");
}

#[test]
fn ops_6_a_canary_is_turned_round_before_its_rollout_goes_on() {
    let (well, asked) = run("canary.sh", &["abort", "gateway"], &Cluster { paused: true, before: "old:1", first: "" });
    assert!(well, "{asked:?}");
    let steps = [
        "set image deployment/gateway gateway=old:1",
        "rollout resume deployment/gateway",
        "rollout status deployment/gateway --timeout=600s",
        "annotate deployment/gateway causeway.dev/image-before-",
    ];
    assert_eq!(asked, steps);
    let (well, asked) = run("canary.sh", &["abort", "gateway"], &Cluster { paused: false, before: "", first: "" });
    assert!(!well && asked.is_empty(), "nothing was begun here: {asked:?}");
}

#[test]
fn ops_6_a_roll_back_asks_the_service_itself_whether_it_is_well() {
    let (well, asked) = run("rollback.sh", &["gateway", "4"], &Cluster { paused: false, before: "", first: "" });
    assert!(well, "{asked:?}");
    let steps = [
        "rollout history deployment/gateway",
        "rollout undo deployment/gateway --to-revision=4",
        "rollout status deployment/gateway --timeout=600s",
        "exec deployment/gateway -- /app/gateway healthcheck",
    ];
    assert_eq!(asked, steps);
    let (well, asked) = run("rollback.sh", &["gateway"], &Cluster { paused: true, before: "old:1", first: "" });
    assert!(!well && asked.len() == 1, "a canary is aborted, not rolled back: {asked:?}");
}
