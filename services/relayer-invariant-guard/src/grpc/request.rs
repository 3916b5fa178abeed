//! Wire → checked values for the operators' calls. Each refusal names the field and what it must be.

use causeway_grpc::{Code, Peer, Refusal};
use causeway_primitives::{B256, I512};
use causeway_proto::{guard::v1 as wire, types::v1::PageRequest};
use tonic::{Request, Status};
use uuid::Uuid;

use super::convert::uuid;
use crate::domain::{
    adjustment::Adjustment,
    incident::{Decision, State},
    latch::HaltId,
    quantity::Quantity,
    resume::{Kind, Operator},
};

/// Items of a page when the caller names no number.
const DEFAULT_SIZE: u32 = 50;
/// The largest page.
const MAX_SIZE: u32 = 500;

/// Who calls, by the certificate's name that the settings let in; from this machine without one, by the address. A program's word for whom it acts
/// stands before its own name, as `anna@ops-console`: it is recorded, and gives nobody a right.
pub(super) fn operator<T>(request: &Request<T>) -> Result<Operator, Status> {
    let behind = causeway_service::wire::person(request);
    let caller = caller(request);
    named(&behind.map_or_else(|| caller.to_string(), |person| format!("{person}@{caller}")))
}

/// Somebody with a certificate of his own. Four eyes are two people's: an address is nobody's, and no program's word for whom it
/// acts makes two people of it.
pub(super) fn person<T>(request: &Request<T>) -> Result<Operator, Status> {
    let caller = caller(request);
    if caller.names.is_empty() {
        return Err(nobody("this method needs a caller that shows a certificate"));
    }
    named(&caller.to_string())
}

fn caller<T>(request: &Request<T>) -> Peer {
    request.extensions().get::<Peer>().cloned().unwrap_or_default()
}

fn named(name: &str) -> Result<Operator, Status> {
    name.parse().map_err(|_| nobody("the caller has no name that can be recorded"))
}

fn nobody(message: &str) -> Status {
    Refusal::new(Code::Unauthenticated, "CALLER_UNKNOWN", message).into()
}

/// How many items a page has.
pub(super) fn size(page: Option<&PageRequest>) -> Result<u32, Refusal> {
    match page.map_or(0, |page| page.size) {
        0 => Ok(DEFAULT_SIZE),
        size @ 1..=MAX_SIZE => Ok(size),
        _ => Err(Refusal::field("page.size", format!("1 to {MAX_SIZE}, or 0 for {DEFAULT_SIZE}"))),
    }
}

/// Behind which row a page begins: the token is the last row's key.
pub(super) fn after(page: Option<&PageRequest>) -> Result<Option<Uuid>, Refusal> {
    let token = page.map(|page| page.token.as_str()).filter(|token| !token.is_empty());
    token.map(|token| uuid("page.token", token)).transpose()
}

/// The same of lists that are numbered.
pub(super) fn before(page: Option<&PageRequest>) -> Result<Option<u64>, Refusal> {
    let token = page.map(|page| page.token.as_str()).filter(|token| !token.is_empty());
    let expected = "the token of the page before";
    token.map(|token| token.parse().map_err(|_| Refusal::field("page.token", expected))).transpose()
}

/// An incident's or a halt's id.
pub(super) fn halt(field: &'static str, text: &str) -> Result<HaltId, Refusal> {
    uuid(field, text).map(|id| HaltId::new(id.as_u128()))
}

/// A hash: 64 hexadecimal digits, with `0x` before them or not.
pub(super) fn hash(field: &'static str, text: &str) -> Result<B256, Refusal> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hash = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parsed = is_hash.then(|| digits.parse().ok()).flatten();
    parsed.ok_or_else(|| Refusal::field(field, "64 hexadecimal digits"))
}

/// People's words: so many characters, no control characters but line breaks.
pub(super) fn words(field: &'static str, text: &str, (least, most): (usize, usize)) -> Result<String, Refusal> {
    let text = text.trim();
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n');
    if is_plain && (least..=most).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let expected =
        if least == 0 { format!("at most {most} characters") } else { format!("{least} to {most} characters") };
    Err(Refusal::field(field, expected))
}

pub(super) fn outcome(number: i32) -> Result<Option<&'static str>, Refusal> {
    use wire::VerdictOutcome as Outcome;
    match Outcome::try_from(number) {
        Ok(Outcome::Unspecified) => Ok(None),
        Ok(Outcome::Pass) => Ok(Some("pass")),
        Ok(Outcome::Violation) => Ok(Some("violation")),
        Ok(Outcome::Indeterminate) => Ok(Some("indeterminate")),
        Err(_) => Err(Refusal::field("outcome", "one of the outcomes of the contract")),
    }
}

