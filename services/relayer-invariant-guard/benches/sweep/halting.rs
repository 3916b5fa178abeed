//! From a violation to a relayer that may not act any more: over a real wire, with the client that relayers embed and its
//! usual pace. And how long stored verdicts take to be judged again.

use std::{sync::Arc, time::Duration};

use alloy::primitives::U256;
use causeway_primitives::{RelayerId, Scope, Timestamp};
use causeway_proto::guard::v1::{
    ReportViolationRequest, ViolationKind, lease_service_client::LeaseServiceClient,
    lease_service_server::LeaseServiceServer,
};
use causeway_relayer_client::{Relayer, Settings, Standing};
use causeway_runtime::CancellationToken;
use relayer_invariant_guard::{
    app::{Guard, replay::replay},
    domain::evaluate::Verdict,
    grpc::LeaseDoor,
    metrics::Metrics,
};
use tokio::{
    net::TcpListener,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_stream::wrappers::TcpListenerStream;
use uuid::Uuid;

use super::Bench;

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(30);

/// A relayer that holds a lease of the guard, or wants one.
pub(super) struct Holder {
    relayer: Relayer,
    door: LeaseServiceClient<tonic::transport::Channel>,
    _tasks: JoinSet<()>,
}

impl Holder {
    pub(super) async fn of(guard: &Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let metrics = Metrics::register(&mut causeway_telemetry::metrics::Registry::default());
        let door = LeaseServiceServer::new(LeaseDoor::new(guard.clone(), metrics));
        let serving =
            tonic::transport::Server::builder().add_service(door).serve_with_incoming(TcpListenerStream::new(listener));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { serving.await.expect("a server") });
        let door = LeaseServiceClient::connect(url).await.expect("a connection");
        let holder: RelayerId = "relayer-0".parse().expect("a name");
        let (relayer, worker) =
            Relayer::new(Settings::new(holder, [Scope::All]), vec![Arc::new(door.clone())]).expect("a relayer");
        tasks.spawn(worker.run(CancellationToken::new()));
        Self { relayer, door, _tasks: tasks }
    }

    pub(super) async fn until(&self, may_act: bool) {
        let mut changes = self.relayer.changes();
        let changed = async {
            while matches!(self.relayer.standing(Scope::All), Standing::Granted { .. }) != may_act {
                changes.changed().await.expect("a worker");
            }
        };
        timeout(SOON, changed).await.expect("a change");
    }
}

/// A report by the relayer until the guard's answer, which is durable, and until the relayer may not act.
pub(super) async fn reports(bench: &Bench, guard: &Guard, rounds: usize) -> (Vec<Duration>, Vec<Duration>) {
    let mut holder = Holder::of(guard).await;
    let (mut answered, mut stopped) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        holder.until(true).await;
        let report = Uuid::now_v7();
        let request = ReportViolationRequest {
            report_id: report.to_string(),
            holder: "relayer-0".to_owned(),
            kind: ViolationKind::UniqueConstraint.into(),
            detail: "a bench".to_owned(),
            ..ReportViolationRequest::default()
        };
        let begun = Instant::now();
        holder.door.report_violation(request).await.expect("an answer");
        answered.push(begun.elapsed());
        holder.until(false).await;
        stopped.push(begun.elapsed());
        resume(bench, guard).await;
    }
    (answered, stopped)
}

/// Value out of nothing that the books know the block of, from the beginning of the sweep that sees it until the relayer may
/// not act.
pub(super) async fn violations(bench: &Bench, guard: &Guard, rounds: usize) -> Vec<Duration> {
    let holder = Holder::of(guard).await;
    let mut stopped = Vec::new();
    for _ in 0..rounds {
        holder.until(true).await;
        bench.change_supply(true).await;
        let begun = Instant::now();
        let verdict = guard.sweep("sweep").await;
        assert!(matches!(verdict, Some(Verdict::Violation { .. })), "{verdict:?}");
        holder.until(false).await;
        stopped.push(begun.elapsed());
        bench.change_supply(false).await;
        resume(bench, guard).await;
    }
    stopped
}

/// Released and passed again: not how people do it, and not what is measured. A release begins a term, and a term a recount.
async fn resume(bench: &Bench, guard: &Guard) {
    let leader = bench.leadership.borrow().clone().expect("a leader");
    let latch = bench.store.read_latch().await.expect("a latch");
    for halt in latch.active() {
        bench.store.release_halt(&leader, halt.id, Uuid::now_v7(), Timestamp::EPOCH).await.expect("a release");
    }
    let passed = async { while guard.sweep("sweep").await != Some(Verdict::Pass) {} };
    timeout(SOON * 4, passed).await.expect("a pass");
}

/// This many stored verdicts, copies of those of the sweeps, judged again.
pub(super) async fn replays(bench: &Bench, count: u64) -> Duration {
    let sql = "INSERT INTO verdict
         SELECT gen_random_uuid(), at + make_interval(secs => copy), outcome, reason, cause, epoch, took_ms, rules_hash,
                evidence_hash, evidence, evaluation
         FROM verdict, generate_series(1, $1) AS copy WHERE outcome = 'pass' LIMIT $1 - (SELECT COUNT(*) FROM verdict)";
    sqlx::query(sql).bind(i64::try_from(count).expect("a number")).execute(&bench.guards).await.expect("verdicts");
    let begun = Instant::now();
    let replayed = replay(&bench.store, (None, None), None, |_| {}).await.expect("a replay");
    assert_eq!((replayed.judged, replayed.different), (count, 0));
    begun.elapsed()
}

/// What appears from nothing: a token.
pub(super) const NOBODYS: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
