//! The one-feed deployment (ORA-1): an aggregator, a pair and the built-in venues; no file needed.

use causeway_primitives::{Address, Pair};
use causeway_runtime::config::Validator;
use serde::Deserialize;

use super::{feeds::CONTRACT, raw};

/// The feeds and venues of the one-feed deployment.
const ONE_FEED: &str = include_str!("../../config/one-feed.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneFeedFile {
    venues: Vec<raw::Venue>,
    feeds: Vec<raw::Feed>,
}

/// Fills in the feeds and venues of the one-feed deployment, unless feeds are configured.
pub(super) fn one_feed(raw: &mut raw::Raw, validator: &mut Validator<'_>) {
    let address = raw.one_feed.aggregator_address.clone();
    if address.is_empty() {
        return;
    }
    if !raw.feeds.is_empty() {
        validator.refuse("one_feed.aggregator_address", "nothing, because [[feeds]] are configured");
        return;
    }
    let key = "one_feed.pair";
    let expected = "BASE/QUOTE, for example ETH/USD";
    let pair = validator.accept(key, expected, raw.one_feed.pair.parse::<Pair>());
    let parsed = address.parse::<Address>().ok().filter(|address| !address.is_zero()).ok_or(());
    let address = validator.accept("one_feed.aggregator_address", CONTRACT, parsed);
    let (Some(pair), Some(address)) = (pair, address) else { return };
    let text = ONE_FEED
        .replace("FEED", &format!("{}-{}", pair.base(), pair.quote()).to_lowercase())
        .replace("PAIR", &pair.to_string())
        .replace("BASE", pair.base())
        .replace("AGGREGATOR", &address.to_string());
    let Some(file) =
        validator.accept(key, "a pair that the built-in venues trade", toml::from_str::<OneFeedFile>(&text))
    else {
        return;
    };
    raw.feeds = file.feeds;
    if raw.venues.is_empty() {
        raw.venues = file.venues;
    }
}
