//! The port over a chain's endpoints.

use std::{ops::RangeInclusive, time::Duration};

use async_trait::async_trait;
use causeway_chain::endpoints::{Block, BlockTag, EndpointSet};
use tokio::sync::Semaphore;

use super::{
    destination, manual, off_ramp, original, probe,
    reader::{AT_ONCE, Reader},
    source, tries,
};
use crate::{
    domain::diagnose::{
        Read,
        diagnosis::ManualCall,
        evidence::{DestinationReads, SourceReads},
    },
    ports::{
        ChainReads, DestinationAsk, ManualAsk, OffRampAsk, Original, Pin, ProbeAsk, ProbeReads, RampAsk, SourceAsk, Try,
    },
};

/// Asks one chain.
#[derive(Debug)]
pub struct ChainReader(Reader);

impl ChainReader {
    /// `within` bounds one read, fail-over and the wait for its turn included.
    pub fn new(endpoints: EndpointSet, within: Duration) -> Self {
        Self(Reader { endpoints, within, gate: Semaphore::new(AT_ONCE) })
    }

    async fn header(&self, tag: BlockTag, what: String) -> Read<Pin> {
        let value = match tag {
            BlockTag::Latest => self.0.run(|session| async move { session.head().await }).await,
            BlockTag::Pending | BlockTag::Finalized | BlockTag::Number(_) | BlockTag::Hash(_) => {
                self.0.run(|session| async move { session.block(tag).await }).await
            }
        };
        let words = |block: &Block| format!("{what}: {} at {}", block.number, block.time);
        let proof = match &value {
            Ok(block) => words(block),
            Err(gap) => format!("{what}: not known ({gap})"),
        };
        Read { value: value.map(pin), proof }
    }
}

const fn pin(block: Block) -> Pin {
    Pin { number: block.number, hash: block.hash, time: block.time, base_fee: block.base_fee }
}

#[async_trait]
impl ChainReads for ChainReader {
    async fn head(&self) -> Read<Pin> {
        self.header(BlockTag::Latest, "the last block".to_owned()).await
    }

    async fn block(&self, number: u64) -> Read<Pin> {
        self.header(BlockTag::Number(number), format!("block {number}")).await
    }

    async fn probe(&self, at: Pin, ask: &ProbeAsk) -> ProbeReads {
        probe::probe(self.0.at(at), ask).await
    }

    async fn expected_next(&self, at: Pin, ask: &RampAsk) -> Read<u64> {
        off_ramp::expected_next(self.0.at(at), ask).await
    }

    async fn original(&self, ask: &SourceAsk) -> Read<Original> {
        original::original(&self.0, ask).await
    }

    async fn source(&self, at: Pin, ask: &SourceAsk) -> SourceReads {
        source::source(self.0.at(at), ask).await
    }

    async fn destination(&self, at: Pin, ask: &DestinationAsk) -> DestinationReads {
        destination::destination(self.0.at(at), ask).await
    }

    async fn manual_call(&self, at: Pin, ask: &ManualAsk) -> Read<ManualCall> {
        manual::call(self.0.at(at), ask).await
    }

    async fn pending_tries(&self, off_ramps: &[OffRampAsk]) -> Read<Vec<Try>> {
        tries::pending(&self.0, off_ramps).await
    }

    async fn reverted_tries(&self, blocks: RangeInclusive<u64>, off_ramps: &[OffRampAsk]) -> Read<Vec<Try>> {
        let (first, last) = blocks.into_inner();
        let mut found = Vec::new();
        for number in first..=last {
            match tries::reverted(&self.0, number, off_ramps).await {
                Ok(tries) => found.extend(tries),
                Err(gap) => return Read::gap(gap, format!("receipts of block {number}")),
            }
        }
        let proof = format!("receipts of blocks {first} to {last}: {} reverted executions", found.len());
        Read::known(found, proof)
    }
}
