//! The error of the answer on chain against the continuous price, weighted by how long it lasted.

use causeway_primitives::{Answer, Decimal, Decimals, Price, Timestamp};

use super::Error;

/// Runs along time and adds up. Every error lasts from one change, of price or of answer, to the next.
#[derive(Debug)]
pub(super) struct Ledger {
    decimals: Decimals,
    now: Timestamp,
    /// Of `error in ppm × milliseconds`.
    sum: Decimal,
    millis: Decimal,
    max: Decimal,
}

impl Ledger {
    pub(super) const fn new(decimals: Decimals, start: Timestamp) -> Self {
        Self { decimals, now: start, sum: Decimal::ZERO, millis: Decimal::ZERO, max: Decimal::ZERO }
    }

    /// Adds the time since the last call, over which the price and the answer were these. Before the
    /// first answer there is no error, and that time does not count.
    pub(super) fn advance(&mut self, to: Timestamp, price: Price, answer: Option<Answer>) -> Result<(), Error> {
        let span = Decimal::from(u64::try_from(to.since(self.now).as_millis()).unwrap_or(u64::MAX));
        self.now = self.now.max(to);
        let Some(answer) = answer.filter(|_| !span.is_zero()) else {
            return Ok(());
        };
        let error = error_ppm(price, answer, self.decimals)?;
        let weighted = error.checked_mul(span).ok_or(Error::Range)?;
        self.sum = self.sum.checked_add(weighted).ok_or(Error::Range)?;
        self.millis = self.millis.checked_add(span).ok_or(Error::Range)?;
        self.max = self.max.max(error);
        Ok(())
    }

    pub(super) fn max_ppm(&self) -> Decimal {
        self.max.round_dp(DIGITS).normalize()
    }

    /// Zero when nothing was ever on chain.
    pub(super) fn mean_ppm(&self) -> Decimal {
        self.sum.checked_div(self.millis).unwrap_or(Decimal::ZERO).round_dp(DIGITS).normalize()
    }
}

/// Decimals of a reported ppm.
const DIGITS: u32 = 3;

/// `|answer − price| / price`, in ppm, to 28 digits.
fn error_ppm(price: Price, answer: Answer, decimals: Decimals) -> Result<Decimal, Error> {
    let on_chain = answer.to_price(decimals).map_err(|_| Error::Range)?;
    let share = on_chain.distance(price).checked_div(price.get()).ok_or(Error::Range)?;
    share.checked_mul(Decimal::from(causeway_primitives::Ppm::WHOLE.get())).ok_or(Error::Range)
}
