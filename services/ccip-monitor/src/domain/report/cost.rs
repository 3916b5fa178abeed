//! What could cost less (CCIP-14), each figure with the assumption that it rests on.
//!
//! Batching: a message that follows another of the same sender to the same receiver within a minute could have
//! travelled with it. What it would have saved is at most the smallest fee that the lane ever took, because every fee
//! has at least its fixed part in it.
//!
//! Encoding: data in 32-byte words is largely zeros. What it would save to leave them out is estimated by how fees grow
//! with the length of data (least squares over messages of the window, exact in integers).

use std::collections::BTreeMap;

use causeway_primitives::{Address, Ppm, U256};

use super::{
    fees::LaneFees,
    rows::{Repeat, Rows, Sample},
};

/// Fewer messages give no line.
const MINIMUM_SAMPLE: usize = 10;

/// Something that could cost less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opportunity {
    /// The lane.
    pub lane: String,
    /// What the saving is in.
    pub token: Address,
    /// What could be done.
    pub way: Way,
    /// What it would have saved in the window, in the token's smallest unit; `None` when there is too little to go by.
    pub saving: Option<U256>,
}

/// What could be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Send several instructions in one message. The saving is an upper bound: each message that need not be sent saves
    /// at most the smallest fee of the lane.
    Batch {
        /// Messages that need not have been sent on their own.
        messages: u64,
        /// By so many pairs of sender and receiver.
        pairs: usize,
    },
    /// Leave out zeros. The saving is what the growth of fees with the length of data gives for the bytes left out.
    Pack {
        /// Zero bytes among all, in the data that was looked at.
        zeros: Ppm,
        /// Messages whose data was looked at.
        looked_at: usize,
        /// Bytes that would not have been sent, if all data is like the data that was looked at.
        bytes: u64,
    },
}

/// A share of zeros below which packing is not worth the work.
const WORTH_PACKING: Ppm = Ppm::new(300_000);

pub(super) fn opportunities(rows: &Rows, fees: &[LaneFees]) -> Vec<Opportunity> {
    let mut found = batching(rows);
    found.extend(fees.iter().filter_map(|fees| packing(&rows.samples, fees)));
    found
}

fn batching(rows: &Rows) -> Vec<Opportunity> {
    let mut groups: BTreeMap<(&str, Address), Vec<&Repeat>> = BTreeMap::new();
    for repeat in &rows.repeats {
        groups.entry((repeat.lane.as_str(), repeat.token)).or_default().push(repeat);
    }
    let group = |((lane, token), repeats): ((&str, Address), Vec<&Repeat>)| {
        let messages = repeats.iter().map(|repeat| repeat.followers).fold(0_u64, u64::saturating_add);
        let paid = repeats.iter().map(|repeat| repeat.fees).fold(U256::ZERO, U256::saturating_add);
        let cheapest = rows.cheapest.iter().find(|one| one.lane == lane && one.token == token).map(|one| one.fee);
        let saving = cheapest.map(|fee| fee.saturating_mul(U256::from(messages)).min(paid));
        let way = Way::Batch { messages, pairs: repeats.len() };
        Opportunity { lane: lane.to_owned(), token, way, saving }
    };
    groups.into_iter().map(group).collect()
}

fn packing(samples: &[Sample], fees: &LaneFees) -> Option<Opportunity> {
    let of_lane: Vec<_> =
        samples.iter().filter(|sample| sample.lane == fees.lane && sample.token == fees.token).collect();
    let kept = of_lane.iter().map(|sample| sample.head.len()).fold(0_usize, usize::saturating_add);
    let zeros = of_lane.iter().map(|sample| zero_bytes(&sample.head)).fold(0_usize, usize::saturating_add);
    let share = Ppm::of(U256::from(zeros), U256::from(kept));
    if kept == 0 || share < WORTH_PACKING {
        return None;
    }
    let bytes = U256::from(fees.data_bytes).saturating_mul(U256::from(share.get()));
    let bytes = bytes.checked_div(U256::from(Ppm::WHOLE.get())).and_then(|bytes| u64::try_from(bytes).ok())?;
    let saving = slope(&of_lane).and_then(|(rise, run)| rise.checked_mul(U256::from(bytes))?.checked_div(run));
    let way = Way::Pack { zeros: share, looked_at: of_lane.len(), bytes };
    Some(Opportunity { lane: fees.lane.clone(), token: fees.token, way, saving })
}

fn zero_bytes(data: &[u8]) -> usize {
    data.iter().filter(|byte| **byte == 0).count()
}

