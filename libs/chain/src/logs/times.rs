//! The time of each block that holds a log: from the log where the endpoint writes it there, else from
//! headers, in batches, each block once.

use causeway_primitives::Timestamp;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::de::Error as _;

use super::{
    check::{Fault, Part},
    error::Failure,
    fetch::header_call,
};
use crate::{
    endpoints::{Block, Session},
    rpc,
};

/// How many requests for headers of one window at the same time.
const REQUESTS_AT_ONCE: usize = 4;

/// A block that holds logs, and how many of the window's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) logs: usize,
    pub(super) time: Timestamp,
}

/// The blocks that hold the part's logs, in order, with their times.
pub(super) async fn of_holders(session: &Session, part: &Part, per_request: usize) -> Result<Vec<Holder>, Failure> {
    let known = told(part);
    let missing: Vec<u64> = known.iter().filter(|block| block.time.is_none()).map(|block| block.number).collect();
    let mut headers = fetch(session, &missing, per_request).await?.into_iter();
    known
        .into_iter()
        .map(|block| {
            let time = match block.time {
                Some(time) => time,
                None => headers.next().filter(|header| header.hash == block.hash).ok_or(moved(block.number))?.time,
            };
            Ok(Holder { logs: block.logs, time })
        })
        .collect()
}

const fn moved(block: u64) -> Failure {
    Failure::Fault(Fault::Moved { block })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    number: u64,
    hash: alloy::primitives::B256,
    logs: usize,
    time: Option<Timestamp>,
}

/// What the part itself says of its blocks' times. A time that is not between those of the first and the last
/// block is not believed: some nodes write zero.
fn told(part: &Part) -> Vec<Told> {
    let within = part.first.time..=part.last.time;
    let mut blocks: Vec<Told> = Vec::new();
    for log in &part.logs {
        let number = log.block_number.0;
        if let Some(block) = blocks.last_mut().filter(|block| block.number == number) {
            block.logs = block.logs.saturating_add(1);
            continue;
        }
        let in_header = [&part.first, &part.last].into_iter().find(|header| header.number == number);
        let in_log = || log.block_timestamp.and_then(|seconds| Timestamp::from_secs(seconds.0).ok());
        let time = in_header.map(|header| header.time).or_else(|| in_log().filter(|time| within.contains(time)));
        blocks.push(Told { number, hash: log.block_hash, logs: 1, time });
    }
    blocks
}

async fn fetch(session: &Session, numbers: &[u64], per_request: usize) -> Result<Vec<Block>, Failure> {
    let per_request = if session.takes_batches() { per_request.max(1) } else { 1 };
    let requests: Vec<_> = numbers.chunks(per_request).map(|chunk| headers(session.clone(), chunk.to_vec())).collect();
    stream::iter(requests).buffered(REQUESTS_AT_ONCE).try_concat().await
}

/// The headers of the blocks with these numbers, in this order.
async fn headers(session: Session, numbers: Vec<u64>) -> Result<Vec<Block>, Failure> {
    let calls = numbers.iter().copied().map(header_call).collect();
    let found = session.batch("eth_getBlockByNumber", calls, |answers| answers.iter().map(header).collect());
    let found: Vec<Option<Block>> = found.await.map_err(Failure::Chain)?;
    numbers.into_iter().zip(found).map(|(number, block)| block.ok_or(moved(number))).collect()
}

/// A header of a batch; `None` when the endpoint does not have the block.
pub(super) fn header(answer: &rpc::Answer<'_>) -> Result<Option<Block>, rpc::Error> {
    let Some(raw) = answer.as_ref().map_err(|refusal| rpc::Error::Refused(refusal.clone()))? else { return Ok(None) };
    serde_json::from_str(raw.get()).map(Some).map_err(|source| rpc::Error::Shape(serde_json::Error::custom(source)))
}

#[cfg(test)]
mod tests {
    use alloy::primitives::{Address, B256, Bytes};

    use super::*;
    use crate::logs::wire::{Quantity, RawLog};

    fn seconds(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds).unwrap()
    }

    fn header(number: u64, time: u64) -> Block {
        Block { number, hash: B256::ZERO, parent_hash: B256::ZERO, time: seconds(time), base_fee: None }
    }

    fn log(block: u64, time: Option<u64>) -> RawLog {
        RawLog {
            address: Address::ZERO,
            topics: vec![],
            data: Bytes::new(),
            block_number: Quantity(block),
            block_hash: B256::ZERO,
            transaction_hash: B256::ZERO,
            transaction_index: Quantity(0),
            log_index: Quantity(0),
            removed: None,
            block_timestamp: time.map(Quantity),
        }
    }

    #[test]
    fn ccip_17_each_block_is_looked_up_once_and_only_if_nothing_told_its_time() {
        let logs = vec![log(10, None), log(12, Some(24)), log(12, None), log(13, None), log(13, None), log(20, None)];
        let part = Part { last_before: header(20, 40), first: header(10, 20), logs, last: header(20, 40), bytes: 0 };
        let told: Vec<_> = told(&part).into_iter().map(|block| (block.number, block.logs, block.time)).collect();
        let expected = [(10, 1, Some(20)), (12, 2, Some(24)), (13, 2, None), (20, 1, Some(40))];
        assert_eq!(told, expected.map(|(number, logs, time)| (number, logs, time.map(seconds))));
    }

    #[test]
    fn ccip_17_a_time_that_cannot_be_is_not_believed() {
        let logs = [0, 19, 41, u64::MAX].into_iter().zip(11..).map(|(time, block)| log(block, Some(time))).collect();
        let part = Part { last_before: header(20, 40), first: header(10, 20), logs, last: header(20, 40), bytes: 0 };
        assert_eq!(told(&part).into_iter().filter(|block| block.time.is_none()).count(), 4);
    }
}
