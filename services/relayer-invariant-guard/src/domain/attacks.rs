//! The incidents that the guard exists for, and the days on which it must not stop anybody.
//!
//! Thirteen real ones, each as what it did to books and chains; the crimes that sums cannot see; then what looks like a
//! crime and is none.

use std::collections::BTreeSet;

use causeway_primitives::{B256, Scope, U256};

use super::{
    evaluate::Verdict,
    evidence::{EventKind, ProofOutcome, Seen},
    finding::{Code, Detail, Gap, Mode, Reason},
    samples::{Endpoint, KEEPER, Noted, Side, TOKEN, TOLERANCE, World, asset, halting, id, name},
};

const LOST: (Code, Detail) = (Code::SupplyMismatch, Detail::Lost);
const CREATED: (Code, Detail) = (Code::SupplyMismatch, Detail::Created);
const NO_CAUSE: (Code, Detail) = (Code::UnmatchedEffect, Detail::NoCause);

/// What halts, and in which way.
type Halting = BTreeSet<(Code, Detail)>;

/// After an attack: what halts at the first sweep that sees it, and what once the bound has passed.
fn after(attack: impl Fn(&mut World)) -> (Halting, Halting) {
    let mut world = World::busy();
    assert_eq!(world.sweep().verdict, Verdict::Pass, "before the attack");
    attack(&mut world);
    world.marks = world.heads;
    let at_once = halting(&world.sweep());
    (at_once, halting(&world.sweep_to_the_bound()))
}

#[track_caller]
fn caught(attack: impl Fn(&mut World), at_once: &[(Code, Detail)], later: &[(Code, Detail)]) {
    let (first, second) = after(attack);
    assert!(at_once.iter().all(|expected| first.contains(expected)), "at once: {first:?}");
    assert!(later.iter().all(|expected| second.contains(expected)), "at the bound: {second:?}");
}

/// A release by whoever holds the keys, without a burn and without the books.
fn steal(world: &mut World, number: u64, amount: i128) {
    world.log(EventKind::Release, number, amount, Noted::No);
    world.change(Side::Home, -amount);
}

/// A mint that nothing was locked for.
fn forge(world: &mut World, number: u64, amount: i128) {
    world.log(EventKind::Mint, number, amount, Noted::No);
    world.change(Side::Remote, amount);
}

#[test]
fn grd_15_poly_2021_the_keeper_is_replaced_before_anything_is_taken() {
    let replace = |world: &mut World| {
        world.slots.insert(name("keeper"), B256::repeat_byte(0xbd));
    };
    caught(replace, &[(Code::AuthorityChanged, Detail::SlotChanged)], &[]);
}

#[test]
fn grd_1_qubit_2022_a_deposit_event_without_value_and_an_honest_mint() {
    let attack = |world: &mut World| {
        world.log(EventKind::Deposit, 50, 77 * TOKEN, Noted::Yes);
        world.messages += 1;
        world.mint(50, 77 * TOKEN);
    };
    caught(attack, &[LOST, (Code::SupplyMismatch, Detail::Unbacked)], &[]);
}

#[test]
fn grd_1_wormhole_2022_a_mint_without_a_lock() {
    caught(|world| forge(world, 50, 120 * TOKEN), &[CREATED], &[CREATED, NO_CAUSE]);
}

#[test]
fn grd_1_ronin_2022_five_keys_and_two_releases() {
    caught(|world| (50..52).for_each(|number| steal(world, number, 173 * TOKEN)), &[LOST], &[LOST, NO_CAUSE]);
}

#[test]
fn grd_1_harmony_2022_is_over_after_the_first_of_eleven_transactions() {
    caught(|world| steal(world, 50, 9 * TOKEN), &[LOST], &[NO_CAUSE]);
}

#[test]
fn grd_1_nomad_2022_the_root_zero_proves_everything() {
    let attack = |world: &mut World| {
        world.proof(B256::ZERO, id(1), Vec::new(), ProofOutcome::Accepted);
        steal(world, 50, 100 * TOKEN);
    };
    caught(attack, &[(Code::ProofVerificationFail, Detail::ZeroRoot), LOST], &[NO_CAUSE]);
}

