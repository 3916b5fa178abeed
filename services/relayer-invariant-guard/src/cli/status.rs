//! `status`: the guard now, for a terminal.

use std::fmt::Write as _;

use causeway_proto::guard::v1::{GetStatusRequest, GetStatusResponse};
use causeway_runtime::process::Failure;
use causeway_service::cli::print;

use super::running::{Address, refused, scope};
use crate::config::Config;

/// Whom to ask.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    guard: Address,
}

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let mut guard = arguments.guard.connect(config)?;
    let status = guard.get_status(GetStatusRequest {}).await.map_err(refused)?.into_inner();
    print(&as_text(&status));
    Ok(())
}

fn as_text(status: &GetStatusResponse) -> String {
    let GetStatusResponse { state, role, epoch, checkpoint, .. } = status;
    let mut text = format!("state       {state}\nrole        {role}\nepoch       {epoch}\ncheckpoint  {checkpoint}\n");
    // Writing to a text does not fail.
    let _ = match &status.last_verdict {
        Some(verdict) => writeln!(
            text,
            "verdict     {} {}",
            verdict.outcome().as_str_name().trim_start_matches("VERDICT_OUTCOME_").to_ascii_lowercase(),
            verdict.verdict_id
        ),
        None => writeln!(text, "verdict     none yet"),
    };
    if let Some(age) = &status.pass_age {
        let _ = writeln!(text, "pass age    {} s", age.seconds);
    }
    for halted in &status.halted {
        let _ = writeln!(text, "halted      {} by {}", scope(halted.scope()), halted.halt_id);
    }
    for lease in &status.leases {
        let _ =
            writeln!(text, "lease       {} holds {} (sequence {})", lease.holder, scope(lease.scope()), lease.sequence);
    }
    for pause in &status.pause {
        let _ = writeln!(text, "pause       {} {} {}", pause.chain, pause.state, pause.detail);
    }
    for note in &status.notes {
        let _ = writeln!(text, "note        {note}");
    }
    text
}
