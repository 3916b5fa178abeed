//! `report`: what a window says, on standard output.

use causeway_primitives::Timestamp;
use causeway_runtime::{
    clock::{Clock as _, SystemClock},
    process::Failure,
};
use causeway_service::{cli::print, database::open_pool};
use clap::ValueEnum;

use crate::{
    adapters::store::Store,
    app::reports::{self, Policy},
    config::{Config, SERVICE},
    domain::report::Span,
    serve,
};

/// Which report.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Whole UTC days that end with the last midnight: the same report all day long
    #[arg(long, value_enum, default_value_t = Length::Week)]
    window: Length,
    /// Instead of a window: sends at or after this time, for example 2026-03-01T00:00:00Z
    #[arg(long, value_parser = time, conflicts_with = "window")]
    from: Option<Timestamp>,
    /// Sends before this time; now when absent
    #[arg(long, value_parser = time, requires = "from")]
    until: Option<Timestamp>,
    /// Markdown for people, JSON for machines
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Length {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Md,
    Json,
}

fn time(text: &str) -> Result<Timestamp, causeway_primitives::TimeError> {
    Timestamp::from_rfc3339(text)
}

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let span = match arguments.window {
        Length::Day => Span::Day,
        Length::Week => Span::Week,
        Length::Month => Span::Month,
    };
    let window = reports::window(span, arguments.from, arguments.until, SystemClock::new().now());
    let window = window.map_err(Failure::new)?;
    let pool = open_pool(&config.base.store, SERVICE, causeway_store::Metrics::default())?;
    let policy = Policy::new(&serve::lane_book(config));
    let report = reports::report(&Store::new(pool), &policy, window).await.map_err(Failure::new)?;
    let text = match arguments.format {
        Format::Md => report.to_markdown(),
        Format::Json => report.to_json(),
    };
    print(&text.map_err(Failure::new)?);
    Ok(())
}
