//! A bridge under guard: two chains, a relayer, and two replicas, one for the relayer and one for people.

use std::{path::Path, time::Duration};

use causeway_primitives::U256;
use causeway_testkit::{
    guard::{Door, World},
    postgres::Cluster,
    relayer::Running,
    service::{Listening, Service},
};

use super::Guard;

/// A block on both chains this often.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Movements of users, a minute.
const TRAFFIC: u32 = 120;

/// What is stolen, in tokens.
pub(crate) const THEFT: u64 = 50;

/// All of it, running.
#[derive(Debug)]
pub(crate) struct Guarded {
    world: World,
    pub(crate) relayer: Running,
    /// Over the relayer's door, which anybody may look through.
    pub(crate) guard: Guard,
    leader: Service,
    people: Service,
}

impl Guarded {
    pub(crate) async fn start(cluster: &Cluster, guard: &Path, relayer: &Path, otlp: String) -> anyhow::Result<Self> {
        let mut world = World::start(cluster, HEARTBEAT).await?;
        world.otlp = otlp;
        // A lockbox with something in it, before anybody moves.
        world.bridge.deposit(THEFT.saturating_mul(10)).await?;
        world.approve(guard).await?;
        let leader = world.serve(guard, Door::Relayers, "guard-relayers").await?;
        // The first one leads; only who leads grants, and the relayer knows only this one.
        let people = world.serve(guard, Door::People, "guard-people").await?;
        let guards = [format!("http://{}", leader.listening().grpc)];
        let relayer = world.relay(relayer, &guards, TRAFFIC).await?;
        let guard = Guard::connect(leader.listening().grpc).await?;
        Ok(Self { world, relayer, guard, leader, people })
    }

    /// Somebody with a certificate, at the replica for people.
    pub(crate) async fn person(&self, name: &str) -> anyhow::Result<Guard> {
        Guard::with_papers(self.people.listening().grpc, &self.world.authority.sign(name)?).await
    }

    /// Where the console and the gateway ask it.
    pub(crate) const fn listening(&self) -> Listening {
        self.leader.listening()
    }

    /// Where it can be looked at.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let leader = self.leader.listening();
        vec![
            format!(
                "{:<17} http://{}/api/v1/guard/status   health http://{}/health",
                "invariant-guard", leader.http, leader.http
            ),
            format!("{:<17} http://{}/metrics   grpcurl -plaintext {} list", "", leader.metrics, leader.grpc),
        ]
    }

    /// What its processes said last.
    pub(crate) fn said(&self, lines: usize) -> String {
        [self.leader.log().tail(lines), self.people.log().tail(lines)].join("\n")
    }

    pub(crate) async fn stop(self, within: Duration) -> anyhow::Result<()> {
        self.relayer.terminate(within).await?;
        let stopped = tokio::try_join!(self.leader.terminate(within), self.people.terminate(within))?;
        drop(stopped);
        Ok(())
    }
}

/// What is stolen, in base units.
pub(crate) fn theft() -> U256 {
    U256::from(THEFT).saturating_mul(U256::from(10).pow(U256::from(18)))
}
