//! Sets the stage: builds, starts the worlds and the services, plays the tour, and stays up.

use std::{path::PathBuf, time::Duration};

use anyhow::Context as _;
use causeway_testkit::{monitor, oracle, postgres::Cluster, service::Service};
use clap::{Parser, Subcommand};
use tokio::sync::Mutex;

use crate::{
    build::{self, Profile},
    console::{Console, Watched},
    gateway::Gateway,
    guard::Guarded,
    load::{self, Load},
    monitor::{Monitor, ladder},
    pictures,
    publisher::Publisher,
    screen::Screen,
    tour, traffic,
};

/// Runs Causeway on this machine, each service as a process of its own: oracle-publisher over a chain and six simulated
/// venues with a real EUR/USD path, ccip-monitor over two chains with real CCIP contracts and traffic between them,
/// relayer-invariant-guard over a bridge that is robbed, tokenization-gateway, which issues a token under that guard's
/// leave; and ops-console, whose pages show all of them.
/// Plays a tour and stays up until Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "cargo demo", bin_name = "cargo demo")]
pub(crate) struct Options {
    /// End after the tour, with exit code 1 if a step failed
    #[arg(long)]
    pub(crate) exit: bool,
    /// Write all traces as OTLP JSON to this file at the end; Jaeger's page can load it
    #[arg(long, value_name = "FILE")]
    pub(crate) traces: Option<PathBuf>,
    /// Take pictures of the operators' pages behind the tour, into this folder; needs Chromium
    #[arg(long, value_name = "FOLDER")]
    pub(crate) pictures: Option<PathBuf>,
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

/// A service under its first name.
pub(crate) const REPLICA: &str = "replica-a";

/// What is on the stage as a process: package and program.
const PROGRAMS: [(&str, &str); 6] = [
    ("oracle-publisher", "oracle-publisher"),
    ("ccip-monitor", "ccip-monitor"),
    ("relayer-invariant-guard", "relayer-invariant-guard"),
    ("tokenization-gateway", "tokenization-gateway"),
    ("ops-console", "ops-console"),
    ("causeway-testkit", "simulated-relayer"),
];

/// For the drain of a service at the end.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// What is on the stage.
pub(crate) struct Stage<'a> {
    pub(crate) publisher_binary: PathBuf,
    pub(crate) prices: oracle::World,
    pub(crate) publisher_service: Service,
    pub(crate) publisher: Publisher,
    pub(crate) monitor_binary: PathBuf,
    pub(crate) messages: &'a monitor::World,
    pub(crate) monitor_service: Service,
    pub(crate) monitor: Monitor,
    pub(crate) guard_binary: PathBuf,
    pub(crate) relayer_binary: PathBuf,
    pub(crate) gateway_binary: PathBuf,
    /// The third part of the tour brings it.
    pub(crate) guarded: Option<Guarded>,
    /// And this.
    pub(crate) gateway: Option<Gateway>,
    /// Gone only while it is started anew.
    pub(crate) console: Option<Console>,
    pub(crate) cluster: &'a Cluster,
    /// Whoever changes the message chains holds it, so that nobody rewrites a chain under another's hands.
    pub(crate) chains: &'a Mutex<()>,
}

async fn run(options: &Options, screen: &Screen) -> anyhow::Result<()> {
    screen.title(
        "Causeway demo: prices land on a chain, messages are followed, payments become tokens, a robbed bridge stops",
    );
    let step = screen.step("building the services and a simulated relayer");
    let [publisher_binary, monitor_binary, guard_binary, gateway_binary, console_binary, relayer_binary] =
        build::programs(PROGRAMS, Profile::Debug).await?;
    step.done("");
    let step = screen.step("starting PostgreSQL");
    let cluster = Cluster::start().await.context("PostgreSQL")?;
    step.done("");
    let step = screen.step("starting three chains with aggregators and CCIP contracts, and six simulated venues");
    let (prices, mut messages) =
        tokio::try_join!(async { Ok::<_, anyhow::Error>(oracle::World::start(&cluster, plan()).await?) }, async {
            Ok(monitor::World::start(&cluster, lanes()).await?)
        },)?;
    // One collector, as in production: a trace goes through several services.
    messages.traces = prices.traces.clone();
    step.done(&chains_of(&prices, &messages));
    let step = screen.step("starting oracle-publisher, ccip-monitor and ops-console");
    let (publisher_service, monitor_service) =
        tokio::try_join!(async { Ok::<_, anyhow::Error>(prices.serve(&publisher_binary, REPLICA).await?) }, async {
            Ok(messages.serve(&monitor_binary, REPLICA).await?)
        },)?;
    let publisher = Publisher::connect(publisher_service.listening().grpc).await?;
    let monitor = Monitor::connect(monitor_service.listening().grpc).await?;
    let watched = vec![
        Watched::of("oracle-publisher", publisher_service.listening()),
        Watched::of("ccip-monitor", monitor_service.listening()),
    ];
    let console = Console::start(&cluster, console_binary, watched).await?;
    step.done("");
    screen.line(&format!("up after {:.1} s", screen.elapsed().as_secs_f32()));
    let chains = Mutex::new(());
    let mut stage = Stage {
        publisher_binary,
        prices,
        publisher_service,
        publisher,
        monitor_binary,
        messages: &messages,
        monitor_service,
        monitor,
        guard_binary,
        relayer_binary,
        gateway_binary,
        guarded: None,
        gateway: None,
        console: Some(console),
        cluster: &cluster,
        chains: &chains,
    };
    stage.addresses(screen);
    let outcome = stage.play(options, screen).await;
    let stopped = stage.stop(screen).await;
    outcome.and(stopped)
}

