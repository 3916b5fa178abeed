//! The pages in a real browser: nothing on its console, no wider than the screen, nothing that axe calls serious, live, and
//! a change that two people approve with their mice.

use std::time::Duration;

use causeway_proto::{
    ccip::v1::MessageStatus,
    guard::v1::{AddIncidentNoteRequest, GetIncidentResponse},
    ops::v1::{Alert, WatchEventsResponse},
};
use causeway_runtime::clock::{Clock as _, SystemClock};
use causeway_testkit::{
    browser::{Browser, Tab},
    fault::TcpProxy,
    oidc::Provider,
    tools::lacking,
};
use ops_console::{
    adapters::store::{Changes, Step},
    domain::change::{Change, State, Terms, catalogue::find, plan::Plan},
};
use uuid::Uuid;

use super::{bridge, controlled::Controlled, messages, oidc, oracle, pages, stand::Stand, tokens};

const PASSWORD: &str = "correct horse battery";

/// The machine's browser; `None`, said aloud, where there is none.
async fn browser() -> Option<Browser> {
    let Some(binary) = Browser::find() else {
        lacking("chromium", "the pages in a browser");
        return None;
    };
    Some(Browser::start(&binary).await.unwrap())
}

fn held() -> Alert {
    Alert {
        name: "TokenizationHeldLong".to_owned(),
        subject: "eur".to_owned(),
        severity: 4,
        summary: "a request is held".to_owned(),
        next_step: "look at the guard".to_owned(),
        runbook: "docs/runbooks/TokenizationHeldLong.md".to_owned(),
        ..Alert::default()
    }
}

#[tokio::test]
async fn ops_1_every_page_is_without_flaws_at_a_desk_by_day_and_on_a_phone_by_night() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::whole("console_browser").await;
    stand
        .monitor
        .calls
        .answer("SearchMessages", &messages::found(vec![messages::message(MessageStatus::Executed)], ""));
    bridge::stolen(&stand.guard.calls);
    bridge::room(&stand.guard.calls);
    oracle::whole(&stand.oracle.calls);
    tokens::whole(&stand.gateway.calls);
    stand.gateway.say(|words| words.alerts.push(held()));
    stand.shows("/", &["a request is held"]).await;
    let (desk, phone) = (browser.desk().await.unwrap(), browser.phone().await.unwrap());
    let (night, narrow) = (browser.visit(1_280, true).await.unwrap(), browser.visit(390, false).await.unwrap());
    let mut flaws = Vec::new();
    let id = Uuid::new_v4();
    let filed = proposed_by_another();
    let step = Step { kind: "proposed", actor: "anna", at: filed.proposed_at };
    Changes::new(stand.store(), Vec::new()).insert_change(id, &filed, step).await.unwrap();
    let form = "/changes/new?action=source.exclude".to_owned();
    for path in pages::routes().into_iter().chain([form]) {
        let path = if path == format!("/changes/{}", bridge::INCIDENT) { format!("/changes/{id}") } else { path };
        flaws.extend(look(&desk, "desk", &stand.url(&path)).await);
        flaws.extend(look(&phone, "phone", &stand.url(&path)).await);
    }
    flaws.extend(look(&night, "desk by night", &stand.url("/")).await);
    flaws.extend(look(&narrow, "phone by day", &stand.url("/")).await);
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// What is wrong with a page.
async fn look(tab: &Tab, screen: &str, url: &str) -> Vec<String> {
    assert_eq!(tab.open(url).await.unwrap(), 200, "{url}");
    let flaws = tab.flaws().await.unwrap();
    flaws.into_iter().map(|flaw| format!("{url} ({screen}): {flaw}")).collect()
}

#[tokio::test]
async fn ops_1_an_open_page_follows_by_itself_and_says_since_when_it_cannot() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::new("console_browser_live").await;
    let tab = browser.desk().await.unwrap();
    tab.open(&stand.url("/")).await.unwrap();
    tab.see("All 2 services are healthy.").await.unwrap();
    tab.see("Live. As of").await.unwrap();
    stand.gateway.say(|words| words.alerts.push(held()));
    tab.see("a request is held").await.unwrap();
    let first = tab.key("Tab").await.unwrap();
    assert_eq!(first, "Skip to the content", "the keyboard comes to the content first");
    let Stand { console, .. } = stand;
    console.kill().await.unwrap();
    tab.see("Not live since").await.unwrap();
}

