//! Receivers that fail, and what is done about it.

use causeway_testkit::{
    ccip::{Behaviour, Family, Side, State},
    monitor::Plan,
};

use super::stage::Stage;

/// What the receiver says when it refuses.
const REASON: &str = "the vault is closed";

#[tokio::test]
async fn ccip_4_ccip_7_a_failed_message_is_executed_by_hand_and_that_is_a_retry() {
    let stage = Stage::new(Plan { families: vec![Family::V1_5, Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    stage.receivers(&Behaviour::RevertWithReason(REASON.to_owned())).await;
    let mut failed = Vec::new();
    for family in [Family::V1_5, Family::V1_6] {
        let message = stage.send(family, Side::Home, "refused").await;
        stage.commit(&message).await;
        assert_eq!(stage.execute(&message).await, State::Failure);
        let told = replica.status(&message.id, "failed").await;
        assert_eq!(told["attempts"][0]["outcome"], "failed", "{told:#}");
        assert_eq!(told["executed_at"], serde_json::Value::Null);
        failed.push(message);
    }
    assert_eq!(replica.metric("ccip_message_failures", &[]).await, 2);
    assert_eq!(replica.metric("ccip_errors_total", &["execution"]).await, 2);

    stage.receivers(&Behaviour::Accept).await;
    let world = &stage.world.ccip;
    world.v1_5(Side::Home).manually_execute(failed[0].sequence(), None).await.unwrap();
    world.v1_6(Side::Home).manually_execute(failed[1].sequence(), None).await.unwrap();
    for message in &failed {
        let told = replica.status(&message.id, "executed").await;
        assert_eq!(told["retry_count"], 1, "{told:#}");
        assert_eq!(told["last_retry_at"], told["executed_at"]);
        assert_eq!(told["retry_timestamps"].as_array().unwrap().len(), 1);
        let steps: Vec<&str> =
            told["history"].as_array().unwrap().iter().filter_map(|step| step["status"].as_str()).collect();
        assert_eq!(steps, ["sent", "delivered", "failed", "executed"], "{told:#}");
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_7_an_execution_by_hand_that_is_reverted_as_a_whole_is_told_as_a_retry() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    stage.receivers(&Behaviour::RevertEmpty).await;
    let message = stage.send(Family::V1_6, Side::Home, "refused").await;
    stage.commit(&message).await;
    assert_eq!(stage.execute(&message).await, State::Failure);
    replica.status(&message.id, "failed").await;
    let tried = stage.world.ccip.v1_6(Side::Home).attempt_manually(message.sequence(), None).await.unwrap();
    assert!(!tried.took_effect, "no log says so");
    let told = replica.message(&message.id, "tried again", |told| told["retry_count"] == 1).await;
    assert_eq!(told["status"], "failed", "{told:#}");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_15_a_failed_message_is_explained_in_the_receivers_own_words() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    stage.receivers(&Behaviour::RevertWithReason(REASON.to_owned())).await;
    let message = stage.send(Family::V1_6, Side::Home, "refused").await;
    stage.commit(&message).await;
    stage.execute(&message).await;
    replica.status(&message.id, "failed").await;

    let told = replica.diagnosis(&message.id).await;
    assert!(told.to_string().contains(REASON), "{told:#}");
    let steps = told["steps"].as_array().unwrap();
    let problems: Vec<_> = steps.iter().filter(|step| step["found"] == "problem").collect();
    assert!(!problems.is_empty(), "{told:#}");
    assert!(problems.iter().all(|step| step["proof"].as_str().is_some_and(|proof| !proof.is_empty())), "{told:#}");
    assert!(told["action"].as_str().is_some_and(|action| !action.is_empty()), "{told:#}");
    let (code, output) = stage.command(&["diagnose", &message.id]).await;
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains(REASON), "{output}");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_15_a_message_that_nobody_reports_is_explained_as_waiting_for_its_report() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "forgotten").await;
    replica.status(&message.id, "sent").await;
    let told = replica.diagnosis(&message.id).await;
    let commit = told["steps"].as_array().unwrap().iter().find(|step| step["name"] == "commit");
    let commit = commit.unwrap_or_else(|| panic!("no step about the report: {told:#}"));
    assert_eq!(commit["found"], "waiting", "{told:#}");
    let (code, output) = stage.command(&["diagnose", &message.id]).await;
    assert_eq!(code, Some(0), "nothing is wrong: {output}");
    assert!(output.contains("waits    commit"), "{output}");
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ccip_10_failures_of_a_lane_are_an_alarm_from_the_smallest_sample_on_and_not_before() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    stage.receivers(&Behaviour::RevertEmpty).await;
    let mut failed = Vec::new();
    for number in 1..=3 {
        let message = stage.send(Family::V1_6, Side::Home, &format!("refused {number}")).await;
        stage.commit(&message).await;
        stage.execute(&message).await;
        replica.status(&message.id, "failed").await;
        let firing = replica.alerts().await.iter().any(|alert| alert.name == "CcipErrorRateHigh");
        assert!(!firing || number == 3, "two messages are no rate");
        failed.push(message);
    }
    replica.alert("CcipErrorRateHigh", true).await;
    replica.alert("CcipSuccessRateLow", true).await;

    stage.receivers(&Behaviour::Accept).await;
    for message in &failed {
        stage.world.ccip.v1_6(Side::Home).manually_execute(message.sequence(), None).await.unwrap();
    }
    replica.alert("CcipErrorRateHigh", false).await;
    replica.alert("CcipSuccessRateLow", false).await;
    stage.finish(vec![replica]).await;
}
