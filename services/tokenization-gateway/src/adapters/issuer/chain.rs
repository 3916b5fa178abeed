//! A chain as evidence: what a quorum of its endpoints says at a block that can no longer be undone.

use std::collections::BTreeSet;

use alloy::{
    rpc::types::Filter,
    sol_types::{SolCall, SolEvent},
};
use causeway_chain::{
    endpoints::{Block, BlockTag, CallRequest, EndpointSet, Evidence, Query},
    finality::Finality,
    intent::EventPattern,
    rpc::RefusalKind,
};
use causeway_primitives::{Address, B256, Bytes, ChainId, U256};

use super::abi::SettlementToken::{self, Performed, Transfer};
use crate::domain::request::OnChain;

/// What a final transaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// What was expected.
    Done(OnChain),
    /// It reverted, or did something else.
    Other,
    /// It is in no final block, or nobody could say.
    Open,
}

/// What came of trying a call without sending it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// It would take effect.
    Taken,
    /// It would revert.
    Reverts,
    /// Nobody could say.
    Unclear,
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Chain {
    endpoints: EndpointSet,
    /// How many endpoints must agree on what a contract says.
    quorum: usize,
    finality: Finality,
}

impl Chain {
    /// These endpoints, so many of which must agree.
    pub const fn new(endpoints: EndpointSet, quorum: usize, finality: Finality) -> Self {
        Self { endpoints, quorum, finality }
    }

    /// Which one.
    pub fn id(&self) -> ChainId {
        self.endpoints.chain_id()
    }

    /// The last block that can no longer be undone and that the quorum knows. Where the chain itself says what is final,
    /// each endpoint is asked, and the lowest of a quorum's answers is one that all of them have.
    pub(crate) async fn final_block(&self) -> Option<Block> {
        let evidence = self.endpoints.evidence(self.quorum);
        let head = evidence.height().await.agreed()?;
        let height = match self.finality {
            Finality::Instant | Finality::Depth(_) => self.finality.height(head, None)?,
            Finality::Finalized => self.finalized(head).await?,
        };
        evidence.pin(height).await.agreed()
    }

    async fn finalized(&self, head: u64) -> Option<u64> {
        let mut heights = Vec::with_capacity(self.endpoints.len());
        for session in self.endpoints.sessions() {
            heights.extend(self.finality.read(&session, head).await.ok().flatten());
        }
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(self.quorum.saturating_sub(1)).copied()
    }

    /// What a contract answers at a block.
    pub(crate) async fn read<C: SolCall>(&self, block: &Block, to: Address, call: &C) -> Option<C::Return> {
        let query = Query::Call { to, data: call.abi_encode().into() };
        match self.endpoints.evidence(self.quorum).read(block, &query).await {
            Evidence::Agreed { value, .. } => C::abi_decode_returns(&value).ok(),
            Evidence::Disagreement { .. } | Evidence::Unknown(_) => None,
        }
    }

    /// How many transactions an account has had at the last final block.
    pub(crate) async fn nonce(&self, account: Address) -> Option<u64> {
        let block = self.final_block().await?;
        match self.endpoints.evidence(self.quorum).read(&block, &Query::Nonce(account)).await {
            Evidence::Agreed { value, .. } => U256::try_from_be_slice(&value).and_then(|nonce| nonce.try_into().ok()),
            Evidence::Disagreement { .. } | Evidence::Unknown(_) => None,
        }
    }

    /// What became of a transaction, by a quorum's receipts and no later than the last final block.
    pub(crate) async fn effect(&self, hash: B256, expected: &EventPattern) -> Effect {
        let Some(last) = self.final_block().await else { return Effect::Open };
        let evidence = self.endpoints.evidence(self.quorum);
        let receipt = evidence.agree(|session| async move {
            let receipt = session.find_receipt(hash).await.ok()??;
            let mut fits = false;
            for log in receipt.logs() {
                fits |= expected.matches(log.address(), log.topics());
            }
            Some((receipt.block_number?, receipt.block_hash?, receipt.status() && fits))
        });
        match receipt.await.agreed() {
            Some((number, ..)) if number > last.number => Effect::Open,
            Some((block_number, block_hash, true)) => {
                Effect::Done(OnChain { chain: self.id(), tx_hash: hash, block_number, block_hash })
            }
            Some((.., false)) => Effect::Other,
            None => Effect::Open,
        }
    }