#[test]
fn grd_1_bnb_2022_a_forged_proof_under_a_real_root() {
    let attack = |world: &mut World| {
        let (root, _, path) = world.batch(1);
        world.proof(root, id(1), path, ProofOutcome::Accepted);
        forge(world, 50, 1_000 * TOKEN);
    };
    caught(attack, &[(Code::ProofVerificationFail, Detail::InvalidAccepted), CREATED], &[NO_CAUSE]);
}

#[test]
fn grd_1_poly_2023_a_tiny_lock_and_a_huge_unlock_under_one_message() {
    let attack = |world: &mut World| {
        world.deposit(50, TOKEN);
        world.mint(50, 1_000 * TOKEN);
    };
    caught(attack, &[(Code::UnmatchedEffect, Detail::AmountDiffers)], &[]);
}

#[test]
fn grd_1_multichain_2023_the_lockbox_empties_without_any_event() {
    caught(|world| world.change(Side::Home, -126 * TOKEN), &[LOST, (Code::SupplyMismatch, Detail::Unbacked)], &[LOST]);
}

#[test]
fn grd_1_orbit_2023_is_over_after_the_first_of_five_transactions() {
    caught(|world| steal(world, 50, 16 * TOKEN), &[LOST], &[NO_CAUSE]);
}

#[test]
fn grd_15_ronin_2024_an_upgrade_that_lets_everybody_withdraw_meets_its_cap() {
    let attack = |world: &mut World| {
        world.approved.slots.insert((name("keeper"), B256::repeat_byte(2)));
        world.slots.insert(name("keeper"), B256::repeat_byte(2));
        steal(world, 50, 400 * TOKEN);
    };
    caught(attack, &[(Code::VelocityExceeded, Detail::OverAmount), LOST], &[NO_CAUSE]);
}

#[test]
fn grd_1_hyperbridge_2026_a_forged_proof_under_an_unknown_root() {
    let attack = |world: &mut World| {
        world.proof(B256::repeat_byte(9), id(1), Vec::new(), ProofOutcome::Accepted);
        forge(world, 50, 1_000 * TOKEN);
    };
    caught(attack, &[(Code::ProofVerificationFail, Detail::UnknownRoot), CREATED], &[]);
}

#[test]
fn grd_14_kelp_2026_poisoned_endpoints_hide_it_from_themselves_and_not_from_the_quorum() {
    let mut world = World::busy();
    steal(&mut world, 50, 116 * TOKEN);
    world.marks = world.heads;
    world.endpoints[0].2 = Endpoint::Lying;
    assert!(halting(&world.evaluate()).contains(&LOST), "two honest ones against one");
    // The clean ones are shut down, as they were: whoever is left is no quorum, and the lease lapses.
    world.endpoints[1].2 = Endpoint::Silent;
    world.endpoints[2].2 = Endpoint::Silent;
    assert_eq!(world.evaluate().verdict, Verdict::Indeterminate { reason: Reason::NoQuorum });
}

#[test]
fn grd_1_a_theft_and_a_forgery_of_the_same_size_do_not_cancel_out() {
    let attack = |world: &mut World| {
        steal(world, 50, 30 * TOKEN);
        forge(world, 51, 30 * TOKEN);
    };
    caught(attack, &[LOST, CREATED], &[NO_CAUSE]);
}

/// Every sum balances again in the end: mint out of nothing, burn it, have it released by the honest relayer.
#[test]
fn grd_15_mint_burn_release_is_seen_by_matching_alone() {
    let attack = |world: &mut World| {
        world.mint(50, 10 * TOKEN);
        world.burn(51, 10 * TOKEN);
        world.deposit(52, 10 * TOKEN);
        world.release(51, 10 * TOKEN);
    };
    let (first, second) = after(attack);
    assert_eq!(first, BTreeSet::new(), "the cause may still come into sight");
    assert_eq!(second, BTreeSet::from([NO_CAUSE]), "no balance shows it");
}

#[test]
fn grd_15_two_effects_two_causes_and_a_foreign_recipient_are_found() {
    let twice = |world: &mut World| {
        world.deposit(50, TOKEN);
        world.mint(50, TOKEN);
        world.mint(50, TOKEN);
    };
    caught(twice, &[(Code::UnmatchedEffect, Detail::EffectTwice)], &[]);
    let two_causes = |world: &mut World| {
        world.deposit(50, TOKEN);
        world.deposit(50, TOKEN);
    };
    caught(two_causes, &[(Code::UnmatchedEffect, Detail::CauseTwice)], &[]);
}

