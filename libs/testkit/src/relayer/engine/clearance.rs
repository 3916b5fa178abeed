//! Leave to act: a guard's permits, nobody's, or none although there should be one.

use alloy::primitives::U256;
use causeway_primitives::{AssetId, Scope};
use causeway_proto::guard::v1::{Operation, ReportViolationRequest};
use causeway_relayer_client::{Amount, Authority, NotDone, Permit, Refused, Relayer, Signed, Spend};

/// Who is asked.
#[derive(Debug, Clone)]
pub(crate) enum Clearance {
    /// A guard.
    Guarded(Relayer),
    /// Nobody.
    Unguarded,
}

/// What is held before signing.
#[derive(Debug)]
pub(super) enum Leave {
    /// A guard's permit.
    Permit(Permit),
    /// Nobody was asked.
    Free {
        /// Although somebody should have been.
        rogue: bool,
    },
}

/// What is held between signing and broadcasting.
#[derive(Debug)]
pub(super) enum Sealed<T> {
    /// Under a guard's permit.
    Permitted(Signed<T>),
    /// Nobody was asked.
    Free {
        /// What was signed.
        signed: T,
        /// Although somebody should have been asked.
        rogue: bool,
    },
}

/// Under what something is done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Under {
    pub(super) authority: Option<Authority>,
    pub(super) rogue: bool,
}

impl Clearance {
    /// Asks for leave. A rogue does not ask.
    pub(super) fn leave(&self, scope: Scope, spend: Spend, rogue: bool) -> Result<Leave, Refused> {
        match self {
            Self::Guarded(relayer) if !rogue => relayer.permit(scope, spend).map(Leave::Permit),
            Self::Guarded(_) => Ok(Leave::Free { rogue }),
            Self::Unguarded => Ok(Leave::Free { rogue: false }),
        }
    }

    /// Tells the guard what was done. What cannot be queued is counted by the client as lost.
    pub(super) fn report(&self, operation: Operation) {
        match self {
            Self::Guarded(relayer) => drop(relayer.report(operation)),
            Self::Unguarded => {}
        }
    }

    /// Tells the guard what must not be.
    pub(super) fn report_violation(&self, violation: ReportViolationRequest) {
        match self {
            Self::Guarded(relayer) => drop(relayer.report_violation(violation)),
            Self::Unguarded => {}
        }
    }
}

impl Leave {
    /// The check before signing, and the signature.
    pub(super) fn sign<T, E>(self, sign: impl FnOnce() -> Result<T, E>) -> Result<Result<Sealed<T>, E>, Refused> {
        Ok(match self {
            Self::Permit(permit) => {
                let signing = permit.check()?;
                sign().map(|signed| Sealed::Permitted(signing.seal(signed)))
            }
            Self::Free { rogue } => sign().map(|signed| Sealed::Free { signed, rogue }),
        })
    }

    /// Does something that needs leave and no signature.
    pub(super) async fn perform<T, F>(self, act: impl FnOnce() -> F) -> Result<T, NotDone>
    where
        F: Future<Output = T>,
    {
        match self {
            Self::Permit(permit) => permit.perform(|_| act()).await,
            Self::Free { .. } => Ok(act().await),
        }
    }
}

impl<T> Sealed<T> {
    /// For the journal that is written before sending.
    pub(super) const fn to_record(&self) -> &T {
        match self {
            Self::Permitted(signed) => signed.to_record(),
            Self::Free { signed, .. } => signed,
        }
    }

    /// The check before broadcasting, and the broadcast.
    pub(super) async fn broadcast<R, F>(self, send: impl FnOnce(T, Under) -> F) -> Result<R, NotDone>
    where
        F: Future<Output = R>,
    {
        match self {
            Self::Permitted(signed) => {
                let under = |authority| Under { authority: Some(authority), rogue: false };
                signed.broadcast(|signed, authority| send(signed, under(authority))).await
            }
            Self::Free { signed, rogue } => Ok(send(signed, Under { authority: None, rogue }).await),
        }
    }
}

/// What caps count.
pub(super) fn spend(asset: &AssetId, amount: Option<U256>) -> Spend {
    amount.map_or(Spend::Nothing, |units| Spend::Of(Amount { asset: asset.clone(), units }))
}