#[tokio::test]
async fn ops_1_what_somebody_has_begun_to_write_stays_while_its_page_follows() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::whole("console_browser_draft").await;
    bridge::room(&stand.guard.calls);
    let tab = browser.phone().await.unwrap();
    tab.open(&stand.url(&format!("/bridge/incidents/{}", bridge::INCIDENT))).await.unwrap();
    tab.fill("Note what is worth knowing", "the feed was stale").await.unwrap();
    // Whoever looks up from the field lets the page go on.
    tab.key("Tab").await.unwrap();
    let mut incident = bridge::incident();
    incident.root_cause = "a key was lost".to_owned();
    stand.guard.calls.answer("GetIncident", &GetIncidentResponse { incident: Some(incident) });
    stand.guard.tell(WatchEventsResponse { sequence: 1, kind: "incident".to_owned(), ..Default::default() });
    tab.see("a key was lost").await.unwrap();
    tab.press("Add the note").await.unwrap();
    let noted: AddIncidentNoteRequest = stand.guard.calls.comes("AddIncidentNote").await;
    assert_eq!(noted.text, "the feed was stale");
}

#[tokio::test]
async fn ops_1_a_page_that_could_not_be_renewed_does_not_say_that_it_is_live() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::with("console_browser_frozen", "[people]\nsign_in = \"accounts\"\nhttps = false\n").await;
    let (done, told) = stand.command(&["account", "put", "anna", "--role", "operator"], PASSWORD).await;
    assert!(done, "{told}");
    let tab = browser.desk().await.unwrap();
    tab.open(&stand.url("/")).await.unwrap();
    tab.fill("Name", "anna").await.unwrap();
    tab.fill("Password", PASSWORD).await.unwrap();
    tab.press("Sign in").await.unwrap();
    tab.see("All 2 services are healthy.").await.unwrap();
    tab.see("Live. As of").await.unwrap();
    // The console answers, and cannot say who asks.
    stand.line.down();
    tab.see("Not live since").await.unwrap();
    tab.see("All 2 services are healthy.").await.unwrap();
    stand.line.heal();
    tab.see("Live. As of").await.unwrap();
}

#[tokio::test]
async fn ops_1_what_somebody_has_begun_to_write_outlasts_a_page_that_says_why_there_is_none() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::new("console_browser_outlast").await;
    let id = Uuid::new_v4();
    let filed = proposed_by_another();
    let step = Step { kind: "proposed", actor: "anna", at: filed.proposed_at };
    Changes::new(stand.store(), Vec::new()).insert_change(id, &filed, step).await.unwrap();
    let tab = browser.desk().await.unwrap();
    tab.open(&stand.url(&format!("/changes/{id}"))).await.unwrap();
    tab.fill("Why not", "the lane is well").await.unwrap();
    // Whoever looks up from the field lets the page go on.
    tab.key("Tab").await.unwrap();
    stand.line.down();
    tab.see("Not live since").await.unwrap();
    stand.line.heal();
    tab.see("Live. As of").await.unwrap();
    tab.press("Refuse").await.unwrap();
    tab.see("local: the lane is well").await.unwrap();
}

/// A change that waits.
fn proposed_by_another() -> Change {
    let pause = find("lane.pause").unwrap();
    let values = [("lane".to_owned(), "138 to 1".to_owned())].into_iter().collect();
    let now = SystemClock::new().now();
    Change {
        plan: Plan::of(pause, values, "it looks cursed").unwrap(),
        proposer: "anna".to_owned(),
        proposed_at: now,
        terms: Terms { approvals: 1, expires_at: now.after(Duration::from_secs(3_600)), validate_within: pause.within },
        approvals: Vec::new(),
        state: State::Proposed,
        look: None,
        doer: None,
        due_at: None,
        outcome: String::new(),
    }
}

/// Signs somebody in.
async fn sign_in(browser: &Browser, stand: &Controlled, name: &str, role: &str) -> Tab {
    stand.admit(name, role, PASSWORD).await;
    let tab = browser.desk().await.unwrap();
    tab.open(&stand.url("/changes")).await.unwrap();
    tab.fill("Name", name).await.unwrap();
    tab.fill("Password", PASSWORD).await.unwrap();
    tab.press("Sign in").await.unwrap();
    tab.see("Changes").await.unwrap();
    tab
}

