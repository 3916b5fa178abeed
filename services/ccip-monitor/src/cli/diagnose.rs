//! `diagnose`: why a message is where it is, for a terminal.
//!
//! Exit code 0: the message was executed, or waits and nothing is wrong. 1: it is stuck. 4: not enough is known.

use std::fmt::Write as _;

use causeway_primitives::MessageId;
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use causeway_telemetry::metrics::Registry;

use crate::{
    app::diagnose::Diagnosed,
    config::Config,
    domain::diagnose::{Found, Manual, Verdict},
    serve,
};

/// Which message.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The message's id: 0x and 64 hexadecimal digits
    message_id: MessageId,
}

/// The monitor knows no such message.
#[derive(Debug, thiserror::Error)]
#[error("no message {0} was seen")]
struct NoMessage(MessageId);

/// The lines above say why.
#[derive(Debug, thiserror::Error)]
#[error("the message is stuck")]
struct Stuck;

/// The lines above say what is not known.
#[derive(Debug, thiserror::Error)]
#[error("not enough is known to say where the message is")]
struct Unknown;

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let parts = serve::commands(config, &mut Registry::default()).await?;
    let found = parts.diagnoser.diagnose(arguments.message_id).await.map_err(Failure::new)?;
    let found = found.ok_or_else(|| Failure::new(NoMessage(arguments.message_id)))?;
    print(&as_text(&found));
    match found.diagnosis.verdict {
        Verdict::Executed | Verdict::Waiting { .. } => Ok(()),
        Verdict::Stuck { .. } | Verdict::Executable { .. } => Err(Failure::new(Stuck)),
        Verdict::Unknown { .. } => Err(Failure::undetermined(Unknown)),
    }
}

fn as_text(found: &Diagnosed) -> String {
    let (message, diagnosis) = (&found.message, &found.diagnosis);
    let mut text = format!("message {}\nlane    {}\nstatus  {}\n\n", message.id, message.lane_name, message.status);
    for step in &diagnosis.steps {
        let mark = match step.found {
            Found::Ok => "ok     ",
            Found::Waiting => "waits  ",
            Found::Problem => "PROBLEM",
            Found::Unknown => "unknown",
            Found::NotApplicable => "-      ",
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{mark}  {:<9}  {}", step.name.as_str(), step.detail);
        for line in step.proof.lines() {
            let _ = writeln!(text, "{:22}{line}", "");
        }
        if !step.action.is_empty() {
            let _ = writeln!(text, "{:20}> {}", "", step.action);
        }
    }
    let _ =
        writeln!(text, "\nverdict {}: {}\naction  {}", diagnosis.verdict.as_str(), diagnosis.summary, diagnosis.action);
    if let Some(manual) = &diagnosis.manual {
        text.push_str(&by_hand(manual));
    }
    text
}

fn by_hand(manual: &Manual) -> String {
    let head = format!(
        "\nexecution by hand: at {} from {} on, with at least {} gas\n",
        manual.off_ramp, manual.possible_from, manual.gas_floor
    );
    let receiver = manual.gas_override.map(|gas| format!("gas for the receiver: {gas}\n")).unwrap_or_default();
    let call = match &manual.call {
        Ok(call) if call.to_fill_in.is_empty() => format!("{} {}\n", call.function, call.calldata),
        Ok(call) => format!("{} {}\nto fill in: {}\n", call.function, call.calldata, call.to_fill_in),
        Err(gap) => format!("its call could not be made: {gap}\n"),
    };
    format!("{head}{receiver}{call}")
}
