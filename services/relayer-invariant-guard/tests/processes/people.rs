//! The way out of a halt over the real wire: people are certificates, and a command is what they type.

use std::{fmt::Write as _, path::PathBuf};

use causeway_grpc::Tls;
use causeway_testkit::{
    relayer::{ClearanceSettings, Settings as RelayerSettings},
    wait::eventually,
};

use super::stage::{Stage, relay, run};
use crate::operators::Authority;

fn files(tls: &Tls) -> String {
    format!(
        "tls_certificate_file = \"{}\"\ntls_key_file = \"{}\"\ntls_client_ca_file = \"{}\"",
        tls.certificate.display(),
        tls.key.display(),
        tls.authority.display()
    )
}

struct People {
    stage: Stage,
    server: String,
    authority: Authority,
    folder: tempfile::TempDir,
    address: String,
}

impl People {
    /// The configuration file of a person: the service's, with their own certificate.
    fn file(&self, name: &str, authority: &Authority) -> PathBuf {
        let text = self.stage.text().replace(&self.server, &files(&authority.sign(name)));
        let path = self.folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    }

    async fn types(&self, name: &str, arguments: &[&str]) -> (Option<i32>, String) {
        self.types_with(name, &self.authority, arguments).await
    }

    async fn types_with(&self, name: &str, authority: &Authority, arguments: &[&str]) -> (Option<i32>, String) {
        let file = self.file(name, authority);
        let file = file.to_string_lossy();
        let arguments = [&["--config", &file], arguments, &["--guard", &self.address]].concat();
        run(&arguments, &self.stage.environment()).await
    }
}

/// The word behind a label of what a command printed.
fn after<'a>(output: &'a str, label: &str) -> &'a str {
    output.lines().find_map(|line| line.trim_start().strip_prefix(label)).map_or("", str::trim)
}

#[tokio::test]
async fn grd_17_two_certificates_besides_the_proposer_s_lead_out_of_a_halt_and_nothing_less_does() {
    let authority = Authority::new();
    let mut stage = Stage::new("guard_people").await;
    let server = files(&authority.sign("localhost"));
    let everybody = r#"["alice", "bob", "carol"]"#;
    let _ =
        write!(stage.more, "[grpc]\n{server}\noperators = [\"alice\", \"eve\"]\n[callers]\napprovers = {everybody}");
    let guard = stage.serve("guard-0").await;
    let address = format!("https://localhost:{}", guard.listening().grpc.port());
    // Nobody guards this relayer: it is here to index, so that there are new heights to pass at.
    let relayer = RelayerSettings { clearance: ClearanceSettings::Unguarded, ..stage.relayer(&[]) };
    let relayer = relay(&relayer).await;
    let people = People { stage, server, authority, folder: tempfile::tempdir().unwrap(), address };
    let store = people.stage.store();
    eventually("something passed", async || {
        people.stage.work(&relayer).await;
        store.find_last_verdict_at("pass").await.unwrap()
    })
    .await;

    let (code, output) = people.types("eve", &["halt", "--scope", "all", "--reason", "looks odd"]).await;
    assert_eq!(code, Some(0), "whoever is on call may halt: {output}");
    let propose = ["resume", "--from-last-checkpoint", "--release", "--plan", "it was nothing"];
    let (code, output) = people.types("eve", &propose).await;
    assert_eq!(code, Some(1), "and may not propose: {output}");
    let (code, output) = people.types("alice", &propose).await;
    assert_eq!(code, Some(0), "{output}");
    let id = output.split_whitespace().nth(1).unwrap().to_owned();
    let hashes = (after(&output, "plan hash").to_owned(), after(&output, "evidence hash").to_owned());
    let approve = ["resume", "approve", &id, "--plan-hash", &hashes.0, "--evidence-hash", &hashes.1];

    let strangers = Authority::new();
    for (who, authority) in [("alice", &people.authority), ("eve", &people.authority), ("bob", &strangers)] {
        let (code, output) = people.types_with(who, authority, &approve).await;
        assert_eq!(code, Some(1), "{who}: {output}");
    }
    let (code, output) = people.types("bob", &approve).await;
    assert_eq!((code, after(&output, "approvals")), (Some(0), "1 of 2"), "{output}");
    let (code, output) = people.types("bob", &approve).await;
    assert_eq!(code, Some(1), "one person is not two: {output}");
    assert_eq!(store.read_latch().await.unwrap().active().count(), 1);
    let (code, output) = people.types("carol", &approve).await;
    assert_eq!((code, after(&output, "approvals")), (Some(0), "2 of 2"), "{output}");
    eventually("it passed at two new heights and is released", async || {
        people.stage.work(&relayer).await;
        store.read_latch().await.unwrap().active().count() == 0
    })
    .await;
    let record = store.list_audit(0, 10_000).await.unwrap();
    let steps: Vec<_> = record.iter().filter(|row| row.kind == "resume").map(|row| row.actor.as_str()).collect();
    assert_eq!(steps[..3], ["alice", "bob", "carol"], "by the names that the authority signed");
    assert!(store.verify_audit(None).await.unwrap().is_ok());
}