    /// Whether a token knows a reference at the last final block, for whatever. What nobody could say is no.
    pub(crate) async fn remembers(&self, token: Address, reference: B256) -> bool {
        let Some(block) = self.final_block().await else { return false };
        let call = SettlementToken::operationsCall { businessReference: reference };
        self.read(&block, token, &call).await.is_some_and(|operation| operation != B256::ZERO)
    }

    /// What would become of a call by this account, by the first endpoint that says so.
    pub(crate) async fn would_take(&self, (from, to): (Address, Address), data: Bytes) -> Trial {
        let request = CallRequest { from: Some(from), to, data, value: U256::ZERO };
        let liveness = self.endpoints.liveness();
        let tried = liveness.run(|session| {
            let request = request.clone();
            async move { session.simulate(&request, BlockTag::Latest).await }
        });
        match tried.await {
            Ok(_) => Trial::Taken,
            Err(error) if error.refusal().is_some_and(|refusal| refusal.kind() == RefusalKind::Reverted) => {
                Trial::Reverts
            }
            Err(_) => Trial::Unclear,
        }
    }

    /// What left an account behind a block, up to the last final one, apart from what a reference gave to somebody else: that
    /// is our own doing.
    pub(crate) async fn taken_from(&self, token: Address, account: Address, since: u64) -> Option<U256> {
        let last = self.final_block().await?.number;
        let of = |signature| Filter::new().address(token).event_signature(signature);
        let taken = of(Transfer::SIGNATURE_HASH).topic1(account.into_word());
        let ours = of(Performed::SIGNATURE_HASH).topic2(account.into_word());
        let taken = self.logs::<Transfer>(taken, (since, last)).await?;
        let ours = self.logs::<Performed>(ours, (since, last)).await?;
        let ours: BTreeSet<_> =
            ours.into_iter().filter(|(_, event)| event.to != Address::ZERO).map(|(tx, _)| tx).collect();
        taken
            .into_iter()
            .filter(|(tx, _)| !ours.contains(tx))
            .try_fold(U256::ZERO, |sum, (_, event)| sum.checked_add(event.value))
    }

    /// What was minted for an account behind a block, up to the last final one.
    pub(crate) async fn minted_for(&self, token: Address, account: Address, since: u64) -> Option<U256> {
        let last = self.final_block().await?.number;
        let minted = Filter::new().address(token).event_signature(Transfer::SIGNATURE_HASH);
        let minted = minted.topic1(Address::ZERO.into_word()).topic2(account.into_word());
        let minted = self.logs::<Transfer>(minted, (since, last)).await?;
        minted.into_iter().try_fold(U256::ZERO, |sum, (_, event)| sum.checked_add(event.value))
    }

    /// The events of a contract in the blocks behind `since`, by a quorum, with their transactions.
    async fn logs<E: SolEvent>(&self, filter: Filter, (since, last): (u64, u64)) -> Option<Vec<(B256, E)>> {
        let first = since.checked_add(1)?;
        if first > last {
            return Some(Vec::new());
        }
        let filter = filter.from_block(first).to_block(last);
        let evidence = self.endpoints.evidence(self.quorum);
        let found = evidence.agree(|session| {
            let filter = filter.clone();
            async move {
                let logs = session.logs(&filter).await.ok()?;
                logs.into_iter()
                    .map(|log| Some((log.transaction_hash?, log.into_inner().data)))
                    .collect::<Option<Vec<_>>>()
            }
        });
        let found = found.await.agreed()?;
        found.into_iter().map(|(tx, data)| Some((tx, E::decode_log_data(&data).ok()?))).collect()
    }
}
