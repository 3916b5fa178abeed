//! Who is told, and that nobody is waited for.

use std::{collections::BTreeSet, io::Write as _, sync::Arc, time::Duration};

use causeway_alerting::{
    Alarms, Parts,
    config::{RawAlerting, SECRETS, Settings},
    metrics::Metrics,
    start,
};
use causeway_primitives::Scope;
use causeway_proto::guard::v1 as wire;
use causeway_runtime::{
    CancellationToken,
    clock::SystemClock,
    config::{Environment, Schema, load},
    task::TaskGroup,
};
use causeway_testkit::{
    sink::Sink,
    wait::{SOON, eventually},
};
use relayer_invariant_guard::{
    app::alerts::{Alerts, CONCERNS},
    domain::latch::Cause,
};
use serde::Deserialize;
use uuid::Uuid;

use super::stand::Stand;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    alerting: RawAlerting,
}

const SCHEMA: Schema = Schema {
    defaults: "[alerting]\nsource = ''\nrunbook_base_url = ''\ndelivery_timeout_ms = 2000\n",
    prefix: "TEST",
    flat_names: &[],
    secrets: &[&SECRETS],
};

fn settings(sink: &Sink) -> Settings {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let url = sink.url("/incidents");
    write!(file, "[[alerting.channels]]\nid = 'slack-incidents'\nkind = 'slack'\nurl = '{url}'\n").unwrap();
    let loaded = load::<Raw>(&SCHEMA, Some(file.path()), &Environment::default()).unwrap();
    let mut validator = loaded.effective.validator();
    let settings = loaded.raw.alerting.validate("guard", &mut validator);
    validator.finish(settings).unwrap().unwrap()
}

fn attended(stand: &Stand, sink: &Sink) -> (Alarms, TaskGroup) {
    let tasks = TaskGroup::new(CancellationToken::new());
    let parts = Parts {
        settings: settings(sink),
        lease: "guard",
        pool: stand.pool.clone(),
        leadership: stand.leads.subscribe(),
        clock: Arc::new(SystemClock::new()),
        metrics: &Metrics::default(),
    };
    let alarms = start(parts, &tasks);
    (alarms, tasks)
}

async fn told(sink: &Sink, words: &str) {
    sink.gets(words, "/incidents", |body| body.to_string().contains(words)).await;
}

pub(super) fn firing(alarms: &Alarms) -> BTreeSet<String> {
    alarms.list_firing().iter().map(|one| format!("{}/{}", one.alert.name, one.alert.subject)).collect()
}

#[test]
fn grd_8_every_concern_has_a_name_of_its_own() {
    let names: BTreeSet<_> = CONCERNS.iter().map(|concern| concern.name()).collect();
    assert_eq!(names.len(), CONCERNS.len());
    assert!(names.iter().all(|name| name.starts_with("Guard")));
}

#[tokio::test]
async fn grd_8_a_halt_is_one_page_with_the_record_s_head_until_it_is_released() {
    let stand = Stand::new("guard_page").await;
    let alarms = Alarms::unattended(Arc::new(SystemClock::new()));
    let mut alerts = Alerts::new(stand.guard.clone(), alarms.clone());
    stand.pass().await;
    alerts.round().await.unwrap();
    assert_eq!(firing(&alarms), BTreeSet::new());
    stand.violate().await;
    stand.fail().await;
    for _ in 0..3 {
        alerts.round().await.unwrap();
    }
    let halt = stand.store.list_halts(None, 1).await.unwrap()[0].halt.id;
    let id = Uuid::from_u128(halt.get());
    let page = alarms.list_firing().into_iter().find(|one| one.alert.name.as_str() == "GuardHalted").unwrap();
    assert_eq!(page.alert.subject.as_str(), id.to_string());
    assert_eq!(page.alert.tier, causeway_alerting::Tier::Halt, "never muted, never held back for grouping");
    let words = page.alert.summary.as_str();
    let link = stand.store.audit_head().await.unwrap().link.unwrap().to_string();
    assert!(words.contains("CHECKPOINT_REGRESSION") && words.contains(&link), "{words}");

    let leader = stand.leads.borrow().clone().unwrap();
    stand.store.release_halt(&leader, halt, Uuid::from_u128(1), stand.now()).await.unwrap();
    alerts.round().await.unwrap();
    assert!(!firing(&alarms).iter().any(|name| name.starts_with("GuardHalted")));
}

