//! From the wire to values that the rules take. Whatever is not as the contract says is no lease.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_primitives::{AssetId, Scope, U256};
use causeway_proto::{
    guard::v1::{self as wire, acquire_lease_response::Answer as WireAnswer},
    types::v1::BigInteger,
};

use crate::clearance::{Budget, Grant, Halted};

/// The longest lease that the contract knows.
const LONGEST_TTL_MS: u32 = 600_000;

/// Not what the contract says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// It answers something else.
    #[error("the answer is to request {found:?}")]
    OtherRequest { found: String },
    /// Neither lease nor refusal.
    #[error("the answer holds neither a lease nor a refusal")]
    Empty,
    /// A scope that is unknown, or not the one that was asked for.
    #[error("the lease is for scope {found}")]
    Scope { found: i32 },
    /// Zero or longer than the contract allows.
    #[error("the lease lives {found} ms")]
    TimeToLive { found: u32 },
    /// Zero, which no guard has.
    #[error("the lease has epoch 0 or sequence 0")]
    Counter,
    /// Not an asset with two whole numbers, or listed twice.
    #[error("the cap of asset {found:?} cannot be read")]
    Cap { found: String },
}

/// What a guard answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Leave to act.
    Lease(Grant),
    /// None.
    Refusal(Refusal),
}

/// No lease, and what is halted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: wire::LeaseRefusalReason,
    pub(crate) detail: String,
    pub(crate) halted: Vec<(Scope, Halted)>,
    pub(crate) retry_after: Option<Duration>,
}

/// Reads the answer to a request.
pub(crate) fn read(
    response: wire::AcquireLeaseResponse,
    request: &wire::AcquireLeaseRequest,
) -> Result<Answer, Malformed> {
    if response.request_id != request.request_id {
        return Err(Malformed::OtherRequest { found: response.request_id });
    }
    match response.answer.ok_or(Malformed::Empty)? {
        WireAnswer::Lease(lease) if lease.scope == request.scope => grant(lease).map(Answer::Lease),
        WireAnswer::Lease(lease) => Err(Malformed::Scope { found: lease.scope }),
        WireAnswer::Refusal(refusal) => Ok(Answer::Refusal(self::refusal(refusal))),
    }
}

fn grant(lease: wire::Lease) -> Result<Grant, Malformed> {
    let scope = scope(lease.scope).ok_or(Malformed::Scope { found: lease.scope })?;
    if !(1..=LONGEST_TTL_MS).contains(&lease.ttl_ms) {
        return Err(Malformed::TimeToLive { found: lease.ttl_ms });
    }
    if lease.epoch == 0 || lease.sequence == 0 {
        return Err(Malformed::Counter);
    }
    let mut caps = BTreeMap::new();
    for cap in lease.caps {
        let (asset, budget) = budget(&cap).ok_or_else(|| Malformed::Cap { found: cap.asset.clone() })?;
        if caps.insert(asset, budget).is_some() {
            return Err(Malformed::Cap { found: cap.asset });
        }
    }
    let ttl = Duration::from_millis(u64::from(lease.ttl_ms));
    Ok(Grant { scope, epoch: lease.epoch, sequence: lease.sequence, ttl, caps, probation: lease.probation })
}

fn budget(cap: &wire::Cap) -> Option<(AssetId, Budget)> {
    let asset = cap.asset.parse().ok()?;
    let per_operation = units(cap.max_per_operation.as_ref()?)?;
    let left = units(cap.max_total.as_ref()?)?;
    Some((asset, Budget { per_operation, left }))
}

/// Decimal digits only: the parser of integers would take `0x` as well.
fn units(number: &BigInteger) -> Option<U256> {
    let digits = number.value.as_str();
    let decimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    decimal.then(|| U256::from_str_radix(digits, 10).ok()).flatten()
}

/// A refusal is obeyed also where it cannot be understood as a whole.
fn refusal(refusal: wire::LeaseRefusal) -> Refusal {
    let retry_after = refusal.retry_after.and_then(|wait| {
        let seconds = u64::try_from(wait.seconds).ok()?;
        Some(Duration::new(seconds, u32::try_from(wait.nanos).ok()?.min(999_999_999)))
    });
    Refusal { reason: refusal.reason(), detail: refusal.detail.clone(), halted: halted(&refusal.halted), retry_after }
}

