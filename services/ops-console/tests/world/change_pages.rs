//! Changes on the pages: two people in two browsers, and forms that are not theirs.

use super::stand::Stand;

const ACCOUNTS: &str = "[people]\nsign_in = \"accounts\"\nhttps = false\n";

/// A page's form token.
fn token(page: &str) -> String {
    field(page, "token")
}

fn field(page: &str, name: &str) -> String {
    page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Makes an account, and signs in.
async fn somebody(stand: &Stand, name: &str, role: &str) -> String {
    let (done, told) = stand.command(&["account", "put", name, "--role", role], "correct horse battery\n").await;
    assert!(done, "{told}");
    let form = format!("name={name}&password=correct+horse+battery");
    let answer = stand.post("/sign-in", "", &form, "same-origin").await;
    answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

async fn page(stand: &Stand, path: &str, cookie: &str) -> String {
    stand.look(path, cookie).await.text().await.unwrap()
}

#[tokio::test]
async fn ops_4_ops_5_two_people_plan_a_window_on_the_pages_and_nobody_who_may_not() {
    let stand = Stand::with("console_change_pages", ACCOUNTS).await;
    let otto = somebody(&stand, "otto", "observer").await;
    let anna = somebody(&stand, "anna", "operator").await;
    let bert = somebody(&stand, "bert", "approver").await;
    let link = "/changes/new?service=ops-console&action=maintenance.open&from=2126-11-21T15:00&until=2126-11-21T16:00";
    let seen = page(&stand, link, &otto).await;
    assert!(seen.contains("takes the role operator; anna, bert may") && !seen.contains(">Propose<"), "{seen}");
    assert!(page(&stand, "/changes/new", &anna).await.contains("link.refill"), "the catalogue");

    let form = page(&stand, link, &anna).await;
    assert!(form.contains("data-still") && form.contains("value=\"2126-11-21T15:00\""), "{form}");
    let fields = |more: &str| {
        format!(
            "token={}&id={}&procedure=maintenance.open&p.from=2126-11-21T15%3A00&p.until=2126-11-21T16%3A00&p.services=&{more}",
            token(&form),
            field(&form, "id"),
        )
    };
    let dry = stand.post("/changes/new", &anna, &fields("reason=new+disks&do=preview"), "same-origin").await;
    assert!(dry.text().await.unwrap().contains("Dry run: nothing was changed"));
    let dumb = stand.post("/changes/new", &anna, &fields("reason=&do=propose"), "same-origin").await;
    assert_eq!(dumb.status(), 422);
    let filed = stand.post("/changes/new", &anna, &fields("reason=new+disks&do=propose"), "same-origin").await;
    let place = filed.headers()["location"].to_str().unwrap().to_owned();

    let mine = page(&stand, &place, &anna).await;
    assert!(mine.contains("You proposed it; somebody else approves.") && !mine.contains(">Approve<"), "{mine}");
    let plan = page(&stand, &place, &bert).await;
    let approve = |page: &str| format!("token={}&plan={}", token(page), field(&plan, "plan"));
    let path = format!("{place}/approve");
    let own = stand.post(&path, &anna, &approve(&mine), "same-origin").await;
    assert_eq!(own.status(), 403, "an operator does not approve");
    assert_eq!(stand.post(&path, &bert, &approve(&mine), "same-origin").await.status(), 403, "a form of hers");
    assert_eq!(stand.post(&path, &bert, &approve(&plan), "cross-site").await.status(), 403, "a form of another site");
    assert_eq!(stand.post(&path, &bert, &approve(&plan), "same-origin").await.status(), 303);

    stand.shows_to(&otto, &place, &["done and seen"]).await;
    stand.shows_to(&otto, "/", &["new disks"]).await;
    assert!(page(&stand, "/maintenance", &otto).await.contains("all alerts but critical ones of all services"));
    let audit = page(&stand, "/audit", &otto).await;
    assert!(audit.contains("the chain holds") && audit.contains("change.approved"), "{audit}");
    assert_eq!(stand.look("/changes/0189d7f0-0000-7000-8000-000000000000", &otto).await.status(), 404);
}

#[tokio::test]
async fn ops_4_who_sees_one_scope_halted_halts_the_others_though_the_guard_says_that_it_is_down() {
    let stand = Stand::whole("console_halt_more").await;
    stand.guard.halts();
    stand.shows("/services/relayer-invariant-guard", &["down"]).await;
    let form = stand.page("/changes/new?action=relayer.halt&scope=all").await;
    let fields = format!(
        "token={}&id={}&procedure=relayer.halt&p.scope=all&reason=what+was+settled+is+wrong&do=propose",
        token(&form),
        field(&form, "id"),
    );
    let filed = stand.post("/changes/new", "", &fields, "same-origin").await;
    let place = filed.headers()["location"].to_str().unwrap().to_owned();
    stand.shows(&place, &["done and seen"]).await;
    let asked = stand.guard.words().asked;
    assert_eq!(asked.len(), 1);
    assert!(place.ends_with(&asked[0].parameters["halt_id"]), "by its own name: {place}");
}
