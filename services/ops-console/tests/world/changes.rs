//! Changes over the wire: who may, who agrees, and what is left of a console that was killed.

use causeway_proto::ops::v1::{ApproveChangeRequest, CheckAuditRequest, ExplainChangeRequest, ListChangesRequest};
use ops_console::domain::people::Role;
use serde_json::Value;
use tonic::Code;

use super::controlled::Controlled;

fn approval(id: &str, plan: &str) -> ApproveChangeRequest {
    ApproveChangeRequest { change_id: id.to_owned(), plan_hash: plan.to_owned() }
}

#[tokio::test]
async fn ops_4_two_others_approve_and_the_service_is_asked_once_and_what_it_did_is_seen() {
    let stand = Controlled::new("console_changes", 2).await;
    let dry = ExplainChangeRequest {
        procedure: "source.exclude".to_owned(),
        parameters: [("source_id".to_owned(), "kraken-eur-usd".to_owned())].into_iter().collect(),
        reason: "it looks frozen".to_owned(),
    };
    let would = stand.desk("otto").explain_change(dry).await.unwrap().into_inner();
    assert_eq!(would.procedure.unwrap().undo, "source.reinstate");
    let all = stand.desk("otto").list_changes(ListChangesRequest { open: false }).await.unwrap().into_inner().changes;
    assert!(all.is_empty(), "a dry run files nothing");

    let change = stand.propose("bert").await;
    assert_eq!(change.plan_hash, would.plan_hash);
    let request = || approval(&change.change_id, &change.plan_hash);
    let own = stand.desk("bert").approve_change(request()).await.unwrap_err();
    assert_eq!((own.code(), own.message()), (Code::FailedPrecondition, "bert proposed it; somebody else approves"));
    let anna = stand.desk("anna").approve_change(request()).await.unwrap_err();
    assert_eq!(anna.code(), Code::PermissionDenied);
    assert!(anna.message().contains("bert, carla may"), "who may not is told who may: {}", anna.message());
    let stranger = stand.desk("mallory").approve_change(request()).await.unwrap_err();
    assert_eq!(stranger.code(), Code::Unauthenticated);
    let once = stand.desk("carla").approve_change(request()).await.unwrap().into_inner().change.unwrap();
    assert_eq!((once.state.as_str(), once.approvals.as_slice()), ("checked", &["carla".to_owned()][..]));
    let twice = stand.desk("carla").approve_change(request()).await.unwrap_err();
    assert_eq!(twice.code(), Code::FailedPrecondition);

    let now = causeway_primitives::Timestamp::from_secs(1_790_000_000).unwrap();
    stand.store.put_account("dora", ops_console::domain::people::Role::Approver, "no hash", now).await.unwrap();
    stand.desk("dora").approve_change(request()).await.unwrap();
    let done = stand.comes_to(&change.change_id, "validated").await;
    let asked = stand.publisher.words().asked;
    assert_eq!((asked.len(), asked[0].name.as_str()), (1, "source.exclude"));
    assert!(asked[0].reason.contains("approved by carla, dora"), "{}", asked[0].reason);
    assert_eq!(stand.publisher.words().asked_for, ["dora"], "who said yes last stands for it at the service");
    let kinds: Vec<&str> = done.record.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"change.proposed"));
    assert_eq!(
        &kinds[kinds.len() - 5..],
        ["change.approved", "change.approved", "change.begun", "change.answered", "change.looked"]
    );
    let checked = stand.desk("otto").check_audit(CheckAuditRequest::default()).await.unwrap().into_inner();
    assert!(checked.holds && checked.index == done.record.last().unwrap().index, "{checked:?}");
    told(&stand, &checked.head).await;
}

/// The newest step has reached the tickets with the link of its line, and the chat.
async fn told(stand: &Controlled, head: &str) {
    let validated = |ticket: &Value| ticket["change"]["state"] == "validated";
    let ticket = stand.hook.gets("a ticket of the newest step", "/tickets", validated).await;
    assert_eq!(ticket["audit"]["link"], head);
    // A chat is told in words, and nothing else.
    let said = |message: &Value| message["text"].as_str().is_some_and(|text| text.contains("source.exclude"));
    let message = stand.hook.gets("a chat's message", "/room", said).await;
    assert_eq!(message.as_object().unwrap().len(), 1, "{message}");
}

#[tokio::test]
async fn ops_4_a_console_that_is_killed_between_journal_and_answer_finds_out_and_does_not_ask_again() {
    let stand = Controlled::new("console_killed", 1).await;
    stand.publisher.say(|words| words.is_mute = true);
    let change = stand.propose("anna").await;
    stand.desk("bert").approve_change(approval(&change.change_id, &change.plan_hash)).await.unwrap();
    stand.publisher.is_asked().await;
    stand.comes_to(&change.change_id, "executing").await;

    let stand = stand.killed().await;
    let found = stand.comes_to(&change.change_id, "validated").await;
    let kinds: Vec<&str> = found.record.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(&kinds[kinds.len() - 3..], ["change.begun", "change.lost", "change.looked"]);
    assert_eq!(stand.publisher.words().asked.len(), 1, "never blindly repeated");
}

#[tokio::test]
async fn ops_4_what_somebody_approved_whose_account_was_closed_since_waits_for_somebody_else() {
    let stand = Controlled::new("console_gone", 2).await;
    stand.store.put_account("mallory", Role::Approver, "no hash", stand.now()).await.unwrap();
    let change = stand.propose("anna").await;
    let request = || approval(&change.change_id, &change.plan_hash);
    stand.desk("mallory").approve_change(request()).await.unwrap();
    assert!(stand.store.close_account("mallory", stand.now()).await.unwrap());
    stand.desk("bert").approve_change(request()).await.unwrap();
    let waits = stand.comes_to(&change.change_id, "checked").await;
    assert_eq!(waits.record.last().unwrap().kind, "change.reopened");
    let waits = waits.change.unwrap();
    assert_eq!(waits.approvals, ["bert"]);
    assert!(waits.outcome.contains("mallory"), "{}", waits.outcome);
    assert!(stand.publisher.words().asked.is_empty());

    stand.desk("carla").approve_change(request()).await.unwrap();
    stand.comes_to(&change.change_id, "validated").await;
    assert!(stand.publisher.words().asked[0].reason.contains("approved by bert, carla"));
}
