//! Starting, asking for health, and stopping.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
    wait::{SOON, eventually},
};

use super::stage::{Stage, run};

#[tokio::test]
async fn ops_a_stop_drains_in_time_and_a_restart_reads_on() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let first = stage.deliver(Family::V1_6, Side::Home, "first").await;
    replica.status(&first.id, "executed").await;
    let (status, log) = replica.service.terminate(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", log.tail(30));

    let second = stage.deliver(Family::V1_6, Side::Away, "second").await;
    let again = stage.serve("replica-b").await;
    again.status(&second.id, "executed").await;
    again.status(&first.id, "executed").await;
    again.service.terminate(SOON).await.unwrap();

    // The chains make no block meanwhile: what is read is known all the same.
    let third = stage.serve("replica-c").await;
    for chain in ["home", "away"] {
        let known = async || {
            let chain = third.chain(chain).await;
            chain["block_number"].is_u64() && chain["block_number"] == chain["head"]
        };
        eventually(&format!("{chain} is known to be read"), known).await;
    }
    stage.finish(vec![third]).await;
}

#[tokio::test]
async fn ops_the_healthcheck_asks_the_service_on_this_host() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    replica.answers("/readyz", 200).await;
    let http = replica.service.listening().http.to_string();
    let configuration = stage.world.configuration("healthcheck").unwrap();
    let text = std::fs::read_to_string(&configuration).unwrap();
    let at = text.replacen("http = \"127.0.0.1:0\"", &format!("http = \"{http}\""), 1);
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("healthcheck.toml");
    std::fs::write(&configuration, at).unwrap();
    let arguments = ["--config", &configuration.to_string_lossy(), "healthcheck"];
    let (code, output) = run(&arguments, &stage.world.environment()).await;
    assert_eq!(code, Some(0), "{output}");
    let health = replica.json("/health").await;
    assert_eq!((&health["live"], &health["ready"]), (&true.into(), &true.into()), "{health:#}");
    stage.finish(vec![replica]).await;
    let (code, output) = run(&arguments, &[("DATABASE_URL", "postgres://ccip:x@127.0.0.1/ccip")]).await;
    assert_eq!(code, Some(1), "nobody is there any more: {output}");
}

#[tokio::test]
async fn ops_a_migration_needs_the_database_and_nothing_else() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    for _ in 0..2 {
        let (code, output) = run(&["migrate"], &stage.world.environment()).await;
        assert_eq!(code, Some(0), "{output}");
    }
    let message = stage.send(Family::V1_6, Side::Home, "stored").await;
    let replica = stage.serve("replica-a").await;
    replica.status(&message.id, "sent").await;
    stage.finish(vec![replica]).await;
}
