//! Sets the stage: builds, starts the world and the service, plays the tour, and stays up.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use causeway_testkit::{
    oracle::{Plan, World},
    postgres::Cluster,
    service::Service,
};
use clap::{Parser, Subcommand};

use crate::{
    build::{self, Profile},
    client::Client,
    load::{self, Load},
    screen::Screen,
    tour,
};

/// Runs Causeway on this machine: a chain, six simulated venues over a real EUR/USD path, and oracle-publisher as a
/// process of its own. Plays a tour and stays up until Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "cargo demo", bin_name = "cargo demo")]
pub(crate) struct Options {
    /// End after the tour, with exit code 1 if a step failed
    #[arg(long)]
    pub(crate) exit: bool,
    /// Write the traces as OTLP JSON to this file at the end; Jaeger's page can load it
    #[arg(long, value_name = "FILE")]
    pub(crate) traces: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What to do instead of the demo.
#[derive(Debug, Subcommand)]
enum Command {
    Load(Load),
}

impl Options {
    /// Plays what was asked for.
    pub(crate) async fn play(&self, screen: &Screen) -> anyhow::Result<()> {
        match &self.command {
            Some(Command::Load(load)) => load::run(load, screen).await,
            None => run(self, screen).await,
        }
    }
}

/// The service under its first name.
pub(crate) const REPLICA: &str = "replica-a";

/// For the drain of a service at the end.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What is on the stage.
pub(crate) struct Stage {
    pub(crate) binary: PathBuf,
    pub(crate) world: World,
    pub(crate) service: Service,
    pub(crate) client: Client,
}

async fn run(options: &Options, screen: &Screen) -> anyhow::Result<()> {
    screen.title("Causeway demo: real prices land on a chain");
    let step = screen.step("building oracle-publisher");
    let binary = build::binary("oracle-publisher", Profile::Debug).await?;
    step.done("");
    let cluster = {
        let step = screen.step("starting PostgreSQL");
        let cluster = Cluster::start().await.context("PostgreSQL")?;
        step.done("");
        cluster
    };
    let step = screen.step("starting a chain with two aggregators, and six simulated venues");
    let world = World::start(&cluster, plan()).await?;
    step.done(&format!("chain 138 at {}", world.anvil.url()));
    let step = screen.step("starting oracle-publisher");
    let service = world.serve(&binary, REPLICA).await?;
    let client = Client::connect(service.listening().grpc).await?;
    step.done("");
    screen.line(&format!("up after {:.1} s", screen.elapsed().as_secs_f32()));
    addresses(screen, &service);
    let mut stage = Stage { binary, world, service, client };
    let outcome = tokio::select! {
        outcome = tour::play(&mut stage, screen) => outcome,
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    if let Some(file) = &options.traces {
        stage.world.traces.write_json(file).context("traces could not be written")?;
        screen.line(&format!("traces written to {}", file.display()));
    }
    if let Err(error) = &outcome {
        screen.block(&stage.service.log().tail(15));
        screen.failed("the tour failed", &anyhow::anyhow!("{error:#}"));
    }
    if !options.exit && outcome.is_ok() {
        screen.title("The system stays up. Ctrl-C ends it.");
        addresses(screen, &stage.service);
        tokio::signal::ctrl_c().await?;
    }
    let step = screen.step("stopping");
    let (status, _) = stage.service.terminate(STOP_WITHIN).await?;
    step.done(&format!("oracle-publisher ended with {status}"));
    outcome
}

/// A day in a minute: an hour of the path is a second, and the heartbeat is ten.
fn plan() -> Plan {
    Plan { heartbeat_seconds: 10, ..Plan::default() }
}

fn addresses(screen: &Screen, service: &Service) {
    let at = service.listening();
    screen.line(&format!("REST     http://{}/api/v1/prices   health http://{}/health", at.http, at.http));
    screen.line(&format!("metrics  http://{}/metrics", at.metrics));
    screen.line(&format!("gRPC     grpcurl -plaintext {} list", at.grpc));
}
