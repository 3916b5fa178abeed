//! How far the monitor is behind the heads of chains that grow: from a block's appearance at the endpoint until the monitor
//! says that it has stored it, with lanes from every chain to every other one and messages in every block.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, ensure};
use causeway_testkit::{
    blocks::{Behaviour, Chain},
    ccip::v1_6::Traffic,
    postgres::Cluster,
    service::Service,
};
use clap::Args;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{fleet::now, generated::Generated, page::Page, sample::Samples, usage::Usage};
use crate::screen::Screen;

/// Blocks from a send to its execution.
const DELAY: u64 = 3;

/// Between two looks at the service's page, which is what a figure may be off by.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// For the last blocks.
const ENDS_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Chains, with a lane from each to each other: five have twenty
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(2..=16))]
    chains: u64,
    /// Milliseconds from block to block of each chain
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    block_ms: u64,
    /// Messages of each lane in each block
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    per_block: u64,
    /// Milliseconds that the endpoints take for each request
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Blocks of each chain
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(10..=10_000))]
    blocks: u64,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let lanes = lanes(options);
    let step = screen.step(&format!("starting PostgreSQL and {} growing chains", options.chains));
    let cluster = Cluster::start().await.context("PostgreSQL")?;
    let database = cluster.database("load").await?;
    let latency = Duration::from_millis(options.latency_ms);
    let behaviour = Behaviour { latency, times_in_logs: true, ..Behaviour::default() };
    let generated = Generated::start_at(0, &lanes, &behaviour).await?;
    generated.migrate(binary, &database).await?;
    let service = generated.serve(binary, &database).await?;
    step.done("");
    let step = screen.step(&format!("{} blocks of each, one every {} ms", options.blocks, options.block_ms));
    let before = Usage::of(service.pid().context("the service has ended")?)?;
    let (began, mut watch) = (now(), Watch::default());
    watch.follow(options, &generated, &service).await?;
    let (took, after) = (began.elapsed(), Usage::of(service.pid().context("the service has ended")?)?);
    step.done("");
    screen.title(&format!("Behind the heads of {} chains with {} lanes", options.chains, lanes.len()));
    screen.line(&format!("block to stored   {}; target {} ms", watch.lags, options.block_ms));
    let late = watch.lags.above(Duration::from_millis(options.block_ms));
    screen.line(&format!("later than that   {late} of {} blocks", watch.lags.count()));
    let received = Page::read(service.listening().metrics).await?.sum("ccip_messages_received_total");
    screen.line(&format!("messages          {received} executed"));
    let processor = after.processor().saturating_sub(before.processor());
    screen.line(&format!("processor         {:.2} of a core", processor.as_secs_f64() / took.as_secs_f64()));
    screen.line(&format!("memory            {} MiB resident", after.resident_kib / 1_024));
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with        {status}"));
    Ok(())
}

/// From every chain to every other one.
fn lanes(options: &Options) -> Vec<Traffic> {
    let ids = 138..138_u64.saturating_add(options.chains);
    let messages = options.blocks.saturating_mul(options.per_block);
    let to = |source: u64, destination: u64| Traffic {
        source,
        destination,
        messages,
        per_block: options.per_block,
        every: 1,
        delay: DELAY,
        data_bytes: 192,
    };
    ids.clone()
        .flat_map(|from| ids.clone().filter(move |other| *other != from).map(move |other| to(from, other)))
        .collect()
}

/// The blocks that came and are not stored yet, of each chain, and how long the others took.
#[derive(Default)]
struct Watch {
    waiting: BTreeMap<u64, VecDeque<(u64, Instant)>>,
    lags: Samples,
}

impl Watch {
    /// Lets the chains grow, one after the other within each block's time, and looks meanwhile.
    async fn follow(&mut self, options: &Options, generated: &Generated, service: &Service) -> anyhow::Result<()> {
        let each =
            Duration::from_millis(options.block_ms).checked_div(u32::try_from(options.chains)?).unwrap_or_default();
        let (mut blocks, mut looks) = (interval(each), interval(LOOK_EVERY));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut due: VecDeque<&Chain> = (0..options.blocks).flat_map(|_| generated.chains()).collect();
        let mut last = now();
        while !due.is_empty() || self.waiting.values().any(|blocks| !blocks.is_empty()) {
            tokio::select! {
                _ = blocks.tick(), if !due.is_empty() => {
                    last = now();
                    if let Some(chain) = due.pop_front() {
                        chain.grow(1);
                        self.waiting.entry(chain.chain_id()).or_default().push_back((chain.height(), last));
                    }
                }
                _ = looks.tick() => self.look(service).await?,
            }
            ensure!(last.elapsed() < ENDS_WITHIN, "not all blocks are read:\n{}", service.log().tail(20));
        }
        Ok(())
    }

    async fn look(&mut self, service: &Service) -> anyhow::Result<()> {
        let page = Page::read(service.listening().metrics).await?;
        let at = now();
        for (chain, waiting) in &mut self.waiting {
            let series = format!("ccip_position_block{{chain=\"chain-{chain}\"}}");
            let position = page.sum(&series);
            while let Some((_, came)) = waiting.front().filter(|(block, _)| *block <= position) {
                self.lags.add(at.duration_since(*came));
                waiting.pop_front();
            }
        }
        Ok(())
    }
}
