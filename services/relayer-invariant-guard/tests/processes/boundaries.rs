//! A guard that dies at each step of a halt. The steps are statements: a trigger holds the process exactly there, it is killed,
//! its connections are cut, and whoever comes next has to find out what is missing. Nothing in the service knows of it.

use causeway_proto::guard::v1::{ReportViolationRequest, ViolationKind, lease_service_client::LeaseServiceClient};
use causeway_testkit::{
    relayer::Misdeed,
    service::Service,
    sink::{Book, Sink},
    wait::eventually,
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

use super::stage::{Stage, late, url, whole};

/// Waits at the statement until whoever has the lock lets go.
const WAIT: &str = "CREATE OR REPLACE FUNCTION wait_here() RETURNS TRIGGER LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$";

/// Whether somebody stands there.
const SOMEBODY: &str = "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database())";

/// What a machine that loses its power does to its connections.
const CUT: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// The steps of a halt behind the latch, as the statements that they are: event, table, the column that has the halt's words,
/// and which rows.
const STEPS: [(&str, &str, &str, &str); 3] = [
    ("INSERT", "audit", "body", "TRUE"),
    ("INSERT", "causeway_outbox", "payload", "TRUE"),
    ("UPDATE", "causeway_outbox", "payload", "NEW.state = 'delivered' AND NEW.topic = 'alert/slack-incidents'"),
];

/// A statement that nobody gets past.
struct Held {
    connection: PgConnection,
    table: &'static str,
}

impl Held {
    async fn at(stage: &Stage, event: &str, table: &'static str, rows: &str) -> Self {
        let mut connection = PgConnection::connect(&stage.guards).await.unwrap();
        let trigger = format!(
            "{WAIT}; SELECT pg_advisory_lock(1);
             CREATE TRIGGER held BEFORE {event} ON {table} FOR EACH ROW WHEN ({rows}) EXECUTE FUNCTION wait_here()"
        );
        sqlx::raw_sql(AssertSqlSafe(trigger)).execute(&mut connection).await.unwrap();
        Self { connection, table }
    }

    async fn until_reached(&mut self) {
        let connection = &mut self.connection;
        let table = self.table;
        eventually(&format!("the process stands before {table}"), async || {
            sqlx::query_scalar::<_, bool>(SOMEBODY).fetch_one(&mut *connection).await.unwrap()
        })
        .await;
    }

    /// The process dies there, and what it was about to write is never written.
    async fn dies(mut self, guard: Service) {
        guard.kill().await.unwrap();
        sqlx::raw_sql(CUT).execute(&mut self.connection).await.unwrap();
        let lifted = format!("DROP TRIGGER held ON {}", self.table);
        sqlx::raw_sql(AssertSqlSafe(lifted)).execute(&mut self.connection).await.unwrap();
    }
}

/// A report that halts; whether it was answered.
async fn report(guard: String, id: Uuid, words: &str) -> bool {
    let request = ReportViolationRequest {
        report_id: id.to_string(),
        holder: "relayer-0".to_owned(),
        kind: ViolationKind::UniqueConstraint.into(),
        detail: words.to_owned(),
        ..ReportViolationRequest::default()
    };
    let mut door = LeaseServiceClient::connect(guard).await.unwrap();
    door.report_violation(request).await.is_ok()
}

/// Waits until so many pages say so.
async fn pages(sink: &Sink, words: &str, count: usize) {
    let said = |book: &Book| book.taken("/pages").filter(|page| page.to_string().contains(words)).count() >= count;
    sink.shows(&format!("{count} pages say {words}"), said).await;
}

/// However it went: halted once, on the record once, and told.
async fn is_whole(stage: &Stage, sink: &Sink, id: Uuid, words: &str) {
    pages(sink, words, 1).await;
    let store = stage.store();
    eventually("nothing is missing on the record", async || store.list_unrecorded_halts().await.unwrap().is_empty())
        .await;
    let halts = store.list_halts(None, 100).await.unwrap();
    assert_eq!(halts.iter().filter(|row| row.halt.id.get() == id.as_u128()).count(), 1, "{words}");
    let record = store.list_audit(0, 10_000).await.unwrap();
    let recorded = record.iter().filter(|row| row.kind == "halt" && row.subject == id.to_string()).count();
    assert_eq!(recorded, 1, "{words}");
    assert!(store.verify_audit(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn grd_7_a_guard_that_dies_at_any_step_of_a_halt_leaves_it_latched_recorded_and_told() {
    let mut stage = Stage::new("guard_boundaries").await;
    let sink = Sink::start().await.unwrap();
    stage.more =
        format!("[[alerting.channels]]\nid = \"slack-incidents\"\nkind = \"slack\"\nurl = \"{}\"", sink.url("/pages"));
    let mut guard = stage.serve("guard-0").await;

    // Before the latch: nothing is durable, nobody was answered, and the relayer tells it again.
    let (id, words) = (Uuid::now_v7(), "died before the latch");
    let mut held = Held::at(&stage, "INSERT", "halt", "TRUE").await;
    let (answered, ()) = tokio::join!(report(url(&guard), id, words), async {
        held.until_reached().await;
        held.dies(guard).await;
    });
    assert!(!answered, "no answer promises what is not durable");
    guard = stage.serve("guard-1").await;
    assert_eq!(stage.store().read_latch().await.unwrap().active().count(), 0);
    assert!(report(url(&guard), id, words).await);
    is_whole(&stage, &sink, id, words).await;

    for (number, (event, table, column, rows)) in STEPS.into_iter().enumerate() {
        let (id, words) = (Uuid::now_v7(), format!("died before {event} of {table}"));
        let rows = format!("{rows} AND NEW.{column}::TEXT LIKE '%{words}%'");
        let mut held = Held::at(&stage, event, table, &rows).await;
        assert!(report(url(&guard), id, &words).await, "latched, whatever becomes of the rest");
        held.until_reached().await;
        held.dies(guard).await;
        guard = stage.serve(&format!("guard-{}", number + 2)).await;
        hurry(&stage).await;
        is_whole(&stage, &sink, id, &words).await;
    }
    // Told again rather than not.
    pages(&sink, "died before UPDATE of causeway_outbox", 2).await;
}

/// What the dead process had claimed is due now and not in half a minute.
async fn hurry(stage: &Stage) {
    let mut connection = PgConnection::connect(&stage.guards).await.unwrap();
    let due = "UPDATE causeway_outbox SET due_at = clock_timestamp() WHERE state = 'pending'";
    sqlx::raw_sql(due).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn grd_7_a_theft_is_latched_and_the_relayer_stopped_before_its_verdict_is_stored() {
    let stage = Stage::new("guard_boundary_verdict").await;
    let guard = stage.serve("guard-0").await;
    let relayer = stage.relay(&[url(&guard)]).await;
    stage.settle_one(&relayer).await;
    let mut held = Held::at(&stage, "INSERT", "verdict", "NEW.outcome = 'violation'").await;
    relayer.misbehave(Misdeed::Steal { amount: whole(2) }).await.unwrap();
    stage.world.mine(3).await.unwrap();
    relayer.step().await.unwrap();
    held.until_reached().await;
    let latched = stage.store().read_latch().await.unwrap().active().next().cloned().unwrap();
    held.dies(guard).await;
    assert!(stage.store().find_evidence(latched.id).await.unwrap().is_some(), "latched with what it rests on");
    let second = stage.serve("guard-1").await;
    relayer.kill().await.unwrap();
    let relayer = stage.relay(&[url(&second)]).await;
    stage.until_held_up(&relayer).await;
    eventually("the verdict is stored by whoever comes next", async || {
        stage.store().find_last_verdict_at("violation").await.unwrap()
    })
    .await;
    let halts = stage.store().list_halts(None, 10).await.unwrap();
    assert_eq!(halts.iter().map(|row| row.halt.id).collect::<Vec<_>>(), [latched.id], "the same halt and no other");
    assert!(stage.store().verify_audit(None).await.unwrap().is_ok());
    assert_eq!(late(&relayer), 0);
}
