//! `halt`: durable before it is answered.

use causeway_proto::guard::v1::HaltRequest;
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use uuid::Uuid;

use super::running::{Address, ScopeWord, refused, scope};
use crate::config::Config;

/// What to halt.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to stop
    #[arg(long, value_enum, default_value_t = ScopeWord::All)]
    scope: ScopeWord,
    /// Why, for the record: 1 to 500 characters
    #[arg(long)]
    reason: String,
    /// Names the request: the same again is the same halt; absent: a new one
    #[arg(long, value_name = "UUID")]
    request_id: Option<Uuid>,
    #[command(flatten)]
    guard: Address,
}

/// The guard's answer names no halt.
#[derive(Debug, thiserror::Error)]
#[error("the guard answered without a halt")]
struct NoHalt;

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let request = HaltRequest {
        scope: arguments.scope.on_the_wire().into(),
        reason: arguments.reason.clone(),
        request_id: arguments.request_id.unwrap_or_else(Uuid::now_v7).to_string(),
    };
    let mut guard = arguments.guard.connect(config)?;
    let halt = guard.halt(request).await.map_err(refused)?.into_inner().halt.ok_or_else(|| Failure::new(NoHalt))?;
    print(&format!("halted {} by {} in epoch {}\n", scope(halt.scope()), halt.halt_id, halt.epoch));
    Ok(())
}
