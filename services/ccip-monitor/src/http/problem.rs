//! The service's errors as HTTP answers.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::Error;

/// Seconds after which a refused stream may be asked for again.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Constant, for machines.
    reason: &'static str,
    /// For people.
    message: String,
    /// The parameter that is not as it must be.
    field: Option<&'static str>,
}

pub(super) const fn status(error: &Error) -> StatusCode {
    match error {
        Error::MessageUnknown { .. } | Error::LaneUnknown | Error::FindingUnknown => StatusCode::NOT_FOUND,
        Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::NotCaughtUp { .. } | Error::Incomplete { .. } => StatusCode::CONFLICT,
        Error::TooManyStreams => StatusCode::SERVICE_UNAVAILABLE,
        Error::TooSlow => StatusCode::GATEWAY_TIMEOUT,
        Error::Store(error) if error.is_retryable() => StatusCode::SERVICE_UNAVAILABLE,
        Error::Unwritable(_) | Error::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = status(&self);
        let is_ours = match &self {
            Self::Unwritable(_) | Self::Store(_) => true,
            Self::MessageUnknown { .. }
            | Self::LaneUnknown
            | Self::Invalid { .. }
            | Self::FindingUnknown
            | Self::NotCaughtUp { .. }
            | Self::Incomplete { .. }
            | Self::TooManyStreams
            | Self::TooSlow => false,
        };
        if is_ours {
            tracing::error!(error = &self as &dyn std::error::Error, "request failed");
        }
        let field = if let Self::Invalid { field, .. } = self { Some(field) } else { None };
        let problem = Problem { reason: self.reason(), message: self.to_string(), field };
        if status == StatusCode::SERVICE_UNAVAILABLE {
            return (status, [(header::RETRY_AFTER, RETRY_AFTER_SECONDS)], Json(problem)).into_response();
        }
        (status, Json(problem)).into_response()
    }
}
