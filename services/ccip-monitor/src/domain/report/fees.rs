//! What was paid (CCIP-12, CCIP-14): totals and means by lane and token, by day, and against the window before. Each
//! token is a sum of its own: amounts of two tokens are never added.

use std::collections::BTreeMap;

use causeway_primitives::{Address, ChainId, Ppm, Timestamp, U256};

use super::rows::{FeeRow, Rows};

/// Fees of a lane in one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneFees {
    /// The lane.
    pub lane: String,
    /// The chain that they were paid on.
    pub chain: Option<ChainId>,
    /// The token; zero is the chain's coin.
    pub token: Address,
    /// Messages.
    pub messages: u64,
    /// The sum, in the token's smallest unit.
    pub total: U256,
    /// Per message, rounded down.
    pub mean: U256,
    /// Bytes of data of these messages.
    pub data_bytes: u64,
    /// The mean of the window before; `None` without a message in it.
    pub mean_before: Option<U256>,
    /// From that mean to this one.
    pub trend: Trend,
}

/// A token's fees of a day, all lanes of a chain together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFees {
    /// The day's beginning.
    pub day: Timestamp,
    /// The chain that they were paid on.
    pub chain: Option<ChainId>,
    /// The token.
    pub token: Address,
    /// Messages.
    pub messages: u64,
    /// The sum.
    pub total: U256,
}

/// How a mean moved against the window before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// There is nothing to compare with.
    Unknown,
    /// The same.
    Flat,
    /// Up by this share of the earlier mean.
    Up(Ppm),
    /// Down by this share of the earlier mean.
    Down(Ppm),
}

impl Trend {
    fn between(before: Option<U256>, now: U256) -> Self {
        match before {
            None | Some(U256::ZERO) => Self::Unknown,
            Some(before) if now > before => Self::Up(Ppm::of(now.saturating_sub(before), before)),
            Some(before) if now < before => Self::Down(Ppm::of(before.saturating_sub(now), before)),
            Some(_) => Self::Flat,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    messages: u64,
    total: U256,
    data_bytes: u64,
}

impl Sum {
    const fn add(&mut self, row: &FeeRow) {
        self.messages = self.messages.saturating_add(row.messages);
        self.total = self.total.saturating_add(row.total);
        self.data_bytes = self.data_bytes.saturating_add(row.data_bytes);
    }

    fn mean(self) -> Option<U256> {
        self.total.checked_div(U256::from(self.messages))
    }
}

fn sums<K: Ord>(rows: &[FeeRow], key: impl Fn(&FeeRow) -> K) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for row in rows {
        sums.entry(key(row)).or_default().add(row);
    }
    sums
}

pub(super) fn by_lane(rows: &Rows) -> Vec<LaneFees> {
    let key = |row: &FeeRow| (row.lane.clone(), row.chain, row.token);
    let before = sums(&rows.fees_before, key);
    let lane = |((lane, chain, token), sum): ((String, Option<ChainId>, Address), Sum)| {
        let mean = sum.mean().unwrap_or_default();
        let mean_before = before.get(&(lane.clone(), chain, token)).and_then(|sum| sum.mean());
        let Sum { messages, total, data_bytes } = sum;
        let trend = Trend::between(mean_before, mean);
        LaneFees { lane, chain, token, messages, total, mean, data_bytes, mean_before, trend }
    };
    sums(&rows.fees, key).into_iter().map(lane).collect()
}

pub(super) fn by_day(rows: &Rows) -> Vec<DayFees> {
    let days = sums(&rows.fees, |row| (row.day, row.chain, row.token)).into_iter();
    let day = |((day, chain, token), sum): ((Timestamp, Option<ChainId>, Address), Sum)| DayFees {
        day,
        chain,
        token,
        messages: sum.messages,
        total: sum.total,
    };
    days.map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(day: u64, lane: &str, token: u8, messages: u64, total: u64) -> FeeRow {
        FeeRow {
            day: Timestamp::from_secs(day * 86_400).unwrap(),
            lane: lane.to_owned(),
            chain: ChainId::new(138).ok(),
            token: Address::repeat_byte(token),
            messages,
            total: U256::from(total),
            data_bytes: 10 * messages,
        }
    }

    #[test]
    fn ccip_12_fees_are_summed_by_lane_and_token_and_compared_with_the_window_before() {
        let fees = vec![row(1, "a", 1, 2, 100), row(2, "a", 1, 2, 101), row(1, "a", 2, 1, 7), row(1, "b", 1, 1, 9)];
        let fees_before = vec![row(0, "a", 1, 4, 160), row(0, "b", 1, 1, 9)];
        let lanes = by_lane(&Rows { fees, fees_before, ..Rows::default() });
        let short: Vec<_> = lanes.iter().map(|one| (one.lane.as_str(), one.total, one.mean, one.trend)).collect();
        let amount = U256::from;
        // 201 / 4 = 50, rounded down; 50 against 40 is a quarter more.
        let expected = [
            ("a", amount(201), amount(50), Trend::Up(Ppm::new(250_000))),
            ("a", amount(7), amount(7), Trend::Unknown),
            ("b", amount(9), amount(9), Trend::Flat),
        ];
        assert_eq!(short, expected);
        assert_eq!(lanes[0].data_bytes, 40);
    }

    #[test]
    fn ccip_12_days_of_all_lanes_are_one_series_by_token() {
        let fees = vec![row(1, "a", 1, 2, 100), row(1, "b", 1, 1, 9), row(2, "a", 1, 2, 101)];
        let days = by_day(&Rows { fees, ..Rows::default() });
        assert_eq!(
            days.iter().map(|day| (day.messages, day.total)).collect::<Vec<_>>(),
            [(3, U256::from(109)), (2, U256::from(101))]
        );
    }

    #[test]
    fn ccip_14_a_trend_needs_something_to_compare_with() {
        let amount = |number: u64| U256::from(number);
        assert_eq!(Trend::between(None, amount(5)), Trend::Unknown);
        assert_eq!(Trend::between(Some(U256::ZERO), amount(5)), Trend::Unknown);
        assert_eq!(Trend::between(Some(amount(4)), amount(3)), Trend::Down(Ppm::new(250_000)));
    }
}
