//! The hand at a real database, in a world that does what a test says and by a clock that a test moves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use causeway_runtime::{CancellationToken, clock::ManualClock};
use causeway_testkit::wait::{self, eventually};
use ops_console::{
    adapters::store::Changes,
    app::{
        Board, Person,
        changes::{Call, Desk, Hand, Proposal, Rules, World},
    },
    domain::{
        change::{
            Answer, State,
            expect::{Fact, Seen},
            plan::Plan,
        },
        people::Role,
    },
};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use super::stand::{Stand, at};

/// A publisher whose source stays as it is, whatever it is told, and that remembers what it was told.
#[derive(Debug, Default)]
struct Stubborn {
    calls: Mutex<Vec<String>>,
    looks: watch::Sender<u32>,
    answers: Mutex<BTreeMap<&'static str, Answer>>,
}

#[async_trait]
impl World for Stubborn {
    async fn see(&self, _: Uuid, _: &Plan, fact: Fact) -> Seen {
        let word = match fact {
            Fact::Service => "ok",
            Fact::Action => "offered",
            Fact::Source => {
                self.looks.send_modify(|looks| *looks += 1);
                "healthy"
            }
            Fact::Breaker | Fact::Scope | Fact::Request | Fact::Alert(_) | Fact::Times | Fact::Window => {
                return Err("nobody looks at that here".to_owned());
            }
        };
        Ok(word.to_owned())
    }

    async fn call(&self, _: Uuid, call: Call) -> Answer {
        self.calls.lock().unwrap().push(call.action.clone());
        let answer = self.answers.lock().unwrap().get(call.action.as_str()).cloned();
        answer.unwrap_or_else(|| Answer::Done("so be it".to_owned()))
    }
}

fn person(name: &str, role: Role) -> Person {
    Person { name: name.to_owned(), role, form_token: String::new(), signed_in: true }
}

/// A desk with an approved exclusion, and a hand at work.
struct Bench {
    stand: Stand,
    world: Arc<Stubborn>,
    clock: Arc<ManualClock>,
    desk: Desk,
    id: Uuid,
    tasks: JoinSet<()>,
}

impl Bench {
    async fn new(label: &str, world: Stubborn) -> Self {
        let (stand, world) = (Stand::new(label).await, Arc::new(world));
        let clock = Arc::new(ManualClock::at(at(0)));
        let changes = Changes::new(stand.store.clone(), Vec::new());
        let rules = Rules { approvals: 1, window: Duration::from_secs(3_600) };
        let board = Board::new(&[], Duration::from_secs(10));
        let desk = Desk::new(changes, Arc::clone(&world) as Arc<dyn World>, clock.clone(), board, rules);
        let id = Uuid::new_v4();
        let proposal = Proposal {
            id,
            procedure: "source.exclude".to_owned(),
            values: [("source_id".to_owned(), "kraken-eur-usd".to_owned())].into_iter().collect(),
            reason: "it looks frozen".to_owned(),
        };
        let filed = desk.propose(&person("anna", Role::Operator), &proposal).await.unwrap();
        desk.approve(&person("bert", Role::Approver), id, filed.change.plan.hash()).await.unwrap();
        let (_, leadership) = watch::channel(Some(stand.leader.clone()));
        let (hand, mut tasks) = (Hand::new(desk.clone(), leadership), JoinSet::new());
        tasks.spawn(async move {
            let _ = hand.run(CancellationToken::new()).await;
        });
        Self { stand, world, clock, desk, id, tasks }
    }

    async fn comes_to(&self, state: State) {
        eventually(&format!("the change is {state:?}"), async || {
            let is = self.desk.get(self.id).await.unwrap().change;
            if is.state == state { Ok(()) } else { Err(format!("{is:?}")) }
        })
        .await;
    }

    /// Waits until the world was looked at twice more: the first of them may have begun before.
    async fn looked_again(&self) {
        let enough = *self.world.looks.borrow() + 2;
        wait::told("two more looks", self.world.looks.subscribe(), |looks| *looks >= enough).await;
    }

    fn calls(&self) -> Vec<String> {
        self.world.calls.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn ops_4_an_effect_that_does_not_come_is_taken_back_by_itself() {
    let mut bench = Bench::new("rollback", Stubborn::default()).await;
    bench.comes_to(State::Executed).await;
    bench.clock.set(at(120));
    bench.comes_to(State::RolledBack).await;
    assert_eq!(bench.calls(), ["source.exclude", "source.reinstate"]);
    assert!(bench.stand.store.verify_audit(1, None).await.unwrap().is_ok());
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn ops_4_a_lost_answer_without_an_effect_is_a_failure_only_when_no_call_can_be_under_way() {
    let world = Stubborn::default();
    world.answers.lock().unwrap().insert("source.exclude", Answer::Lost("reset".to_owned()));
    let mut bench = Bench::new("lost", world).await;
    bench.comes_to(State::Unknown).await;
    bench.clock.set(at(30));
    bench.looked_again().await;
    assert_eq!(bench.desk.get(bench.id).await.unwrap().change.state, State::Unknown, "the call may be on its way");
    bench.clock.set(at(61));
    bench.comes_to(State::Failed).await;
    assert_eq!(bench.calls(), ["source.exclude"]);
    bench.tasks.shutdown().await;
}