pub(super) fn state(number: i32) -> Result<Option<State>, Refusal> {
    use wire::IncidentState as Wire;
    match Wire::try_from(number) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::Open) => Ok(Some(State::Open)),
        Ok(Wire::Acknowledged) => Ok(Some(State::Acknowledged)),
        Ok(Wire::Decided) => Ok(Some(State::Decided)),
        Ok(Wire::Mitigated) => Ok(Some(State::Mitigated)),
        Ok(Wire::Closed) => Ok(Some(State::Closed)),
        Err(_) => Err(Refusal::field("state", "one of the states of the contract")),
    }
}

pub(super) fn decision(number: i32) -> Result<Decision, Refusal> {
    use wire::IncidentDecision as Wire;
    match Wire::try_from(number) {
        Ok(Wire::FixForward) => Ok(Decision::FixForward),
        Ok(Wire::RollBack) => Ok(Decision::RollBack),
        Ok(Wire::FalseAlarm) => Ok(Decision::FalseAlarm),
        Ok(Wire::Unspecified) | Err(_) => Err(Refusal::field("decision", "one of the decisions of the contract")),
    }
}

pub(super) fn kind(number: i32) -> Result<Kind, Refusal> {
    match wire::ResumeKind::try_from(number) {
        Ok(wire::ResumeKind::Resume) => Ok(Kind::Resume),
        Ok(wire::ResumeKind::Release) => Ok(Kind::Release),
        Ok(wire::ResumeKind::Unspecified) | Err(_) => Err(Refusal::field("kind", "RESUME or RELEASE")),
    }
}

pub(super) fn adjustment(proposer: Operator, told: wire::ProposeAdjustmentRequest) -> Result<Adjustment, Refusal> {
    let wire::ProposeAdjustmentRequest { asset, term, amount, reason } = told;
    let amount = amount.and_then(|amount| I512::from_dec_str(&amount.value).ok());
    Ok(Adjustment {
        asset: asset.parse().map_err(|_| Refusal::field("asset", "an asset's name"))?,
        term: term.parse().map_err(|_| Refusal::field("term", "a term of the asset's equations"))?,
        amount: Quantity::new(amount.ok_or_else(|| Refusal::field("amount", "a whole number of base units"))?),
        reason: words("reason", &reason, (1, 1_000))?,
        proposer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_17_only_a_certificate_makes_a_person() {
        let call = |peer: Option<Peer>| {
            let mut request = Request::new(());
            request.extensions_mut().extend(
                peer.map(|peer| {
                    let mut extensions = tonic::Extensions::new();
                    extensions.insert(peer);
                    extensions
                })
                .unwrap_or_default(),
            );
            request
        };
        let loopback = Peer { address: "127.0.0.1:4000".parse().ok(), names: Vec::new() };
        let alice = Peer { address: loopback.address, names: vec!["Alice".to_owned()] };
        assert_eq!(person(&call(Some(loopback.clone()))).unwrap_err().code(), tonic::Code::Unauthenticated);
        assert_eq!(person(&call(None)).unwrap_err().code(), tonic::Code::Unauthenticated);
        assert_eq!(operator(&call(Some(loopback))).unwrap().as_str(), "127.0.0.1");
        assert_eq!(person(&call(Some(alice))).unwrap().as_str(), "alice");
        let mut console = call(Some(Peer { address: None, names: vec!["ops-console".to_owned()] }));
        console.metadata_mut().insert(causeway_service::wire::PERSON, "anna".parse().unwrap());
        assert_eq!(operator(&console).unwrap().as_str(), "anna@ops-console");
        assert_eq!(person(&console).unwrap().as_str(), "ops-console", "whoever approves does so himself");
        let odd = Peer { address: None, names: vec!["two words".to_owned()] };
        assert!(person(&call(Some(odd))).is_err());
    }

    #[test]
    fn grd_17_hashes_have_one_form_and_words_have_a_length() {
        let digits = "ab".repeat(32);
        assert_eq!(hash("plan_hash", &digits).unwrap(), hash("plan_hash", &format!("0x{digits}")).unwrap());
        for bad in ["", "0x", "ab", &"g".repeat(64), &"a".repeat(66)] {
            assert_eq!(hash("plan_hash", bad).unwrap_err().violations[0].field, "plan_hash", "{bad}");
        }
        assert_eq!(words("reason", "  by hand\n", (1, 10)).unwrap(), "by hand");
        for bad in ["", " ", "12345678901", "a\u{7}b"] {
            assert!(words("reason", bad, (1, 10)).is_err(), "{bad:?}");
        }
        assert_eq!(words("comment", "", (0, 10)).unwrap(), "");
    }

    #[test]
    fn grd_17_values_that_the_contract_does_not_have_are_refused() {
        assert!(
            outcome(9).is_err() && state(9).is_err() && decision(0).is_err() && kind(0).is_err() && kind(7).is_err()
        );
        assert_eq!((outcome(0), state(0)), (Ok(None), Ok(None)));
        let page = |size| PageRequest { size, token: String::new() };
        assert_eq!((size(None).unwrap(), size(Some(&page(500))).unwrap()), (50, 500));
        assert!(size(Some(&page(501))).is_err());
        assert!(after(Some(&PageRequest { size: 0, token: "x".to_owned() })).is_err());
    }
}
