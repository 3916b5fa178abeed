//! What holds for every history: honest ones never halt, thefts never pass, nothing panics, order does not matter.

use causeway_primitives::{B256, U256};
use proptest::prelude::*;

use super::{
    canonical::{self, EVALUATION, EVIDENCE, RULES, decode, encode},
    evaluate::{Verdict, evaluate},
    evidence::{EventKind, Evidence, Said, Seen},
    finding::Code,
    rules::Rules,
    samples::{BOUND, Endpoint, Noted, Side, TOKEN, World},
};

/// Something that honest people and machines do.
#[derive(Debug, Clone)]
enum Step {
    Deposit(i128),
    /// Mints the oldest deposit that is not minted.
    Mint,
    Burn(i128),
    /// Releases the oldest burn that is not released.
    Release,
    /// Blocks go by.
    Blocks(u64),
    /// The indexer of one chain follows to the head, or not.
    Index(bool, bool),
    /// One endpoint changes its ways.
    Endpoint(usize, Endpoint),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let endpoint = prop_oneof![
        3 => Just(Endpoint::Honest),
        1 => Just(Endpoint::Lying),
        1 => Just(Endpoint::Silent),
    ];
    prop_oneof![
        3 => (1_i128..50).prop_map(Step::Deposit),
        3 => Just(Step::Mint),
        2 => (1_i128..20).prop_map(Step::Burn),
        2 => Just(Step::Release),
        2 => (1_u64..8).prop_map(Step::Blocks),
        3 => any::<(bool, bool)>().prop_map(|(home, remote)| Step::Index(home, remote)),
        1 => (0_usize..3, endpoint).prop_map(|(which, how)| Step::Endpoint(which, how)),
        3 => Just(Step::Sweep),
    ]
}

/// An honest bridge and who is on the way over it.
struct Honest {
    world: World,
    number: u64,
    inbound: Vec<(u64, i128)>,
    outbound: Vec<(u64, i128)>,
    supply: i128,
}

impl Honest {
    fn new() -> Self {
        let mut world = World::new();
        // The caps of the sample rules are for thieves; what is tested here are the balances.
        world.rules.velocity.clear();
        world.approved.rules.insert(world.rules.hash());
        Self { world, number: 100, inbound: Vec::new(), outbound: Vec::new(), supply: 0 }
    }

    fn take(&mut self, step: &Step) -> Option<Verdict> {
        match step {
            Step::Deposit(tokens) => {
                self.number += 1;
                self.world.deposit(self.number, tokens * TOKEN);
                self.inbound.push((self.number, tokens * TOKEN));
            }
            Step::Mint if !self.inbound.is_empty() => {
                let (number, amount) = self.inbound.remove(0);
                self.world.mint(number, amount);
                self.supply += amount;
            }
            Step::Burn(tokens) if self.supply >= tokens * TOKEN => {
                self.number += 1;
                self.world.burn(self.number, tokens * TOKEN);
                self.supply -= tokens * TOKEN;
                self.outbound.push((self.number, tokens * TOKEN));
            }
            Step::Release if !self.outbound.is_empty() => {
                let (number, amount) = self.outbound.remove(0);
                self.world.release(number, amount);
            }
            Step::Mint | Step::Burn(_) | Step::Release => {}
            Step::Blocks(count) => {
                self.world.heads = self.world.heads.map(|head| head + count);
            }
            Step::Index(home, remote) => {
                for (index, follows) in [*home, *remote].into_iter().enumerate() {
                    if follows {
                        self.world.marks[index] = self.world.heads[index];
                    }
                }
            }
            Step::Endpoint(which, how) => self.world.endpoints[*which].2 = *how,
            // Two that collude win, and what they win is what the next sweep begins with: the guard's limits say so.
            Step::Sweep if self.one_liar_at_most() => return Some(self.world.sweep().verdict),
            Step::Sweep => {}
        }
        None
    }

    /// At most one endpoint is dishonest.
    fn one_liar_at_most(&self) -> bool {
        self.world.endpoints.iter().filter(|(_, _, how)| *how == Endpoint::Lying).count() < 2
    }
}

