//! `verify`: is everything stored that the ramps have counted?
//!
//! Exit code 0: whole. 1: messages are missing, or a hole is open on one of the chains. 4: nothing is known to be missing,
//! and it could not be found out for some ramp, or no lane counts its messages; never to be read as whole.

use std::fmt::Write as _;

use causeway_primitives::ChainId;
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use causeway_telemetry::metrics::Registry;
use serde_json::{Value, json};

use crate::{
    app::{
        lanes::LaneBook,
        verify::{Outcome, RampCheck, Verified},
    },
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
#[error("{ramps} ramps have holes, and {open} holes are open")]
struct Holes {
    ramps: usize,
    open: u64,
}

/// Nobody could say; the lines above say why.
#[derive(Debug, thiserror::Error)]
#[error("of {0} ramps it could not be found out whether everything was seen")]
struct Unknown(usize);

/// Nothing says how many messages there are.
#[derive(Debug, thiserror::Error)]
#[error("none of the lanes counts its messages, so it could not be found out whether everything was seen")]
struct Uncounted;

/// No such lane.
#[derive(Debug, thiserror::Error)]
#[error("no lane is called {0}; `config check` prints those that are listed")]
struct NoLane(String);

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let wanted = wanted(config, arguments.lane.as_deref())?;
    let parts = serve::commands(config, &mut Registry::default()).await?;
    let verified = parts.verifier.verify(|lane| wanted.contains(lane)).await.map_err(Failure::new)?;
    let mut open = parts.upkeep.count_holes().await.map_err(Failure::new)?;
    open.retain(|(chain, holes)| *holes > 0 && wanted.iter().any(|lane| is_on(&parts.lanes, lane, *chain)));
    let told = Told { verified: &verified, open: &open, lanes: &parts.lanes };
    print(&if arguments.json { told.as_json() } else { told.as_lines() });
    let open = open.iter().fold(0_u64, |sum, (_, holes)| sum.saturating_add(*holes));
    judge(&verified.ramps, open)
}

fn is_on(lanes: &LaneBook, lane: &LaneKey, chain: ChainId) -> bool {
    [lane.source, lane.destination].into_iter().any(|end| lanes.chain(end) == Some(chain))
}

/// What is missing is said before what could not be found out.
fn judge(ramps: &[RampCheck], open: u64) -> Result<(), Failure> {
    let holes = ramps.iter().filter(|check| matches!(check.outcome, Outcome::Holes { .. })).count();
    let unknown = ramps.iter().filter(|check| matches!(check.outcome, Outcome::Unknown { .. })).count();
    match (holes, open, unknown) {
        (0, 0, 0) if ramps.is_empty() => Err(Failure::undetermined(Uncounted)),
        (0, 0, 0) => Ok(()),
        (0, 0, unknown) => Err(Failure::undetermined(Unknown(unknown))),
        (ramps, open, _) => Err(Failure::new(Holes { ramps, open })),
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

/// What is printed.
struct Told<'a> {
    verified: &'a Verified,
    /// Open holes by chain.
    open: &'a [(ChainId, u64)],
    lanes: &'a LaneBook,
}

impl Told<'_> {
    fn as_lines(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        for check in &self.verified.ramps {
            let block = check.block.map_or_else(|| "no block".to_owned(), |block| format!("block {block}"));
            let head = format!("{} {} at {block}:", self.lanes.name(&check.lane), check.on_ramp);
            let seen = check.seen;
            let _ = match &check.outcome {
                Outcome::Whole { expected } => writeln!(text, "{head} expected {expected}, seen {seen}, missing none"),
                Outcome::Holes { expected, missing } => {
                    writeln!(text, "{head} expected {expected}, seen {seen}, missing {}", ranges(missing))
                }
                Outcome::Unknown { gap } => writeln!(text, "{head} seen {seen}, expected not known: {gap}"),
            };
        }
        for lane in &self.verified.uncounted {
            let name = self.lanes.name(lane);
            let _ = writeln!(text, "{name}: does not count its messages, so nothing can be compared");
        }
        for (chain, holes) in self.open {
            let _ = writeln!(text, "chain {chain}: {holes} open holes");
        }
        text
    }

    fn as_json(&self) -> String {
        let name = |lane: &LaneKey| self.lanes.name(lane);
        let ramps: Vec<_> = self.verified.ramps.iter().map(|check| ramp_as_json(check, &name(&check.lane))).collect();
        let uncounted: Vec<_> = self.verified.uncounted.iter().map(name).collect();
        let hole = |(chain, holes): &(ChainId, u64)| json!({ "chain_id": chain.get(), "open": holes });
        let open: Vec<_> = self.open.iter().map(hole).collect();
        format!("{:#}\n", json!({ "ramps": ramps, "uncounted_lanes": uncounted, "open_holes": open }))
    }
}

fn ranges(missing: &[Missing]) -> String {
    let range = |gap: &Missing| {
        if gap.first == gap.last { gap.first.to_string() } else { format!("{}-{}", gap.first, gap.last) }
    };
    missing.iter().map(range).collect::<Vec<_>>().join(", ")
}

fn ramp_as_json(check: &RampCheck, lane: &str) -> Value {
    let (state, expected, missing, reason) = match &check.outcome {
        Outcome::Whole { expected } => ("whole", Some(*expected), &[][..], None),
        Outcome::Holes { expected, missing } => ("holes", Some(*expected), missing.as_slice(), None),
        Outcome::Unknown { gap } => ("unknown", None, &[][..], Some(gap.to_string())),
    };
    json!({
        "lane": lane,
        "on_ramp": check.on_ramp,
        "block": check.block,
        "state": state,
        "expected": expected,
        "seen": check.seen,
        "highest": check.highest,
        "missing": missing.iter().map(|gap| json!({ "first": gap.first, "last": gap.last })).collect::<Vec<_>>(),
        "reason": reason,
    })
}
