//! A model check of the transaction's life: the real decision against a small chain that loses, mines,
//! reorganises and is used by outsiders, in any order.
//!
//! Two things must hold. At no moment do two of an intent's transactions stand on the chain. And once the
//! chain is left in peace, the intent ends, and ends as a success exactly if its effect is there.

use std::time::Duration;

use alloy::primitives::{Address, Bytes};
use proptest::prelude::*;

use super::*;
use crate::{
    intent::{Expectation, Intent},
    revert::Reason,
};

const DEPTH: u64 = 3;

const POLICY: SendPolicy = SendPolicy {
    finality: Finality::Depth(DEPTH),
    stuck_after: Duration::from_secs(10),
    resend_after: Duration::from_secs(2),
    max_attempts: 3,
    ..SendPolicy::FREE_GAS
};

/// What can happen between two looks at the chain.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// The sender looks and acts.
    Look,
    /// The sender looks and acts, and its process dies before anything is sent.
    LookAndDie,
    /// The sender looks and acts; the pool does not take what it sends.
    LookInVain,
    /// A block with everything that fits.
    Mine,
    /// The pool forgets everything.
    Forget,
    /// The last blocks are replaced by empty ones, fewer of them than make a block final.
    Reorganise(u64),
    /// An outsider's transaction uses the next nonce, in a block of its own.
    Outsider,
    /// Time passes.
    Pass(u64),
}

/// A block holds the hashes of the account's transactions, each of which used one nonce; `None` is an
/// outsider's.
#[derive(Debug, Default, Clone)]
struct World {
    blocks: Vec<Vec<Option<B256>>>,
    pool: Vec<B256>,
    seconds: u64,
    reverts: bool,
}

impl World {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + self.seconds).unwrap()
    }

    fn head(&self) -> u64 {
        u64::try_from(self.blocks.len()).unwrap()
    }

    fn nonce_at(&self, height: u64) -> u64 {
        self.blocks.iter().take(usize::try_from(height).unwrap()).map(|block| u64::try_from(block.len()).unwrap()).sum()
    }

    fn standing(&self, hash: B256) -> Option<u64> {
        let position = self.blocks.iter().position(|block| block.contains(&Some(hash)))?;
        Some(u64::try_from(position).unwrap() + 1)
    }

    fn mine(&mut self, state: &IntentState) {
        let nonce = self.nonce_at(self.head());
        let next = state.attempts.iter().find(|attempt| attempt.nonce == nonce && self.pool.contains(&attempt.hash));
        self.blocks.push(next.map(|attempt| vec![Some(attempt.hash)]).unwrap_or_default());
        let used = self.nonce_at(self.head());
        let attempts = &state.attempts;
        self.pool.retain(|hash| attempts.iter().any(|attempt| attempt.hash == *hash && attempt.nonce >= used));
    }

    fn reorganise(&mut self, depth: u64) {
        let keep = self.head().saturating_sub(depth.min(DEPTH - 1));
        for block in self.blocks.iter_mut().skip(usize::try_from(keep).unwrap()) {
            block.clear();
        }
    }

    fn facts(&self, state: &IntentState) -> Facts {
        let head = self.head();
        let final_height = head.checked_sub(DEPTH);
        let mined = state.living().find_map(|attempt| {
            let block_number = self.standing(attempt.hash)?;
            let effect = if self.reverts { Effect::Reverted(Reason::Silent) } else { Effect::Expected };
            let block_hash = B256::from(U256::from(block_number));
            let inclusion = Inclusion { tx_hash: attempt.hash, block_number, block_hash, gas_used: 1, gas_price: 0 };
            Some(Mined { inclusion, effect })
        });
        Facts {
            head,
            base_fee: None,
            gas_price: 0,
            final_height,
            nonce: self.nonce_at(head),
            final_nonce: final_height.map_or(0, |height| self.nonce_at(height)),
            balance: U256::ZERO,
            free_nonce: self.nonce_at(head),
            gap: state.stage.nonce().filter(|own| *own > self.nonce_at(head)).map(|_| self.nonce_at(head)),
            in_flight: 0,
            pooled: mined.is_none() && state.living().any(|attempt| self.pool.contains(&attempt.hash)),
            mined,
            ours: true,
            simulation: Some(Simulation::Passes { gas: 50_000 }),
            leave: Leave::Given,
        }
    }

    /// One look, as the shell does it: journal first, then send.
    fn look(&mut self, state: &mut IntentState, sends: bool, pool_takes: bool) {
        let now = self.now();
        let action = next(state, &self.facts(state), &POLICY, now);
        let hash = match action {
            Action::Sign(draft) | Action::Replace(draft) => {
                let ordinal = u32::try_from(state.attempts.len()).unwrap() + 1;
                let hash = B256::from(U256::from(ordinal));
                state.stage = Stage::Pending { nonce: draft.nonce };
                state.attempts.push(Attempt {
                    ordinal,
                    nonce: draft.nonce,
                    gas_limit: draft.gas_limit,
                    fees: draft.fees,
                    raw: Bytes::new(),
                    hash,
                    signed_at: now,
                    sent_at: None,
                });
                hash
            }
            Action::Broadcast(hash) | Action::Dropped(hash) => hash,
            // Sent like any other; here it lands at once, unless the process dies over it.
            Action::FillGap(_) if sends && pool_takes => return self.blocks.push(vec![None]),
            Action::FillGap(_) | Action::Wait(_) => return,
            Action::Included { nonce, inclusion } => return state.stage = Stage::Included { nonce, inclusion },
            Action::Reorganised { nonce } => return state.stage = Stage::Pending { nonce },
            Action::NonceTaken => return state.stage = Stage::Unsigned,
            Action::Confirmed(inclusion) => return state.stage = Stage::Settled(Outcome::Confirmed(inclusion)),
            Action::Reverted(outcome) => return state.stage = Stage::Settled(outcome),
            Action::Failed(failure) => return state.stage = Stage::Settled(Outcome::Failed(failure)),
        };
        if !sends {
            return;
        }
        let attempt = state.attempts.iter_mut().find(|attempt| attempt.hash == hash).unwrap();
        attempt.sent_at = Some(now);
        // A pool without fees keeps the first transaction of a nonce and refuses another at the same price.
        let (nonce, taken) = (attempt.nonce, self.nonce_at(self.head()));
        let rival = state.attempts.iter().any(|other| other.nonce == nonce && self.pool.contains(&other.hash));
        if pool_takes && !rival && nonce >= taken {
            self.pool.push(hash);
        }
    }

    fn happen(&mut self, happening: Happening, state: &mut IntentState) {
        match happening {
            Happening::Look => self.look(state, true, true),
            Happening::LookAndDie => self.look(state, false, false),
            Happening::LookInVain => self.look(state, true, false),
            Happening::Mine => self.mine(state),
            Happening::Forget => self.pool.clear(),
            Happening::Reorganise(depth) => self.reorganise(depth),
            Happening::Outsider => self.blocks.push(vec![None]),
            Happening::Pass(seconds) => self.seconds += seconds,
        }
    }
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => Just(Happening::Look),
        2 => Just(Happening::LookAndDie),
        2 => Just(Happening::LookInVain),
        4 => Just(Happening::Mine),
        1 => Just(Happening::Forget),
        2 => (1_u64..DEPTH).prop_map(Happening::Reorganise),
        1 => Just(Happening::Outsider),
        3 => (1_u64..15).prop_map(Happening::Pass),
    ]
}

