//! Feeds and their policies: raw text → checked domain values.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
    time::Duration,
};

use causeway_primitives::{Address, Answer, Decimal, Decimals, FeedId, Pair, Ppm, Price, SignerId, SourceId, VenueId};
use causeway_runtime::config::Validator;

use super::{
    graph, raw, signers,
    source::{Role, Source, nodes},
};
use crate::domain::{
    decide::Profile,
    observation::Weight,
    policy::{
        self, Bounds, BreakerPolicy, Condition, FeedPolicy, Freshness, Frozen, Jump, LifecyclePolicy, Outlier, Quorum,
        QuorumBelowThree, Terms, Trigger,
    },
    reference::ReferencePolicy,
    route::{Checked, Composition, FeedNode, Leg, Operation, Quotation, Route, RouteGraph},
};

/// A feed as it runs.
#[derive(Debug, Clone)]
pub struct Feed {
    /// Its policy, within the configuration's own bounds.
    pub policy: FeedPolicy,
    /// Where it is published; `None` for a feed that only serves others.
    pub aggregator: Option<Address>,
    /// The key that it is published with.
    pub signer: SignerId,
    /// True when the decimals were configured and must equal the contract's.
    pub decimals_pinned: bool,
    /// How often it is evaluated without a tick.
    pub evaluate_interval: Duration,
    /// Its sources, references included, in the order of the file.
    pub sources: Vec<Source>,
    /// When a reference is worth a word.
    pub reference: ReferencePolicy,
}

impl Feed {
    /// Its id.
    pub fn id(&self) -> &FeedId {
        &self.policy.terms().feed
    }
}

/// All feeds, and how they depend on each other.
#[derive(Debug, Clone)]
pub struct Feeds {
    /// By id.
    pub feeds: BTreeMap<FeedId, Feed>,
    /// The order of evaluation.
    pub graph: RouteGraph<Checked>,
}

/// Decimals of a feed without a contract: what price feeds commonly have.
const DEFAULT_DECIMALS: u8 = 8;

/// What an address of a contract must be.
pub(super) const CONTRACT: &str = "an address: 0x and 40 hexadecimal digits, not all zero";

/// Reads all feeds. What is wrong is told to the validator; `None` when there is no usable set of them.
pub(super) fn read(raw: &raw::Raw, feeds: &[raw::Feed], validator: &mut Validator<'_>) -> Option<Feeds> {
    let mut built = BTreeMap::new();
    let mut nodes = Vec::new();
    let mut named = Vec::new();
    let mut aggregators = BTreeSet::new();
    for (index, written) in feeds.iter().enumerate() {
        let settings = written.policy.clone().over(&raw.policy);
        let (at, one_feed) = (format!("feeds.{index}"), &raw.one_feed);
        let (feed, node) = Reading { at, feed: written, settings, one_feed, validator }.feed()?;
        if feed.aggregator.is_some_and(|address| !aggregators.insert(address)) {
            validator.refuse(&format!("feeds.{index}.aggregator_address"), "a contract that no other feed writes to");
        }
        nodes.push(node);
        named.push(graph::Named { raw: written, id: feed.id().clone(), sources: feed.sources.clone() });
        built.insert(feed.id().clone(), feed);
    }
    if feeds.is_empty() {
        // With an address that gave no feed, what is wrong has been said.
        if raw.one_feed.aggregator_address.is_empty() {
            validator.refuse("feeds", "at least one [[feeds]], or AGGREGATOR_ADDRESS for the one-feed deployment");
        }
        return None;
    }
    match RouteGraph::new(nodes).and_then(RouteGraph::validate) {
        Ok(graph) => Some(Feeds { feeds: built, graph }),
        Err(error) => {
            validator.refuse(&graph::setting(&error, &named), format_args!("feeds that can be computed, but {error}"));
            None
        }
    }
}

/// One feed while it is read.
pub(super) struct Reading<'a, 'b> {
    pub(super) at: String,
    feed: &'a raw::Feed,
    pub(super) settings: raw::Policy,
    one_feed: &'a raw::OneFeed,
    pub(super) validator: &'a mut Validator<'b>,
}

