//! Which measurement, of which size.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};

use super::{backfill, head, idle, latency, search, start, streams, throughput, tokens};
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
    /// ccip-monitor: how far it is behind the heads of chains that grow, with many lanes between them
    Head(head::Options),
    /// ccip-monitor: questions of its REST interface over millions of messages
    Search(search::Options),
    /// Processor time and memory of many feeds that tick steadily
    Throughput(throughput::Options),
    /// From a deviating tick to the transaction on the wire
    Latency(latency::Options),
    /// All services: memory and processor time while nobody wants anything
    Idle(idle::Options),
    /// From the start of the process to ready
    Start(start::Options),
    /// ops-console: the overview with a thousand alerts, and pages that are kept open
    Streams(streams::Options),
    /// tokenization-gateway: mints at a steady rate, from the order to the answer
    Tokens(tokens::Options),
}

impl Measurement {
    /// Whose speed it is; `None`: that of all, which are built by the measurement itself.
    const fn package(&self) -> Option<&'static str> {
        match self {
            Self::Backfill(_) | Self::Head(_) | Self::Search(_) => Some("ccip-monitor"),
            Self::Tokens(_) => Some("tokenization-gateway"),
            Self::Streams(_) => Some("ops-console"),
            Self::Throughput(_) | Self::Latency(_) | Self::Start(_) => Some("oracle-publisher"),
            Self::Idle(_) => None,
        }
    }
}

pub(crate) async fn run(load: &Load, screen: &Screen) -> anyhow::Result<()> {
    let binary = match (&load.binary, load.measurement.package()) {
        (Some(binary), _) => binary.clone(),
        (None, None) => PathBuf::new(),
        (None, Some(package)) => {
            let step = screen.step(&format!("building {package} with --release"));
            let binary = build::binary(package, Profile::Release).await?;
            step.done("");
            binary
        }
    };
    match &load.measurement {
        Measurement::Backfill(options) => backfill::run(options, &binary, screen).await,
        Measurement::Head(options) => head::run(options, &binary, screen).await,
        Measurement::Search(options) => search::run(options, &binary, screen).await,
        Measurement::Throughput(options) => throughput::run(options, &binary, screen).await,
        Measurement::Latency(options) => latency::run(options, &binary, screen).await,
        Measurement::Idle(options) => idle::run(options, screen).await,
        Measurement::Streams(options) => streams::run(options, &binary, screen).await,
        Measurement::Start(options) => start::run(options, &binary, screen).await,
        Measurement::Tokens(options) => tokens::run(options, &binary, screen).await,
    }
}

/// A duration with one digit behind the point, in milliseconds.
pub(super) fn millis(span: Duration) -> String {
    format!("{:.1} ms", span.as_secs_f64() * 1_000.0)
}
