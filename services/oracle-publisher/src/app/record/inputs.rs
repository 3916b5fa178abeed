//! What a decision depended on, as it is stored.

use causeway_primitives::{B256, RoundId};
use serde::{Deserialize, Serialize};

use super::{
    Error,
    values::{answer, millis, parse, ppm, price, span, time},
};
use crate::domain::{
    aggregate::Aggregate,
    breaker::{self, Forced},
    decide::{self, RefuseReason},
    evaluation::{self, Material},
    observation::{self, Inactive, Standing, Weight},
    policy::Condition,
    route::{self, Conversions, Operation, Quotation},
};

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inputs {
    now_ms: u64,
    degraded: bool,
    material: StoredMaterial,
    conversions: Vec<Conversion>,
    block: Block,
    round: Option<Round>,
    breaker: Breaker,
    pending: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum StoredMaterial {
    Observed(Vec<Observation>),
    Derived(Vec<Leg>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Observation {
    source: String,
    venue: String,
    price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    route: Option<Route>,
    venue_time_ms: Option<u64>,
    received_at_ms: u64,
    age_ms: u64,
    unchanged_ms: u64,
    standing: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_ppm: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    inverse: bool,
    legs: Vec<Leg>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Leg {
    feed: String,
    divide: bool,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversion {
    feed: String,
    exact: String,
    price: String,
    answer: String,
    spread_ppm: u64,
    voices: usize,
    dissenting: usize,
    as_of_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    number: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<B256>,
    time_ms: u64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Round {
    id: String,
    answer: String,
    started_at_ms: u64,
    updated_at_ms: u64,
}

/// Also stored on its own, as the feed's breaker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Breaker {
    state: String,
    since_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agreeing: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forced: Option<String>,
}

impl From<&evaluation::Inputs> for Inputs {
    fn from(inputs: &evaluation::Inputs) -> Self {
        Self {
            now_ms: inputs.now.as_millis(),
            degraded: inputs.condition == Condition::Degraded,
            material: match &inputs.material {
                Material::Observed(words) => StoredMaterial::Observed(words.iter().map(Observation::from).collect()),
                Material::Derived(legs) => StoredMaterial::Derived(legs.iter().map(Leg::from).collect()),
            },
            conversions: inputs
                .conversions
                .iter()
                .map(|(feed, value)| Conversion::new(feed.to_string(), value))
                .collect(),
            block: Block {
                number: inputs.on_chain.block.number,
                hash: inputs.on_chain.block.hash,
                time_ms: inputs.on_chain.block.time.as_millis(),
            },
            round: inputs.on_chain.latest.as_ref().map(Round::from),
            breaker: Breaker::from(&inputs.breaker),
            pending: inputs.pending.map(|pending| pending.answer.to_string()),
        }
    }
}

impl TryFrom<&Inputs> for evaluation::Inputs {
    type Error = Error;

    fn try_from(stored: &Inputs) -> Result<Self, Error> {
        let material = match &stored.material {
            StoredMaterial::Observed(words) => {
                Material::Observed(words.iter().map(Observation::read).collect::<Result<_, _>>()?)
            }
            StoredMaterial::Derived(legs) => Material::Derived(legs.iter().map(Leg::read).collect::<Result<_, _>>()?),
        };
        let mut conversions = Conversions::none();
        for conversion in &stored.conversions {
            conversions.insert(parse(&conversion.feed, "conversions.feed")?, conversion.read()?);
        }
        let pending = stored.pending.as_deref().map(|text| answer(text, "pending")).transpose()?;
        Ok(Self {
            now: time(stored.now_ms, "now_ms")?,
            condition: if stored.degraded { Condition::Degraded } else { Condition::Normal },
            material,
            conversions,
            on_chain: decide::OnChain {
                block: decide::Block {
                    number: stored.block.number,
                    hash: stored.block.hash,
                    time: time(stored.block.time_ms, "block.time_ms")?,
                },
                latest: stored.round.as_ref().map(Round::read).transpose()?,
            },
            breaker: stored.breaker.read()?,
            pending: pending.map(|answer| decide::Pending { answer }),
        })
    }
}

impl From<&observation::Observation> for Observation {
    fn from(word: &observation::Observation) -> Self {
        let (standing, weight_ppm) = match word.standing {
            Standing::Active(weight) => ("active", Some(weight.share().get())),
            Standing::Shadow => ("shadow", None),
            Standing::Inactive(Inactive::Standby) => ("standby", None),
            Standing::Inactive(Inactive::Quarantined) => ("quarantined", None),
            Standing::Inactive(Inactive::Excluded) => ("excluded", None),
        };
        let direct = word.route.quotation == Quotation::Direct && word.route.legs.is_empty();
        Self {
            source: word.source.to_string(),
            venue: word.venue.to_string(),
            price: word.price.to_string(),
            route: if direct { None } else { Some(Route::from(&word.route)) },
            venue_time_ms: word.venue_time.map(|at| at.as_millis()),
            received_at_ms: word.received_at.as_millis(),
            age_ms: millis(word.age),
            unchanged_ms: millis(word.unchanged_for),
            standing: standing.to_owned(),
            weight_ppm,
        }
    }
}

impl Observation {
    fn read(&self) -> Result<observation::Observation, Error> {
        let weight = self.weight_ppm.and_then(|parts| Weight::new(ppm(parts)));
        let standing = match (self.standing.as_str(), weight) {
            ("active", Some(weight)) => Standing::Active(weight),
            ("shadow", None) => Standing::Shadow,
            ("standby", None) => Standing::Inactive(Inactive::Standby),
            ("quarantined", None) => Standing::Inactive(Inactive::Quarantined),
            ("excluded", None) => Standing::Inactive(Inactive::Excluded),
            _ => return Err(Error::Value("standing")),
        };
        Ok(observation::Observation {
            source: parse(&self.source, "source")?,
            venue: parse(&self.venue, "venue")?,
            price: price(&self.price, "price")?,
            route: self.route.as_ref().map_or_else(|| Ok(route::Route::direct()), Route::read)?,
            venue_time: self.venue_time_ms.map(|at| time(at, "venue_time_ms")).transpose()?,
            received_at: time(self.received_at_ms, "received_at_ms")?,
            age: span(self.age_ms),
            unchanged_for: span(self.unchanged_ms),
            standing,
        })
    }
}

impl From<&route::Route> for Route {
    fn from(route: &route::Route) -> Self {
        Self { inverse: route.quotation == Quotation::Inverse, legs: route.legs.iter().map(Leg::from).collect() }
    }
}

impl Route {
    fn read(&self) -> Result<route::Route, Error> {
        let quotation = if self.inverse { Quotation::Inverse } else { Quotation::Direct };
        let legs = self.legs.iter().map(Leg::read).collect::<Result<Vec<_>, _>>()?;
        Ok(route::Route::through(quotation, legs))
    }
}

impl From<&route::Leg> for Leg {
    fn from(leg: &route::Leg) -> Self {
        Self { feed: leg.feed.to_string(), divide: leg.operation == Operation::Divide }
    }
}

impl Leg {
    fn read(&self) -> Result<route::Leg, Error> {
        let operation = if self.divide { Operation::Divide } else { Operation::Multiply };
        Ok(route::Leg { operation, feed: parse(&self.feed, "leg.feed")? })
    }
}

impl Conversion {
    fn new(feed: String, value: &Aggregate) -> Self {
        Self {
            feed,
            exact: value.exact.to_string(),
            price: value.price.to_string(),
            answer: value.answer.to_string(),
            spread_ppm: value.spread.get(),
            voices: value.voices,
            dissenting: value.dissenting,
            as_of_ms: value.as_of.as_millis(),
        }
    }

    fn read(&self) -> Result<Aggregate, Error> {
        Ok(Aggregate {
            exact: price(&self.exact, "conversions.exact")?,
            price: price(&self.price, "conversions.price")?,
            answer: answer(&self.answer, "conversions.answer")?,
            spread: ppm(self.spread_ppm),
            voices: self.voices,
            dissenting: self.dissenting,
            as_of: time(self.as_of_ms, "conversions.as_of_ms")?,
        })
    }
}

impl From<&decide::Round> for Round {
    fn from(round: &decide::Round) -> Self {
        Self {
            id: round.id.to_string(),
            answer: round.answer.to_string(),
            started_at_ms: round.started_at.as_millis(),
            updated_at_ms: round.updated_at.as_millis(),
        }
    }
}

impl Round {
    fn read(&self) -> Result<decide::Round, Error> {
        Ok(decide::Round {
            id: RoundId::new(parse(&self.id, "round.id")?),
            answer: answer(&self.answer, "round.answer")?,
            started_at: time(self.started_at_ms, "round.started_at_ms")?,
            updated_at: time(self.updated_at_ms, "round.updated_at_ms")?,
        })
    }
}

impl From<&breaker::Breaker> for Breaker {
    fn from(breaker: &breaker::Breaker) -> Self {
        let (state, since, reason, agreeing) = match breaker.state {
            breaker::State::Closed => ("closed", None, None, None),
            breaker::State::Open { since, reason } => ("open", Some(since), Some(reason), None),
            breaker::State::HalfOpen { since, agreeing } => ("half_open", since, None, Some(agreeing)),
        };
        Self {
            state: state.to_owned(),
            since_ms: since.map(|at| at.as_millis()),
            reason: reason.map(|reason: RefuseReason| reason.as_str().to_owned()),
            agreeing,
            forced: breaker.forced.map(|forced| forced.as_str().to_owned()),
        }
    }
}

impl Breaker {
    pub(super) fn read(&self) -> Result<breaker::Breaker, Error> {
        let since = self.since_ms.map(|at| time(at, "breaker.since_ms")).transpose()?;
        let state = match (self.state.as_str(), since, self.reason.as_deref(), self.agreeing) {
            ("closed", None, None, None) => breaker::State::Closed,
            ("open", Some(since), Some(reason), None) => breaker::State::Open { since, reason: refusal(reason)? },
            ("half_open", since, None, Some(agreeing)) => breaker::State::HalfOpen { since, agreeing },
            _ => return Err(Error::Value("breaker.state")),
        };
        let forced = match self.forced.as_deref() {
            None => None,
            Some("forced_open") => Some(Forced::Open),
            Some("forced_closed") => Some(Forced::Closed),
            Some(_) => return Err(Error::Value("breaker.forced")),
        };
        Ok(breaker::Breaker { state, forced })
    }
}

fn refusal(label: &str) -> Result<RefuseReason, Error> {
    const ALL: [RefuseReason; 6] = [
        RefuseReason::NotPositive,
        RefuseReason::Unrepresentable,
        RefuseReason::BelowMinimum,
        RefuseReason::AboveMaximum,
        RefuseReason::Disagreement,
        RefuseReason::UnconfirmedJump,
    ];
    ALL.into_iter().find(|reason| reason.as_str() == label).ok_or(Error::Value("breaker.reason"))
}
