//! Which setting an error of the feeds' graph is about: the graph knows ids, the operator knows lines.

use causeway_primitives::{FeedId, SourceId};

use super::{raw, source::Source};
use crate::domain::route::{Error, RouteOf};

/// A feed as it was written, and what became of its names.
pub(super) struct Named<'a> {
    pub(super) raw: &'a raw::Feed,
    pub(super) id: FeedId,
    /// In the order of the file.
    pub(super) sources: Vec<Source>,
}

/// The setting to look at; of two of one name, the second.
pub(super) fn setting(error: &Error, feeds: &[Named<'_>]) -> String {
    let found = match error {
        Error::DuplicateFeed(id) => feeds.iter().rposition(|feed| feed.id == *id).map(|at| format!("feeds.{at}.id")),
        Error::DuplicateSource(id) => last_source(feeds, id),
        Error::Cycle(path) => path.feeds().first().and_then(|id| route(feeds, id)),
        Error::MissingFeed(path) => match path.feeds() {
            [.., from, missing] => step(feeds, from, missing),
            [] | [_] => None,
        },
        Error::Units { feed, what: RouteOf::Feed, .. } | Error::NoLegs(feed) => route(feeds, feed),
        Error::Units { what: RouteOf::Source(source), .. } => last_source(feeds, source),
        Error::TooFewVenues { feed, .. } => index(feeds, feed).map(|at| format!("feeds.{at}.sources")),
    };
    found.unwrap_or_else(|| "feeds".to_owned())
}

fn index(feeds: &[Named<'_>], id: &FeedId) -> Option<usize> {
    feeds.iter().position(|feed| feed.id == *id)
}

fn last_source(feeds: &[Named<'_>], id: &SourceId) -> Option<String> {
    let at = |(feed, named): (usize, &Named<'_>)| {
        named.sources.iter().rposition(|source| source.id == *id).map(|source| (feed, source))
    };
    let (feed, source) = feeds.iter().enumerate().filter_map(at).next_back()?;
    Some(format!("feeds.{feed}.sources.{source}"))
}

/// Where a feed says what it is made of.
fn route(feeds: &[Named<'_>], id: &FeedId) -> Option<String> {
    let at = index(feeds, id)?;
    let part = feeds.get(at).filter(|feed| !feed.raw.route.is_empty()).map_or("sources", |_| "route");
    Some(format!("feeds.{at}.{part}"))
}

/// Where a feed names another one.
fn step(feeds: &[Named<'_>], from: &FeedId, to: &FeedId) -> Option<String> {
    let at = index(feeds, from)?;
    let raw = feeds.get(at)?.raw;
    let leg = raw.route.iter().position(|leg| leg.feed == to.as_str());
    let via = raw.sources.iter().position(|source| source.via.as_deref() == Some(to.as_str()));
    match (leg, via) {
        (Some(leg), _) => Some(format!("feeds.{at}.route.{leg}.feed")),
        (None, Some(source)) => Some(format!("feeds.{at}.sources.{source}.via")),
        (None, None) => None,
    }
}
