//! Proofs and roots, one by one.

use causeway_primitives::{B256, ChainName, U256};

use super::*;
use crate::domain::{
    evidence::{Event, EventKind, Reading, Watermark},
    quorum::Agreed,
    rules::Route,
};

fn tree() -> (B256, B256, B256) {
    let (one, other) = (merkle::leaf(b"one"), merkle::leaf(b"other"));
    (merkle::node(one, other), one, other)
}

fn proof(row: u64, outcome: ProofOutcome) -> ProofRow {
    let (root, leaf, beside) = tree();
    ProofRow {
        row,
        message: B256::repeat_byte(9),
        batch: 1,
        root,
        chain: None,
        height: 4,
        leaf,
        path: Some(vec![beside]),
        outcome,
    }
}

fn books(proofs: Vec<ProofRow>) -> Books {
    let (root, one, other) = tree();
    let leaves = Some(vec![other, one]);
    let batches = vec![BatchRow { row: 1, number: 1, root, chain: None, anchored_at: Some(4), leaves }];
    Books { batches, proofs, ..Books::default() }
}

fn details(books: &Books) -> Vec<Detail> {
    judge(&Rules::default(), None, books, &Chains::new()).findings.iter().map(|finding| finding.detail).collect()
}

#[test]
fn grd_1_a_good_proof_that_is_accepted_and_a_bad_one_that_is_refused_are_right() {
    let mut bad = proof(2, ProofOutcome::Rejected);
    bad.path = Some(Vec::new());
    assert_eq!(details(&books(vec![proof(1, ProofOutcome::Accepted), bad])), []);
}

#[test]
fn grd_1_a_valid_proof_that_is_refused_halts_settlement() {
    let outcome = judge(&Rules::default(), None, &books(vec![proof(1, ProofOutcome::Rejected)]), &Chains::new());
    assert_eq!(outcome.findings[0].detail, Detail::ValidRejected);
    assert_eq!(outcome.findings[0].consequence.scope, causeway_primitives::Scope::Settlement);
}

#[test]
fn grd_1_an_invalid_proof_that_is_accepted_is_found_in_each_of_its_forms() {
    let changed = |change: fn(&mut ProofRow)| {
        let mut row = proof(1, ProofOutcome::Accepted);
        change(&mut row);
        details(&books(vec![row]))
    };
    assert_eq!(changed(|row| row.path = Some(Vec::new())), [Detail::InvalidAccepted]);
    assert_eq!(changed(|row| row.root = B256::ZERO), [Detail::ZeroRoot]);
    assert_eq!(changed(|row| row.root = B256::repeat_byte(3)), [Detail::UnknownRoot]);
}

#[test]
fn grd_1_a_leaf_or_a_message_twice_is_found_and_a_row_read_twice_is_not() {
    let (first, second) = (proof(1, ProofOutcome::Accepted), proof(2, ProofOutcome::Accepted));
    assert_eq!(details(&books(vec![first.clone(), first.clone()])), []);
    assert_eq!(details(&books(vec![first, second])), [Detail::LeafReused, Detail::ConsumedTwice]);
}

#[test]
fn grd_1_members_that_do_not_give_the_root_are_found() {
    let mut books = books(Vec::new());
    books.batches[0].leaves = Some(vec![merkle::leaf(b"one")]);
    assert_eq!(details(&books), [Detail::MembersDoNotRebuildRoot]);
    books.batches[0].leaves = Some(Vec::new());
    assert_eq!(details(&books), [Detail::MembersDoNotRebuildRoot]);
}

#[test]
fn grd_14_a_proof_whose_path_is_not_there_cannot_be_judged() {
    let mut row = proof(1, ProofOutcome::Accepted);
    row.path = None;
    let outcome = judge(&Rules::default(), None, &books(vec![row]), &Chains::new());
    assert_eq!((outcome.findings.len(), outcome.gaps[0].reason), (0, Reason::ProofUndecidable));
}

/// One chain that was read up to block 9 above a checkpoint at 3, with these anchored roots and these effects.
fn chains<'a>(reading: &'a Reading) -> Chains<'a> {
    let agreed = Agreed {
        reading,
        watermark: Watermark { height: 9, hash: reading.hash },
        head: 9,
        pending: BTreeMap::new(),
        voters: BTreeSet::new(),
        dissenters: BTreeSet::new(),
    };
    Chains::from([(home(), Ok(agreed))])
}

