//! `drill`: is the halt a halt?
//!
//! There is no scope for tests: a halt that stops nobody proves nothing. A drill halts a real scope of the running relayer,
//! batch creation unless another one is named, so it belongs into a maintenance window. It waits until the guard's own
//! status says that the scope is halted and that no lease over it is outstanding, measures both, and proposes the release,
//! which needs approvals like any other: a drill exercises the way back as well.

use std::time::Duration;

use causeway_grpc::Client;
use causeway_proto::{
    guard::v1::{
        GetStatusRequest, GetStatusResponse, HaltedScope, ResumeKind, Scope, guard_service_client::GuardServiceClient,
    },
    ops::v1::RunActionRequest,
};
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    resume,
    running::{Address, ScopeWord, refused},
};
use crate::config::Config;

/// What a drill's reason begins with, so that records and pages say what it is.
const MARK: &str = "drill: ";

/// How often the guard is asked.
const EVERY: Duration = Duration::from_millis(50);

/// How to exercise.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to stop, for real
    #[arg(long, value_enum, default_value_t = ScopeWord::BatchCreation)]
    scope: ScopeWord,
    /// Who ordered it and why, for the record
    #[arg(long)]
    reason: String,
    /// Leave the halt as it is instead of proposing its release
    #[arg(long)]
    leave_halted: bool,
    #[command(flatten)]
    guard: Address,
}

/// It did not stop in time.
#[derive(Debug, thiserror::Error)]
#[error("a lease over the scope was still outstanding {0:?} after the halt")]
struct NotStopped(Duration);

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<(), Failure> {
    let mut guard = arguments.guard.connect(config)?;
    let scope = arguments.scope.on_the_wire();
    let begun = Instant::now();
    let halt = Uuid::now_v7().to_string();
    let parameters = [("scope", arguments.scope.word().to_owned()), ("halt_id", halt.clone())];
    let request = RunActionRequest {
        name: "relayer.drill".to_owned(),
        parameters: parameters.map(|(name, value)| (name.to_owned(), value)).into(),
        reason: format!("{MARK}{}", arguments.reason),
    };
    arguments.guard.connect_ops(config)?.run_action(request).await.map_err(refused)?;
    print(&format!("halt {halt} durable after {} ms\n", begun.elapsed().as_millis()));
    // A lease that was granted just before the halt lives as long as leases do.
    let limit = config.lease.ttl.saturating_add(Duration::from_secs(5));
    until_nobody_may_act(&mut guard, (&halt, scope), limit).await?;
    print(&format!("no lease outstanding after {} ms\n", begun.elapsed().as_millis()));
    if arguments.leave_halted {
        return Ok(());
    }
    let plan = format!("{MARK}nothing had to be repaired");
    resume::propose(&mut guard, &halt, ResumeKind::Release, &plan).await
}

async fn until_nobody_may_act(
    guard: &mut GuardServiceClient<Client>,
    (halt, scope): (&str, Scope),
    limit: Duration,
) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let status = guard.get_status(GetStatusRequest {}).await.map_err(refused)?.into_inner();
        if is_stopped(&status, halt, scope) {
            return Ok(());
        }
        if begun.elapsed() > limit {
            return Err(Failure::new(NotStopped(limit)));
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn is_stopped(status: &GetStatusResponse, halt: &str, scope: Scope) -> bool {
    let touches = |other: Scope| other == scope || other == Scope::All || scope == Scope::All;
    let is_it = |halted: &HaltedScope| halted.halt_id == halt;
    status.halted.iter().any(is_it) && !status.leases.iter().any(|lease| touches(lease.scope()))
}

#[cfg(test)]
mod tests {
    use causeway_proto::guard::v1::GrantedLease;

    use super::*;

    #[test]
    fn grd_10_a_drill_is_over_when_the_halt_shows_and_no_lease_touches_its_scope() {
        let halted = HaltedScope { scope: Scope::Settlement.into(), halt_id: "h".to_owned(), epoch: 1 };
        let lease = |scope: Scope| GrantedLease { scope: scope.into(), ..GrantedLease::default() };
        let status = |leases: Vec<GrantedLease>| GetStatusResponse {
            halted: vec![halted.clone()],
            leases,
            ..GetStatusResponse::default()
        };
        assert!(is_stopped(&status(vec![]), "h", Scope::Settlement));
        assert!(is_stopped(&status(vec![lease(Scope::BatchCreation)]), "h", Scope::Settlement));
        assert!(!is_stopped(&status(vec![lease(Scope::Settlement)]), "h", Scope::Settlement));
        assert!(!is_stopped(&status(vec![lease(Scope::All)]), "h", Scope::Settlement));
        assert!(!is_stopped(&status(vec![lease(Scope::Settlement)]), "h", Scope::All));
        assert!(!is_stopped(&status(vec![]), "another", Scope::Settlement));
    }
}