impl Reading<'_, '_> {
    fn feed(mut self) -> Option<(Feed, FeedNode)> {
        let raw = self.feed;
        let id: FeedId = self.parse("id", &raw.id, "an id, for example eth-usd")?;
        let pair: Pair = self.parse("pair", &raw.pair, "BASE/QUOTE, for example ETH/USD")?;
        let signer: SignerId = self.parse("signer", signers::name_of(raw), "the id of one of the [[signers]]")?;
        let address = raw.aggregator_address.as_deref().filter(|text| !text.is_empty());
        let aggregator = match address {
            Some(text) => Some(self.contract("aggregator_address", text)?),
            None => None,
        };
        let sources = self.sources(&pair)?;
        self.refuse_partial_references(&sources);
        let composition = self.composition(&sources)?;
        let terms = self.terms(id.clone(), pair.clone())?;
        let policy = match FeedPolicy::try_new(terms) {
            Ok(policy) => policy,
            Err(error) => {
                let setting = self.setting(error);
                self.validator.refuse(&setting, error);
                return None;
            }
        };
        let interval = self.key("evaluate_interval_ms");
        let evaluate_interval = self.validator.positive_ms(&interval, self.settings.evaluate_interval_ms);
        let venues_needed = policy.terms().quorum.needed(Condition::Degraded);
        let references = nodes(&sources, |role| role == Role::Reference);
        let node = FeedNode { feed: id, pair, venues_needed, composition, references };
        let (decimals_pinned, reference) = (raw.decimals.is_some(), self.reference()?);
        Some((Feed { policy, aggregator, signer, decimals_pinned, evaluate_interval, sources, reference }, node))
    }

    /// A setting of the feed's policy. It may stand in `[policy]`; the validator tells where it came from.
    pub(super) fn key(&self, name: &str) -> String {
        if self.validator.is_set(&format!("{}.policy.{name}", self.at)) {
            format!("{}.policy.{name}", self.at)
        } else {
            format!("policy.{name}")
        }
    }

    /// A setting of the feed that falls back to the one-feed deployment's.
    fn own(&self, name: &str) -> String {
        let own = format!("{}.{name}", self.at);
        if self.validator.is_set(&own) { own } else { format!("one_feed.{name}") }
    }

    fn parse<T: FromStr>(&mut self, name: &str, text: &str, expected: &str) -> Option<T> {
        self.validator.accept(&format!("{}.{name}", self.at), expected, text.parse())
    }

    /// The zero address is what an unset variable of a deployment script looks like, and no contract.
    fn contract(&mut self, name: &str, text: &str) -> Option<Address> {
        let address = text.parse().ok().filter(|address: &Address| !address.is_zero()).ok_or(());
        self.validator.accept(&format!("{}.{name}", self.at), CONTRACT, address)
    }

    pub(super) fn percent(&mut self, name: &str, text: &str) -> Option<Ppm> {
        let key = self.key(name);
        self.validator.accept(&key, "a percentage of at most four decimals", Ppm::from_percent(text))
    }

    /// The configuration's name of what the domain found wrong.
    fn setting(&self, error: policy::Error) -> String {
        let name = match error {
            policy::Error::Deviation => return self.own("deviation_threshold_percent"),
            policy::Error::Heartbeat => return self.own("heartbeat_seconds"),
            policy::Error::Lead => "heartbeat_lead_seconds",
            policy::Error::QuorumBelowThree { .. } | policy::Error::QuorumZero => "quorum",
            policy::Error::MaxAge => "max_age_seconds",
            policy::Error::Frozen => "frozen_move_percent",
            policy::Error::MadMultiple => "outlier_mad_multiple",
            policy::Error::MaxSpread => "max_spread_percent",
            policy::Error::Jump => "jump_percent",
            policy::Error::JumpConfirmations => "jump_confirmations",
            policy::Error::Bounds => "min_price",
            policy::Error::Breaker => "breaker_agreeing_evaluations",
            policy::Error::Lifecycle => "quarantine_seconds",
        };
        self.key(name)
    }