/// What is halted. A scope that this library does not know is a part of ALL, and stops all.
pub(crate) fn halted(scopes: &[wire::HaltedScope]) -> Vec<(Scope, Halted)> {
    let remembered = |halt: &wire::HaltedScope| {
        let memory = Halted { halt_id: Arc::from(halt.halt_id.as_str()), epoch: halt.epoch };
        (scope(halt.scope).unwrap_or(Scope::All), memory)
    };
    scopes.iter().map(remembered).collect()
}

fn scope(number: i32) -> Option<Scope> {
    match wire::Scope::try_from(number).ok()? {
        wire::Scope::Unspecified => None,
        wire::Scope::BatchCreation => Some(Scope::BatchCreation),
        wire::Scope::Settlement => Some(Scope::Settlement),
        wire::Scope::Tokenization => Some(Scope::Tokenization),
        wire::Scope::All => Some(Scope::All),
    }
}

/// The scope on the wire.
pub(crate) const fn to_wire(scope: Scope) -> wire::Scope {
    match scope {
        Scope::BatchCreation => wire::Scope::BatchCreation,
        Scope::Settlement => wire::Scope::Settlement,
        Scope::Tokenization => wire::Scope::Tokenization,
        Scope::All => wire::Scope::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> wire::AcquireLeaseRequest {
        let scope = wire::Scope::Settlement.into();
        wire::AcquireLeaseRequest { holder: "r-0".into(), scope, request_id: "a".into(), known_epoch: 0 }
    }

    fn lease() -> wire::Lease {
        let number = |value: &str| Some(BigInteger { value: value.into() });
        let cap = wire::Cap { asset: "sigil".into(), max_per_operation: number("5"), max_total: number("9") };
        let scope = wire::Scope::Settlement.into();
        wire::Lease {
            epoch: 2,
            sequence: 1,
            verdict_id: "v".into(),
            scope,
            ttl_ms: 90_000,
            caps: vec![cap],
            probation: false,
        }
    }

    fn read_lease(change: impl FnOnce(&mut wire::Lease)) -> Result<Answer, Malformed> {
        let mut lease = lease();
        change(&mut lease);
        read(wire::AcquireLeaseResponse { request_id: "a".into(), answer: Some(WireAnswer::Lease(lease)) }, &request())
    }

    #[test]
    fn grd_13_a_lease_that_is_not_as_the_contract_says_is_no_lease() {
        assert!(matches!(read_lease(|_| {}), Ok(Answer::Lease(_))));
        assert_eq!(read_lease(|l| l.ttl_ms = 0), Err(Malformed::TimeToLive { found: 0 }));
        assert_eq!(read_lease(|l| l.ttl_ms = 600_001), Err(Malformed::TimeToLive { found: 600_001 }));
        assert_eq!(read_lease(|l| l.scope = 3), Err(Malformed::Scope { found: 3 }));
        assert_eq!(read_lease(|l| l.epoch = 0), Err(Malformed::Counter));
        assert_eq!(read_lease(|l| l.sequence = 0), Err(Malformed::Counter));
        let cap =
            |value: &str| read_lease(|l| l.caps[0].max_total = Some(BigInteger { value: value.into() })).map(drop);
        for bad in ["", "-1", "0x10", "1.0", "1_0", &"9".repeat(90)] {
            assert_eq!(cap(bad), Err(Malformed::Cap { found: "sigil".into() }), "{bad:?}");
        }
        assert!(read_lease(|l| l.caps.push(l.caps[0].clone())).is_err(), "an asset twice");
        assert!(read_lease(|l| l.caps[0].max_total = None).is_err(), "no cap is not an infinite one");
    }

    #[test]
    fn grd_13_an_answer_to_another_request_is_worth_nothing() {
        let response = wire::AcquireLeaseResponse { request_id: "b".into(), answer: Some(WireAnswer::Lease(lease())) };
        assert_eq!(read(response, &request()), Err(Malformed::OtherRequest { found: "b".into() }));
        let empty = wire::AcquireLeaseResponse { request_id: "a".into(), answer: None };
        assert_eq!(read(empty, &request()), Err(Malformed::Empty));
    }

    #[test]
    fn grd_13_a_halt_of_an_unknown_scope_halts_everything() {
        let halt = wire::HaltedScope { scope: 77, halt_id: "h".into(), epoch: 4 };
        assert_eq!(halted(&[halt]), [(Scope::All, Halted { halt_id: "h".into(), epoch: 4 })]);
    }
}
