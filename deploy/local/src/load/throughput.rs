//! Many feeds that tick steadily: how much processor time and memory the service takes.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use causeway_primitives::Decimal;
use clap::Args;
use tokio::time::sleep;

use super::{
    fleet::{Fleet, MOST_VENUES, Shape, await_ready, now},
    page::Page,
    usage::Usage,
};
use crate::screen::Screen;

/// For the drain at the end.
const STOP_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Feeds, one market each at every venue
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    feeds: u16,
    /// Venues, each with all markets
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(3..=7))]
    venues: u16,
    /// Prices of each market at each venue in a second
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=20))]
    hz: u32,
    /// Feeds that have an aggregator, are read on chain and written there
    #[arg(long, default_value_t = 10)]
    published: u16,
    /// Decide and record, but send nothing
    #[arg(long)]
    dry_run: bool,
    /// Before the measurement begins
    #[arg(long, default_value_t = 20)]
    warm_up_seconds: u64,
    /// The measurement
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let shape = Shape {
        feeds: options.feeds.into(),
        venues: usize::from(options.venues).min(MOST_VENUES),
        published: options.published.min(options.feeds).into(),
        every: Duration::from_secs(1) / options.hz,
        dry_run: options.dry_run,
    };
    let fleet = Fleet::start(shape, Decimal::ONE_HUNDRED, screen).await?;
    let step = screen.step("starting oracle-publisher and warming up");
    let service = fleet.serve(binary, fleet.anvil.url()).await?;
    await_ready(&service).await?;
    sleep(Duration::from_secs(options.warm_up_seconds)).await;
    step.done("");
    let step = screen.step("measuring");
    let pid = service.pid().context("the service has ended")?;
    let read = || Page::read(service.listening().metrics);
    let (page_before, before, began) = (read().await?, Usage::of(pid)?, now());
    sleep(Duration::from_secs(options.seconds)).await;
    let (after, took, page_after) = (Usage::of(pid)?, began.elapsed(), read().await?);
    step.done("");
    let ticks =
        page_after.sum("oracle_source_ticks_total").saturating_sub(page_before.sum("oracle_source_ticks_total"));
    report(screen, (&before, &after), took, ticks);
    screen.line(&format!("metrics page   {} KiB", page_after.bytes() / 1_024));
    screen.line(&format!("updates sent   {}", page_after.sum("oracle_updates_sent_total")));
    screen.line(&format!("update errors  {}", page_after.sum("oracle_update_errors_total")));
    let (status, log) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("log lines      {}; ended with {status}", log.lines().len()));
    Ok(())
}

fn report(screen: &Screen, (before, after): (&Usage, &Usage), took: Duration, ticks: u64) {
    let share = |of: fn(&Usage) -> Duration| {
        of(after).saturating_sub(of(before)).as_secs_f64() / took.as_secs_f64().max(f64::EPSILON)
    };
    let rate = u128::from(ticks).saturating_mul(1_000).checked_div(took.as_millis()).unwrap_or_default();
    screen.title("Throughput");
    screen.line(&format!("ticks          {ticks} in {:.1} s: {rate} a second", took.as_secs_f64()));
    screen.line(&format!(
        "processor      {:.3} cores (user {:.3}, system {:.3}); target under 0.5",
        share(Usage::processor),
        share(|usage| usage.user),
        share(|usage| usage.system)
    ));
    let mebibytes = |kib: u64| kib / 1_024;
    let (resident, peak) = (mebibytes(after.resident_kib), mebibytes(after.peak_kib));
    screen.line(&format!("memory         {resident} MiB resident, {peak} MiB at most; target 256 MiB"));
}
