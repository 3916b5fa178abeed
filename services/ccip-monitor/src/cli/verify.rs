//! `verify`: is everything stored that the ramps have counted?
//!
//! Exit code 0: whole. 1: messages are missing. 4: it could not be found out for some ramp, and none is known to have a
//! hole; never to be read as whole.

use std::fmt::Write as _;

use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use causeway_telemetry::metrics::Registry;
use serde_json::json;

use crate::{
    app::verify::{Outcome, RampCheck},
    config::Config,
    domain::lane::LaneKey,
    ports::Missing,
    serve,
};

/// What to verify.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Only the lane of this name; all listed lanes when absent
    #[arg(long)]
    lane: Option<String>,
    /// Print JSON instead of lines
    #[arg(long)]
    json: bool,
}

/// Messages are missing; the lines above say which.
#[derive(Debug, thiserror::Error)]
#[error("{0} ramps have holes")]
struct Holes(usize);

/// Nobody could say; the lines above say why.
#[derive(Debug, thiserror::Error)]
#[error("of {0} ramps it could not be found out whether everything was seen")]
struct Unknown(usize);

/// No such lane.
#[derive(Debug, thiserror::Error)]
#[error("no lane is called {0}; `config check` prints those that are listed")]
struct NoLane(String);

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let wanted = wanted(config, arguments.lane.as_deref())?;
    let parts = serve::commands(config, &mut Registry::default()).await?;
    let checks = parts.verifier.verify(|lane| wanted.contains(lane)).await.map_err(Failure::new)?;
    let name = |lane: &LaneKey| parts.lanes.name(lane);
    print(&if arguments.json { as_json(&checks, name) } else { as_lines(&checks, name) });
    let holes = checks.iter().filter(|check| matches!(check.outcome, Outcome::Holes { .. })).count();
    let unknown = checks.iter().filter(|check| matches!(check.outcome, Outcome::Unknown { .. })).count();
    match (holes, unknown) {
        (0, 0) => Ok(()),
        (0, unknown) => Err(Failure::undetermined(Unknown(unknown))),
        (holes, _) => Err(Failure::new(Holes(holes))),
    }
}

fn wanted(config: &Config, name: Option<&str>) -> Result<Vec<LaneKey>, Failure> {
    let named = config.lanes.iter().filter(|lane| name.is_none_or(|name| lane.name.as_str() == name));
    let wanted: Vec<_> = named.map(|lane| lane.key.clone()).collect();
    match name.filter(|_| wanted.is_empty()) {
        Some(name) => Err(Failure::new(NoLane(name.to_owned()))),
        None => Ok(wanted),
    }
}

fn as_lines(checks: &[RampCheck], name: impl Fn(&LaneKey) -> String) -> String {
    if checks.is_empty() {
        return "nothing to compare: no listed lane counts its messages\n".to_owned();
    }
    let mut text = String::new();
    for check in checks {
        let block = check.block.map_or_else(|| "no block".to_owned(), |block| format!("block {block}"));
        let head = format!("{} {} at {block}:", name(&check.lane), check.on_ramp);
        let seen = check.seen;
        // Writing to a text does not fail.
        let _ = match &check.outcome {
            Outcome::Whole { expected } => writeln!(text, "{head} expected {expected}, seen {seen}, missing none"),
            Outcome::Holes { expected, missing } => {
                writeln!(text, "{head} expected {expected}, seen {seen}, missing {}", ranges(missing))
            }
            Outcome::Unknown { gap } => writeln!(text, "{head} seen {seen}, expected not known: {gap}"),
        };
    }
    text
}

fn ranges(missing: &[Missing]) -> String {
    let range = |gap: &Missing| {
        if gap.first == gap.last { gap.first.to_string() } else { format!("{}-{}", gap.first, gap.last) }
    };
    missing.iter().map(range).collect::<Vec<_>>().join(", ")
}

fn as_json(checks: &[RampCheck], name: impl Fn(&LaneKey) -> String) -> String {
    let ramps: Vec<_> = checks
        .iter()
        .map(|check| {
            let (state, expected, missing, reason) = match &check.outcome {
                Outcome::Whole { expected } => ("whole", Some(*expected), &[][..], None),
                Outcome::Holes { expected, missing } => ("holes", Some(*expected), missing.as_slice(), None),
                Outcome::Unknown { gap } => ("unknown", None, &[][..], Some(gap.to_string())),
            };
            json!({
                "lane": name(&check.lane),
                "on_ramp": check.on_ramp,
                "block": check.block,
                "state": state,
                "expected": expected,
                "seen": check.seen,
                "highest": check.highest,
                "missing": missing.iter().map(|gap| json!({ "first": gap.first, "last": gap.last })).collect::<Vec<_>>(),
                "reason": reason,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "ramps": ramps }))
}
