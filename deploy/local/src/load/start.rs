//! From the start of the process to ready, with database and chain up.

use std::{path::Path, time::Duration};

use causeway_primitives::Decimal;
use clap::Args;

use super::{
    fleet::{Fleet, MOST_VENUES, Shape, await_ready, now},
    run::millis,
    sample::Samples,
};
use crate::screen::Screen;

/// For the drain between two starts.
const STOP_WITHIN: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Starts; the first also migrates the empty database and is told apart
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(2..=1_000))]
    runs: u32,
    /// Feeds, all of them with an aggregator
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=5_000))]
    feeds: u16,
    /// Venues
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(3..=7))]
    venues: u16,
}

pub(super) async fn run(options: &Options, binary: &Path, screen: &Screen) -> anyhow::Result<()> {
    let shape = Shape {
        feeds: options.feeds.into(),
        venues: usize::from(options.venues).min(MOST_VENUES),
        published: options.feeds.into(),
        every: Duration::from_secs(1),
        dry_run: false,
    };
    let fleet = Fleet::start(shape, Decimal::ONE_HUNDRED, screen).await?;
    let (mut listening, mut ready, mut first) = (Samples::default(), Samples::default(), None);
    for number in 1..=options.runs {
        let step = screen.step(&format!("start {number} of {}", options.runs));
        let began = now();
        let service = fleet.serve(binary, fleet.anvil.url()).await?;
        let listens = began.elapsed();
        await_ready(&service).await?;
        let took = began.elapsed();
        if first.is_none() {
            first = Some(took);
        } else {
            listening.add(listens);
            ready.add(took);
        }
        service.terminate(STOP_WITHIN).await?;
        step.done(&format!("listens after {}, ready after {}", millis(listens), millis(took)));
    }
    screen.title("From the start of the process to ready");
    screen.line(&format!("first          {} (migrates)", millis(first.unwrap_or_default())));
    screen.line(&format!("listens        {listening}"));
    screen.line(&format!("ready          {ready}; target 2 s"));
    Ok(())
}
