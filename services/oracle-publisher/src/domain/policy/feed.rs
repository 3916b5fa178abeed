//! The check that turns settings into a policy. What passed it needs no second look anywhere.

use std::time::Duration;

use causeway_primitives::Ppm;

use super::{Bounds, BreakerPolicy, LifecyclePolicy, Terms, Trigger};

/// Which setting of a feed cannot be, and what is expected of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Zero would publish on every evaluation, above 100 % on none.
    #[error("a deviation above 0 and at most 100 percent")]
    Deviation,
    /// Zero would publish on every block.
    #[error("a heartbeat above zero")]
    Heartbeat,
    /// A lead as long as the heartbeat would publish on every block.
    #[error("a lead shorter than the heartbeat")]
    Lead,
    /// See [`Quorum`](super::Quorum).
    #[error("a quorum of at least 3 independent venues, or the explicit acknowledgement; got {venues}")]
    QuorumBelowThree {
        /// What was given.
        venues: usize,
    },
    /// Nobody would have to agree.
    #[error("a quorum above zero")]
    QuorumZero,
    /// Every word would be stale.
    #[error("ages above zero")]
    MaxAge,
    /// Every repeated price would be frozen.
    #[error("a time and a market move above zero")]
    Frozen,
    /// Below one, the voices that make the median could be called outliers.
    #[error("a multiple of the median absolute deviation of at least 1")]
    MadMultiple,
    /// No two venues agree to the last digit.
    #[error("a spread above zero")]
    MaxSpread,
    /// Voices within the allowed spread would contradict each other about whether there was a jump.
    #[error("a jump larger than the deviation and than the largest spread")]
    Jump,
    /// Nobody would have to confirm, or fewer than make an answer at all.
    #[error("at least as many confirmations as the quorum")]
    JumpConfirmations,
    /// No answer would be allowed.
    #[error("a smallest answer that is not above the largest")]
    Bounds,
    /// The breaker would close in the evaluation that opened it.
    #[error("a cooldown and a number of agreeing evaluations above zero")]
    Breaker,
    /// A source would be punished for nothing, never punished, or never cleared.
    #[error("strikes, clean rounds and times above zero, and a cap not below the first quarantine")]
    Lifecycle,
}

impl Error {
    /// The setting that is wrong, as the configuration names it.
    pub const fn setting(&self) -> &'static str {
        match self {
            Self::Deviation => "deviation_percent",
            Self::Heartbeat => "heartbeat_seconds",
            Self::Lead => "heartbeat_lead_seconds",
            Self::QuorumBelowThree { .. } | Self::QuorumZero => "quorum",
            Self::MaxAge => "max_age_seconds",
            Self::Frozen => "frozen",
            Self::MadMultiple => "outlier.mad_multiple",
            Self::MaxSpread => "max_spread_percent",
            Self::Jump => "jump.percent",
            Self::JumpConfirmations => "jump.confirmations",
            Self::Bounds => "bounds",
            Self::Breaker => "breaker",
            Self::Lifecycle => "lifecycle",
        }
    }
}

/// A feed's settings after the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedPolicy(Terms);

impl FeedPolicy {
    /// # Errors
    /// The first setting that cannot be.
    pub fn try_new(terms: Terms) -> Result<Self, Error> {
        check_trigger(&terms.trigger)?;
        check_freshness(&terms)?;
        check_agreement(&terms)?;
        check_breaker(&terms.breaker)?;
        check_lifecycle(&terms.lifecycle)?;
        if terms.bounds.is_empty() { Err(Error::Bounds) } else { Ok(Self(terms)) }
    }

    /// The settings.
    pub const fn terms(&self) -> &Terms {
        &self.0
    }

    /// The same policy within the contract's own bounds.
    ///
    /// # Errors
    /// [`Error::Bounds`] when no answer satisfies both: the configuration is for another contract.
    pub fn within(mut self, contract: Bounds) -> Result<Self, Error> {
        self.0.bounds = self.0.bounds.merge(contract);
        if self.0.bounds.is_empty() { Err(Error::Bounds) } else { Ok(self) }
    }
}

fn check_trigger(trigger: &Trigger) -> Result<(), Error> {
    if trigger.deviation == Ppm::ZERO || trigger.deviation > Ppm::WHOLE {
        return Err(Error::Deviation);
    }
    if trigger.heartbeat.is_zero() {
        return Err(Error::Heartbeat);
    }
    if trigger.lead >= trigger.heartbeat { Err(Error::Lead) } else { Ok(()) }
}

