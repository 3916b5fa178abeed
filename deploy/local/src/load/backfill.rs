//! From an empty database to the head of two generated chains: every message decoded, its id and leaf computed again,
//! both sides brought together, stored with the cursor.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use causeway_testkit::{
    blocks::{Behaviour, Chain},
    ccip::v1_6::Traffic,
    postgres::Cluster,
    service::Service,
};
use clap::Args;
use tokio::time::{Instant, sleep};

use super::{
    fleet::now,
    generated::{CHAINS, Generated},
    page::Page,
    usage::Usage,
};
use crate::screen::Screen;

/// Blocks from a send to its execution.
const DELAY: u64 = 5;

/// Short beside what is measured; a look costs the service a page of text.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A back-fill that has not ended by then never will.
const ENDS_WITHIN: Duration = Duration::from_secs(1_800);

/// For the drain.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// What a server is given that is to hold millions of rows.
const SETTINGS: [&str; 3] = ["shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=256MB"];

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Messages, all from the first chain to the second
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    messages: u64,
    /// Messages of one block
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    per_block: u64,
    /// Every so many-th block of the first chain has messages
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    every: u64,
    /// Milliseconds that the endpoints take for each request
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Bytes of a message's data
    #[arg(long, default_value_t = 192, value_parser = clap::value_parser!(u16).range(0..=8_192))]
    data_bytes: u16,
    /// The endpoints say no block time in logs, so that the service must ask for headers
    #[arg(long)]
    no_times: bool,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let traffic = Traffic {
        source: CHAINS.0,
        destination: CHAINS.1,
        messages: options.messages,
        per_block: options.per_block,
        every: options.every,
        delay: DELAY,
        data_bytes: options.data_bytes.into(),
    };
    let step = screen.step("starting PostgreSQL and two endpoints over generated chains");
    let cluster = Cluster::start_with(&SETTINGS).await.context("PostgreSQL")?;
    let database = cluster.database("load").await?;
    let behaviour = Behaviour {
        latency: Duration::from_millis(options.latency_ms),
        times_in_logs: !options.no_times,
        ..Behaviour::default()
    };
    let chains = Generated::start(&[traffic], &behaviour).await?;
    let height = chains.chains().map(Chain::height).max().unwrap_or(0);
    step.done(&format!("{height} blocks each"));
    chains.migrate(binary, &database).await?;
    let step = screen.step("reading both chains to their heads");
    let began = now();
    let service = chains.serve(binary, &database).await?;
    let done = read_to_the_end(&service, options.messages, began).await?;
    step.done("");
    report(screen, options, &done, (height, chains.requests()));
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with     {status}"));
    Ok(())
}

/// What a run came to.
struct Done {
    took: Duration,
    first: Duration,
    /// Until what readers search by was there as well.
    searchable: Duration,
    usage: Usage,
}

async fn read_to_the_end(service: &Service, messages: u64, began: Instant) -> anyhow::Result<Done> {
    let mut first = None;
    loop {
        let page = Page::read(service.listening().metrics).await;
        let page = page.with_context(|| format!("the service does not answer:\n{}", service.log().tail(20)))?;
        let received = page.sum("ccip_messages_received_total");
        if received > 0 && first.is_none() {
            first = Some(began.elapsed());
        }
        let took = began.elapsed();
        if received >= messages {
            let usage = Usage::of(service.pid().context("the service has ended")?)?;
            let searchable = searchable(service, began).await?;
            return Ok(Done { took, first: first.unwrap_or(took), searchable, usage });
        }
        ensure!(took < ENDS_WITHIN, "{received} of {messages} messages in time:\n{}", service.log().tail(20));
        sleep(LOOK_EVERY).await;
    }
}

async fn searchable(service: &Service, began: Instant) -> anyhow::Result<Duration> {
    while !service.log().lines().iter().any(|line| line.contains("the first back-fill is over")) {
        ensure!(began.elapsed() < ENDS_WITHIN, "no indexes in time:\n{}", service.log().tail(20));
        sleep(LOOK_EVERY).await;
    }
    Ok(began.elapsed())
}

fn report(screen: &Screen, options: &Options, done: &Done, (height, requests): (u64, u64)) {
    let rate = |count: u64| u128::from(count).saturating_mul(1_000).checked_div(done.took.as_millis()).unwrap_or(0);
    let blocks = height.saturating_mul(2);
    screen.title("Back-fill");
    screen.line(&format!("messages       {} over {blocks} blocks of two chains", options.messages));
    screen.line(&format!(
        "took           {:.2} s from the start of the process, the first merged after {:.2} s",
        done.took.as_secs_f64(),
        done.first.as_secs_f64()
    ));
    screen.line(&format!("searchable     {:.2} s, with all indexes", done.searchable.as_secs_f64()));
    screen.line(&format!("rate           {} messages/s, {} blocks/s", rate(options.messages), rate(blocks)));
    screen.line(&format!("requests       {requests}, {} ms each at least", options.latency_ms));
    screen.line(&format!("processor      {:.2} s of the service", done.usage.processor().as_secs_f64()));
    let mebibytes = |kib: u64| kib / 1_024;
    let (resident, peak) = (mebibytes(done.usage.resident_kib), mebibytes(done.usage.peak_kib));
    screen.line(&format!("memory         {resident} MiB resident, {peak} MiB at most; target 300 MiB"));
}
