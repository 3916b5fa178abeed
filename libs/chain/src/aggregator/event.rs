//! `AnswerUpdated`: the event that proves a round.

use alloy::{
    primitives::{Address, B256, Bytes, I256, U256},
    rpc::types::Log,
    sol_types::SolEvent,
};
use causeway_primitives::{Answer, RoundId, Timestamp};

use super::Abi;
use crate::intent::EventPattern;

/// What the receipt of a published answer must show: `AnswerUpdated` from the aggregator with our answer,
/// and with our round where the dialect named it.
pub fn answer_updated(target: Address, answer: Answer, round: Option<RoundId>) -> EventPattern {
    let round = round.map(|round| B256::from(U256::from(round.get())));
    let topics = vec![Some(Abi::AnswerUpdated::SIGNATURE_HASH), Some(B256::from(answer.get().into_raw())), round];
    EventPattern { address: target, topics }
}

/// A round that was written, from its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnswerUpdate {
    /// The aggregator.
    pub aggregator: Address,
    /// The answer.
    pub answer: Answer,
    /// The round, counted within the aggregator.
    pub round: RoundId,
    /// When, by block time.
    pub updated_at: Timestamp,
    /// The block's height.
    pub block_number: u64,
    /// The block.
    pub block_hash: B256,
    /// The transaction.
    pub tx_hash: B256,
    /// The log's place in its block.
    pub log_index: u64,
}

impl AnswerUpdate {
    /// The topic that selects these logs.
    pub const TOPIC: B256 = Abi::AnswerUpdated::SIGNATURE_HASH;

    /// Reads a mined log; `None` when it is another event, damaged, or not mined.
    pub fn decode(log: &Log) -> Option<Self> {
        let [topic, current, round] = log.topics() else { return None };
        if *topic != Self::TOPIC {
            return None;
        }
        let data: &Bytes = &log.data().data;
        let updated_at = U256::try_from_be_slice(data.get(..32)?)?;
        Some(Self {
            aggregator: log.address(),
            answer: Answer::new(I256::from_raw((*current).into())),
            round: RoundId::new(u128::try_from(U256::from_be_bytes(round.0)).ok()?),
            updated_at: Timestamp::from_secs(u64::try_from(updated_at).ok()?).ok()?,
            block_number: log.block_number?,
            block_hash: log.block_hash?,
            tx_hash: log.transaction_hash?,
            log_index: log.log_index?,
        })
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::LogData;

    use super::*;

    fn log(topics: Vec<B256>, data: Vec<u8>) -> Log {
        let inner = alloy::primitives::Log {
            address: Address::repeat_byte(1),
            data: LogData::new_unchecked(topics, data.into()),
        };
        Log {
            inner,
            block_hash: Some(B256::repeat_byte(2)),
            block_number: Some(9),
            block_timestamp: None,
            transaction_hash: Some(B256::repeat_byte(3)),
            transaction_index: Some(0),
            log_index: Some(4),
            removed: false,
        }
    }

    fn word(value: u64) -> B256 {
        B256::from(U256::from(value))
    }

    #[test]
    fn reads_a_round_from_its_log_and_the_pattern_accepts_it() {
        let minus_five = Answer::new(I256::try_from(-5).unwrap());
        let topics = vec![AnswerUpdate::TOPIC, B256::from(minus_five.get().into_raw()), word(7)];
        let update = AnswerUpdate::decode(&log(topics.clone(), word(1_700_000_000).to_vec())).unwrap();
        assert_eq!((update.answer, update.round), (minus_five, RoundId::new(7)));
        assert_eq!((update.updated_at.as_secs(), update.block_number, update.log_index), (1_700_000_000, 9, 4));
        for round in [None, Some(RoundId::new(7))] {
            assert!(answer_updated(update.aggregator, minus_five, round).matches(update.aggregator, &topics));
        }
        let other_round = answer_updated(update.aggregator, minus_five, Some(RoundId::new(8)));
        assert!(!other_round.matches(update.aggregator, &topics));
    }

    #[test]
    fn damaged_logs_are_not_read() {
        let topics = vec![AnswerUpdate::TOPIC, word(1), word(1)];
        assert_eq!(AnswerUpdate::decode(&log(topics.clone(), vec![0; 31])), None);
        assert_eq!(AnswerUpdate::decode(&log(topics[..2].to_vec(), vec![0; 32])), None);
        assert_eq!(AnswerUpdate::decode(&log(vec![word(9), word(1), word(1)], vec![0; 32])), None);
        assert_eq!(AnswerUpdate::decode(&log(topics, vec![0xff; 32])), None, "a time after the end of time");
    }
}
