//! A feed's policy as it is stored.

use causeway_primitives::{Answer, Decimals, U256};
use serde::{Deserialize, Serialize};

use super::{
    Error,
    values::{answer, millis, parse, ppm, span},
};
use crate::domain::{
    decide::Profile,
    observation::Weight,
    policy::{
        Bounds, BreakerPolicy, Condition, Freshness, Frozen, Jump, LifecyclePolicy, Outlier, Quorum, QuorumBelowThree,
        Terms, Trigger,
    },
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    feed: String,
    pair: String,
    decimals: u8,
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flux_absolute: Option<String>,
    deviation_ppm: u64,
    heartbeat_ms: u64,
    lead_ms: u64,
    quorum: usize,
    quorum_degraded: usize,
    max_age_ms: u64,
    max_venue_age_ms: u64,
    max_future_skew_ms: u64,
    frozen: Option<FrozenRule>,
    mad_multiple_ppm: u64,
    outlier_floor_ppm: u64,
    max_spread_ppm: u64,
    jump_ppm: u64,
    jump_confirmations: usize,
    min: Option<String>,
    max: Option<String>,
    pending_accept_ppm: u64,
    breaker: Breaker,
    lifecycle: Lifecycle,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FrozenRule {
    after_ms: u64,
    market_move_ppm: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Breaker {
    cooldown_ms: u64,
    agreeing: u32,
    agreeing_for_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifecycle {
    strikes: u32,
    clears: u32,
    quarantine_ms: u64,
    quarantine_cap_ms: u64,
    flapping_window_ms: u64,
    shadow_rounds: u32,
    reduced_rounds: u32,
    reduced_weight_ppm: u64,
}

impl From<&Terms> for Policy {
    fn from(terms: &Terms) -> Self {
        let lifecycle = &terms.lifecycle;
        Self {
            feed: terms.feed.to_string(),
            pair: terms.pair.to_string(),
            decimals: terms.decimals.get(),
            profile: terms.trigger.profile.as_str().to_owned(),
            flux_absolute: match terms.trigger.profile {
                Profile::FluxMonitor { absolute } => Some(absolute.to_string()),
                Profile::Causeway | Profile::Libocr | Profile::Airseeker | Profile::Pyth | Profile::RedStone => None,
            },
            deviation_ppm: terms.trigger.deviation.get(),
            heartbeat_ms: millis(terms.trigger.heartbeat),
            lead_ms: millis(terms.trigger.lead),
            quorum: terms.quorum.needed(Condition::Normal),
            quorum_degraded: terms.quorum.needed(Condition::Degraded),
            max_age_ms: millis(terms.freshness.max_age),
            max_venue_age_ms: millis(terms.freshness.max_venue_age),
            max_future_skew_ms: millis(terms.freshness.max_future_skew),
            frozen: terms
                .freshness
                .frozen
                .map(|rule| FrozenRule { after_ms: millis(rule.after), market_move_ppm: rule.market_move.get() }),
            mad_multiple_ppm: terms.outlier.mad_multiple.get(),
            outlier_floor_ppm: terms.outlier.floor.get(),
            max_spread_ppm: terms.max_spread.get(),
            jump_ppm: terms.jump.threshold.get(),
            jump_confirmations: terms.jump.confirmations,
            min: terms.bounds.min.map(|answer: Answer| answer.to_string()),
            max: terms.bounds.max.map(|answer: Answer| answer.to_string()),
            pending_accept_ppm: terms.pending_accept.get(),
            breaker: Breaker {
                cooldown_ms: millis(terms.breaker.cooldown),
                agreeing: terms.breaker.agreeing,
                agreeing_for_ms: millis(terms.breaker.agreeing_for),
            },
            lifecycle: Lifecycle {
                strikes: lifecycle.strikes,
                clears: lifecycle.clears,
                quarantine_ms: millis(lifecycle.quarantine),
                quarantine_cap_ms: millis(lifecycle.quarantine_cap),
                flapping_window_ms: millis(lifecycle.flapping_window),
                shadow_rounds: lifecycle.shadow_rounds,
                reduced_rounds: lifecycle.reduced_rounds,
                reduced_weight_ppm: lifecycle.reduced_weight.share().get(),
            },
        }
    }
}

impl TryFrom<Policy> for Terms {
    type Error = Error;

    fn try_from(stored: Policy) -> Result<Self, Error> {
        let bound = |text: &Option<String>, field| text.as_deref().map(|text| answer(text, field)).transpose();
        Ok(Self {
            feed: parse(&stored.feed, "feed")?,
            pair: parse(&stored.pair, "pair")?,
            decimals: Decimals::new(stored.decimals).map_err(|_| Error::Value("decimals"))?,
            trigger: Trigger {
                profile: profile(&stored)?,
                deviation: ppm(stored.deviation_ppm),
                heartbeat: span(stored.heartbeat_ms),
                lead: span(stored.lead_ms),
            },
            quorum: quorum(stored.quorum, stored.quorum_degraded)?,
            freshness: Freshness {
                max_age: span(stored.max_age_ms),
                max_venue_age: span(stored.max_venue_age_ms),
                max_future_skew: span(stored.max_future_skew_ms),
                frozen: stored
                    .frozen
                    .as_ref()
                    .map(|rule| Frozen { after: span(rule.after_ms), market_move: ppm(rule.market_move_ppm) }),
            },
            outlier: Outlier { mad_multiple: ppm(stored.mad_multiple_ppm), floor: ppm(stored.outlier_floor_ppm) },
            max_spread: ppm(stored.max_spread_ppm),
            jump: Jump { threshold: ppm(stored.jump_ppm), confirmations: stored.jump_confirmations },
            bounds: Bounds { min: bound(&stored.min, "min")?, max: bound(&stored.max, "max")? },
            pending_accept: ppm(stored.pending_accept_ppm),
            breaker: BreakerPolicy {
                cooldown: span(stored.breaker.cooldown_ms),
                agreeing: stored.breaker.agreeing,
                agreeing_for: span(stored.breaker.agreeing_for_ms),
            },
            lifecycle: lifecycle(&stored.lifecycle)?,
        })
    }
}

fn profile(stored: &Policy) -> Result<Profile, Error> {
    match (stored.profile.as_str(), &stored.flux_absolute) {
        ("causeway", None) => Ok(Profile::Causeway),
        ("libocr", None) => Ok(Profile::Libocr),
        ("airseeker", None) => Ok(Profile::Airseeker),
        ("pyth", None) => Ok(Profile::Pyth),
        ("redstone", None) => Ok(Profile::RedStone),
        ("flux_monitor", Some(text)) => Ok(Profile::FluxMonitor { absolute: parse::<U256>(text, "flux_absolute")? }),
        _ => Err(Error::Value("profile")),
    }
}

/// The acknowledgement was given when the policy was made; a stored policy holds its outcome.
fn quorum(venues: usize, degraded: usize) -> Result<Quorum, Error> {
    let increase = degraded.checked_sub(venues).ok_or(Error::Value("quorum_degraded"))?;
    Quorum::acknowledged(venues, increase, QuorumBelowThree).map_err(|_| Error::Value("quorum"))
}

fn lifecycle(stored: &Lifecycle) -> Result<LifecyclePolicy, Error> {
    Ok(LifecyclePolicy {
        strikes: stored.strikes,
        clears: stored.clears,
        quarantine: span(stored.quarantine_ms),
        quarantine_cap: span(stored.quarantine_cap_ms),
        flapping_window: span(stored.flapping_window_ms),
        shadow_rounds: stored.shadow_rounds,
        reduced_rounds: stored.reduced_rounds,
        reduced_weight: Weight::new(ppm(stored.reduced_weight_ppm)).ok_or(Error::Value("reduced_weight_ppm"))?,
    })
}
