//! Wrong settings: each stops the start with exit code 2 and one line that names the setting and what is expected.

use causeway_testkit::fault::RpcProxy;

use super::stage::{RPC_SECRET, Stage, run};

/// Exactly one line, which holds all of these, and no secret in it.
fn is_refused((code, output): (Option<i32>, String), parts: &[&str]) {
    assert_eq!(code, Some(2), "{parts:?}: {output}");
    let lines: Vec<&str> = output.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(lines.len(), 1, "{parts:?}: {output}");
    assert!(parts.iter().all(|part| lines[0].contains(part)), "{parts:?}: {}", lines[0]);
    assert!(!output.contains(RPC_SECRET) && !output.contains("hunter2"), "{output}");
}

#[tokio::test]
async fn grd_15_a_guard_of_nothing_does_not_start_and_says_everything_that_it_lacks() {
    let (code, output) = run(&["serve"], &[]).await;
    assert_eq!(code, Some(2), "{output}");
    for part in ["set DATABASE_URL", "set RELAYER_DATABASE_URL", "a bridge has two ends", "a guard of nothing is none"]
    {
        assert!(output.contains(part), "{part}: {output}");
    }
}

#[tokio::test]
async fn grd_5_a_role_that_may_write_the_relayers_tables_does_not_start() {
    let stage = Stage::new("guard_rights").await;
    let environment = [("DATABASE_URL", stage.guards.as_str()), ("RELAYER_DATABASE_URL", stage.relayers.as_str())];
    is_refused(
        stage.command_with(&["serve"], &environment).await,
        &["books.url = [redacted]", "a role that may only read", "indexer_watermark"],
    );
    let mut stage = stage;
    stage.more = "[books.names]\ndeposits = \"no_such_table\"".to_owned();
    is_refused(stage.command(&["serve"]).await, &["books.names", "no_such_table"]);
}

#[tokio::test]
async fn grd_14_an_endpoint_of_another_chain_stops_the_start() {
    let stage = Stage::new("guard_wrong_chain").await;
    let other = RpcProxy::start(stage.world.source.url()).await.unwrap();
    other.chain_id(1);
    let text = stage.text().replacen(stage.world.source.url(), other.url(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.toml");
    std::fs::write(&file, text).unwrap();
    let refused = run(&["--config", &file.to_string_lossy(), "serve"], &stage.environment()).await;
    is_refused(refused, &["chains.0.chain_id = 138", "which is 1 and not 138"]);
}
