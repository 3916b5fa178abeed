//! Every query has a name, a bound, a duration in the metrics, and a span. The SQL itself goes into none of
//! them: it is in the code, under the name.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, Span, field::Empty};

use crate::{
    error::{Class, Error},
    metrics::{Metrics, Outcome},
};

/// How queries of one pool are bounded and counted. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Queries {
    limit: Duration,
    metrics: Metrics,
}

impl Queries {
    pub(crate) const fn new(limit: Duration, metrics: Metrics) -> Self {
        Self { limit, metrics }
    }

    pub(crate) const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The same with another limit: for work that takes as long as a table is large, on a connection of its own whose
    /// statement timeout allows it.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self { limit, metrics: self.metrics.clone() }
    }

    /// Runs the future of one query under a name: `insert_decision`, `find_round`. The verb before the first
    /// underscore is the span's operation.
    ///
    /// # Errors
    /// [`Error::Query`], or [`Error::Timeout`] when neither an answer nor an error came in time.
    pub async fn run<T>(
        &self,
        name: &'static str,
        query: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, Error> {
        let span = span(name);
        let start = Instant::now();
        let answer = timeout(self.limit, query).instrument(span.clone()).await;
        let (outcome, result) = match answer {
            Ok(Ok(value)) => (Outcome::Ok, Ok(value)),
            Ok(Err(source)) => {
                let class = Class::of(&source);
                (Outcome::Failed(class), Err(Error::Query { query: name, class, source }))
            }
            Err(_) => (Outcome::Timeout, Err(Error::Timeout { query: name, limit: self.limit })),
        };
        span.in_scope(|| self.metrics.query(name, outcome, start.elapsed()));
        mark(&span, outcome);
        result
    }
}

/// None outside of a trace: the polls of background loops would each be a trace of one span.
fn span(name: &'static str) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    tracing::info_span!(
        "query",
        otel.name = name,
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = "postgresql",
        db.operation.name = operation(name),
        db.query.summary = name,
        "error.type" = Empty,
    )
}

/// No row where one was expected is an answer, not a fault of the database.
fn mark(span: &Span, outcome: Outcome) {
    match outcome {
        Outcome::Ok | Outcome::Failed(Class::NotFound) => {}
        Outcome::Failed(_) | Outcome::Timeout => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", outcome.as_str());
        }
    }
}

fn operation(name: &'static str) -> &'static str {
    name.split_once('_').map_or(name, |(verb, _)| verb)
}

/// Puts the name behind the query, where the eye looks for it:
/// `sqlx::query!(…).fetch_one(pool.executor()).named("get_round", pool.queries()).await?`
pub trait Named<T>: Future<Output = Result<T, sqlx::Error>> + Sized {
    /// See [`Queries::run`].
    fn named(self, name: &'static str, queries: &Queries) -> impl Future<Output = Result<T, Error>>;
}

impl<T, F: Future<Output = Result<T, sqlx::Error>>> Named<T> for F {
    fn named(self, name: &'static str, queries: &Queries) -> impl Future<Output = Result<T, Error>> {
        queries.run(name, self)
    }
}

#[cfg(test)]
mod tests {
    use causeway_telemetry::metrics::{Registry, encode};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_query_without_an_answer_ends_at_the_limit_and_is_counted() {
        let mut registry = Registry::default();
        let queries = Queries::new(Duration::from_secs(6), Metrics::register(&mut registry));
        let silent = std::future::pending::<Result<(), sqlx::Error>>();
        let error = silent.named("list_rounds", &queries).await.unwrap_err();
        assert!(matches!(error, Error::Timeout { query: "list_rounds", .. }), "{error:?}");
        async { Ok(()) }.named("list_rounds", &queries).await.unwrap();
        async { Err::<(), _>(sqlx::Error::RowNotFound) }.named("get_round", &queries).await.unwrap_err();

        let page = encode(&registry).unwrap();
        for line in [
            "store_query_duration_seconds_sum{query=\"list_rounds\",outcome=\"timeout\"} 6.0",
            "store_query_duration_seconds_count{query=\"list_rounds\",outcome=\"ok\"} 1",
            "store_query_duration_seconds_count{query=\"get_round\",outcome=\"not_found\"} 1",
        ] {
            assert!(page.contains(line), "{line} is not in {page}");
        }
    }

    #[test]
    fn the_operation_is_the_verb() {
        assert_eq!(operation("insert_decision"), "insert");
        assert_eq!(operation("probe"), "probe");
    }
}
