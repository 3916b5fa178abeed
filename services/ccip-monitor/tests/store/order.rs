//! The order of reading gives no other result: two chains, read in any interleaving and any batches, with their
//! reorganisations, at any pace, leave the same messages, and these are what the domain makes of the evidence.

use std::collections::BTreeMap;

use ccip_monitor::{
    domain::{
        event::Outcome,
        message::Status,
        standing::{Occurrence, Standing},
    },
    ports::{MessageView, Pace, Records as _},
};
use proptest::{
    bool::weighted,
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRng, TestRunner},
};

use super::stand::{Block, DESTINATION, SOURCE, Stand, at, commit, fail, remove_root, send, succeed};

/// What a destination block says of message 1 to 4.
#[derive(Debug, Clone, Copy)]
enum Act {
    Commit(u64),
    Remove(u64),
    Succeed(u64),
    Fail(u64),
}

impl Act {
    fn add(self, block: Block) -> Block {
        match self {
            Self::Commit(id) => block.with(commit(id, id)),
            Self::Remove(id) => block.with(remove_root(id, id)),
            Self::Succeed(id) => block.with(succeed(id)),
            Self::Fail(id) => block.with(fail(id)),
        }
    }

    fn occurrence(self) -> (u64, Occurrence) {
        match self {
            Self::Commit(id) => (id, Occurrence::Committed),
            Self::Remove(id) => (id, Occurrence::RootRemoved),
            Self::Succeed(id) => (id, Occurrence::Succeeded),
            Self::Fail(id) => (id, Occurrence::Failed),
        }
    }
}

const MESSAGES: u64 = 4;
/// Databases of this test: each is a second of work.
const CASES: usize = 12;

#[derive(Debug, Clone)]
struct World {
    /// The acts of each destination block.
    blocks: Vec<Vec<Act>>,
    /// Which chain is read next; the other one when it is at its end.
    turns: Vec<bool>,
    /// Whether a block is read as in a back-fill.
    far_behind: Vec<bool>,
    /// After so many blocks of the destination its last one turns out to be another one, without its acts.
    fork_after: usize,
    /// The same for the source, whose block is then read again with the same send.
    source_fork_after: usize,
}

fn worlds() -> impl Strategy<Value = World> {
    let act = (0_u8..4, 1..=MESSAGES).prop_map(|(kind, id)| match kind {
        0 => Act::Commit(id),
        1 => Act::Remove(id),
        2 => Act::Succeed(id),
        _ => Act::Fail(id),
    });
    let blocks = proptest::collection::vec(proptest::collection::vec(act, 0..4), 1..6);
    let (turns, far_behind) =
        (proptest::collection::vec(any::<bool>(), 16), proptest::collection::vec(weighted(0.75), 13));
    (blocks, turns, far_behind, 1_usize..6, 1_usize..5).prop_map(
        |(blocks, turns, far_behind, fork_after, source_fork_after)| World {
            blocks,
            turns,
            far_behind,
            fork_after,
            source_fork_after,
        },
    )
}

/// What the domain makes of the acts that stayed.
fn expected(world: &World) -> BTreeMap<u64, Standing> {
    let mut standings: BTreeMap<u64, Standing> = (1..=MESSAGES).map(|id| (id, Standing::sent())).collect();
    let mut committed = BTreeMap::new();
    for (number, acts) in (1..).zip(&world.blocks) {
        if number == world.fork_after {
            continue;
        }
        let time = at(100 + u64::try_from(number).unwrap());
        for act in acts {
            let (id, occurrence) = act.occurrence();
            let known = committed.entry(id).or_insert(false);
            *known |= occurrence == Occurrence::Committed;
            // A root that no report had says nothing about the message.
            if occurrence != Occurrence::RootRemoved || *known {
                let _ = standings.get_mut(&id).unwrap().advance(occurrence, time);
            }
        }
    }
    standings
}

async fn play(stand: &Stand, world: &World) {
    let mut source = 0;
    let mut destination = 0;
    stand.read(Block::source(1)).await;
    stand.read(Block::destination(100)).await;
    let mut turns = world.turns.iter().copied().cycle();
    let mut paces = world.far_behind.iter().map(|far| if *far { Pace::Backfill } else { Pace::Live }).cycle();
    while source < MESSAGES || destination < world.blocks.len() {
        let (of_source, pace) = (turns.next().unwrap(), paces.next().unwrap());
        if (of_source && source < MESSAGES) || destination == world.blocks.len() {
            source += 1;
            read_source(stand, source, pace, world.source_fork_after).await;
        } else {
            destination += 1;
            read_destination(stand, destination, pace, world).await;
        }
    }
}

async fn read_source(stand: &Stand, number: u64, pace: Pace, fork_after: usize) {
    let block = Block::source(1 + number).at(pace).with(send(number));
    stand.read(block.clone()).await;
    if usize::try_from(number).unwrap() == fork_after {
        let before = if number == 1 { Block::source(1) } else { Block::source(number) };
        stand.unwind(SOURCE, Some(&before)).await;
        stand.read(block).await;
    }
}

async fn read_destination(stand: &Stand, number: usize, pace: Pace, world: &World) {
    let height = 100 + u64::try_from(number).unwrap();
    let acts = &world.blocks[number - 1];
    stand.read(acts.iter().fold(Block::destination(height).at(pace), |block, act| act.add(block))).await;
    if number == world.fork_after {
        stand.unwind(DESTINATION, Some(&Block::destination(height - 1))).await;
        stand.read(Block::destination(height).fork(1)).await;
    }
}

fn assert_stands(message: &MessageView, standing: &Standing, world: &World) {
    assert_eq!(
        (message.status, message.delivered_at, message.executed_at, message.retry_count, message.orphaned),
        (
            standing.state.status(),
            standing.delivered_at,
            standing.executed_at,
            standing.attempts.saturating_sub(1),
            false
        ),
        "{world:?}"
    );
}

#[tokio::test]
async fn ccip_16_no_order_of_reading_gives_another_message() {
    let config = Config { failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, rng);
    for _ in 0..CASES {
        let world = worlds().new_tree(&mut runner).unwrap().current();
        let stand = Stand::new("order").await;
        play(&stand, &world).await;
        for (id, standing) in expected(&world) {
            let message = stand.get(id).await;
            assert_stands(&message, &standing, &world);
            // What is shown step by step ends where the row stands.
            let last = stand.steps(id).await.last().map(|(_, status)| *status);
            assert_eq!(last, Some(standing.state.status()), "{world:?}");
            let attempts = stand.store.list_attempts(message.key).await.unwrap();
            let counted = attempts.iter().filter(|attempt| !attempt.orphaned).count();
            assert_eq!(u32::try_from(counted).unwrap(), standing.attempts);
            let succeeded =
                attempts.iter().any(|attempt| attempt.outcome == Some(Outcome::Succeeded) && !attempt.orphaned);
            assert_eq!(succeeded, message.status == Status::Executed);
        }
    }
}