/// Where the chains are, in a sentence.
fn chains_of(prices: &oracle::World, messages: &monitor::World) -> String {
    let (home, away) = (&messages.ccip.home, &messages.ccip.away);
    format!(
        "prices on chain 138 at {}, messages between {} at {} and {} at {}",
        prices.anvil.url(),
        home.chain_id,
        home.anvil.url(),
        away.chain_id,
        away.anvil.url()
    )
}

/// A day in a minute: an hour of the path is a second, and the heartbeat is ten.
fn plan() -> oracle::Plan {
    oracle::Plan { heartbeat_seconds: 10, ..oracle::Plan::default() }
}

/// Blocks are final late enough for a reorganisation to be shown.
fn lanes() -> monitor::Plan {
    monitor::Plan { finality: "depth(64)", ..monitor::Plan::default() }
}

impl Stage<'_> {
    /// The tour with traffic beside it, and then whatever the user wants to see.
    async fn play(&mut self, options: &Options, screen: &Screen) -> anyhow::Result<()> {
        let (messages, chains) = (self.messages, self.chains);
        let outcome = tokio::select! {
            outcome = tour::play(self, screen) => outcome,
            never = traffic::flow(messages, chains) => match never {},
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        if let Some(file) = &options.traces {
            self.prices.traces.write_json(file).context("traces could not be written")?;
            screen.line(&format!("traces written to {}", file.display()));
        }
        if let (Some(folder), Some(console), Ok(())) = (&options.pictures, &self.console, &outcome) {
            pictures::take(console, folder, screen).await?;
        }
        if let Err(error) = &outcome {
            screen.block(&self.publisher_service.log().tail(15));
            screen.block(&self.monitor_service.log().tail(15));
            if let Some(guarded) = &self.guarded {
                screen.block(&guarded.said(15));
            }
            if let Some(gateway) = &self.gateway {
                screen.block(&gateway.said(15));
            }
            screen.failed("the tour failed", &anyhow::anyhow!("{error:#}"));
        }
        if !options.exit && outcome.is_ok() {
            screen.title("The system stays up, and messages go on. Ctrl-C ends it.");
            self.addresses(screen);
            tokio::select! {
                shown = self.show_messages(screen) => shown?,
                never = traffic::flow(messages, chains) => match never {},
                pressed = tokio::signal::ctrl_c() => pressed?,
            }
        }
        outcome
    }

    /// Every message's ladder, with each change.
    async fn show_messages(&self, screen: &Screen) -> anyhow::Result<()> {
        let mut changes = self.monitor.changes().await?;
        while let Some(change) = changes.message().await? {
            if let Some(message) = &change.message {
                screen.line(&ladder(message));
            }
        }
        Ok(())
    }

    fn addresses(&self, screen: &Screen) {
        let (publisher, monitor) = (self.publisher_service.listening(), self.monitor_service.listening());
        for (name, at, path) in
            [("oracle-publisher", publisher, "/api/v1/prices"), ("ccip-monitor", monitor, "/api/v1/ccip/messages")]
        {
            screen.line(&format!("{name:<17} http://{}{path}   health http://{}/health", at.http, at.http));
            screen.line(&format!("{:<17} http://{}/metrics   grpcurl -plaintext {} list", "", at.metrics, at.grpc));
        }
        screen.line(&format!("{:<17} http://{}/", "messages, a page", monitor.http));
        if let Some(console) = &self.console {
            screen.line(&format!("{:<17} \x1b[1mhttp://{}/\x1b[0m", "operators' pages", console.address()));
        }
        self.guarded.iter().flat_map(Guarded::addresses).for_each(|line| screen.line(&line));
        self.gateway.iter().flat_map(Gateway::addresses).for_each(|line| screen.line(&line));
    }

    async fn stop(self, screen: &Screen) -> anyhow::Result<()> {
        let step = screen.step("stopping");
        if let Some(console) = self.console {
            console.stop(STOP_WITHIN).await?;
        }
        // It asks the others until it is gone.
        if let Some(gateway) = self.gateway {
            gateway.stop(STOP_WITHIN).await?;
        }
        if let Some(guarded) = self.guarded {
            guarded.stop(STOP_WITHIN).await?;
        }
        let (publisher, monitor) = tokio::try_join!(
            self.publisher_service.terminate(STOP_WITHIN),
            self.monitor_service.terminate(STOP_WITHIN)
        )?;
        step.done(&format!("oracle-publisher ended with {}, ccip-monitor with {}", publisher.0, monitor.0));
        Ok(())
    }
}
