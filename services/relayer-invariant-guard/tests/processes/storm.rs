//! Kills and freezes of guards and relayer at random moments: nothing leaves the relayer after its lease, and no halt is
//! lost.
//!
//! The relayer alone weathers 200 rounds in `testkit`, under a scripted guard; here it is real guards, whose change of
//! leaders takes seconds, so a round does. `CAUSEWAY_STORM_ROUNDS=1000 cargo test -p relayer-invariant-guard storm` weathers
//! a longer one. A failure names the seed; `CAUSEWAY_STORM_SEED` brings the same sequence back.

use std::time::Duration;

use causeway_proto::guard::v1::{ReportViolationRequest, ViolationKind, lease_service_client::LeaseServiceClient};
use causeway_testkit::{relayer::Running, service::Service};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use super::stage::{Stage, eventually, late, relay, url};

/// Replicas: one that leads and one that stands by.
const REPLICAS: usize = 2;

/// What happens.
#[derive(Debug, Clone, Copy)]
enum Disturbance {
    /// A guard is killed and started again.
    KillGuard,
    /// A guard stands still for longer than its leadership.
    FreezeGuard,
    /// The relayer is killed and started again.
    KillRelayer,
    /// The relayer stands still while its lease ends.
    FreezeRelayer,
}

impl Disturbance {
    const ALL: [Self; 4] = [Self::KillGuard, Self::FreezeGuard, Self::KillRelayer, Self::FreezeRelayer];
}

struct Storm {
    stage: Stage,
    guards: Vec<Option<Service>>,
    relayer: Option<Running>,
}

impl Storm {
    async fn new() -> Self {
        let mut stage = Stage::new("guard_storm").await;
        stage.ttl_ms = 4_000;
        let mut guards = Vec::new();
        for replica in 0..REPLICAS {
            guards.push(Some(stage.serve(&format!("guard-{replica}")).await));
        }
        let mut storm = Self { stage, guards, relayer: None };
        storm.start_relayer().await;
        storm
    }

    fn urls(&self) -> Vec<String> {
        self.guards.iter().flatten().map(url).collect()
    }

    async fn start_relayer(&mut self) {
        self.relayer = Some(relay(&self.stage.relayer(&self.urls())).await);
    }

    fn relayer(&self) -> &Running {
        self.relayer.as_ref().unwrap()
    }

    async fn restart_relayer(&mut self) {
        self.relayer.take().unwrap().kill().await.unwrap();
        self.start_relayer().await;
    }

    /// A round: something settles, something happens at a random moment of the next work, and nothing was late.
    async fn round(&mut self, disturbance: Disturbance, which: usize, moment: Duration) {
        self.stage.settle_one(self.relayer()).await;
        self.stage.world.deposit(1).await.unwrap();
        self.stage.world.mine(3).await.unwrap();
        // A random moment of the work: the waiting is the test, not a way to synchronise.
        tokio::time::sleep(moment).await;
        match disturbance {
            Disturbance::KillGuard => {
                self.guards[which].take().unwrap().kill().await.unwrap();
                self.guards[which] = Some(self.stage.serve(&format!("guard-{which}")).await);
                // A new process has a new port.
                self.restart_relayer().await;
            }
            Disturbance::FreezeGuard => {
                let frozen = self.guards[which].as_ref().unwrap();
                frozen.freeze().unwrap();
                tokio::time::sleep(Duration::from_millis(2_500)).await;
                frozen.thaw().unwrap();
            }
            Disturbance::KillRelayer => self.restart_relayer().await,
            Disturbance::FreezeRelayer => {
                self.relayer().freeze().unwrap();
                tokio::time::sleep(Duration::from_millis(self.stage.ttl_ms)).await;
                self.relayer().thaw().unwrap();
            }
        }
        assert_eq!(late(self.relayer()), 0, "{disturbance:?}");
    }

    /// Halted through a replica that dies with the answer: everybody remembers.
    async fn halt_and_die(&mut self) {
        self.stage.settle_one(self.relayer()).await;
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
        self.stage.until_held_up(self.relayer()).await;
        let latch = self.stage.store().read_latch().await.unwrap();
        let halts: Vec<u128> = latch.active().map(|halt| halt.id.get()).collect();
        assert_eq!(halts, [report.as_u128()], "no halt is lost, and nothing else halted");
    }
}

/// A setting of whoever builds the test.
fn number(text: Option<&str>) -> Option<u64> {
    text?.parse().ok()
}

#[tokio::test]
async fn grd_13_in_a_storm_of_guards_nothing_is_sent_after_its_lease_and_no_halt_is_lost() {
    let rounds = number(option_env!("CAUSEWAY_STORM_ROUNDS")).unwrap_or(24);
    let seed = number(option_env!("CAUSEWAY_STORM_SEED")).unwrap_or_else(rand::random);
    eprintln!("{rounds} rounds with seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut storm = Storm::new().await;
    for _ in 0..rounds {
        let disturbance = Disturbance::ALL[random.random_range(0..Disturbance::ALL.len())];
        let moment = Duration::from_millis(random.random_range(0..300));
        storm.round(disturbance, random.random_range(0..REPLICAS), moment).await;
    }
    storm.halt_and_die().await;
    let clean =
        eventually("the record holds", async || storm.stage.store().verify_audit(None).await.unwrap().ok()).await;
    assert!(clean > 0);
    assert_eq!(late(storm.relayer()), 0);
}
