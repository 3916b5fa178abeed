//! The face that gets an answer that k of n endpoints agree on, at a block that they agree on.
//!
//! Two steps. [`EvidenceReads::pin`] finds a block hash that the quorum reports for a height; then
//! [`EvidenceReads::read`] asks for a value at that hash, so that no endpoint can answer from another fork.
//! What cannot be had is [`Evidence::Unknown`], never a guess, and never the answer of whoever was up.

use alloy::primitives::{Address, Bytes, U256};
use futures_util::future::join_all;

use super::{Block, BlockTag, CallRequest, EndpointIndex, EndpointSet, Error, Session};

/// What the endpoints say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence<T> {
    /// The quorum agrees.
    Agreed {
        /// On this.
        value: T,
        /// Who agrees.
        voters: Vec<EndpointIndex>,
        /// Who says something else: worth an alert, not a veto.
        dissenters: Vec<EndpointIndex>,
    },
    /// They contradict each other and no value has a quorum of its own.
    Disagreement {
        /// The different values and who reports them, most voters first.
        camps: Vec<(T, Vec<EndpointIndex>)>,
    },
    /// It could not be found out.
    Unknown(Gap),
}

impl<T> Evidence<T> {
    /// The agreed value, if there is one.
    pub fn agreed(self) -> Option<T> {
        match self {
            Self::Agreed { value, .. } => Some(value),
            Self::Disagreement { .. } | Self::Unknown(_) => None,
        }
    }
}

/// Why it could not be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Gap {
    /// Fewer endpoints are configured than must agree.
    #[error("{configured} endpoints are configured, {needed} must agree")]
    TooFewEndpoints {
        /// The quorum.
        needed: usize,
        /// The endpoints.
        configured: usize,
    },
    /// Fewer endpoints answered than must agree.
    #[error("{answered} endpoints answered, {needed} must agree")]
    TooFewAnswers {
        /// The quorum.
        needed: usize,
        /// The answers.
        answered: usize,
    },
}

/// A value at a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// What a contract answers.
    Call {
        /// The contract.
        to: Address,
        /// The call data.
        data: Bytes,
    },
    /// An account's balance in wei, as 32 bytes.
    Balance(Address),
    /// An account's nonce, as 32 bytes.
    Nonce(Address),
    /// A contract's code.
    Code(Address),
}

/// Reads that need a quorum.
#[derive(Debug, Clone, Copy)]
pub struct EvidenceReads<'a> {
    set: &'a EndpointSet,
    quorum: usize,
}

impl<'a> EvidenceReads<'a> {
    pub(super) const fn new(set: &'a EndpointSet, quorum: usize) -> Self {
        Self { set, quorum }
    }

    /// The highest block number that the quorum has reached: the k-th highest head.
    pub async fn height(&self) -> Evidence<u64> {
        let heads = (0..self.set.len()).map(|index| async move { (index, self.set.session(index).head().await) });
        let mut heights: Vec<_> =
            join_all(heads).await.into_iter().filter_map(|(index, head)| Some((head.ok()?.number, index))).collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        match heights.get(self.quorum.saturating_sub(1)) {
            Some(&(value, _)) if self.quorum <= self.set.len() => {
                let voters = heights.iter().filter(|(height, _)| *height >= value).map(|(_, index)| *index).collect();
                Evidence::Agreed { value, voters, dissenters: Vec::new() }
            }
            Some(_) | None => Evidence::Unknown(self.gap(heights.len())),
        }
    }

    /// The block at a height that the quorum reports with one hash.
    pub async fn pin(&self, height: u64) -> Evidence<Block> {
        let answers =
            (0..self.set.len()).map(|index| async move { (index, self.set.session(index).find_block(height).await) });
        let known = join_all(answers).await.into_iter().filter_map(|(index, block)| Some((index, block.ok()??)));
        self.tally(known.collect())
    }

    /// A value at a pinned block. Endpoints that do not have that block do not count.
    pub async fn read(&self, block: &Block, query: &Query) -> Evidence<Bytes> {
        let answers = (0..self.set.len()).map(|index| async move { (index, self.ask(index, block, query).await) });
        let values = join_all(answers).await.into_iter().filter_map(|(index, value)| Some((index, value.ok()?)));
        self.tally(values.collect())
    }

