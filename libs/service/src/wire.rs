//! Values that every contract writes alike.

use std::time::Duration;

use causeway_grpc::Peer;
use causeway_primitives::Timestamp;
use tonic::Request;

/// A time on the wire, to the millisecond.
pub fn timestamp(value: Timestamp) -> Option<prost_types::Timestamp> {
    let nanos = i32::try_from(value.as_millis() % 1_000).unwrap_or(0).saturating_mul(1_000_000);
    Some(prost_types::Timestamp { seconds: i64::try_from(value.as_secs()).unwrap_or(i64::MAX), nanos })
}

/// A span on the wire; only one of more than 10,000 years has none.
pub fn duration(value: Duration) -> Option<prost_types::Duration> {
    prost_types::Duration::try_from(value).ok()
}

/// Whom a program acts for through which people act, such as the console. It is that program's word.
pub const PERSON: &str = "x-causeway-person";

/// The person that the caller says it acts for.
pub fn person<T>(request: &Request<T>) -> Option<String> {
    let name = request.metadata().get(PERSON).and_then(|name| name.to_str().ok());
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Who calls, as an audit record says it.
pub fn actor<T>(request: &Request<T>) -> String {
    request.extensions().get::<Peer>().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}