#[tokio::test]
async fn ops_4_two_people_approve_a_change_in_their_browsers_and_it_is_carried_out() {
    let Some(browser) = browser().await else { return };
    let stand = Controlled::new("console_browser_change", 2).await;
    let anna = sign_in(&browser, &stand, "anna", "operator").await;
    let bert = sign_in(&browser, &stand, "bert", "approver").await;
    let carla = sign_in(&browser, &stand, "carla", "approver").await;
    anna.open(&stand.url("/changes/new?action=source.exclude&source_id=kraken-eur-usd")).await.unwrap();
    anna.fill("Why", "it looks frozen").await.unwrap();
    anna.press("Propose").await.unwrap();
    anna.see("Record").await.unwrap();
    let change = anna.address().await.unwrap();
    for (who, name) in [(&bert, "bert"), (&carla, "carla")] {
        who.open(&change).await.unwrap();
        who.press("Approve").await.unwrap();
        who.see(name).await.unwrap();
    }
    anna.see("done and seen").await.unwrap();
    assert_eq!(anna.flaws().await.unwrap(), Vec::<String>::new());
}

/// Goes from one thing to the next by the keyboard, until it comes to this.
async fn go(tab: &Tab, to: &str) {
    for _ in 0..60 {
        if tab.key("Tab").await.unwrap() == to {
            return;
        }
    }
    panic!("the keyboard comes to no {to}");
}

#[tokio::test]
async fn ops_4_a_change_is_proposed_and_approved_by_the_keyboard_alone() {
    let Some(browser) = browser().await else { return };
    let stand = Controlled::new("console_browser_keys", 1).await;
    let anna = sign_in(&browser, &stand, "anna", "operator").await;
    let bert = sign_in(&browser, &stand, "bert", "approver").await;
    anna.open(&stand.url("/changes/new?action=source.exclude&source_id=kraken-eur-usd")).await.unwrap();
    go(&anna, "Why").await;
    anna.write("it looks frozen").await.unwrap();
    go(&anna, "Propose").await;
    anna.strike("Enter").await.unwrap();
    anna.see("Record").await.unwrap();
    bert.open(&anna.address().await.unwrap()).await.unwrap();
    go(&bert, "Approve").await;
    bert.strike("Enter").await.unwrap();
    bert.see("done and seen").await.unwrap();
}

#[tokio::test]
async fn ops_1_a_browser_without_scripts_renews_its_page_and_sends_its_forms() {
    let Some(browser) = browser().await else { return };
    let stand = Stand::new("console_browser_plain").await;
    stand.shows("/", &["All 2 services are healthy."]).await;
    let (tab, other) = (browser.without_scripts().await.unwrap(), browser.desk().await.unwrap());
    tab.open(&stand.url("/")).await.unwrap();
    tab.see("All 2 services are healthy.").await.unwrap();
    assert!(tab.has("meta[http-equiv=refresh]").await.unwrap(), "it renews itself");
    other.open(&stand.url("/")).await.unwrap();
    assert!(!other.has("meta[http-equiv=refresh]").await.unwrap(), "a page that follows is not thrown away");
    tab.open(&stand.url("/changes/new?action=lane.pause&lane=138+to+1")).await.unwrap();
    assert!(!tab.has("meta[http-equiv=refresh]").await.unwrap(), "nor is one that is written on");
    tab.fill("Why", "it looks cursed").await.unwrap();
    tab.press("Propose").await.unwrap();
    tab.see("it looks cursed").await.unwrap();
    assert!(tab.address().await.unwrap().contains("/changes/"));
}

#[tokio::test]
async fn ops_9_somebody_signs_in_at_the_provider_behind_a_proxy_and_leaves_both() {
    let Some(browser) = browser().await else { return };
    // Its address is known before the console's is.
    let proxy = TcpProxy::start("127.0.0.1:1".parse().unwrap()).await.unwrap();
    let provider = Provider::start(oidc::anna()).await.unwrap();
    let home = format!("http://{}/sign-in/callback", proxy.address());
    provider.register(&home);
    let stand = Stand::with("console_browser_oidc", &oidc::settings(&provider, &home)).await;
    proxy.redirect(stand.console.listening().http);
    let tab = browser.desk().await.unwrap();
    tab.open(&format!("http://{}/events", proxy.address())).await.unwrap();
    assert_eq!(tab.flaws().await.unwrap(), Vec::<String>::new());
    tab.follow("Sign in with the house").await.unwrap();
    tab.follow("Continue as Anna@house.example").await.unwrap();
    tab.see("Sign out").await.unwrap();
    assert!(tab.address().await.unwrap().ends_with("/events"), "where she wanted to go");
    tab.press("Sign out").await.unwrap();
    tab.see("You have left this console.").await.unwrap();
    assert_eq!(tab.flaws().await.unwrap(), Vec::<String>::new());
    tab.follow("Sign out at the house too").await.unwrap();
    tab.see("Sign in with the house").await.unwrap();
}
