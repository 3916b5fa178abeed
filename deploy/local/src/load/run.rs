//! Which measurement, of which size.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::{backfill, latency, search, start, throughput, tokens};
use crate::{
    build::{self, Profile},
    screen::Screen,
};

/// Measures a service (release build) on this machine. Run the driver itself as a release build too:
/// `cargo run --release --package causeway-local -- load throughput`.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The service's binary, when it is not to be built
    #[arg(long, value_name = "FILE", global = true)]
    binary: Option<PathBuf>,
    #[command(subcommand)]
    measurement: Measurement,
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// ccip-monitor: from an empty database to the head of two generated chains
    Backfill(backfill::Options),
    /// ccip-monitor: questions of its REST interface over millions of messages
    Search(search::Options),
    /// Processor time and memory of many feeds that tick steadily
    Throughput(throughput::Options),
    /// From a deviating tick to the transaction on the wire
    Latency(latency::Options),
    /// From the start of the process to ready
    Start(start::Options),
    /// tokenization-gateway: mints at a steady rate, from the order to the answer
    Tokens(tokens::Options),
}

impl Measurement {
    /// Whose speed it is.
    const fn package(&self) -> &'static str {
        match self {
            Self::Backfill(_) | Self::Search(_) => "ccip-monitor",
            Self::Tokens(_) => "tokenization-gateway",
            Self::Throughput(_) | Self::Latency(_) | Self::Start(_) => "oracle-publisher",
        }
    }
}

pub(crate) async fn run(load: &Load, screen: &Screen) -> anyhow::Result<()> {
    let binary = match &load.binary {
        Some(binary) => binary.clone(),
        None => {
            let package = load.measurement.package();
            let step = screen.step(&format!("building {package} with --release"));
            let binary = build::binary(package, Profile::Release).await?;
            step.done("");
            binary
        }
    };
    match &load.measurement {
        Measurement::Backfill(options) => backfill::run(options, &binary, screen).await,
        Measurement::Search(options) => search::run(options, &binary, screen).await,
        Measurement::Throughput(options) => throughput::run(options, &binary, screen).await,
        Measurement::Latency(options) => latency::run(options, &binary, screen).await,
        Measurement::Start(options) => start::run(options, &binary, screen).await,
        Measurement::Tokens(options) => tokens::run(options, &binary, screen).await,
    }
}

/// A duration with one digit behind the point, in milliseconds.
pub(super) fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1_000.0)
}
