//! The whole system left alone: five services over their worlds, and nobody who wants anything.
//!
//! What goes on by itself is what always does: six venues quote four times a second, chains make a block a second, heartbeats are
//! written, everything is scanned, judged, and looked at by the console. Counted are the processes of the five services; their
//! databases, the chains and the venues are not.

use std::time::Duration;

use anyhow::Context as _;
use causeway_testkit::{
    gateway::{self, Neighbours},
    guard::{self, Door},
    monitor, oracle,
    postgres::Cluster,
    service::Service,
};
use clap::Args;

use super::{
    fleet::{await_ready, now},
    usage::Usage,
};
use crate::{
    build::{self, Profile},
    console::{Console, Watched},
    screen::Screen,
};

const PROGRAMS: [(&str, &str); 5] = [
    ("oracle-publisher", "oracle-publisher"),
    ("ccip-monitor", "ccip-monitor"),
    ("relayer-invariant-guard", "relayer-invariant-guard"),
    ("tokenization-gateway", "tokenization-gateway"),
    ("ops-console", "ops-console"),
];
/// From one block of the bridge's chains to the next.
const BLOCK: Duration = Duration::from_secs(1);
/// For what must come before anything is measured, and for the drain.
const SOON: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// For how long nobody touches it
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(5..=3_600))]
    seconds: u32,
    /// Before the measurement begins, since starting is work
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=600))]
    settle_seconds: u32,
}

pub(super) async fn run(options: &Options, screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step("building five services with --release");
    let [publisher, monitor, guard, gateway, console] = build::programs(PROGRAMS, Profile::Release).await?;
    step.done("");
    let step = screen.step("starting PostgreSQL, chains, venues, a bridge, and the services");
    let cluster = Cluster::start().await.context("PostgreSQL")?;
    let (prices, messages, mut bridge) = tokio::try_join!(
        async { Ok::<_, anyhow::Error>(oracle::World::start(&cluster, oracle::Plan::default()).await?) },
        async { Ok(monitor::World::start(&cluster, monitor::Plan::default()).await?) },
        async { Ok(guard::World::start(&cluster, BLOCK).await?) },
    )?;
    bridge.approve(&guard).await?;
    let publisher = prices.serve(&publisher, "publisher").await?;
    let monitor = messages.serve(&monitor, "monitor").await?;
    let guard = bridge.serve(&guard, Door::Relayers, "guard").await?;
    let url = |service: &Service| format!("http://{}", service.listening().grpc);
    let neighbours = Neighbours {
        guard: url(&guard),
        oracle: url(&publisher),
        monitor: url(&monitor),
        otlp: prices.traces.endpoint(),
    };
    let tokens = gateway::World::start(&cluster, &messages.ccip).await?;
    let gateway = tokens.serve(&gateway, "gateway", &neighbours).await?;
    let services = [
        ("oracle-publisher", publisher),
        ("ccip-monitor", monitor),
        ("relayer-invariant-guard", guard),
        ("tokenization-gateway", gateway),
    ];
    let watched = services.iter().map(|(name, service)| Watched::of(name, service.listening())).collect();
    let console = Console::start(&cluster, console, watched).await?;
    for (_, service) in &services {
        await_ready(service).await?;
    }
    console.shows("/", "services", SOON).await?;
    step.done("");
    let pids = services.iter().map(|(name, service)| (*name, service.pid())).chain([("ops-console", console.pid())]);
    measure(options, &pids.collect::<Vec<_>>(), screen).await?;
    console.stop(SOON).await?;
    for (_, service) in services {
        service.terminate(SOON).await?;
    }
    Ok(())
}

async fn measure(options: &Options, pids: &[(&str, Option<u32>)], screen: &Screen) -> anyhow::Result<()> {
    let step = screen.step("letting it settle");
    tokio::time::sleep(Duration::from_secs(options.settle_seconds.into())).await;
    step.done("");
    let look = || -> anyhow::Result<Vec<Usage>> {
        pids.iter().map(|(name, pid)| Usage::of(pid.with_context(|| format!("{name} has ended"))?)).collect()
    };
    let (began, before) = (now(), look()?);
    let step = screen.step("leaving it alone");
    tokio::time::sleep(Duration::from_secs(options.seconds.into())).await;
    step.done("");
    let (lasted, after) = (began.elapsed(), look()?);
    screen.title("Five services left alone");
    let (mut memory, mut processor) = (0_u64, Duration::ZERO);
    for (((name, _), before), after) in pids.iter().zip(before).zip(after) {
        let spent = after.processor().saturating_sub(before.processor());
        screen.line(&format!("{name:<24} {:>4} MiB  {}", after.resident_kib / 1_024, of_a_core(spent, lasted)));
        memory = memory.saturating_add(after.resident_kib);
        processor = processor.saturating_add(spent);
    }
    screen.line(&format!(
        "{:<24} {:>4} MiB  {}; target 400 MiB and 10 % of a core",
        "all",
        memory / 1_024,
        of_a_core(processor, lasted)
    ));
    Ok(())
}

/// Processor time in percent of one core.
fn of_a_core(spent: Duration, lasted: Duration) -> String {
    format!("{:.1} % of a core", spent.as_secs_f64() * 100.0 / lasted.as_secs_f64().max(f64::MIN_POSITIVE))
}