fn check_freshness(terms: &Terms) -> Result<(), Error> {
    let freshness = &terms.freshness;
    if freshness.max_age.is_zero() || freshness.max_venue_age.is_zero() {
        return Err(Error::MaxAge);
    }
    match freshness.frozen {
        Some(frozen) if frozen.after.is_zero() || frozen.market_move == Ppm::ZERO => Err(Error::Frozen),
        Some(_) | None => Ok(()),
    }
}

fn check_agreement(terms: &Terms) -> Result<(), Error> {
    if terms.outlier.mad_multiple < Ppm::WHOLE {
        return Err(Error::MadMultiple);
    }
    if terms.max_spread == Ppm::ZERO {
        return Err(Error::MaxSpread);
    }
    if terms.jump.threshold <= terms.max_spread || terms.jump.threshold <= terms.trigger.deviation {
        return Err(Error::Jump);
    }
    let quorum = terms.quorum.needed(super::Condition::Normal);
    if terms.jump.confirmations < quorum { Err(Error::JumpConfirmations) } else { Ok(()) }
}

fn check_breaker(breaker: &BreakerPolicy) -> Result<(), Error> {
    if breaker.cooldown.is_zero() || breaker.agreeing == 0 { Err(Error::Breaker) } else { Ok(()) }
}

fn check_lifecycle(lifecycle: &LifecyclePolicy) -> Result<(), Error> {
    let counts = [lifecycle.strikes, lifecycle.clears, lifecycle.shadow_rounds, lifecycle.reduced_rounds];
    let sound = counts.iter().all(|count| *count > 0)
        && lifecycle.quarantine > Duration::ZERO
        && lifecycle.quarantine_cap >= lifecycle.quarantine;
    if sound { Ok(()) } else { Err(Error::Lifecycle) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{policy::Frozen, samples};

    type Spoil = fn(&mut Terms);

    #[test]
    fn every_setting_that_cannot_be_is_named() {
        let cases: [(Spoil, Error); 17] = [
            (|t| t.trigger.deviation = Ppm::ZERO, Error::Deviation),
            (|t| t.trigger.deviation = Ppm::new(1_000_001), Error::Deviation),
            (|t| t.trigger.heartbeat = Duration::ZERO, Error::Heartbeat),
            (|t| t.trigger.lead = t.trigger.heartbeat, Error::Lead),
            (|t| t.freshness.max_age = Duration::ZERO, Error::MaxAge),
            (|t| t.freshness.max_venue_age = Duration::ZERO, Error::MaxAge),
            (|t| t.freshness.frozen = Some(Frozen { after: Duration::ZERO, market_move: Ppm::new(1) }), Error::Frozen),
            (|t| t.outlier.mad_multiple = Ppm::new(999_999), Error::MadMultiple),
            (|t| t.max_spread = Ppm::ZERO, Error::MaxSpread),
            (|t| t.jump.threshold = t.max_spread, Error::Jump),
            (|t| t.jump.threshold = t.trigger.deviation, Error::Jump),
            (|t| t.jump.confirmations = 2, Error::JumpConfirmations),
            (|t| t.bounds = Bounds { min: Some(samples::answer(2)), max: Some(samples::answer(1)) }, Error::Bounds),
            (|t| t.breaker.cooldown = Duration::ZERO, Error::Breaker),
            (|t| t.breaker.agreeing = 0, Error::Breaker),
            (|t| t.lifecycle.strikes = 0, Error::Lifecycle),
            (|t| t.lifecycle.quarantine_cap = Duration::ZERO, Error::Lifecycle),
        ];
        for (index, (spoil, expected)) in cases.into_iter().enumerate() {
            let mut terms = samples::terms();
            spoil(&mut terms);
            assert_eq!(FeedPolicy::try_new(terms), Err(expected), "case {index}");
            assert!(!expected.setting().is_empty());
        }
        assert!(FeedPolicy::try_new(samples::terms()).is_ok());
    }

    #[test]
    fn a_contract_with_other_bounds_than_the_configuration_is_refused() {
        let mut terms = samples::terms();
        terms.bounds.max = Some(samples::answer(100));
        let policy = FeedPolicy::try_new(terms).unwrap();
        let contract = |min| Bounds { min: Some(samples::answer(min)), max: None };
        assert_eq!(policy.clone().within(contract(101)), Err(Error::Bounds));
        let narrowed = policy.within(contract(1)).unwrap();
        assert_eq!(narrowed.terms().bounds, Bounds { min: Some(samples::answer(1)), max: Some(samples::answer(100)) });
    }
}