#[test]
fn grd_1_a_foreign_signature_and_books_that_went_back_are_found() {
    caught(|world| world.mined += 1, &[(Code::NonceDesync, Detail::ForeignSpendOrRollback)], &[]);
    caught(|world| world.pending += 1, &[(Code::NonceDesync, Detail::KeyMisuse)], &[]);
}

#[test]
fn grd_1_a_batch_that_is_replayed_halts_batch_creation_only() {
    let mut world = World::busy();
    let (root, ..) = world.batch(1);
    world.batch(2);
    world.batches[1].root = root;
    world.batches[1].leaves = None;
    let scopes = BTreeSet::from([Scope::BatchCreation]);
    let expected = Verdict::Violation { code: Code::DuplicateBatch, detail: Detail::SameRoot, scopes };
    assert_eq!(world.evaluate().verdict, expected);
}

#[test]
fn grd_1_a_thousandth_of_a_token_is_missing_and_holds_and_one_unit_more_does_not() {
    let mut world = World::busy();
    world.change(Side::Home, -TOLERANCE);
    world.marks = world.heads;
    assert_eq!(world.evaluate().verdict, Verdict::Pass);
    world.change(Side::Home, -1);
    assert!(halting(&world.evaluate()).contains(&LOST));
}

#[test]
fn grd_9_a_database_that_was_restored_from_yesterday_is_a_regression() {
    let mut world = World::busy();
    world.sweep();
    world.deposit(60, TOKEN);
    world.blocks(5);
    world.sweep();
    world.marks = [103, 103];
    let found = halting(&world.evaluate());
    assert!(found.contains(&(Code::CheckpointRegression, Detail::HeightFell)), "{found:?}");
    assert!(found.contains(&(Code::CheckpointRegression, Detail::SumFell)), "{found:?}");
}

#[test]
fn grd_14_a_final_block_that_changes_is_a_violation_by_itself() {
    let mut world = World::busy();
    world.sweep();
    world.blocks(5);
    let mut evidence = world.evidence();
    for answer in evidence.chains.values_mut().flatten() {
        if let super::evidence::Said::Reading { reading, .. } = &mut answer.said {
            reading.checkpoint_hash = Some(B256::repeat_byte(5));
        }
    }
    let evaluation = super::evaluate::evaluate(&world.rules, &evidence);
    assert!(halting(&evaluation).contains(&(Code::FinalityBroken, Detail::HashChanged)));
}

// What looks like a crime and is none.

#[test]
fn grd_14_value_on_its_way_is_part_of_the_equation() {
    let mut world = World::busy();
    world.deposit(60, 300 * TOKEN);
    world.burn(61, 20 * TOKEN);
    world.marks = world.heads;
    assert_eq!(world.sweep().verdict, Verdict::Pass);
    world.mint(60, 300 * TOKEN);
    world.release(61, 20 * TOKEN);
    world.marks = world.heads;
    assert_eq!(world.sweep().verdict, Verdict::Pass);
}

#[test]
fn grd_14_an_indexer_that_lags_on_one_chain_makes_doubt_and_no_halt() {
    let mut world = World::busy();
    world.sweep();
    world.deposit(60, 300 * TOKEN);
    world.mint(60, 300 * TOKEN);
    world.marks[1] = world.heads[1];
    let early = world.sweep();
    assert_eq!(early.verdict, Verdict::Indeterminate { reason: Reason::EffectBeforeCause });
    assert_eq!(early.findings, [], "not even a finding that only alerts");
    for _ in 0..40 {
        world.heads[0] += 20;
        assert_eq!(world.sweep().verdict, early.verdict, "wall time and heads prove nothing, the books' progress does");
    }
    world.marks = world.heads;
    assert_eq!(world.sweep().verdict, Verdict::Pass);
}