/// A crime, and how many sweeps it may take until the books have moved on far enough to prove it.
#[derive(Debug, Clone, Copy)]
enum Crime {
    Drain,
    Steal,
    Forge,
    MintBurnRelease,
    StealAndForge,
}

fn commit(world: &mut World, crime: Crime, amount: i128) {
    match crime {
        Crime::Drain => world.change(Side::Home, -amount),
        Crime::Steal => {
            world.log(EventKind::Release, 1, amount, Noted::No);
            world.change(Side::Home, -amount);
        }
        Crime::Forge => {
            world.log(EventKind::Mint, 1, amount, Noted::No);
            world.change(Side::Remote, amount);
        }
        Crime::MintBurnRelease => {
            world.mint(1, amount);
            world.burn(2, amount);
            world.release(2, amount);
        }
        Crime::StealAndForge => {
            commit(world, Crime::Steal, amount);
            world.log(EventKind::Mint, 3, amount, Noted::No);
            world.change(Side::Remote, amount);
        }
    }
}

fn crime() -> impl Strategy<Value = Crime> {
    prop::sample::select(vec![Crime::Drain, Crime::Steal, Crime::Forge, Crime::MintBurnRelease, Crime::StealAndForge])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn grd_14_no_honest_history_halts_whatever_lags_and_whoever_lies(steps in prop::collection::vec(step(), 1..60)) {
        let mut honest = Honest::new();
        for step in &steps {
            let verdict = honest.take(step);
            prop_assert!(!matches!(verdict, Some(Verdict::Violation { .. })), "{:?}", verdict);
        }
        for endpoint in &mut honest.world.endpoints {
            endpoint.2 = Endpoint::Honest;
        }
        honest.world.marks = honest.world.heads;
        prop_assert_eq!(honest.world.sweep().verdict, Verdict::Pass, "and passes once everything can be seen");
    }

    #[test]
    fn grd_1_no_crime_passes_whatever_was_before(
        steps in prop::collection::vec(step(), 0..40),
        crime in crime(),
        tokens in 1_i128..40,
    ) {
        let mut honest = Honest::new();
        honest.world.deposit(99, 1_000 * TOKEN);
        for step in &steps {
            honest.take(step);
        }
        let world = &mut honest.world;
        for endpoint in &mut world.endpoints {
            endpoint.2 = Endpoint::Honest;
        }
        world.marks = world.heads;
        prop_assert_eq!(world.sweep().verdict, Verdict::Pass);
        commit(world, crime, tokens * TOKEN);
        world.marks = world.heads;
        let first = world.sweep().verdict;
        prop_assert!(first != Verdict::Pass, "{crime:?} passed");
        let last = world.sweep_to_the_bound().verdict;
        prop_assert!(matches!(last, Verdict::Violation { .. }), "{crime:?} is {last:?}");
    }

    #[test]
    fn grd_14_the_order_of_endpoints_rows_and_ledgers_does_not_matter(
        steps in prop::collection::vec(step(), 1..40),
        turn in 0_usize..7,
        crime in prop::option::of(crime()),
    ) {
        let mut honest = Honest::new();
        for step in &steps {
            honest.take(step);
        }
        if let Some(crime) = crime {
            honest.world.deposit(99, 1_000 * TOKEN);
            commit(&mut honest.world, crime, TOKEN);
        }
        let evidence = honest.world.evidence();
        let mut turned = evidence.clone();
        for answers in turned.chains.values_mut() {
            let middle = turn % answers.len();
            answers.rotate_left(middle);
        }
        turned.ledger.reverse();
        let rules = &honest.world.rules;
        prop_assert_eq!(evaluate(rules, &evidence), evaluate(rules, &turned));
    }

    #[test]
    fn grd_16_evidence_rules_and_verdicts_are_read_back_and_replay_to_the_same_bytes(
        steps in prop::collection::vec(step(), 1..40),
        crime in prop::option::of(crime()),
    ) {
        let mut honest = Honest::new();
        honest.world.deposit(99, 1_000 * TOKEN);
        for step in &steps {
            honest.take(step);
        }
        if let Some(crime) = crime {
            commit(&mut honest.world, crime, TOKEN);
        }
        let evidence = honest.world.evidence();
        let stored = encode(EVIDENCE, &evidence);
        let verdict = encode(EVALUATION, &evaluate(&honest.world.rules, &evidence));
        let read: Evidence = decode(EVIDENCE, &stored).unwrap();
        let rules: Rules = decode(RULES, &encode(RULES, &honest.world.rules)).unwrap();
        prop_assert_eq!(&read, &evidence);
        prop_assert_eq!(encode(EVALUATION, &evaluate(&rules, &read)), verdict.clone());
        let evaluation: super::evaluate::Evaluation = decode(EVALUATION, &verdict).unwrap();
        prop_assert_eq!(encode(EVALUATION, &evaluation), verdict);
    }

    #[test]
    fn grd_14_whatever_the_evidence_is_there_is_an_answer(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        crime in prop::option::of(crime()),
    ) {
        let mut world = World::busy();
        if let Some(crime) = crime {
            commit(&mut world, crime, TOKEN);
        }
        let mut bytes = encode(EVIDENCE, &world.evidence());
        let last = bytes.len() - 1;
        for (at, byte) in changes {
            let at = at.index(last);
            bytes[at] = byte;
        }
        // Bytes that can be read are evidence, however mad: they are judged, and the judgement can be written down.
        if let Ok(evidence) = decode::<Evidence>(EVIDENCE, &bytes) {
            prop_assert_eq!(encode(EVIDENCE, &evidence), bytes, "one value has one spelling");
            let evaluation = evaluate(&world.rules, &evidence);
            prop_assert!(!encode(EVALUATION, &evaluation).is_empty());
        }
    }

    #[test]
    fn grd_14_extreme_figures_are_judged_and_never_wrap(values in prop::collection::vec(any::<[u8; 32]>(), 8), flip in any::<bool>()) {
        let world = World::busy();
        let mut evidence = world.evidence();
        let mut figures = values.into_iter().map(|bytes| if flip { U256::MAX } else { U256::from_be_bytes(bytes) }).cycle();
        let custody = figures.next().unwrap();
        for answer in evidence.chains.values_mut().flatten() {
            if let Said::Reading { reading, .. } = &mut answer.said {
                reading.values.values_mut().for_each(|value| *value = custody);
            }
        }
        if let Seen::Known(books) = &mut evidence.books {
            books.sums.values_mut().chain(books.outflows.values_mut()).for_each(|sum| *sum = figures.next().unwrap());
        }
        let evaluation = evaluate(&world.rules, &evidence);
        prop_assert!(evaluation.verdict != Verdict::Pass || evaluation.balances.iter().all(|one| one.holds == Some(true)));
    }
}

