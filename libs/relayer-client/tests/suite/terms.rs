//! One of several replicas acts, and only that one has leases.

use std::{sync::Arc, time::Duration};

use causeway_primitives::Scope;
use causeway_relayer_client::{Guard, Refused, Relayer, Standing};
use causeway_testkit::wait;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::scripted::{Running, Script, Scripted, settings};

const GRANT: Script = Script::Grant { epoch: 1, ttl: Duration::from_secs(90) };

fn start(guard: &Scripted, acting: watch::Receiver<bool>) -> Running {
    let guards: Vec<Arc<dyn Guard>> = vec![Arc::new(guard.clone())];
    let (relayer, worker) = Relayer::new(settings([Scope::Settlement]), guards).unwrap();
    let stop = CancellationToken::new();
    let worker = tokio::spawn(worker.run_while(acting, |acts| *acts, stop.clone()));
    Running { relayer, stop, worker }
}

/// Waits until a lease was given back.
async fn released(guard: &Scripted) {
    wait::told("a lease that is given back", guard.seen.subscribe(), |seen| !seen.releases.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn grd_13_a_standby_asks_for_nothing_and_whoever_acts_no_more_gives_back_what_it_had() {
    let guard = Scripted::new(GRANT);
    let (acts, acting) = watch::channel(false);
    let running = start(&guard, acting);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(guard.asked(), 0);

    acts.send_replace(true);
    running.granted(Scope::Settlement).await;
    acts.send_replace(false);
    running.until(Scope::Settlement, |standing| matches!(standing, Standing::Refused(Refused::NoLease { .. }))).await;
    released(&guard).await;
    let released = guard.seen.borrow().releases[0].clone();
    assert_eq!((released.holder.as_str(), released.sequence), ("relayer-0", u64::try_from(guard.asked()).unwrap()));
    let asked = guard.asked();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(guard.asked(), asked, "nothing is renewed behind what was given back");

    acts.send_replace(true);
    running.granted(Scope::Settlement).await;
    running.stop.cancel();
    running.worker.await.unwrap();
    assert_eq!(running.relayer.standing(Scope::Settlement), Standing::Refused(Refused::Stopping));
    assert_eq!(guard.seen.borrow().releases.len(), 2, "and it is given back at the end as well");
}

#[tokio::test(start_paused = true)]
async fn grd_13_what_was_asked_before_the_term_ended_is_answered_and_given_back() {
    let guard = Scripted::new(Script::Slow { epoch: 1, ttl: Duration::from_secs(90), after: Duration::from_secs(1) });
    let (acts, acting) = watch::channel(true);
    let running = start(&guard, acting);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(guard.asked(), 1, "and not answered yet");
    acts.send_replace(false);
    released(&guard).await;
    assert_eq!(guard.asked(), 1);
    running.stop.cancel();
    running.worker.await.unwrap();
}
