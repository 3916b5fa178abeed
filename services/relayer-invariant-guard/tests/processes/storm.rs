//! Kills and freezes of guards and relayer at random moments: nothing leaves the relayer after its lease, and no halt is
//! lost.
//!
//! The relayer alone weathers 200 rounds in `testkit`, under a scripted guard; here it is real guards, whose change of
//! leaders takes seconds. So each round strikes a guard and the relayer together, each at its own moment of work that never
//! pauses, and several bridges weather it side by side. `CAUSEWAY_STORM_ROUNDS=1000 cargo test -p relayer-invariant-guard
//! storm` weathers a longer one. A failure names the seed; `CAUSEWAY_STORM_SEED` brings the same sequence back.

use std::time::Duration;

use causeway_proto::guard::v1::{ReportViolationRequest, ViolationKind, lease_service_client::LeaseServiceClient};
use causeway_testkit::{
    fault::TcpProxy,
    relayer::{Pace, Running, Settings as RelayerSettings},
    service::Service,
    wait::eventually,
};
use futures_util::future::join_all;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use super::stage::{Stage, late, place, relay, url};

/// Bridges side by side: most of a round is waiting for a leadership or a lease to end.
const STANDS: u64 = 4;

/// Replicas of each: one that leads and one that stands by.
const REPLICAS: usize = 2;

/// Longer than the second between two evaluations and what one takes on a machine that is busy with four of these.
const TTL: Duration = Duration::from_millis(4_000);

/// The latest moment of a round at which something strikes.
const MOMENT: u64 = 400;

/// Between two deposits with their blocks.
const TRAFFIC: Duration = Duration::from_millis(300);

/// What happens to a process.
#[derive(Debug, Clone, Copy)]
enum Strike {
    /// It is killed and started again.
    Kill,
    /// It stands still for so long, as a rule for longer than what it holds is good for.
    Freeze(Duration),
}

impl Strike {
    fn any(random: &mut StdRng) -> (Duration, Self) {
        let moment = Duration::from_millis(random.random_range(0..MOMENT));
        let freeze = Self::Freeze(Duration::from_millis(random.random_range(500..4_500)));
        (moment, if random.random() { Self::Kill } else { freeze })
    }
}

struct Storm<'a> {
    stage: &'a Stage,
    /// Where the relayer knows the guards, whatever ports they come back with.
    doors: Vec<TcpProxy>,
    guards: Vec<Option<Service>>,
    relayer: Option<Running>,
}

impl<'a> Storm<'a> {
    async fn new(stage: &'a Stage) -> Self {
        let (mut guards, mut doors) = (Vec::new(), Vec::new());
        for replica in 0..REPLICAS {
            let guard = stage.serve(&format!("guard-{replica}")).await;
            doors.push(TcpProxy::start(guard.listening().grpc).await.unwrap());
            guards.push(Some(guard));
        }
        let mut storm = Self { stage, doors, guards, relayer: None };
        storm.relayer = Some(relay(&storm.settings()).await);
        storm
    }

    /// A relayer that works by itself and rests little.
    fn settings(&self) -> RelayerSettings {
        let doors: Vec<String> = self.doors.iter().map(|door| format!("http://{}", door.address())).collect();
        RelayerSettings { pace: Pace::Running, rest_ms: 20, ..self.stage.relayer(&doors) }
    }

    fn relayer(&self) -> &Running {
        self.relayer.as_ref().unwrap()
    }

    /// Waits until something leaves the relayer under a lease: what strikes now strikes something.
    async fn until_at_work(&self) {
        let before = self.stage.journaled();
        eventually("the relayer is at work", async || self.stage.journaled() > before).await;
    }

    /// A guard and the relayer are struck, each at a moment of its own.
    async fn round(&mut self, random: &mut StdRng) {
        self.until_at_work().await;
        let (which, guard, relayer) = (random.random_range(0..REPLICAS), Strike::any(random), Strike::any(random));
        let settings = self.settings();
        tokio::join!(
            strike_guard(self.stage, &self.doors[which], (&mut self.guards[which], which), guard),
            strike_relayer(&settings, &mut self.relayer, relayer),
        );
        assert_eq!(late(self.relayer()), 0, "guard {which}: {guard:?}, relayer: {relayer:?}");
    }

