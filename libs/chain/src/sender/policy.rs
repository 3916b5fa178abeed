//! The rules of sending, checked once.

use std::time::Duration;

use super::FeePolicy;
use crate::finality::Finality;

/// Why a set of rules is refused. The message names the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Nodes refuse a replacement that raises the price by less than a tenth.
    #[error("bump_percent is 10 to 1000")]
    BumpPercent,
    /// An estimate without a margin fails when another transaction comes first.
    #[error("gas_margin_percent is 0 to 400")]
    GasMargin,
    /// No call fits below the cost of a plain transfer.
    #[error("max_gas is at least 21000")]
    MaxGas,
    /// No waiting makes a busy loop.
    #[error("poll, stuck_after and resend_after are above zero")]
    Interval,
    /// At least one of each.
    #[error("max_attempts and max_in_flight are at least 1")]
    Count,
}

/// The rules of sending. Fields are public for construction; [`SendPolicy::validated`] checks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPolicy {
    /// What is offered for gas.
    pub fees: FeePolicy,
    /// By how much a replacement raises each fee, rounded up. Without meaning where gas is free.
    pub bump_percent: u32,
    /// What is added to the gas estimate.
    pub gas_margin_percent: u32,
    /// No transaction may use more.
    pub max_gas: u64,
    /// How long an attempt may wait in the pool before it is replaced.
    pub stuck_after: Duration,
    /// How long to wait before the same bytes are sent again when no pool holds them.
    pub resend_after: Duration,
    /// How many attempts with one nonce are signed at most; after that the last ones are waited for.
    pub max_attempts: u32,
    /// How many intents may have unmined attempts at once.
    pub max_in_flight: usize,
    /// When a block is final.
    pub finality: Finality,
    /// How often the journal and the chain are looked at.
    pub poll: Duration,
}

impl SendPolicy {
    /// For a network with two-second blocks, instant finality and free gas.
    pub const FREE_GAS: Self = Self {
        fees: FeePolicy::Free,
        bump_percent: 10,
        gas_margin_percent: 25,
        max_gas: 2_000_000,
        stuck_after: Duration::from_secs(10),
        resend_after: Duration::from_secs(2),
        max_attempts: 10,
        max_in_flight: 1,
        finality: Finality::Instant,
        poll: Duration::from_millis(250),
    };

    /// # Errors
    /// [`PolicyError`], which names the field.
    pub const fn validated(self) -> Result<Self, PolicyError> {
        if self.bump_percent < 10 || self.bump_percent > 1_000 {
            return Err(PolicyError::BumpPercent);
        }
        if self.gas_margin_percent > 400 {
            return Err(PolicyError::GasMargin);
        }
        if self.max_gas < 21_000 {
            return Err(PolicyError::MaxGas);
        }
        if self.poll.is_zero() || self.stuck_after.is_zero() || self.resend_after.is_zero() {
            return Err(PolicyError::Interval);
        }
        if self.max_attempts == 0 || self.max_in_flight == 0 {
            return Err(PolicyError::Count);
        }
        Ok(self)
    }

    pub(super) const fn poll(&self) -> Duration {
        self.poll
    }

    /// The estimate with its margin, rounded up; `None` above the limit.
    pub(super) fn gas_limit(&self, estimate: u64) -> Option<u64> {
        let margin = u128::from(estimate).checked_mul(u128::from(self.gas_margin_percent))?.div_ceil(100);
        let limit = u128::from(estimate).checked_add(margin)?;
        u64::try_from(limit).ok().filter(|limit| *limit <= self.max_gas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_could_not_work_are_refused_by_name() {
        let good = SendPolicy::FREE_GAS;
        assert_eq!(good.validated(), Ok(good));
        let zero = Duration::ZERO;
        for (policy, error) in [
            (SendPolicy { bump_percent: 9, ..good }, PolicyError::BumpPercent),
            (SendPolicy { gas_margin_percent: 401, ..good }, PolicyError::GasMargin),
            (SendPolicy { max_gas: 20_999, ..good }, PolicyError::MaxGas),
            (SendPolicy { poll: zero, ..good }, PolicyError::Interval),
            (SendPolicy { stuck_after: zero, ..good }, PolicyError::Interval),
            (SendPolicy { max_attempts: 0, ..good }, PolicyError::Count),
            (SendPolicy { max_in_flight: 0, ..good }, PolicyError::Count),
        ] {
            assert_eq!(policy.validated(), Err(error));
        }
    }

    #[test]
    fn the_margin_is_rounded_up_and_the_limit_is_a_limit() {
        let policy = SendPolicy { gas_margin_percent: 25, max_gas: 100_000, ..SendPolicy::FREE_GAS };
        assert_eq!(policy.gas_limit(50_001), Some(62_502));
        assert_eq!(policy.gas_limit(80_000), Some(100_000));
        assert_eq!(policy.gas_limit(80_001), None);
        assert_eq!(policy.gas_limit(u64::MAX), None);
    }
}
