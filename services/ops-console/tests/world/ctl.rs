//! The command line against a running console.

use serde_json::Value;

use super::controlled::Controlled;

#[tokio::test]
async fn ops_4_the_command_line_does_what_the_pages_do_and_says_what_to_do_next() {
    let stand = Controlled::new("console_ctl", 1).await;
    // The console has seen the publisher once this proposal is checked.
    stand.propose("bert").await;
    let (done, status) = stand.causectl("otto", &["status"]).await;
    assert!(done && status.contains("oracle-publisher  ok"), "{status}");
    let (done, actions) = stand.causectl("otto", &["actions", "--output", "json"]).await;
    let actions: Vec<Value> = serde_json::from_str(&actions).unwrap();
    assert!(done && actions.iter().any(|one| one["name"] == "lane.pause" && one["action"] == ""));

    let propose = ["changes", "propose", "source.exclude", "source_id=kraken-eur-usd", "--reason", "it looks frozen"];
    let dry = [&propose[..], &["--dry-run"]].concat();
    let (done, dry) = stand.causectl("otto", &dry).await;
    assert!(done && dry.contains("would call source.exclude") && dry.contains("nothing was changed"), "{dry}");
    let (done, told) = stand.causectl("otto", &propose).await;
    assert!(!done && told.contains("takes the role operator") && told.contains("Ask one of those who may"), "{told}");

    let (done, filed) = stand.causectl("anna", &[&propose[..], &["-o", "json"]].concat()).await;
    assert!(done, "{filed}");
    let filed: Value = serde_json::from_str(&filed).unwrap();
    let (id, plan) = (filed["change_id"].as_str().unwrap(), filed["plan_hash"].as_str().unwrap());
    let (done, told) = stand.causectl("anna", &["changes", "approve", id, "--plan", plan]).await;
    assert!(!done && told.contains("takes the role approver"), "{told}");
    let other = format!("0x{}", "00".repeat(32));
    let (done, told) = stand.causectl("bert", &["changes", "approve", id, "--plan", &other]).await;
    assert!(!done && told.contains("another plan") && told.contains("causectl changes show"), "{told}");
    let (done, told) = stand.causectl("bert", &["changes", "approve", id, "--plan", plan]).await;
    assert!(done, "{told}");
    stand.comes_to(id, "validated").await;
    let (done, shown) = stand.causectl("otto", &["changes", "show", id]).await;
    assert!(done && shown.contains("is validated") && shown.contains("change.begun"), "{shown}");
    let (done, list) = stand.causectl("otto", &["changes", "list"]).await;
    assert!(done && list.starts_with("ID") && list.contains("source_id=kraken-eur-usd"), "{list}");
    for question in ["status", "alerts", "events", "maintenance", "actions"] {
        let (done, answer) = stand.causectl("otto", &[question, "-o", "json"]).await;
        assert!(done && serde_json::from_str::<Value>(&answer).is_ok(), "{question}: {answer}");
    }
    let (done, empty) = stand.causectl("otto", &["maintenance"]).await;
    assert!(done && empty.starts_with("WINDOW"), "{empty}");
    let (done, held) = stand.causectl("otto", &["audit", "verify"]).await;
    assert!(done && held.contains("the record holds"), "{held}");
    let (done, told) = stand.causectl("otto", &["audit", "verify", "--anchor", &other]).await;
    assert!(!done && told.contains("does not hold"), "{told}");

    // As through a forwarded port: the certificate names the console, and not this address.
    let forwarded = stand.address().replace("localhost", "127.0.0.1");
    let (done, told) = stand.causectl("otto", &["--console", &forwarded, "status"]).await;
    assert!(!done, "{told}");
    let named = ["--console", forwarded.as_str(), "--tls-server-name", "localhost", "status"];
    let (done, status) = stand.causectl("otto", &named).await;
    assert!(done && status.contains("oracle-publisher"), "{status}");
    let (done, told) = stand.causectl("otto", &["--console", "https://localhost:1", "status"]).await;
    assert!(!done && told.contains("Does the console run"), "{told}");
    let (done, told) =
        stand.causectl("otto", &["changes", "propose", "source.exclude", "kraken", "--reason", "x"]).await;
    assert!(!done && told.contains("expected name=value"), "{told}");
    let (done, script) = stand.causectl("otto", &["completions", "bash"]).await;
    assert!(done && script.contains("_causectl"), "{script}");
}
