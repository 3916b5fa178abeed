//! What a relayer still knows when it starts again: real files, the real clock.

use std::{fs, path::Path, sync::Arc, time::Duration};

use causeway_primitives::Scope;
use causeway_proto::guard::v1 as wire;
use causeway_relayer_client::{Error, Guard, Refused, Relayer, Settings, Spend, Standing};
use causeway_testkit::wait::eventually;

use crate::scripted::{Running, Script, Scripted, every_scope, settings};

const TTL: Duration = Duration::from_secs(90);

fn with_latch(path: &Path) -> Settings {
    Settings { latch: Some(path.to_owned()), ..settings(every_scope()) }
}

async fn halted_once(path: &Path) {
    let guard = Scripted::new(Script::Grant { epoch: 3, ttl: TTL });
    let running = Running::start(with_latch(path), std::slice::from_ref(&guard));
    running.granted(Scope::Settlement).await;
    guard.now(Script::Halted { scope: wire::Scope::Settlement, epoch: 3 });
    let halted = |standing: &Standing| matches!(standing, Standing::Refused(Refused::Halted { .. }));
    running.until(Scope::Settlement, halted).await;
    // In force before it is on disk: a crash in between is what the guard's own memory is for.
    let written = async || fs::read_to_string(path).unwrap().contains("halted settlement 3 halt-1");
    eventually("the halt is on disk", written).await;
    running.worker.abort();
}

#[tokio::test]
async fn grd_13_a_halt_outlives_the_relayer_and_only_a_higher_epoch_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latch");
    halted_once(&path).await;

    let guard = Scripted::new(Script::Grant { epoch: 3, ttl: TTL });
    let running = Running::start(with_latch(&path), std::slice::from_ref(&guard));
    running.granted(Scope::BatchCreation).await;
    let refused = running.relayer.permit(Scope::Settlement, Spend::Nothing).unwrap_err();
    assert!(matches!(refused, Refused::Halted { epoch: 3, .. }), "an answer from before the halt: {refused}");

    guard.now(Script::Grant { epoch: 4, ttl: TTL });
    running.granted(Scope::Settlement).await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "causeway-latch 1\nepoch 4\nend\n", "on disk before it is loose");
}

#[tokio::test]
async fn grd_13_an_epoch_outlives_the_relayer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latch");
    halted_once(&path).await;
    let guard = Scripted::new(Script::Grant { epoch: 2, ttl: TTL });
    let running = Running::start(with_latch(&path), std::slice::from_ref(&guard));
    guard.is_asked(4).await;
    let refused = running.relayer.permit(Scope::BatchCreation, Spend::Nothing).unwrap_err();
    assert_eq!(refused, Refused::NoLease { scope: Scope::BatchCreation });
}

#[tokio::test]
async fn grd_13_a_latch_that_cannot_be_read_is_a_halt_that_no_grant_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latch");
    fs::write(&path, "causeway-latch 1\nepoch 3\nhalted settl").unwrap();
    let guard = Scripted::new(Script::Grant { epoch: 9, ttl: TTL });
    let running = Running::start(with_latch(&path), std::slice::from_ref(&guard));
    guard.is_asked(4).await;
    for scope in every_scope() {
        assert_eq!(running.relayer.permit(scope, Spend::Nothing).unwrap_err(), Refused::LatchUnreadable);
    }
}

#[tokio::test]
async fn grd_13_a_latch_that_can_no_longer_be_written_keeps_its_halt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inner/latch");
    fs::create_dir(folder.path().join("inner")).unwrap();
    halted_once(&path).await;
    let guard = Scripted::new(Script::Grant { epoch: 4, ttl: TTL });
    let running = Running::start(with_latch(&path), std::slice::from_ref(&guard));
    fs::remove_dir_all(folder.path().join("inner")).unwrap();
    guard.is_asked(6).await;
    let refused = running.relayer.permit(Scope::Settlement, Spend::Nothing).unwrap_err();
    assert!(matches!(refused, Refused::Halted { .. }), "a release that is not durable is none: {refused}");
}

#[tokio::test]
async fn settings_that_cannot_work_stop_the_start() {
    let guard = || vec![Arc::new(Scripted::new(Script::Down)) as Arc<dyn Guard>];
    assert!(matches!(Relayer::new(settings([Scope::All]), Vec::new()), Err(Error::NoGuard)));
    assert!(matches!(Relayer::new(settings([]), guard()), Err(Error::NoScope)));
    let zero = Settings { renew_every: Duration::ZERO, ..settings([Scope::All]) };
    assert!(matches!(Relayer::new(zero, guard()), Err(Error::Zero { setting: "renew_every" })));
    let nowhere = Settings { latch: Some("/no/such/folder/latch".into()), ..settings([Scope::All]) };
    assert!(matches!(Relayer::new(nowhere, guard()), Err(Error::Latch(_))));
}
