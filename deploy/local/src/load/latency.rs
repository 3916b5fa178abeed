//! From a deviating tick to the transaction on the wire, by two clocks: the service's own histogram, and ours, from
//! the venues' word to the first byte of the transaction before the endpoint.

use std::{path::Path, time::Duration};

use anyhow::ensure;
use causeway_primitives::Decimal;
use clap::Args;
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval, sleep, timeout_at},
};

use super::{
    fleet::{Fleet, MOST_VENUES, Shape, await_ready, now},
    page::Page,
    sample::Samples,
    tap::{Sightings, Tap},
};
use crate::screen::Screen;

/// The service's own histogram.
const HISTOGRAM: &str = "oracle_tick_to_broadcast_seconds";

/// For the first round to land, and for the drain at the end.
const SETTLE: Duration = Duration::from_secs(5);
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// One percent up and down again, at a threshold of half a percent.
const LOW: Decimal = Decimal::ONE_HUNDRED;
const RAISE: Decimal = Decimal::ONE;

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Deviating ticks
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    samples: u32,
    /// From one to the next, whether or not the service has kept up
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=60_000))]
    every_ms: u64,
    /// Venues of the feed
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(3..=7))]
    venues: u16,
    /// Feeds that tick along once a second and have no aggregator
    #[arg(long, default_value_t = 0)]
    beside: u16,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let shape = Shape {
        feeds: usize::from(options.beside).saturating_add(1),
        venues: usize::from(options.venues).min(MOST_VENUES),
        published: 1,
        every: Duration::from_secs(1),
        dry_run: false,
    };
    let fleet = Fleet::start(shape, LOW, screen).await?;
    let tap = Tap::start(fleet.anvil.url()).await?;
    let step = screen.step("starting oracle-publisher, until the first round has landed");
    let service = fleet.serve(binary, tap.url()).await?;
    await_ready(&service).await?;
    sleep(SETTLE).await;
    ensure!(tap.seen().borrow().count > 0, "no first round:\n{}", service.log().tail(20));
    step.done("");
    let step = screen.step("a deviating tick, again and again");
    let (outside, missed) = sample(options, &fleet, tap.seen()).await;
    step.done("");
    let page = Page::read(service.listening().metrics).await?;
    let bucket = |percent| page.bucket(HISTOGRAM, percent).unwrap_or_default();
    screen.title("From a deviating tick to the broadcast");
    screen.line(&format!("outside clock  {outside}; target p99 50 ms"));
    screen.line(&format!("missed         {missed} of {}", options.samples));
    screen.line(&format!(
        "histogram      n {}  p50 at most {} s  p99 at most {} s",
        page.sum(&format!("{HISTOGRAM}_count")),
        bucket(50),
        bucket(99)
    ));
    let (status, _) = service.terminate(STOP_WITHIN).await?;
    screen.line(&format!("ended with {status}"));
    Ok(())
}

/// Open loop: a tick is due when its time has come. One whose transaction is not seen before the next is missed.
async fn sample(options: &Options, fleet: &Fleet, mut seen: watch::Receiver<Sightings>) -> (Samples, u32) {
    let every = Duration::from_millis(options.every_ms);
    let (mut samples, mut missed) = (Samples::default(), 0_u32);
    let mut pace = interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0..options.samples {
        let due = pace.tick().await;
        let price = if number % 2 == 0 { LOW.saturating_add(RAISE) } else { LOW };
        seen.mark_unchanged();
        let began = now();
        fleet.tell(price);
        match timeout_at(due + every, seen.changed()).await {
            Ok(Ok(())) => {
                let last = seen.borrow().last;
                samples.add(last.map_or(Duration::ZERO, |last| last.saturating_duration_since(began)));
            }
            Ok(Err(_)) | Err(_) => missed = missed.saturating_add(1),
        }
    }
    (samples, missed)
}