    fn terms(&mut self, feed: FeedId, pair: Pair) -> Option<Terms> {
        let decimals = Decimals::new(self.feed.decimals.unwrap_or(DEFAULT_DECIMALS));
        let decimals = self.validator.accept(&format!("{}.decimals", self.at), "0 to 18", decimals)?;
        let settings = self.settings.clone();
        let market_move = self.percent("frozen_move_percent", &settings.frozen_move_percent)?;
        let threshold = self.percent("jump_percent", &settings.jump_percent)?;
        Some(Terms {
            feed,
            pair,
            decimals,
            trigger: self.trigger()?,
            quorum: self.quorum()?,
            freshness: Freshness {
                max_age: Duration::from_secs(settings.max_age_seconds),
                max_venue_age: Duration::from_secs(settings.max_venue_age_seconds),
                max_future_skew: Duration::from_secs(settings.max_future_skew_seconds),
                frozen: frozen_rule(settings.frozen_after_seconds, market_move),
            },
            outlier: self.outlier()?,
            max_spread: self.percent("max_spread_percent", &settings.max_spread_percent)?,
            jump: Jump { threshold, confirmations: settings.jump_confirmations },
            bounds: Bounds {
                min: self.bound("min_price", &settings.min_price, decimals)?,
                max: self.bound("max_price", &settings.max_price, decimals)?,
            },
            // One answer of a feed is on its way at a time (see the migration), so none replaces a pending one.
            pending_accept: Ppm::new(u64::MAX),
            breaker: BreakerPolicy {
                cooldown: Duration::from_secs(settings.breaker_cooldown_seconds),
                agreeing: settings.breaker_agreeing_evaluations,
                agreeing_for: Duration::from_secs(settings.breaker_agreeing_for_seconds),
            },
            lifecycle: self.lifecycle()?,
        })
    }

    fn trigger(&mut self) -> Option<Trigger> {
        let profile = self.profile()?;
        let percent = self.feed.deviation_threshold_percent.as_ref();
        let percent = percent.unwrap_or(&self.one_feed.deviation_threshold_percent);
        let expected = "a percentage above 0 and at most 100, of at most four decimals";
        let key = self.own("deviation_threshold_percent");
        let deviation = self.validator.accept(&key, expected, Ppm::from_percent(percent))?;
        Some(Trigger {
            profile,
            deviation,
            heartbeat: Duration::from_secs(self.feed.heartbeat_seconds.unwrap_or(self.one_feed.heartbeat_seconds)),
            lead: Duration::from_secs(self.settings.heartbeat_lead_seconds),
        })
    }

    fn profile(&mut self) -> Option<Profile> {
        let profile = match self.settings.profile.as_str() {
            "causeway" => Ok(Profile::Causeway),
            "libocr" => Ok(Profile::Libocr),
            "airseeker" => Ok(Profile::Airseeker),
            "pyth" => Ok(Profile::Pyth),
            "redstone" => Ok(Profile::RedStone),
            "flux_monitor" => {
                let absolute = self.settings.flux_monitor_absolute.parse();
                let key = self.key("flux_monitor_absolute");
                let absolute = self.validator.accept(&key, "a whole number in units of the answer", absolute)?;
                Ok(Profile::FluxMonitor { absolute })
            }
            _ => Err(()),
        };
        let key = self.key("profile");
        self.validator.accept(&key, "causeway, libocr, flux_monitor, airseeker, pyth or redstone", profile)
    }

    fn quorum(&mut self) -> Option<Quorum> {
        let (venues, increase) = (self.settings.quorum, self.settings.degraded_quorum_increase);
        let quorum = if self.settings.allow_fewer_than_three_venues {
            Quorum::acknowledged(venues, increase, QuorumBelowThree)
        } else {
            Quorum::new(venues, increase)
        };
        let expected = "3 or more independent venues, or `allow_fewer_than_three_venues = true` and at least 1";
        let key = self.key("quorum");
        self.validator.accept(&key, expected, quorum)
    }

    fn outlier(&mut self) -> Option<Outlier> {
        // Five times is 500 %: read as exactly as any percentage, with up to two decimals of the multiple.
        let multiple = Decimal::from_str_exact(&self.settings.outlier_mad_multiple).ok();
        let percent = multiple.and_then(|times| times.checked_mul(Decimal::ONE_HUNDRED));
        let multiple = percent.ok_or(()).and_then(|text| Ppm::from_percent(&text.to_string()).map_err(|_| ()));
        let key = self.key("outlier_mad_multiple");
        let mad_multiple = self.validator.accept(&key, "a multiple of at least 1, for example \"5\"", multiple)?;
        let floor = self.settings.outlier_floor_percent.clone();
        Some(Outlier { mad_multiple, floor: self.percent("outlier_floor_percent", &floor)? })
    }

