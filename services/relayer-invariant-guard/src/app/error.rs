//! Why something that an operator asked for was not done.

use causeway_store::Error as StoreError;

use crate::domain::{adjustment, incident, resume};

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store did not do its part.
    #[error("the guard's store does not answer")]
    Store(#[from] StoreError),
    /// No such verdict.
    #[error("there is no such verdict")]
    VerdictUnknown,
    /// No such incident.
    #[error("there is no such incident")]
    IncidentUnknown,
    /// No such halt.
    #[error("there is no such halt")]
    HaltUnknown,
    /// No such resume.
    #[error("there is no such resume")]
    ResumeUnknown,
    /// It is in force in this process only, so far.
    #[error("the halt is in force here, but not durable yet: it is tried again until it is")]
    NotDurable,
    /// The halt does not hold any more.
    #[error("the halt is released")]
    AlreadyReleased,
    /// One at a time.
    #[error("another resume of the halt is open")]
    ResumeOpen,
    /// The proposer has read something else than what there is now.
    #[error("the evidence is another one by now: {detail}")]
    EvidenceChanged {
        /// What has changed.
        detail: String,
    },
    /// The incident is not where it must be.
    #[error(transparent)]
    Incident(#[from] incident::Refused),
    /// The resume is not where it must be.
    #[error(transparent)]
    Resume(#[from] resume::Refused),
    /// Another replica leads.
    #[error("this replica does not lead")]
    NotLeader,
    /// Too many wait already.
    #[error("too many evaluations are asked for at once")]
    TooMany,
    /// It could not be evaluated, or not be stored.
    #[error("the evaluation came to nothing: its log says why")]
    NotEvaluated,
    /// No such adjustment.
    #[error("there is no such adjustment")]
    AdjustmentUnknown,
    /// The adjustment is none that can be.
    #[error(transparent)]
    Adjustment(#[from] adjustment::Refused),
    /// It is approved or refused already.
    #[error("the adjustment is decided")]
    AdjustmentDecided,
}

impl Error {
    /// The reason as the contract names it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Store(_) => "STORE_UNAVAILABLE",
            Self::VerdictUnknown => "VERDICT_UNKNOWN",
            Self::IncidentUnknown => "INCIDENT_UNKNOWN",
            Self::HaltUnknown => "HALT_UNKNOWN",
            Self::ResumeUnknown => "RESUME_UNKNOWN",
            Self::NotDurable => "HALT_NOT_DURABLE",
            Self::AlreadyReleased => "ALREADY_RELEASED",
            Self::ResumeOpen => "RESUME_OPEN",
            Self::EvidenceChanged { .. } => "EVIDENCE_CHANGED",
            Self::Incident(incident::Refused::NotAcknowledged) => "NOT_ACKNOWLEDGED",
            Self::Incident(incident::Refused::NotMitigated) => "NOT_MITIGATED",
            Self::Incident(incident::Refused::Closed) => "INCIDENT_CLOSED",
            Self::Resume(resume::Refused::ProposerCannotApprove) => "PROPOSER_CANNOT_APPROVE",
            Self::Resume(resume::Refused::AlreadyApproved { .. }) => "ALREADY_APPROVED",
            Self::Resume(resume::Refused::HashMismatch { .. }) => "HASH_MISMATCH",
            Self::Resume(resume::Refused::Expired) => "RESUME_EXPIRED",
            Self::Resume(resume::Refused::NotOpen) => "RESUME_ENDED",
            Self::NotLeader => "NOT_LEADER",
            Self::TooMany => "TOO_MANY",
            Self::NotEvaluated => "NOT_EVALUATED",
            Self::AdjustmentUnknown => "ADJUSTMENT_UNKNOWN",
            Self::Adjustment(adjustment::Refused::ProposerCannotApprove) => "PROPOSER_CANNOT_APPROVE",
            Self::Adjustment(adjustment::Refused::NoSuchTerm | adjustment::Refused::Zero) => "ADJUSTMENT_INVALID",
            Self::AdjustmentDecided => "ADJUSTMENT_DECIDED",
        }
    }
}
