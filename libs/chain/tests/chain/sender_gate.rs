//! A sender behind a gate: what it keeps back, and what it follows all the same.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use causeway_chain::{
    intent::{Outcome, Stage},
    journal::Journal,
    sender::{Gate, Leave},
};
use causeway_testkit::{contracts::Dialect, fault::RpcProxy};

use crate::support::{RESEND, STUCK, World, happened, memory, outcome, state};

/// Answers these one after the other, and the last of them from then on.
#[derive(Clone)]
struct Answers(Arc<Mutex<VecDeque<Leave>>>);

impl Answers {
    fn new(answers: impl IntoIterator<Item = Leave>) -> Self {
        Self(Arc::new(Mutex::new(answers.into_iter().collect())))
    }

    fn now(&self, leave: Leave) {
        *self.0.lock().unwrap() = VecDeque::from([leave]);
    }

    fn gate(&self) -> Gate {
        let answers = Arc::clone(&self.0);
        Gate::new(move || {
            let mut answers = answers.lock().unwrap();
            if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0] }
        })
    }
}

#[tokio::test]
async fn tok_8_bytes_that_are_in_no_pool_are_not_sent_under_a_halt_and_nothing_is_signed() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    proxy.fail("eth_sendRawTransaction", -32_000, "txpool is full");
    let (journal, answers) = (memory(), Answers::new([Leave::Given]));
    let sender = world.sender_behind(answers.gate(), &[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!(proxy.calls("eth_sendRawTransaction"), 1, "signed, and taken by nobody");

    answers.now(Leave::Withheld);
    proxy.honest();
    sender.submit(&world.intent(2, 8)).await.unwrap();
    for _ in 0..3 {
        world.clock.pass(STUCK);
        sender.tick().await.unwrap();
    }
    assert_eq!(proxy.calls("eth_sendRawTransaction"), 1, "neither again nor anew");
    assert_eq!(state(&journal, "round:1:7").await.attempts.len(), 1);
    assert_eq!(state(&journal, "round:2:8").await.stage, Stage::Unsigned);

    answers.now(Leave::Given);
    world.clock.pass(RESEND);
    sender.tick().await.unwrap();
    // What is in a pool is followed, leave or not.
    answers.now(Leave::Withheld);
    world.anvil.mine(1).await.unwrap();
    sender.tick().await.unwrap();
    assert!(matches!(outcome(&journal, "round:1:7").await, Some(Outcome::Confirmed(_))));
}

#[tokio::test]
async fn tok_8_a_halt_that_comes_while_it_is_signed_keeps_the_bytes_here() {
    let world = World::new(Dialect::UpdateAnswerInt256).await;
    let proxy = RpcProxy::start(world.anvil.url()).await.unwrap();
    let (journal, answers) = (memory(), Answers::new([Leave::Given, Leave::Withheld]));
    let sender = world.sender_behind(answers.gate(), &[proxy.url()], Arc::clone(&journal) as Arc<dyn Journal>);
    let mut events = sender.events();
    sender.submit(&world.intent(1, 7)).await.unwrap();
    sender.tick().await.unwrap();
    assert_eq!((happened(&mut events), proxy.calls("eth_sendRawTransaction")), (vec!["signed"], 0));
    assert_eq!(state(&journal, "round:1:7").await.attempts[0].sent_at, None);
    answers.now(Leave::Given);
    sender.tick().await.unwrap();
    assert_eq!(happened(&mut events), ["sent"]);
    assert_eq!(state(&journal, "round:1:7").await.attempts.len(), 1, "the same bytes");
}
