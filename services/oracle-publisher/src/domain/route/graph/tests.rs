//! Deployments that cannot be evaluated, and the order of those that can.

use super::*;
use crate::domain::route::{Operation, Quotation};

fn leg(operation: Operation, feed: &str) -> Leg {
    Leg { operation, feed: feed.parse().unwrap() }
}

fn times(feed: &str) -> Leg {
    leg(Operation::Multiply, feed)
}

fn source(name: &str, venue: &str, market: &str, legs: &[Leg]) -> SourceNode {
    SourceNode {
        source: name.parse().unwrap(),
        venue: venue.parse().unwrap(),
        market: market.parse().unwrap(),
        route: Route::through(Quotation::Direct, legs),
    }
}

fn feed(name: &str, pair: &str, composition: Composition) -> FeedNode {
    FeedNode {
        feed: name.parse().unwrap(),
        pair: pair.parse().unwrap(),
        venues_needed: 1,
        composition,
        references: Vec::new(),
    }
}

fn direct(name: &str, pair: &str) -> FeedNode {
    let quotes = vec![source(&format!("kraken-{name}"), "kraken", pair, &[])];
    feed(name, pair, Composition::Sources(quotes))
}

fn derived(name: &str, pair: &str, legs: &[Leg]) -> FeedNode {
    feed(name, pair, Composition::Derived(legs.to_vec()))
}

fn refusal(feeds: impl IntoIterator<Item = FeedNode>) -> String {
    RouteGraph::new(feeds).and_then(RouteGraph::validate).unwrap_err().to_string()
}

#[test]
fn ora_8_feeds_are_ordered_after_what_they_need() {
    let eth_eur = derived("a-eth-eur", "ETH/EUR", &[times("eth-usd"), leg(Operation::Divide, "eur-usd")]);
    let eth_usd = feed(
        "eth-usd",
        "ETH/USD",
        Composition::Sources(vec![source("binance-eth-usdt", "binance", "ETH/USDT", &[times("usdt-usd")])]),
    );
    let feeds = [eth_eur, eth_usd, direct("eur-usd", "EUR/USD"), direct("usdt-usd", "USDT/USD")];
    let graph = RouteGraph::new(feeds).unwrap().validate().unwrap();
    let order: Vec<&str> = graph.order().iter().map(FeedId::as_str).collect();
    assert_eq!(order, ["usdt-usd", "eth-usd", "eur-usd", "a-eth-eur"]);
    let usdt = "usdt-usd".parse().unwrap();
    assert_eq!(graph.dependents(&usdt).map(FeedId::as_str).collect::<Vec<_>>(), ["eth-usd"]);
}

#[test]
fn ora_8_a_cycle_is_refused_and_shown() {
    let feeds = [
        derived("eth-usd", "ETH/USD", &[times("eth-eur"), times("eur-usd")]),
        derived("eth-eur", "ETH/EUR", &[times("eth-usd"), leg(Operation::Divide, "eur-usd")]),
        direct("eur-usd", "EUR/USD"),
    ];
    assert_eq!(refusal(feeds), "the route is a cycle: eth-eur -> eth-usd -> eth-eur");
    let own = [derived("eth-usd", "ETH/USD", &[times("eth-usd")])];
    assert_eq!(refusal(own), "the route is a cycle: eth-usd -> eth-usd");
}

#[test]
fn ora_8_a_missing_feed_is_refused_with_the_way_that_led_to_it() {
    let feeds =
        [derived("btc-eur", "BTC/EUR", &[times("btc-usd")]), derived("btc-usd", "BTC/USD", &[times("usdt-usd")])];
    assert_eq!(refusal(feeds), "the route leads to a feed that is not configured: btc-eur -> btc-usd -> usdt-usd");
}

#[test]
fn ora_8_units_that_do_not_cancel_to_the_pair_are_refused() {
    let feeds = [
        derived("eth-eur", "ETH/EUR", &[times("eth-usd"), times("eur-usd")]),
        direct("eth-usd", "ETH/USD"),
        direct("eur-usd", "EUR/USD"),
    ];
    assert_eq!(refusal(feeds), "the product of the feeds gives ETH·EUR/USD^2, but feed eth-eur is ETH/EUR");
    let quotes = vec![source("okx-eth-usdt", "okx", "ETH/USDT", &[])];
    let unconverted = [feed("eth-usd", "ETH/USD", Composition::Sources(quotes))];
    assert_eq!(refusal(unconverted), "the route of source okx-eth-usdt gives ETH/USDT, but feed eth-usd is ETH/USD");
}

#[test]
fn ora_5_a_quorum_that_the_venues_can_never_meet_is_refused() {
    let sources = vec![
        source("kraken-a", "kraken", "ETH/USD", &[]),
        source("kraken-b", "kraken", "ETH/USD", &[]),
        source("okx-a", "okx", "ETH/USD", &[]),
    ];
    let node = FeedNode { venues_needed: 3, ..feed("eth-usd", "ETH/USD", Composition::Sources(sources)) };
    assert_eq!(refusal([node]), "feed eth-usd has 2 independent venues, but its quorum may need 3");
}

#[test]
fn names_are_unique_and_a_derived_feed_is_derived_from_something() {
    let twins = [direct("eth-usd", "ETH/USD"), derived("eth-usd", "ETH/USD", &[])];
    assert_eq!(refusal(twins), "feed eth-usd is configured twice");
    let sources = || Composition::Sources(vec![source("kraken-x", "kraken", "ETH/USD", &[])]);
    let shared = [feed("a", "ETH/USD", sources()), feed("b", "ETH/USD", sources())];
    assert_eq!(refusal(shared), "source kraken-x is configured twice");
    assert_eq!(refusal([derived("a", "ETH/USD", &[])]), "feed a is derived from no feed");
}
