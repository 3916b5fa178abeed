//! Requests → text of known parameters. What axum refuses in words of its own is refused in ours.

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Parameters of a query. A parameter that the route does not know is refused: a filter that is misspelt and ignored
/// answers another question than was asked.
pub(super) trait Parameters: DeserializeOwned {
    /// What the query may hold, for the refusal.
    const EXPECTED: &'static str;
}

/// The query, with known parameters only, each at most once.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: Parameters> FromRequestParts<S> for Asked<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query.map(|Query(asked)| Self(asked)).map_err(|_| Error::Invalid { field: "query", expected: T::EXPECTED })
    }
}

/// The variable parts of the path.
pub(super) struct Segments<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments)).map_err(|_| Error::Invalid { field: "path", expected: "UTF-8 text" })
    }
}
