//! Sources whose connection lives and whose price does not. Age cannot find them: each repetition is
//! received anew. An unchanged price alone is no proof either; it is one when the market has left it.

use std::cmp::Ordering;

use causeway_primitives::U256;

use super::{
    Flaw,
    poll::{median, poll},
    screen::Candidate,
};
use crate::domain::{
    exact::{compare_share, distance},
    policy::Frozen,
};

/// Takes frozen sources out of the vote. The moving venues are the witnesses, and it takes a quorum of
/// them: a few moving venues cannot call a market frozen.
pub(super) fn reject_frozen(rule: &Frozen, quorum: usize, candidates: &mut [Candidate<'_>]) {
    if !candidates.iter().any(|candidate| stands_still(rule, candidate)) {
        return;
    }
    let witnesses = poll(candidates, |candidate| candidate.vote().filter(|_| !stands_still(rule, candidate)));
    if witnesses.len() < quorum {
        return;
    }
    let mut ballots: Vec<_> = witnesses.iter().map(|vote| vote.ballot).collect();
    let Some(market) = median(&mut ballots) else { return };
    for candidate in candidates.iter_mut().filter(|candidate| stands_still(rule, candidate)) {
        if left_behind(rule, candidate.units, market.units) {
            candidate.fault(Flaw::Frozen);
        }
    }
}

fn stands_still(rule: &Frozen, candidate: &Candidate<'_>) -> bool {
    candidate.flaw.is_none() && candidate.observation.unchanged_for >= rule.after
}

fn left_behind(rule: &Frozen, price: U256, market: U256) -> bool {
    compare_share(distance(price, market), market, rule.market_move) != Ordering::Less
}