#[test]
fn grd_16_what_is_hashed_is_told_apart_by_what_it_is() {
    let rules = World::new().rules;
    let bytes = encode(RULES, &rules);
    assert!(decode::<Rules>(canonical::CHECKPOINT, &bytes).is_err());
    assert_ne!(rules.hash(), B256::ZERO);
    let mut other = rules.clone();
    other.matching_bound += 1;
    assert_ne!(rules.hash(), other.hash());
}

/// A theft keeps the checkpoint where it is, and a message arrives meanwhile: its cause is below the checkpoint.
#[test]
fn grd_14_a_message_that_arrived_while_nothing_passed_still_has_its_cause_afterwards() {
    let mut world = World::new();
    world.deposit(1, 5 * TOKEN);
    world.blocks(1);
    assert_eq!(world.sweep().verdict, Verdict::Pass);
    world.mint(1, 5 * TOKEN);
    world.change(Side::Home, -TOKEN);
    world.blocks(1);
    for _ in 0..3 {
        let halted = world.sweep();
        assert!(
            matches!(halted.verdict, Verdict::Violation { code: Code::SupplyMismatch, .. }),
            "{:?}",
            halted.verdict
        );
        world.blocks(BOUND);
    }
    world.change(Side::Home, TOKEN);
    world.blocks(1);
    let mended = world.sweep();
    assert_eq!(mended.verdict, Verdict::Pass, "{:?} {:?}", mended.findings, mended.gaps);
    assert_eq!(mended.open, [], "and is over");
}
