//! What a person types, with the guard's process and without.

use causeway_testkit::{
    bridge::Role,
    relayer::Misdeed,
    wait::{SOON, eventually},
};

use super::stage::{RPC_SECRET, Stage, url, whole};

#[tokio::test]
async fn grd_10_validate_invariant_says_valid_violated_or_not_known_by_its_exit_code() {
    let mut stage = Stage::new("guard_validate").await;
    let (code, output) = stage.command(&["migrate"]).await;
    assert_eq!(code, Some(0), "{output}");
    // Nobody needs a running guard for it, and an honest bridge that nobody guards is as valid as any other.
    let relayer = stage.relay(&["http://127.0.0.1:9".to_owned()]).await;
    eventually("the relayer has indexed both chains", async || {
        stage.world.mine(3).await.unwrap();
        relayer.step().await.unwrap();
        let (code, _) = stage.command(&["validate-invariant"]).await;
        code == Some(0)
    })
    .await;
    let (code, output) = stage.command(&["validate-invariant"]).await;
    assert_eq!((code, output.as_str()), (Some(0), "INVARIANT VALID\n"));

    relayer.misbehave(Misdeed::MintUnbacked { amount: whole(3) }).await.unwrap();
    stage.world.mine(3).await.unwrap();
    relayer.step().await.unwrap();
    let (code, output) = stage.command(&["validate-invariant"]).await;
    assert!(code == Some(1) || code == Some(4), "{output}");
    assert!(!output.contains("INVARIANT VALID"), "{output}");

    stage.more = "[resume]\napprovals = 3".to_owned();
    let (code, _) = stage.command(&["config", "check"]).await;
    assert_eq!(code, Some(0));
    let unreachable = stage.text().replace(stage.world.destination.url(), "http://127.0.0.1:9");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("unreachable.toml");
    std::fs::write(&file, unreachable).unwrap();
    let arguments = ["--config", &file.to_string_lossy(), "validate-invariant"];
    let (code, output) = super::stage::run(&arguments, &stage.environment()).await;
    assert_eq!(code, Some(4), "{output}");
    assert!(output.contains("NO_QUORUM") && !output.contains(RPC_SECRET), "{output}");
}

#[tokio::test]
async fn grd_16_stored_verdicts_are_replayed_and_the_record_is_verified_while_no_guard_runs() {
    let stage = Stage::new("guard_replay").await;
    let guard = stage.serve("guard-1").await;
    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    guard.terminate(SOON).await.unwrap();

    let (code, output) = stage.command(&["replay"]).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains(" verdicts judged again, 0 come out otherwise"), "{output}");
    // A tolerance of nothing judges the same evidence: nothing was off, so nothing changes.
    let strict = stage.text().replace("decimals = 18", "decimals = 18\ntolerance_tokens = \"0\"");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("strict.toml");
    std::fs::write(&file, strict).unwrap();
    let (code, output) = stage.command(&["replay", "--rules", &file.to_string_lossy()]).await;
    assert_eq!(code, Some(0), "{output}");

    // Had another keeper been the right one, every one of them would have halted: each is told, with both verdicts.
    let keeper = format!("value = \"{}\"", stage.world.account(Role::Keeper));
    let other = stage.text().replace(&keeper, &format!("value = \"{}\"", stage.world.account(Role::Thief)));
    std::fs::write(&file, other).unwrap();
    let (code, output) = stage.command(&["replay", "--rules", &file.to_string_lossy()]).await;
    assert_eq!(code, Some(1), "{output}");
    let differing =
        output.lines().filter(|line| line.contains(": stored ") && line.contains("AUTHORITY_CHANGED")).count();
    assert!(differing > 0 && output.contains(&format!(" judged again, {differing} come out otherwise")), "{output}");

    let (code, output) = stage.command(&["audit", "verify"]).await;
    assert_eq!(code, Some(0), "{output}");
    let head = output.lines().find_map(|line| line.strip_prefix("head ")).unwrap().to_owned();
    let (code, output) = stage.command(&["audit", "verify", "--anchor", &head]).await;
    assert_eq!(code, Some(0), "{output}");
    let stranger = format!("0x{}", "ab".repeat(32));
    let (code, output) = stage.command(&["audit", "verify", "--anchor", &stranger]).await;
    assert_eq!(code, Some(1), "{output}");
}

#[tokio::test]
async fn grd_10_an_operator_halts_looks_and_drills_from_the_command_line() {
    let stage = Stage::new("guard_by_hand").await;
    let guard = stage.serve("guard-1").await;
    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    let address = url(&guard);
    let (code, output) = stage.command(&["status", "--guard", &address]).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("RUNNING") && output.contains("leader"), "{output}");

    let reason = ["--reason", "a try", "--guard", &address];
    let (code, output) = stage.command(&[&["drill", "--leave-halted"], &reason[..]].concat()).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(output.contains("durable after") && output.contains("no lease outstanding after"), "{output}");
    let drilled = stage.store().read_latch().await.unwrap();
    assert_eq!(drilled.active().next().unwrap().cause.as_str(), "DRILL", "an exercise, by the record too");

    let (code, output) = stage.command(&[&["halt", "--scope", "settlement"], &reason[..]].concat()).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(output.starts_with("halted settlement by "), "{output}");
    let (_, output) = stage.command(&["status", "--guard", &address]).await;
    assert!(output.contains("HALTED") && output.contains("halted      settlement"), "{output}");
    // A guard that holds a halt does its job.
    let health = format!("http://{}/health", guard.listening().http);
    eventually("the relayer stands, and the guard works", async || {
        let page: serde_json::Value = reqwest::get(&health).await.ok()?.json().await.ok()?;
        let parts = page["components"].as_array()?;
        parts.iter().find(|part| part["name"] == "relayer" && part["state"] == "degraded").map(drop)
    })
    .await;
    // One person on this host without a certificate proposes nothing.
    let halt = output.lines().find_map(|line| line.strip_prefix("halted      settlement by ")).unwrap().to_owned();
    let propose =
        ["resume", "--from-last-checkpoint", "--halt", &halt, "--plan", "nothing was wrong", "--guard", &address];
    let (code, output) = stage.command(&propose).await;
    assert_eq!(code, Some(1), "{output}");
    let (code, output) = stage.command(&["resume", "list", "--guard", &address]).await;
    assert_eq!((code, output.as_str()), (Some(0), ""), "nothing was proposed");
}