#[tokio::test]
async fn grd_8_who_takes_the_incident_has_taken_the_page() {
    let stand = Stand::new("guard_page_taken").await;
    let sink = Sink::start().await.unwrap();
    let (alarms, tasks) = attended(&stand, &sink);
    let alerts = Alerts::new(stand.guard.clone(), alarms.clone());
    tasks.spawn("alerts of the guard", |stop| alerts.run(stop));
    stand.pass().await;
    let what = (Scope::All, Cause::Manual);
    let halt = stand.guard.halt_by_hand(Uuid::now_v7(), what, "looks odd", &"dave".parse().unwrap()).await.unwrap();
    told(&sink, "looks odd").await;
    let door = stand.serve(alarms.clone()).await;
    let request = wire::AcknowledgeIncidentRequest {
        incident_id: Uuid::from_u128(halt.halt.id.get()).to_string(),
        comment: "on it".to_owned(),
    };
    let taken = door.person("bob").acknowledge_incident(request).await.unwrap().into_inner().incident.unwrap();
    assert_eq!(taken.acknowledged_by, "bob");
    let taken = async || alarms.list_firing().iter().any(|one| one.acknowledged.is_some());
    eventually("the page is taken", taken).await;
    tasks.drain(SOON).await.unwrap();
}

#[tokio::test]
async fn grd_8_notifiers_that_are_all_down_delay_no_halt_and_hear_of_it_when_they_are_back() {
    let stand = Stand::new("guard_page_down").await;
    let sink = Sink::start().await.unwrap();
    sink.break_down();
    let (alarms, tasks) = attended(&stand, &sink);
    let alerts = Alerts::new(stand.guard.clone(), alarms);
    tasks.spawn("alerts of the guard", |stop| alerts.run(stop));
    stand.pass().await;
    stand.violate().await;
    tokio::time::timeout(Duration::from_secs(10), stand.fail()).await.expect("a sweep that waits for nobody");
    assert_eq!(stand.store.read_latch().await.unwrap().active().count(), 1);
    sink.shows("a notifier was tried", |book| book.refused() > 0).await;
    sink.recover();
    told(&sink, "CHECKPOINT_REGRESSION").await;
    tasks.drain(SOON).await.unwrap();
}

#[tokio::test]
async fn grd_2_a_database_that_fails_five_times_in_a_row_is_lost_and_found_again() {
    let stand = Stand::new("guard_books_lost").await;
    let alarms = Alarms::unattended(Arc::new(SystemClock::new()));
    let mut alerts = Alerts::new(stand.guard.clone(), alarms.clone());
    stand.pass().await;
    stand.write("ALTER TABLE indexer_watermark RENAME TO elsewhere").await;
    for failures in 1..=5 {
        stand.guard.sweep("sweep").await;
        alerts.round().await.unwrap();
        assert_eq!(firing(&alarms).contains("GuardDatabaseLost/books"), failures == 5, "{failures}");
    }
    stand.write("ALTER TABLE elsewhere RENAME TO indexer_watermark").await;
    stand.pass().await;
    alerts.round().await.unwrap();
    assert!(!firing(&alarms).contains("GuardDatabaseLost/books"));
}

