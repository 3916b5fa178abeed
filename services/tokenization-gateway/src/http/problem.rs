//! What can go wrong for a caller, as an answer.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::{Error, NotAdmitted, NotCalled, NotDecided, NotTaken},
    intake::{Finding, Refusal},
};

/// Why a request was refused.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    #[serde(skip)]
    pub(super) status: StatusCode,
    /// Constant, for machines.
    reason: String,
    /// For people.
    message: String,
    /// What a message says wrongly, and exactly where.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Place>,
}

/// One thing that a message says wrongly.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Place {
    /// SWIFT's error code, or the name of ISO 20022's rule.
    rule: String,
    /// From 1; 0 where there is none.
    line: usize,
    /// From 1; 0 where there is none.
    column: usize,
    /// Field, or path of the element.
    place: String,
    /// In words.
    text: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, reason: &str, message: impl ToString) -> Self {
        Self { status, reason: reason.to_owned(), message: message.to_string(), findings: Vec::new() }
    }

    pub(super) fn invalid(field: &str, expected: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", format!("`{field}` must be {expected}"))
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown", format!("there is no such {what}"))
    }
}

impl From<NotAdmitted> for Problem {
    fn from(refused: NotAdmitted) -> Self {
        match refused {
            NotAdmitted::Unknown => Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", refused),
            NotAdmitted::MayNot => Self::new(StatusCode::FORBIDDEN, "forbidden", refused),
        }
    }
}

impl From<NotCalled<Self>> for Problem {
    fn from(refused: NotCalled<Self>) -> Self {
        match refused {
            NotCalled::Key => Self::invalid("Idempotency-Key", "a header of 1 to 128 printable characters"),
            NotCalled::Running => Self::new(StatusCode::CONFLICT, "still_running", refused),
            NotCalled::OtherCall => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", refused),
            NotCalled::Failed(problem) => problem,
            NotCalled::Machinery(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let findings = match &refusal {
            Refusal::Malformed(finding) => vec![finding.clone()],
            Refusal::Invalid { findings, .. } => findings.clone(),
            Refusal::Unwanted { .. } => Vec::new(),
        };
        let place = |Finding { rule, line, column, place, text }| Place { rule, line, column, place, text };
        Self {
            findings: findings.into_iter().map(place).collect(),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, refusal.reason(), &refusal)
        }
    }
}

impl From<NotTaken> for Problem {
    fn from(refused: NotTaken) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, refused.reason(), refused)
    }
}

impl From<NotDecided> for Problem {
    fn from(refused: NotDecided) -> Self {
        match &refused {
            NotDecided::Unknown => Self::unknown("request"),
            NotDecided::SamePerson => Self::new(StatusCode::FORBIDDEN, "same_person", refused),
            NotDecided::NotAnApprover { .. } => Self::new(StatusCode::FORBIDDEN, "not_an_approver", refused),
            NotDecided::NotBefore { .. } => Self::new(StatusCode::CONFLICT, "not_before", refused),
            NotDecided::NotWaiting { .. } => Self::new(StatusCode::CONFLICT, "not_waiting", refused),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "request failed");
        let status =
            if error.is_retryable() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
        Self::new(status, error.reason(), error)
    }
}

impl From<causeway_store::Error> for Problem {
    fn from(error: causeway_store::Error) -> Self {
        Error::from(error).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
