//! Messages that do not get there.

use std::time::Duration;

use causeway_primitives::U256;
use causeway_testkit::ccip::{Fee, Order, Role, Send, Sender, Side, Subject};
use ccip_monitor::domain::diagnose::{Diagnosis, Found, StepName, Verdict};

use super::stand::{EXPIRE_AFTER, Stand};

fn found(diagnosis: &Diagnosis, name: StepName) -> Found {
    diagnosis.find_step(name).unwrap().found
}

#[tokio::test]
async fn ccip_15_a_cursed_lane_is_the_verdict_with_the_read_that_proves_it() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    lane.commit_all().await.unwrap();
    lane.curse_destination(Subject::Lane).await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(diagnosis.verdict, Verdict::Stuck { at: StepName::Curse }, "{diagnosis:#?}");
    let step = diagnosis.find_step(StepName::Curse).unwrap();
    let line = format!("isCursed({})", stand.world.home.selector);
    assert!(step.proof.lines().any(|proof| proof.starts_with(&line) && proof.ends_with(": true")), "{}", step.proof);

    lane.uncurse_destination(Subject::Lane).await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(sent.message_id).await.diagnosis;
    assert!(matches!(diagnosis.verdict, Verdict::Waiting { at: StepName::Execution, .. }), "{diagnosis:#?}");
}

#[tokio::test]
async fn ccip_15_a_paused_ramp_is_said_and_does_not_hold_what_was_accepted_before() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    lane.pause().await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(sent.message_id).await.diagnosis;
    let step = diagnosis.find_step(StepName::Router).unwrap();
    assert_eq!(step.found, Found::Unknown, "a paused ramp names no router, and none is configured: {step:#?}");
    assert!(step.proof.contains("getDestChainConfig"), "{}", step.proof);
    assert!(matches!(diagnosis.verdict, Verdict::Waiting { at: StepName::Commit, .. }), "{diagnosis:#?}");
}

#[tokio::test]
async fn ccip_15_an_uncommitted_message_waits_and_is_stuck_when_its_lane_has_waited_long_enough() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    lane.send(&stand.hello()).await.unwrap();
    stand.read().await;
    let early = stand.diagnose(sent.message_id).await.diagnosis;
    assert!(matches!(early.verdict, Verdict::Waiting { at: StepName::Commit, .. }), "{early:#?}");

    stand.wait(EXPIRE_AFTER + Duration::from_secs(1)).await;
    let blind = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(blind.verdict, Verdict::Unknown { at: StepName::Monitor }, "nothing was read since: {blind:#?}");
    stand.read().await;
    let late = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(late.verdict, Verdict::Stuck { at: StepName::Commit }, "{late:#?}");
    assert!(late.summary.contains("2 messages wait for a report"), "{}", late.summary);
}

#[tokio::test]
async fn ccip_15_an_arrived_message_that_nobody_executes_is_executable_after_the_threshold() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    lane.commit_all().await.unwrap();
    stand.read().await;
    let early = stand.diagnose(sent.message_id).await.diagnosis;
    let possible_from = early.manual.as_ref().unwrap().possible_from;
    assert_eq!(early.verdict, Verdict::Waiting { at: StepName::Execution, until: Some(possible_from) });
    stand.wait(Duration::from_secs(9 * 3_600)).await;
    stand.read().await;
    let late = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(late.verdict, Verdict::Executable { since: possible_from }, "{late:#?}");
}

#[tokio::test]
async fn ccip_15_a_sender_without_link_is_said_while_its_last_message_goes_on() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let send = Send { sender: Sender::Contract, fee: Fee::Link, ..stand.hello() };
    let sent = lane.send(&send).await.unwrap();
    stand.world.home.set_sender_link(U256::from(1)).await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(sent.message_id).await.diagnosis;
    let step = diagnosis.find_step(StepName::Funds).unwrap();
    assert_eq!(step.found, Found::Problem, "{step:#?}");
    assert!(step.action.contains("Top up"), "{}", step.action);
    assert!(matches!(diagnosis.verdict, Verdict::Waiting { .. }), "{diagnosis:#?}");
}

#[tokio::test]
async fn ccip_15_a_sender_that_pays_in_coin_is_not_said_to_lack_the_wrapped_one() {
    let stand = Stand::new("diagnosis").await;
    let sent = stand.world.v1_6(Side::Home).send(&stand.hello()).await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(sent.message_id).await.diagnosis;
    let step = diagnosis.find_step(StepName::Funds).unwrap();
    assert_eq!(step.found, Found::Ok, "{step:#?}");
    assert!(step.detail.contains("the chain's coin"), "{}", step.detail);
}

#[tokio::test]
async fn ccip_15_the_message_that_holds_up_its_senders_next_one_is_named() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_6(Side::Home);
    let send = Send { order: Order::Kept, ..stand.hello() };
    let first = lane.send(&send).await.unwrap();
    let second = lane.send(&send).await.unwrap();
    lane.commit_all().await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(second.message_id).await.diagnosis;
    assert_eq!(diagnosis.verdict, Verdict::Stuck { at: StepName::Order }, "{diagnosis:#?}");
    assert!(diagnosis.action.contains(&first.message_id.to_string()), "{}", diagnosis.action);
    assert_eq!(found(&stand.diagnose(first.message_id).await.diagnosis, StepName::Order), Found::Ok);
}

#[tokio::test]
async fn ccip_15_a_removed_root_and_a_root_without_a_blessing_are_told_apart() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.v1_5(Side::Home);
    let sent = lane.send(&stand.hello()).await.unwrap();
    let committed = lane.commit_unblessed(1..=1).await.unwrap();
    stand.read().await;
    let unblessed = stand.diagnose(sent.message_id).await.diagnosis;
    assert_eq!(unblessed.verdict, Verdict::Waiting { at: StepName::Commit, until: None }, "{unblessed:#?}");
    lane.remove_root(committed.root).await.unwrap();
    stand.read().await;
    let removed = stand.diagnose(sent.message_id).await.diagnosis;
    assert_ne!(removed.verdict, unblessed.verdict);
    assert_eq!(found(&removed, StepName::Commit), Found::Unknown, "its number is past the next one: {removed:#?}");
}

#[tokio::test]
async fn ccip_15_a_relay_that_passed_a_message_over_is_found_out() {
    let stand = Stand::new("diagnosis").await;
    let lane = stand.world.private(Side::Home);
    let (sender, receiver) = (Sender::Account(Role::User), stand.world.away.tokens.receiver);
    let passed_over = lane.send(sender, receiver, b"one".as_slice().into()).await.unwrap();
    // Block times are whole seconds: the next message is sent later by the chain's clock.
    stand.wait(Duration::from_secs(2)).await;
    let brought = lane.send(sender, receiver, b"two".as_slice().into()).await.unwrap();
    lane.execute(&brought).await.unwrap();
    stand.read().await;
    let diagnosis = stand.diagnose(passed_over.message_id).await.diagnosis;
    assert_eq!(diagnosis.verdict, Verdict::Stuck { at: StepName::Relay }, "{diagnosis:#?}");
    assert!(diagnosis.summary.contains("passed over"), "{}", diagnosis.summary);
    assert_eq!(stand.diagnose(brought.message_id).await.diagnosis.verdict, Verdict::Executed);
}