#[tokio::test]
async fn grd_2_gas_and_slow_cycles_that_a_relayer_reports_alert_and_misses_of_targets_are_tracked() {
    use relayer_invariant_guard::adapters::store::{About, Operation};
    let stand = Stand::new("guard_figures").await;
    let alarms = Alarms::unattended(Arc::new(SystemClock::new()));
    stand.pass().await;
    let operation = |kind, millis, gas_used| Operation {
        id: Uuid::now_v7(),
        kind,
        outcome: "succeeded",
        at: stand.now(),
        duration: Some(Duration::from_millis(millis)),
        things: 1,
        epoch: 1,
        sequence: 1,
        about: About { gas_estimated: Some(100), gas_used: Some(gas_used), ..About::default() },
    };
    let told = [operation("index_cycle", 2_001, 0), operation("minted", 1, 151)];
    stand.store.insert_operations(&"relayer-1".parse().unwrap(), &told).await.unwrap();
    Alerts::new(stand.guard.clone(), alarms.clone()).round().await.unwrap();
    let expected = ["GuardGasEstimateMissed/relayer", "GuardLatencyHigh/index cycle", "GuardTargetMissed/index_cycle"];
    assert_eq!(firing(&alarms), expected.map(str::to_owned).into());
}

#[tokio::test]
async fn grd_8_a_proposal_that_waits_for_approvals_is_told_and_a_broken_record_pages() {
    use relayer_invariant_guard::domain::resume::{Kind, Plan};
    let stand = Stand::new("guard_waiting").await;
    let alarms = Alarms::unattended(Arc::new(SystemClock::new()));
    stand.pass().await;
    let what = (Scope::All, Cause::Manual);
    let halt = stand.guard.halt_by_hand(Uuid::now_v7(), what, "looks odd", &"dave".parse().unwrap()).await.unwrap();
    let evidence = halt.halt.evidence;
    let plan = Plan { halt: halt.halt.id, evidence, kind: Kind::Release, text: "it was nothing".to_owned() };
    let row = stand.guard.propose_resume(plan, "alice".parse().unwrap()).await.unwrap();
    let tampering = "ALTER TABLE audit DISABLE TRIGGER ALL; UPDATE audit SET actor = 'mallory' WHERE index = 1";
    sqlx::raw_sql(tampering).execute(stand.pool.executor()).await.unwrap();
    Alerts::new(stand.guard.clone(), alarms.clone()).round().await.unwrap();
    let firing = firing(&alarms);
    assert!(firing.contains(&format!("GuardResumeWaiting/{}", row.id)), "{firing:?}");
    assert!(firing.contains("GuardRecordBroken/record"), "{firing:?}");
}

#[tokio::test]
async fn grd_8_a_dead_man_s_switch_hears_of_evaluations_and_of_nothing_else() {
    use causeway_alerting::channel::{Endpoint, Outgoing};
    use relayer_invariant_guard::app::Heartbeat;
    let stand = Stand::new("guard_beat").await;
    let switch = Switch::start().await;
    let heart = Heartbeat {
        outgoing: Outgoing::new(Duration::from_secs(5)).unwrap(),
        to: Endpoint::parse(&switch.url).unwrap(),
        every: Duration::from_millis(20),
    };
    let (stop, guard) = (CancellationToken::new(), stand.guard.clone());
    let mut beating = tokio::task::JoinSet::new();
    let token = stop.clone();
    beating.spawn(async move { guard.beat(heart, token).await });
    stand.pass().await;
    assert_eq!(switch.next().await, "1 evaluations");
    // It lives, it answers, it grants: none of that is an evaluation.
    for _ in 0..5 {
        stand.guard.status().await.unwrap();
    }
    stand.pass().await;
    assert_eq!(switch.next().await, "2 evaluations", "and nothing between the two");
    stop.cancel();
    beating.join_all().await;
}

/// Something outside that listens.
struct Switch {
    url: String,
    heard: tokio::sync::Mutex<tokio::sync::mpsc::UnboundedReceiver<String>>,
    _server: tokio::task::JoinSet<()>,
}

impl Switch {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/beat", listener.local_addr().unwrap());
        let (tell, heard) = tokio::sync::mpsc::unbounded_channel();
        let router = axum::Router::new().fallback(move |body: String| {
            let tell = tell.clone();
            async move { drop(tell.send(body)) }
        });
        let mut server = tokio::task::JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, heard: tokio::sync::Mutex::new(heard), _server: server }
    }

    async fn next(&self) -> String {
        tokio::time::timeout(SOON, self.heard.lock().await.recv()).await.unwrap().unwrap()
    }
}
