//! The hand at a real database, in a world that does what a test says and by a clock that a test moves.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use causeway_runtime::{CancellationToken, clock::ManualClock};
use causeway_testkit::wait::{self, eventually};
use ops_console::{
    adapters::store::{Changes, Which},
    app::{
        Board, Person,
        changes::{Call, Desk, Error, Hand, MOST_WAITING, Proposal, Rules, World},
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

/// A service where everything stays as it is, whatever it is told, and that remembers what it was told. Its sources are well,
/// and its scopes are halted by somebody else.
#[derive(Debug, Default)]
struct Stubborn {
    is_silent: AtomicBool,
    calls: Mutex<Vec<String>>,
    looks: watch::Sender<u32>,
    answers: Mutex<BTreeMap<&'static str, Answer>>,
}

#[async_trait]
impl World for Stubborn {
    async fn see(&self, _: Uuid, _: &Plan, fact: Fact) -> Seen {
        if self.is_silent.load(Ordering::Relaxed) {
            return Err("no answer in time".to_owned());
        }
        let word = match fact {
            Fact::Action => "offered",
            Fact::Scope => "halted",
            Fact::Halt => {
                self.looks.send_modify(|looks| *looks += 1);
                "none"
            }
            Fact::Source => {
                self.looks.send_modify(|looks| *looks += 1);
                "healthy"
            }
            Fact::Forced | Fact::Request | Fact::Alert(_) | Fact::Times | Fact::Window => {
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

fn proposal(procedure: &str, (name, value): (&str, &str)) -> Proposal {
    Proposal {
        id: Uuid::new_v4(),
        procedure: procedure.to_owned(),
        values: [(name.to_owned(), value.to_owned())].into_iter().collect(),
        reason: "it looks frozen".to_owned(),
    }
}

fn exclusion() -> Proposal {
    proposal("source.exclude", ("source_id", "kraken-eur-usd"))
}

fn halt() -> Proposal {
    proposal("relayer.halt", ("scope", "all"))
}

/// A desk with a proposal that is approved by whom it takes, and a hand at work.
struct Bench {
    stand: Stand,
    world: Arc<Stubborn>,
    clock: Arc<ManualClock>,
    desk: Desk,
    id: Uuid,
    tasks: JoinSet<()>,
}

impl Bench {
    async fn new(label: &str, world: Stubborn, proposal: Proposal) -> Self {
        Self::among(label, 0, world, proposal).await
    }

    /// Behind so many proposals of others, which wait.
    async fn among(label: &str, others: usize, world: Stubborn, proposal: Proposal) -> Self {
        let (stand, world) = (Stand::new(label).await, Arc::new(world));
        let clock = Arc::new(ManualClock::at(at(0)));
        let changes = Changes::new(stand.store.clone(), Vec::new());
        let rules = Rules { approvals: 1, window: Duration::from_secs(3_600) };
        let board = Board::new(&[], Duration::from_secs(10));
        let desk = Desk::new(changes, Arc::clone(&world) as Arc<dyn World>, clock.clone(), board, rules);
        for number in 0..others {
            let other = person(&format!("other-{}", number / 20), Role::Operator);
            desk.propose(&other, &exclusion()).await.unwrap();
        }
        stand.store.put_account("bert", Role::Approver, "no hash", at(0)).await.unwrap();
        let id = proposal.id;
        let filed = desk.propose(&person("anna", Role::Operator), &proposal).await.unwrap();
        if filed.change.terms.approvals > 0 {
            desk.approve(&person("bert", Role::Approver), id, filed.change.plan.hash()).await.unwrap();
        }
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
    let mut bench = Bench::new("rollback", Stubborn::default(), exclusion()).await;
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
    let mut bench = Bench::new("lost", world, exclusion()).await;
    bench.comes_to(State::Unknown).await;
    bench.clock.set(at(30));
    bench.looked_again().await;
    assert_eq!(bench.desk.get(bench.id).await.unwrap().change.state, State::Unknown, "the call may be on its way");
    bench.clock.set(at(61));
    bench.comes_to(State::Failed).await;
    assert_eq!(bench.calls(), ["source.exclude"]);
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn ops_4_a_lost_halt_did_not_happen_because_somebody_elses_covers_its_scope() {
    let world = Stubborn::default();
    world.answers.lock().unwrap().insert("relayer.halt", Answer::Lost("reset".to_owned()));
    let mut bench = Bench::new("lost_halt", world, halt()).await;
    bench.comes_to(State::Unknown).await;
    bench.looked_again().await;
    bench.clock.set(at(61));
    bench.comes_to(State::Failed).await;
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn ops_4_a_halt_that_could_not_be_checked_begins_by_itself_once_the_service_answers() {
    let world = Stubborn { is_silent: AtomicBool::new(true), ..Stubborn::default() };
    let mut bench = Bench::new("late_halt", world, halt()).await;
    bench.comes_to(State::Proposed).await;
    bench.world.is_silent.store(false, Ordering::Relaxed);
    bench.comes_to(State::Executed).await;
    assert_eq!(bench.calls(), ["relayer.halt"]);
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn ops_4_no_number_of_proposals_and_none_that_cannot_be_read_keeps_a_halt_waiting() {
    let mut bench = Bench::among("crowd", 205, Stubborn::default(), halt()).await;
    let spoilt = "UPDATE change SET parameters = '{}' WHERE proposer = 'other-0' AND state = 'checked'";
    bench.stand.sql(spoilt).await.unwrap();
    bench.comes_to(State::Executed).await;
    let listed = bench.desk.list(Which::Open, 300).await.unwrap();
    assert_eq!((listed.changes.len(), listed.unreadable.len()), (186, 20));
    assert!(listed.unreadable[0].1.contains("change.plan_hash"), "{:?}", listed.unreadable);

    // And what has waited for too long goes, however much of it there is.
    bench.clock.set(at(3_600));
    eventually("what is overdue expires", async || {
        bench.desk.list(Which::Overdue(at(3_600)), 300).await.unwrap().changes.is_empty()
    })
    .await;
    bench.tasks.shutdown().await;
}

#[tokio::test]
async fn ops_4_somebody_has_so_many_proposals_that_wait_and_no_more_and_may_still_halt() {
    let mut bench = Bench::new("cap", Stubborn::default(), exclusion()).await;
    bench.comes_to(State::Executed).await;
    let anna = person("anna", Role::Operator);
    let first = exclusion();
    bench.desk.propose(&anna, &first).await.unwrap();
    for _ in 1..MOST_WAITING {
        bench.desk.propose(&anna, &exclusion()).await.unwrap();
    }
    let more = bench.desk.propose(&anna, &exclusion()).await;
    assert!(matches!(more, Err(Error::TooMany(_))), "{more:?}");
    bench.desk.propose(&anna, &first).await.expect("the same again is the same change");
    bench.desk.propose(&anna, &halt()).await.expect("what waits for nobody is not kept from anybody");
    bench.desk.withdraw(&anna, first.id).await.unwrap();
    bench.desk.propose(&anna, &exclusion()).await.expect("there is room again");
    bench.tasks.shutdown().await;
}
