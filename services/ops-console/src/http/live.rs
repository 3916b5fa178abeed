//! A bell for open pages: it says that there is something new, and the page asks for itself again. What is new is not in
//! it, so that a page has one way of being made.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Extension,
    extract::{RawQuery, State},
    http::{HeaderName, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt as _, stream};
use prometheus_client::metrics::gauge::Gauge;
use tokio_stream::wrappers::WatchStream;

use super::{params::one, routes::Pages};

/// Open pages of one replica.
const MOST: usize = 500;

/// A page hears from us at least so often, and knows after twice that time that the stream is broken.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// Before a browser tries again.
const RECONNECT_AFTER: Duration = Duration::from_secs(2);

/// Proxies that gather would make a page late.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The open pages, counted.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    open: Arc<AtomicUsize>,
    gauge: Gauge,
}

impl Streams {
    pub(super) fn new(gauge: Gauge) -> Self {
        Self { open: Arc::default(), gauge }
    }

    fn enter(&self) -> Option<Place> {
        if self.open.fetch_add(1, Ordering::Relaxed) >= MOST {
            self.open.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        self.gauge.inc();
        Some(Place(self.clone()))
    }
}

/// Gives its place back when the page goes.
struct Place(Streams);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.gauge.dec();
    }
}

/// `news` with a count; the first says that the stream stands. On a service's own pages, its own news too, with its name.
pub(super) async fn live(
    State(pages): State<Pages>,
    Extension(streams): Extension<Streams>,
    RawQuery(query): RawQuery,
) -> Response {
    let of = one(query.as_deref(), "of");
    let Some(place) = streams.enter() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open").into_response();
    };
    let hello = stream::once(async { Event::default().retry(RECONNECT_AFTER).event("news").data("0") });
    // Moved in, so that the place is given back with the stream.
    let news = WatchStream::from_changes(pages.board.news()).map(move |count| {
        let _here = &place;
        Event::default().event("news").data(count.to_string())
    });
    let service = service(&pages, &of);
    let own = stream::iter(pages.board.bell(service).map(WatchStream::from_changes)).flatten();
    let own = own.map(move |_| Event::default().event("news").data(service));
    let events =
        hello.chain(stream::select(news, own)).map(Ok::<_, Infallible>).take_until(pages.draining.cancelled_owned());
    let alive = KeepAlive::new().interval(HEARTBEAT).event(Event::default().event("alive").data(""));
    ([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response()
}

/// Whose page it is; none's, which nobody looks at, where it is nobody's.
fn service(pages: &Pages, path: &str) -> &'static str {
    let siblings = &pages.siblings;
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    match first {
        "oracle" => siblings.oracle.name(),
        "messages" => siblings.monitor.name(),
        _ => "",
    }
}