    fn lifecycle(&mut self) -> Option<LifecyclePolicy> {
        let settings = self.settings.clone();
        let weight = self.percent("reduced_weight_percent", &settings.reduced_weight_percent)?;
        let key = self.key("reduced_weight_percent");
        let reduced_weight = self.validator.accept(&key, "above 0 and at most 100", Weight::new(weight).ok_or(()))?;
        Some(LifecyclePolicy {
            strikes: settings.strikes,
            clears: settings.clears,
            quarantine: Duration::from_secs(settings.quarantine_seconds),
            quarantine_cap: Duration::from_secs(settings.quarantine_max_seconds),
            flapping_window: Duration::from_secs(settings.flapping_window_seconds),
            shadow_rounds: settings.shadow_rounds,
            reduced_rounds: settings.reduced_rounds,
            reduced_weight,
        })
    }

    /// `None` when it is wrong, `Some(None)` when there is no such bound.
    fn bound(&mut self, name: &str, text: &str, decimals: Decimals) -> Option<Option<Answer>> {
        if text.is_empty() {
            return Some(None);
        }
        let price = text.parse::<Price>().map_err(|_| ());
        let answer = price.and_then(|price| Answer::from_price(price, decimals).map_err(|_| ()));
        let key = self.key(name);
        self.validator.accept(&key, "a price above zero within the feed's decimals, or nothing", answer).map(Some)
    }

    fn sources(&mut self, pair: &Pair) -> Option<Vec<Source>> {
        let raw = self.feed.sources.iter().enumerate();
        raw.map(|(index, source)| self.source(&format!("sources.{index}"), source, pair)).collect()
    }

    fn source(&mut self, at: &str, raw: &raw::Source, pair: &Pair) -> Option<Source> {
        let venue: VenueId = self.parse(&format!("{at}.venue"), &raw.venue, "the id of one of the [[venues]]")?;
        let market = match &raw.pair {
            Some(text) => self.parse(&format!("{at}.pair"), text, "BASE/QUOTE, for example ETH/USDT")?,
            None => pair.clone(),
        };
        let derived = format!("{venue}-{}-{}", market.base(), market.quote()).to_lowercase();
        let id = raw.id.as_ref().unwrap_or(&derived);
        let id: SourceId = self.parse(&format!("{at}.id"), id, "an id, for example kraken-eth-usd")?;
        let route = match &raw.via {
            Some(text) => {
                let feed = self.parse(&format!("{at}.via"), text, "the id of one of the [[feeds]]")?;
                Route::through(Quotation::Direct, [Leg { operation: Operation::Multiply, feed }])
            }
            None => Route::direct(),
        };
        let role = self.role(at, raw)?;
        Some(Source { id, venue, market, route, role })
    }

    fn composition(&mut self, sources: &[Source]) -> Option<Composition> {
        let voters = nodes(sources, |role| role != Role::Reference);
        match (voters.is_empty(), self.feed.route.is_empty()) {
            (false, true) => Some(Composition::Sources(voters)),
            (true, false) => {
                let legs = self.feed.route.iter().enumerate();
                legs.map(|(index, leg)| self.leg(index, leg)).collect::<Option<_>>().map(Composition::Derived)
            }
            (true, true) | (false, false) => {
                self.validator.refuse(&self.at, "either `sources` that vote or a `route` over other feeds");
                None
            }
        }
    }

    fn leg(&mut self, index: usize, raw: &raw::Leg) -> Option<Leg> {
        let operation = match raw.operation.as_str() {
            "multiply" => Ok(Operation::Multiply),
            "divide" => Ok(Operation::Divide),
            _ => Err(()),
        };
        let at = format!("{}.route.{index}", self.at);
        let operation = self.validator.accept(&format!("{at}.operation"), "multiply or divide", operation)?;
        let feed = self.parse(&format!("route.{index}.feed"), &raw.feed, "the id of one of the [[feeds]]")?;
        Some(Leg { operation, feed })
    }
}

/// Zero seconds switch the rule off.
const fn frozen_rule(after_seconds: u64, market_move: Ppm) -> Option<Frozen> {
    if after_seconds == 0 { None } else { Some(Frozen { after: Duration::from_secs(after_seconds), market_move }) }
}