/// How fees grow with the length of data, as a fraction (fee, bytes): n·Σxy − Σx·Σy over n·Σx² − (Σx)². `None` for too
/// few messages, for messages of one length, when longer ones were not dearer, and when a sum does not fit 256 bits.
fn slope(samples: &[&Sample]) -> Option<(U256, U256)> {
    if samples.len() < MINIMUM_SAMPLE {
        return None;
    }
    let count = U256::from(samples.len());
    let (mut lengths, mut fees, mut products, mut squares) = (U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO);
    for sample in samples {
        let length = U256::from(sample.length);
        lengths = lengths.checked_add(length)?;
        fees = fees.checked_add(sample.fee)?;
        products = products.checked_add(length.checked_mul(sample.fee)?)?;
        squares = squares.checked_add(length.checked_mul(length)?)?;
    }
    let rise = count.checked_mul(products)?.checked_sub(lengths.checked_mul(fees)?)?;
    let run = count.checked_mul(squares)?.checked_sub(lengths.checked_mul(lengths)?)?;
    (!run.is_zero() && !rise.is_zero()).then_some((rise, run))
}

#[cfg(test)]
mod tests {
    use causeway_primitives::Bytes;

    use super::*;
    use crate::domain::report::{Trend, rows::Cheapest};

    const TOKEN: Address = Address::repeat_byte(7);

    fn sample(length: usize, fee: u64) -> Sample {
        let head = Bytes::from([vec![0; length / 2], vec![1; length - length / 2]].concat());
        Sample { lane: "a".to_owned(), length: length as u64, head, token: TOKEN, fee: U256::from(fee) }
    }

    fn fees(data_bytes: u64) -> LaneFees {
        LaneFees {
            lane: "a".to_owned(),
            chain: None,
            token: TOKEN,
            messages: 10,
            total: U256::from(10_000),
            mean: U256::from(1_000),
            data_bytes,
            mean_before: None,
            trend: Trend::Unknown,
        }
    }

    #[test]
    fn ccip_14_batching_saves_at_most_the_smallest_fee_of_each_follower() {
        let repeat = |sender, followers, paid| Repeat {
            lane: "a".to_owned(),
            sender: Address::repeat_byte(sender),
            receiver: Bytes::from(vec![9; 20]),
            followers,
            token: TOKEN,
            fees: U256::from(paid),
        };
        let cheapest = vec![Cheapest { lane: "a".to_owned(), token: TOKEN, fee: U256::from(100) }];
        let rows = Rows { repeats: vec![repeat(1, 3, 900), repeat(2, 2, 600)], cheapest, ..Rows::default() };
        let [found] = opportunities(&rows, &[]).try_into().unwrap();
        assert_eq!(found.way, Way::Batch { messages: 5, pairs: 2 });
        assert_eq!(found.saving, Some(U256::from(500)));
        let unknown = Rows { cheapest: Vec::new(), ..rows };
        assert_eq!(opportunities(&unknown, &[])[0].saving, None);
    }

    #[test]
    fn ccip_14_packing_is_estimated_by_how_fees_grow_with_length() {
        // Fee = 1000 + 3 × length, exactly; half of the bytes are zeros.
        let samples = (1..=10_u64).map(|n| sample(usize::try_from(n * 64).unwrap(), 1_000 + 3 * n * 64)).collect();
        let rows = Rows { samples, ..Rows::default() };
        let [found] = opportunities(&rows, &[fees(4_000)]).try_into().unwrap();
        assert_eq!(found.way, Way::Pack { zeros: Ppm::new(500_000), looked_at: 10, bytes: 2_000 });
        assert_eq!(found.saving, Some(U256::from(6_000)));
    }

    #[test]
    fn ccip_14_where_there_is_nothing_to_go_by_no_saving_is_claimed() {
        let few = Rows { samples: vec![sample(64, 9), sample(128, 10)], ..Rows::default() };
        assert_eq!(opportunities(&few, &[fees(100)])[0].saving, None, "two messages are no line");
        let same = Rows { samples: (0..20).map(|n| sample(64, n)).collect(), ..Rows::default() };
        assert_eq!(opportunities(&same, &[fees(100)])[0].saving, None, "one length is no line");
        let dense = Sample { head: Bytes::from(vec![1; 64]), ..sample(64, 9) };
        assert!(opportunities(&Rows { samples: vec![dense], ..Rows::default() }, &[fees(100)]).is_empty());
        assert!(opportunities(&Rows::default(), &[fees(100)]).is_empty());
    }
}