fn fresh(on_nonce_taken: OnNonceTaken) -> IntentState {
    let intent = Intent {
        key: "model".parse().unwrap(),
        to: Address::ZERO,
        value: U256::ZERO,
        data: Bytes::new(),
        expect: Expectation::Status,
        on_nonce_taken,
        expires_at: None,
        traceparent: None,
    };
    IntentState { intent, stage: Stage::Unsigned, attempts: Vec::new() }
}

fn standing(world: &World, state: &IntentState) -> usize {
    state.attempts.iter().filter(|attempt| world.standing(attempt.hash).is_some()).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn ora_11_no_order_of_events_leaves_two_effects_or_a_false_success(
        happenings in proptest::collection::vec(happening(), 0..60),
        again in any::<bool>(),
        reverts in any::<bool>(),
    ) {
        let on_nonce_taken = if again { OnNonceTaken::SignAgain } else { OnNonceTaken::Fail };
        let mut state = fresh(on_nonce_taken);
        let mut world = World { reverts, ..World::default() };
        for happening in happenings {
            let settled = matches!(state.stage, Stage::Settled(_));
            let before = state.clone();
            world.happen(happening, &mut state);
            prop_assert!(standing(&world, &state) <= 1, "two effects after {happening:?}");
            prop_assert!(!settled || state == before, "changed after its end by {happening:?}");
        }
        // Left in peace, it comes to its end.
        for _ in 0..40 {
            world.happen(Happening::Look, &mut state);
            world.happen(Happening::Mine, &mut state);
            world.happen(Happening::Pass(5), &mut state);
        }
        let Stage::Settled(outcome) = &state.stage else {
            return Err(TestCaseError::fail(format!("no end: {state:?}")));
        };
        let effects = standing(&world, &state);
        match outcome {
            Outcome::Confirmed(_) => prop_assert!(effects == 1 && !reverts),
            Outcome::Reverted { .. } => prop_assert!(effects == 1 && reverts),
            Outcome::Failed(failure) => {
                prop_assert_eq!((failure, effects, again), (&Failure::NonceTaken, 0, false));
            }
            Outcome::EventMissing(_) => prop_assert!(false, "the model has no such contract"),
        }
    }
}