    /// Whatever every endpoint answers to the same reads, compared as a whole. The reads must be at a pinned block;
    /// otherwise honest endpoints differ.
    pub async fn agree<T, F, Fut>(&self, read: F) -> Evidence<T>
    where
        T: PartialEq,
        F: Fn(Session) -> Fut,
        Fut: Future<Output = Option<T>>,
    {
        let answers = (0..self.set.len()).map(|index| {
            let answer = read(self.set.session(index));
            async move { (index, answer.await) }
        });
        let values = join_all(answers).await.into_iter().filter_map(|(index, value)| Some((index, value?)));
        self.tally(values.collect())
    }

    async fn ask(&self, index: EndpointIndex, block: &Block, query: &Query) -> Result<Bytes, Error> {
        let session = self.set.session(index);
        let at = BlockTag::Hash(block.hash);
        let word = |value: U256| Bytes::from(value.to_be_bytes::<32>());
        match query {
            Query::Call { to, data } => session.eth_call(&CallRequest::read(*to, data.clone()), at).await,
            Query::Balance(account) => session.balance(*account, at).await.map(word),
            Query::Nonce(account) => session.nonce(*account, at).await.map(|nonce| word(U256::from(nonce))),
            Query::Code(account) => session.code(*account, at).await,
        }
    }

    fn tally<T: PartialEq>(&self, answers: Vec<(EndpointIndex, T)>) -> Evidence<T> {
        if self.quorum > self.set.len() { Evidence::Unknown(self.gap(0)) } else { tally(self.quorum, answers) }
    }

    fn gap(&self, answered: usize) -> Gap {
        let (needed, configured) = (self.quorum, self.set.len());
        if needed > configured {
            Gap::TooFewEndpoints { needed, configured }
        } else {
            Gap::TooFewAnswers { needed, answered }
        }
    }
}

/// Counts votes. Agreement needs the quorum and no rival that reaches it as well, which a quorum of half or
/// less would allow.
fn tally<T: PartialEq>(quorum: usize, answers: Vec<(EndpointIndex, T)>) -> Evidence<T> {
    let answered = answers.len();
    let mut camps: Vec<(T, Vec<EndpointIndex>)> = Vec::new();
    for (index, value) in answers {
        match camps.iter_mut().find(|(known, _)| *known == value) {
            Some((_, voters)) => voters.push(index),
            None => camps.push((value, vec![index])),
        }
    }
    camps.sort_by_key(|(_, voters)| std::cmp::Reverse(voters.len()));
    let with_quorum = camps.iter().filter(|(_, voters)| voters.len() >= quorum.max(1)).count();
    let several = camps.len() > 1;
    let mut camps = camps.into_iter();
    match (with_quorum, camps.next()) {
        (1, Some((value, voters))) => {
            let dissenters = camps.flat_map(|(_, voters)| voters).collect();
            Evidence::Agreed { value, voters, dissenters }
        }
        (_, Some(first)) if several => Evidence::Disagreement { camps: std::iter::once(first).chain(camps).collect() },
        (_, Some(_) | None) => Evidence::Unknown(Gap::TooFewAnswers { needed: quorum, answered }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quorum_of_one_mind_is_evidence() {
        let agreed = Evidence::Agreed { value: 'a', voters: vec![0, 2], dissenters: vec![1] };
        assert_eq!(tally(2, vec![(0, 'a'), (1, 'b'), (2, 'a')]), agreed);
    }

    #[test]
    fn contradiction_without_a_quorum_is_disagreement() {
        let camps = vec![('a', vec![0]), ('b', vec![1])];
        assert_eq!(tally(2, vec![(0, 'a'), (1, 'b')]), Evidence::Disagreement { camps });
    }

    #[test]
    fn two_camps_that_both_reach_the_quorum_are_disagreement() {
        let outcome = tally(2, vec![(0, 'a'), (1, 'b'), (2, 'a'), (3, 'b')]);
        assert!(matches!(outcome, Evidence::Disagreement { .. }));
        assert!(matches!(tally(1, vec![(0, 'a'), (1, 'b')]), Evidence::Disagreement { .. }));
    }

    #[test]
    fn too_few_answers_are_unknown_and_not_agreement() {
        let gap = |answered| Evidence::<char>::Unknown(Gap::TooFewAnswers { needed: 2, answered });
        assert_eq!(tally(2, vec![(1, 'a')]), gap(1));
        assert_eq!(tally(2, vec![]), gap(0));
    }

    #[test]
    fn a_quorum_of_zero_still_needs_somebody() {
        assert_eq!(tally::<char>(0, vec![]), Evidence::Unknown(Gap::TooFewAnswers { needed: 0, answered: 0 }));
    }
}
