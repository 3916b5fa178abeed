//! What the ramps counted against what is stored.

use causeway_testkit::ccip::{Family, Order, Send, Side};
use ccip_monitor::{
    app::verify::Outcome,
    domain::{diagnose::Gap, event::LaneEvent},
};

use super::stand::Stand;

async fn send(stand: &Stand, count: u32) {
    for _ in 0..count {
        let send = Send { order: Order::Free, ..stand.hello() };
        stand.world.v1_6(Side::Home).send(&send).await.unwrap();
    }
}

fn is_number(event: &LaneEvent, numbers: &[u64]) -> bool {
    match event {
        LaneEvent::Sent(sent) => sent.sequence.is_some_and(|sequence| numbers.contains(&sequence)),
        LaneEvent::Committed(_)
        | LaneEvent::Delivered { .. }
        | LaneEvent::RootRemoved { .. }
        | LaneEvent::Attempted(_)
        | LaneEvent::Skipped(_)
        | LaneEvent::Changed(_) => false,
    }
}

fn missing(outcome: &Outcome) -> Vec<(u64, u64)> {
    match outcome {
        Outcome::Holes { missing, .. } => missing.iter().map(|gap| (gap.first, gap.last)).collect(),
        Outcome::Whole { .. } | Outcome::Unknown { .. } => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn ccip_13_a_lane_that_was_read_whole_is_whole_and_stays_so() {
    let stand = Stand::new("verify").await;
    assert!(
        matches!(stand.verify(Family::V1_6, 0).await, Outcome::Unknown { gap: Gap::Needs { .. } }),
        "nothing was read"
    );
    stand.read().await;
    assert_eq!(stand.verify(Family::V1_6, 0).await, Outcome::Whole { expected: 0 });
    send(&stand, 3).await;
    assert_eq!(
        stand.verify(Family::V1_6, 0).await,
        Outcome::Whole { expected: 0 },
        "compared at our block, not at the head"
    );
    stand.read().await;
    assert_eq!(stand.verify(Family::V1_6, 0).await, Outcome::Whole { expected: 3 });
    stand.world.v1_5(Side::Home).send(&stand.hello()).await.unwrap();
    stand.read().await;
    assert_eq!(stand.verify(Family::V1_5, 0).await, Outcome::Whole { expected: 1 });
}

#[tokio::test]
async fn ccip_13_messages_that_an_endpoint_left_out_are_named_wherever_they_are() {
    let stand = Stand::new("verify").await;
    send(&stand, 6).await;
    stand.read_unless(|event| is_number(event, &[1, 3, 4, 6])).await;
    let outcome = stand.verify(Family::V1_6, 0).await;
    assert_eq!(missing(&outcome), [(1, 1), (3, 4), (6, 6)]);
    let Outcome::Holes { expected, missing } = outcome else { panic!() };
    assert_eq!(expected, 6);
    let between = missing[1];
    assert!(between.not_before < between.not_after, "and in which blocks they are: {between:?}");
}

#[tokio::test]
async fn ccip_13_what_was_sent_before_watching_began_is_not_missing() {
    let stand = Stand::new("verify").await;
    send(&stand, 2).await;
    let start_block = stand.world.home.anvil.block_number().await.unwrap() + 1;
    send(&stand, 2).await;
    stand.read_unless(|event| is_number(event, &[1, 2])).await;
    assert_eq!(stand.verify(Family::V1_6, start_block).await, Outcome::Whole { expected: 2 });
    assert_eq!(missing(&stand.verify(Family::V1_6, 0).await), [(1, 2)]);
}

#[tokio::test]
async fn ccip_13_a_chain_that_does_not_answer_is_never_whole() {
    let mut stand = Stand::new("verify").await;
    send(&stand, 1).await;
    stand.read().await;
    stand.world.home.anvil.kill().await.unwrap();
    let outcome = stand.verify(Family::V1_6, 0).await;
    assert!(matches!(outcome, Outcome::Unknown { gap: Gap::Unanswered { .. } }), "{outcome:?}");
}
