//! A whole service in the shape that all of them share: `main` only starts and stops.
//!
//! Run it with `cargo run -p causeway-runtime --example skeleton -- --log-format pretty`, look at
//! `/health`, and press Ctrl-C. The process tests start it as a real process.

use std::{process::ExitCode, time::Duration};

use causeway_runtime::{
    cli, config,
    health::{Health, Role},
    http, process,
};
use clap::Parser;
use serde::Deserialize;

const DEFAULTS: &str = r#"
behaviour = "polite"
[listen]
http = "127.0.0.1:0"
metrics = "127.0.0.1:0"
grpc = "127.0.0.1:0"
[telemetry]
log_format = "json"
log_filter = "info"
instance = ""
otlp_endpoint = ""
trace_sample_ratio = 1.0
[shutdown]
lame_duck_ms = 0
drain_ms = 1000
flush_ms = 1000
"#;

const SCHEMA: config::Schema =
    config::Schema { defaults: DEFAULTS, prefix: "SKELETON", flat_names: &[&config::FLAT_NAMES], secrets: &[] };

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: cli::Options,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    behaviour: Behaviour,
    listen: config::RawListen,
    telemetry: config::RawTelemetry,
    shutdown: config::RawShutdown,
}

/// How its one loop behaves, so that each way of ending can be seen.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Behaviour {
    Polite,
    Stuck,
    Panicking,
}

struct Config {
    behaviour: Behaviour,
    listen: config::RawListen,
    hash: String,
}

fn main() -> ExitCode {
    let options = Cli::parse().options;
    process::serve(|environment| load(&options, environment), serve)
}

fn load(
    options: &cli::Options,
    environment: &config::Environment,
) -> Result<(Config, process::Settings), config::Error> {
    let config::Loaded { raw, effective } = config::load::<Raw>(&SCHEMA, options.config.as_deref(), environment)?;
    let mut validator = effective.validator();
    let name = ("skeleton", env!("CARGO_PKG_VERSION"));
    let settings = process::Settings {
        telemetry: raw.telemetry.validate(name, options.log_format, &mut validator),
        shutdown: raw.shutdown.validate(&mut validator),
    };
    let config = Config { behaviour: raw.behaviour, listen: raw.listen, hash: effective.hash() };
    validator.finish((config, settings))
}

async fn serve(config: Config, context: process::Context) -> Result<(), process::Failure> {
    let health = Health::new(context.clock.clone(), context.shutdown.draining.clone());
    let tasks = context.tasks();

    let listener = http::bind(config.listen.http).await.map_err(process::Failure::new)?;
    tracing::info!(address = %listener.local_addr().map_err(process::Failure::new)?, "http listening");
    let build = http::Build { service: "skeleton", version: env!("CARGO_PKG_VERSION"), config_hash: config.hash };
    let router = http::ops_router(health.clone(), build);
    tasks.spawn("http", |stop| http::serve(listener, router, stop));

    let part = health.component("work", Role::Required);
    let heartbeat = health.heartbeat("work", Duration::from_secs(10));
    tasks.spawn("work", |stop| async move {
        part.ok();
        match config.behaviour {
            Behaviour::Polite => {}
            Behaviour::Stuck => std::future::pending().await,
            Behaviour::Panicking => None::<()>.ok_or(()).unwrap_or_else(|()| unreachable!("told to")),
        }
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            heartbeat.beat();
        }
        Ok::<(), process::Failure>(())
    });
    Ok(tasks.supervise(context.limits.drain).await?)
}