    /// Halted through a replica that dies with the answer: everybody remembers.
    async fn halt_and_die(&mut self) {
        self.until_at_work().await;
        let report = Uuid::now_v7();
        let request = ReportViolationRequest {
            report_id: report.to_string(),
            holder: "relayer-0".to_owned(),
            kind: ViolationKind::UniqueConstraint.into(),
            detail: "a storm's end".to_owned(),
            ..ReportViolationRequest::default()
        };
        let guard = self.guards[0].take().unwrap();
        let mut door = LeaseServiceClient::connect(url(&guard)).await.unwrap();
        door.report_violation(request).await.unwrap();
        guard.kill().await.unwrap();
        self.relayer().pause().await.unwrap();
        self.stage.until_held_up(self.relayer()).await;
        let latch = self.stage.store().read_latch().await.unwrap();
        let halts: Vec<u128> = latch.active().map(|halt| halt.id.get()).collect();
        assert_eq!(halts, [report.as_u128()], "no halt is lost, and nothing else halted");
        assert_eq!(late(self.relayer()), 0);
    }
}

// The waiting is the test here, not a way to synchronise.
async fn strike_guard(
    stage: &Stage,
    door: &TcpProxy,
    (guard, which): (&mut Option<Service>, usize),
    (moment, strike): (Duration, Strike),
) {
    tokio::time::sleep(moment).await;
    match strike {
        Strike::Kill => {
            guard.take().unwrap().kill().await.unwrap();
            let risen = stage.serve(&format!("guard-{which}")).await;
            door.redirect(risen.listening().grpc);
            *guard = Some(risen);
        }
        Strike::Freeze(span) => {
            let frozen = guard.as_ref().unwrap();
            frozen.freeze().unwrap();
            tokio::time::sleep(span).await;
            frozen.thaw().unwrap();
        }
    }
}

async fn strike_relayer(
    settings: &RelayerSettings,
    relayer: &mut Option<Running>,
    (moment, strike): (Duration, Strike),
) {
    tokio::time::sleep(moment).await;
    match strike {
        Strike::Kill => {
            relayer.take().unwrap().kill().await.unwrap();
            *relayer = Some(relay(settings).await);
        }
        Strike::Freeze(span) => {
            let frozen = relayer.as_ref().unwrap();
            frozen.freeze().unwrap();
            tokio::time::sleep(span).await;
            frozen.thaw().unwrap();
        }
    }
}

/// Deposits and blocks, for as long as anybody looks.
async fn traffic(stage: &Stage) {
    loop {
        stage.world.deposit(1).await.unwrap();
        stage.world.mine(3).await.unwrap();
        tokio::time::sleep(TRAFFIC).await;
    }
}

async fn weather(number: u64, strikes: u64, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed.wrapping_add(number));
    let mut stage = Stage::beside(&format!("guard_storm_{number}")).await;
    stage.ttl_ms = u64::try_from(TTL.as_millis()).unwrap();
    let storm = async {
        let mut storm = Storm::new(&stage).await;
        // Two strikes a round.
        for _ in 0..strikes.div_ceil(2) {
            storm.round(&mut random).await;
        }
        storm.halt_and_die().await;
    };
    tokio::select! {
        () = storm => {}
        () = traffic(&stage) => {}
    }
    assert!(stage.store().verify_audit(None).await.unwrap().is_ok());
}

/// A setting of whoever builds the test.
fn number(text: Option<&str>) -> Option<u64> {
    text?.parse().ok()
}

#[tokio::test]
async fn grd_13_in_a_storm_of_guards_nothing_is_sent_after_its_lease_and_no_halt_is_lost() {
    let strikes = number(option_env!("CAUSEWAY_STORM_ROUNDS")).unwrap_or(200);
    let seed = number(option_env!("CAUSEWAY_STORM_SEED")).unwrap_or_else(rand::random);
    eprintln!("{strikes} kills and freezes with seed {seed}");
    let _place = place().await;
    join_all((0..STANDS).map(|stand| weather(stand, strikes.div_ceil(STANDS), seed))).await;
}
