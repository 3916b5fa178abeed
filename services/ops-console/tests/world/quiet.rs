//! Maintenance as a service feels it: a console tells another console, which is a service like any other, that it is worked on.

use std::time::Duration;

use causeway_primitives::Timestamp;
use causeway_runtime::clock::{Clock as _, SystemClock};
use causeway_store::{Pool, Settings};
use causeway_testkit::{postgres::shared, service::Logs, sink::Sink, wait::eventually};
use ops_console::{adapters::store::Store, domain::maintenance::Window};
use uuid::Uuid;

use super::{
    service::Simulated,
    stand::{Stand, console, service},
};

fn window(now: Timestamp, services: &[&str]) -> Window {
    Window {
        from: now,
        until: now.after(Duration::from_secs(3_600)),
        services: services.iter().map(|name| (*name).to_owned()).collect(),
        alerts: [].into(),
        reason: "new disks".to_owned(),
        closed_at: None,
    }
}

#[tokio::test]
async fn ops_5_an_open_window_keeps_a_services_own_channels_quiet_and_its_end_tells_what_still_fires() {
    let (monitor, hook) = (Simulated::new("ccip-monitor"), Sink::start().await.unwrap());
    let door = monitor.open(None).await;
    let (theirs, ours) = (
        shared().await.unwrap().database("console_worked_on").await.unwrap(),
        shared().await.unwrap().database("console_that_tells").await.unwrap(),
    );
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(rules.path(), "[[rule]]\nname = \"all\"\nchannels = [\"hook\"]\n").unwrap();
    let channel = format!(
        "[alerting]\nrules_file = \"{}\"\n[[alerting.channels]]\nid = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\n",
        rules.path().display(),
        hook.url("/alerts")
    );
    let worked_on = console(theirs.url(), &format!("{channel}{}", service("ccip-monitor", door.address))).await;
    let teller = console(ours.url(), &service("ops-console", worked_on.listening().grpc)).await;
    let logs = Logs::default();
    logs.keep(&worked_on);
    logs.keep(&teller);
    let pool = Pool::open(&Settings::new(ours.url().into(), "test"), causeway_store::Metrics::default()).unwrap();
    let (store, id) = (Store::new(pool), Uuid::new_v4());
    store.insert_window(id, &window(SystemClock::new().now(), &["ops-console"])).await.unwrap();
    let is_said = |line: &String| line.contains("told what is worked on");
    eventually("the word", async || teller.log().lines().iter().any(is_said)).await;

    monitor.say(|words| words.status.condition = 3);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let numbers = format!("http://{}/metrics", worked_on.listening().metrics);
    eventually("the quiet alert", async || {
        let numbers = http.get(&numbers).send().await.unwrap().text().await.unwrap();
        numbers.contains("alerts_muted{alert=\"ConsoleServiceDown\"} 1")
    })
    .await;
    let page = format!("http://{}/", teller.listening().http);
    eventually("the page", async || {
        http.get(&page).send().await.unwrap().text().await.unwrap().contains("quiet for maintenance")
    })
    .await;
    assert_eq!(hook.taken("/alerts"), Vec::<serde_json::Value>::new(), "nobody was called");

    assert!(store.close_window(id, SystemClock::new().now()).await.unwrap());
    let told = hook.gets("the alert", "/alerts", |_| true).await.to_string();
    assert!(told.contains("ConsoleServiceDown"), "{told}");
}

#[tokio::test]
async fn ops_5_the_page_says_who_was_told_of_an_open_window_who_refused_and_who_was_not_reached() {
    let mut stand = Stand::whole("console_told").await;
    stand.shows("/maintenance", &["No window is open, so nobody was told anything"]).await;
    stand.guard.say(|words| words.is_closed = true);
    drop(stand.doors.remove(0)); // The monitor's.
    let named = ["ccip-monitor", "tokenization-gateway", "relayer-invariant-guard", "ops-console", "somebody<b>"];
    let (store, id) = (stand.store(), Uuid::new_v4());
    store.insert_window(id, &window(SystemClock::new().now(), &named)).await.unwrap();
    let row = |name: &str, word: &str| format!("<td>{name}</td><td><span class=\"mark {word}</span></td>");
    let shape =
        |class: &str, shape: &str, word: &str| format!("{class}\"><span aria-hidden=\"true\">{shape}</span> {word}");
    let told = shape("ok", "●", "told");
    let rows = [
        row("ccip-monitor", &shape("degraded", "▲", "not reached")),
        row("tokenization-gateway", &told),
        row("ops-console", &told),
        row("relayer-invariant-guard", &shape("down", "■", "refused")),
        row("somebody&#60;b&#62;", &shape("unknown", "◌", "not looked at")),
        "not from you\u{fffd}<br>Its alerts are heard. Put the name".to_owned(),
    ];
    stand.shows("/maintenance", &rows.each_ref().map(String::as_str)).await;
    assert!(!stand.page("/maintenance").await.contains("<td>oracle-publisher</td>"), "it is not worked on");

    stand.guard.say(|words| words.is_closed = false);
    stand.shows("/maintenance", &[row("relayer-invariant-guard", &told).as_str()]).await;
    assert_eq!(stand.guard.words().worked_on.len(), 1);
    assert!(store.close_window(id, SystemClock::new().now()).await.unwrap());
    stand.shows("/maintenance", &["No window is open"]).await;
}