fn home() -> ChainName {
    "home".parse().unwrap()
}

fn before() -> Checkpoint {
    let mark = Watermark { height: 3, hash: B256::ZERO };
    Checkpoint { chains: BTreeMap::from([(home(), mark)]), ..Checkpoint::default() }
}

fn rules() -> Rules {
    let route = Route { home: home(), remote: "remote".parse().unwrap() };
    Rules { routes: BTreeMap::from([("sigil".parse().unwrap(), route)]), ..Rules::default() }
}

fn judged(row: ProofRow, reading: &Reading) -> (Vec<Detail>, Vec<Reason>) {
    let outcome = judge(&rules(), Some(&before()), &books(vec![row]), &chains(reading));
    let details = outcome.findings.iter().map(|finding| finding.detail).collect();
    (details, outcome.gaps.iter().map(|gap| gap.reason).collect())
}

fn at(height: u64, outcome: ProofOutcome) -> ProofRow {
    ProofRow { chain: Some(home()), height, ..proof(1, outcome) }
}

fn released() -> Reading {
    let event = Event {
        kind: EventKind::Release,
        id: B256::repeat_byte(9),
        asset: "sigil".parse().unwrap(),
        amount: U256::from(1),
        recipient: B256::ZERO,
        height: 8,
        log_index: 0,
        tx: B256::ZERO,
    };
    Reading { events: vec![event], ..Reading::default() }
}

#[test]
fn grd_14_a_refusal_is_judged_once_its_block_can_no_longer_be_undone() {
    assert_eq!(judged(at(10, ProofOutcome::Rejected), &released()), (vec![], vec![]), "above the watermark");
    assert_eq!(judged(at(9, ProofOutcome::Rejected), &released()), (vec![Detail::ValidRejected], vec![]));
    let unread = Chains::from([(home(), Err(Gap::new(Reason::NoQuorum, "home", "nobody answered")))]);
    let rows = books(vec![at(1, ProofOutcome::Rejected)]);
    assert_eq!(judge(&rules(), Some(&before()), &rows, &unread), Outcome::default(), "nobody vouches for the block");
}

#[test]
fn grd_1_a_bad_proof_that_was_accepted_is_found_wherever_its_block_is() {
    let above = ProofRow { path: Some(Vec::new()), ..at(u64::MAX, ProofOutcome::Accepted) };
    assert_eq!(judged(above, &released()), (vec![Detail::InvalidAccepted], vec![]));
}

#[test]
fn grd_14_an_execution_that_the_chain_knows_nothing_of_cannot_be_judged() {
    let none = Reading::default();
    assert_eq!(judged(at(8, ProofOutcome::Accepted), &released()), (vec![], vec![]));
    assert_eq!(judged(at(8, ProofOutcome::Accepted), &none), (vec![], vec![Reason::ProofUndecidable]));
    assert_eq!(judged(at(10, ProofOutcome::Accepted), &none), (vec![], vec![]), "above the watermark");
    assert_eq!(judged(at(3, ProofOutcome::Accepted), &none), (vec![], vec![]), "its events were read before");
}

#[test]
fn grd_14_a_root_that_the_books_have_on_a_chain_that_has_none_is_doubt() {
    let found = |anchored_at, root: Option<B256>| {
        let reading = Reading { roots: root.map(|root| (1, root)).into_iter().collect(), ..Reading::default() };
        let mut rows = books(Vec::new());
        rows.batches[0] = BatchRow { chain: Some(home()), anchored_at, ..rows.batches[0].clone() };
        let Outcome { findings, gaps } = judge(&rules(), Some(&before()), &rows, &chains(&reading));
        (findings.len(), gaps.len())
    };
    assert_eq!(found(Some(9), Some(B256::ZERO)), (0, 1));
    assert_eq!(found(Some(10), Some(B256::ZERO)), (0, 0), "above the watermark");
    assert_eq!(found(None, Some(B256::ZERO)), (0, 0), "not anchored yet");
    assert_eq!(found(Some(9), Some(tree().0)), (0, 0));
    assert_eq!(found(Some(9), Some(B256::repeat_byte(1))), (1, 0), "another root");
    assert_eq!(found(Some(9), None), (0, 0), "the chain has no contract for roots");
}