#[test]
fn grd_14_a_reorganisation_a_liar_a_silent_endpoint_and_a_dead_database_halt_nobody() {
    let mut world = World::busy();
    world.endpoints[1].2 = Endpoint::Lying;
    let evaluation = world.evaluate();
    assert_eq!(evaluation.verdict, Verdict::Pass);
    assert_eq!(evaluation.chains[0].dissenters, BTreeSet::from([name("b")]), "the liar has a name");
    world.endpoints[1].2 = Endpoint::Silent;
    assert_eq!(world.evaluate().verdict, Verdict::Pass);
    world.endpoints[2].2 = Endpoint::Lying;
    assert_eq!(world.evaluate().verdict, Verdict::Indeterminate { reason: Reason::EndpointsDisagree });

    let mut forked = World::busy();
    forked.forks[0] = 1;
    assert_eq!(forked.evaluate().verdict, Verdict::Indeterminate { reason: Reason::WatermarkOrphaned });

    let mut evidence = forked.evidence();
    evidence.books = Seen::Missing(Gap::new(Reason::DatabaseUnreadable, "books", "connection refused"));
    let verdict = super::evaluate::evaluate(&forked.rules, &evidence).verdict;
    assert_eq!(verdict, Verdict::Indeterminate { reason: Reason::DatabaseUnreadable });
}

#[test]
fn grd_14_a_donation_and_a_foreign_burn_are_told_and_halt_nobody() {
    let mut world = World::busy();
    world.change(Side::Home, 5 * TOKEN);
    world.marks = world.heads;
    let evaluation = world.sweep();
    assert_eq!(evaluation.verdict, Verdict::Pass);
    assert_eq!(evaluation.findings[0].detail, Detail::Surplus);
    world.change(Side::Remote, -5 * TOKEN);
    let details: Vec<_> = world.evaluate().findings.iter().map(|finding| finding.detail).collect();
    assert_eq!(details, [Detail::Surplus, Detail::Burned]);
    assert_eq!(world.evaluate().verdict, Verdict::Pass);
}

#[test]
fn grd_14_an_approved_adjustment_makes_a_swept_donation_good() {
    let mut world = World::busy();
    world.change(Side::Home, -5 * TOKEN);
    world.marks = world.heads;
    let mut evidence = world.evidence();
    let five = super::quantity::Quantity::from(U256::from(5_000_000));
    let less = super::quantity::Quantity::ZERO.minus(five).unwrap();
    evidence.adjustments.insert((asset(), name(super::preset::terms::CUSTODY_ADJUSTMENT)), less);
    let evaluation = super::evaluate::evaluate(&world.rules, &evidence);
    assert_eq!((evaluation.verdict, evaluation.findings), (Verdict::Pass, Vec::new()));
}

#[test]
fn grd_15_what_is_in_shadow_mode_is_said_and_halts_nobody() {
    let mut world = World::busy();
    world.slots.insert(name("keeper"), B256::ZERO);
    let mut shadow = world.rules.consequence(Code::AuthorityChanged);
    shadow.mode = Mode::Shadow;
    world.rules.consequences.insert(Code::AuthorityChanged, shadow);
    world.approved.rules.insert(world.rules.hash());
    let evaluation = world.evaluate();
    assert_eq!(evaluation.verdict, Verdict::Pass);
    assert_eq!(evaluation.findings[0].code, Code::AuthorityChanged);
    world.slots.insert(name("keeper"), KEEPER);
    assert_eq!(world.evaluate().findings, []);
}

#[test]
fn grd_16_a_passing_cut_makes_the_next_checkpoint_and_nothing_else_does() {
    let mut world = World::busy();
    let first = world.sweep().checkpoint.unwrap();
    world.blocks(3);
    let second = world.sweep().checkpoint.unwrap();
    assert_eq!(super::checkpoint::verify([&first, &second]), Ok(()));
    steal(&mut world, 70, TOKEN);
    world.marks = world.heads;
    assert_eq!(world.sweep().checkpoint, None);
    assert_eq!(world.checkpoint, Some(second), "the last good one stays");
}

/// While nothing passes the checkpoint stays, and the logs above it are read again and again.
#[test]
fn grd_14_a_message_that_is_over_while_nothing_passes_keeps_its_cause() {
    let mut world = World::busy();
    world.deposit(80, 5 * TOKEN);
    world.marks = world.heads;
    assert_eq!(world.sweep().verdict, Verdict::Pass, "on its way");
    world.slots.insert(name("keeper"), B256::ZERO);
    world.mint(80, 5 * TOKEN);
    world.marks = world.heads;
    assert!(matches!(world.sweep().verdict, Verdict::Violation { code: Code::AuthorityChanged, .. }));
    world.slots.insert(name("keeper"), KEEPER);
    let evaluation = world.sweep_to_the_bound();
    assert_eq!((evaluation.verdict, evaluation.findings), (Verdict::Pass, Vec::new()));
}
