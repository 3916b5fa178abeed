//! Kills, freezes, silences and halts at random moments: nothing leaves the relayer after its lease, no halt is lost, and
//! nothing is doubled.
//!
//! `CAUSEWAY_STORM_ROUNDS=1000 cargo test -p causeway-testkit --test relayer storm` weathers a longer one. A failure
//! names the seed; `CAUSEWAY_STORM_SEED` brings the same sequence back, though not the same moments of the scheduler.

use std::time::Duration;

use causeway_proto::guard::v1::Scope;
use causeway_testkit::{
    bridge::Witness,
    relayer::{ClearanceSettings, Entry, Running, Settings},
    wait::eventually,
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::{
    guard::{Guard, Script},
    lease::{SLACK, cleared, guarded, late, late_arrivals, refused},
    support::{Stand, binary},
};

const LEASE: Duration = Duration::from_millis(400);

/// What happens to a relayer.
#[derive(Debug, Clone, Copy)]
enum Disturbance {
    /// It is killed and started again.
    Kill,
    /// It stands still for longer than its lease, and the guard is gone when it wakes up.
    Freeze,
    /// The guard is silent for longer than a lease.
    Silence,
    /// The guard halts everything; the relayer is killed; the guard forgets.
    HaltAndForget,
}

impl Disturbance {
    const ALL: [Self; 4] = [Self::Kill, Self::Freeze, Self::Silence, Self::HaltAndForget];
}

struct Storm {
    stand: Stand,
    guard: Guard,
    witness: Witness,
    running: Option<Running>,
}

impl Storm {
    async fn new() -> Self {
        let (mut stand, guard) = guarded(LEASE).await;
        let witness = Witness::start(stand.world.destination.url()).await.unwrap();
        let latch = stand.settings.journal.with_file_name("latch");
        stand.settings = Settings {
            clearance: ClearanceSettings::Guarded {
                guards: vec![guard.address.clone()],
                latch: Some(latch),
                renew_every_ms: 50,
                call_timeout_ms: 500,
            },
            rest_ms: 5,
            ..stand.settings
        };
        stand.settings.destination.url = witness.url().to_owned();
        let running = Some(Running::start(binary(), &stand.settings).await.unwrap());
        Self { stand, guard, witness, running }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    async fn restart(&mut self) {
        self.running.take().unwrap().kill().await.unwrap();
        self.running = Some(Running::start(binary(), &self.stand.settings).await.unwrap());
    }

    async fn round(&mut self, disturbance: Disturbance, moment: Duration) {
        self.guard.now(Script::Grant);
        cleared(self.running()).await;
        for _ in 0..2 {
            self.stand.world.deposit(1).await.unwrap();
        }
        self.stand.world.mine(3).await.unwrap();
        // A random moment of the work: the waiting is the test, not a way to synchronise.
        tokio::time::sleep(moment).await;
        match disturbance {
            Disturbance::Kill => self.restart().await,
            Disturbance::Freeze => {
                self.running().freeze().unwrap();
                self.guard.now(Script::Down);
                tokio::time::sleep(LEASE + 2 * SLACK).await;
                self.running().thaw().unwrap();
            }
            Disturbance::Silence => {
                self.guard.now(Script::Down);
                refused(self.running()).await;
            }
            Disturbance::HaltAndForget => self.halt_and_forget().await,
        }
    }

    /// The relayer alone remembers, over its own death, until an epoch comes that cannot be older than the halt.
    async fn halt_and_forget(&mut self) {
        self.guard.halt(Scope::All);
        refused(self.running()).await;
        // A halt is in force before it is on disk. Until it is, only the guard remembers, and this one is to forget.
        let halt = format!("halt-{}", self.guard.epoch());
        let latch = self.stand.settings.journal.with_file_name("latch");
        eventually("the halt is on disk", async || std::fs::read_to_string(&latch).unwrap().contains(&halt)).await;
        let (epoch, before) = (self.guard.epoch(), self.witness.arrivals().len());
        self.running.take().unwrap().kill().await.unwrap();
        self.guard.forget();
        self.running = Some(Running::start(binary(), &self.stand.settings).await.unwrap());
        self.stand.world.mine(3).await.unwrap();
        for _ in 0..3 {
            self.running().step().await.unwrap();
        }
        let status = self.running().status().await.unwrap();
        let halted = |words: &String| words.contains("halted");
        assert!(status.clearance.iter().all(|scope| scope.refused.as_ref().is_some_and(halted)), "{status:?}");
        assert_eq!(self.witness.arrivals().len(), before, "a halt of epoch {epoch} was lost");
        self.guard.release();
    }
}

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Storms at one time: most of a round is waiting for leases to end.
const STORMS: u64 = 4;

#[tokio::test]
async fn grd_13_in_a_storm_nothing_is_sent_after_its_lease_no_halt_is_lost_and_nothing_is_doubled() {
    let (rounds, seed) = (number("CAUSEWAY_STORM_ROUNDS", 200), number("CAUSEWAY_STORM_SEED", rand::random()));
    eprintln!("{rounds} rounds with seed {seed}");
    let storms = (0..STORMS).map(|storm| weather(rounds.div_ceil(STORMS), seed.wrapping_add(storm)));
    futures_util::future::join_all(storms).await;
}

async fn weather(rounds: u64, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut storm = Storm::new().await;
    for _ in 0..rounds {
        let disturbance = Disturbance::ALL[random.random_range(0..Disturbance::ALL.len())];
        let moment = Duration::from_millis(random.random_range(0..150));
        storm.round(disturbance, moment).await;
    }

    storm.guard.now(Script::Grant);
    cleared(storm.running()).await;
    storm.running().pause().await.unwrap();
    storm.stand.settle(storm.running()).await;
    let journal = storm.running().journal().unwrap();
    assert_eq!(late(&journal), Vec::<&Entry>::new());
    assert_eq!(late_arrivals(&storm.witness, &journal), []);
    assert_eq!(storm.stand.discrepancies().await, []);
    let books = storm.stand.world.books().await.unwrap();
    assert_eq!((books.in_flight_in(), books.mints.len() as u64), (0, 2 * rounds));
    storm.stand.tables_agree_with_the_chains().await;
}
