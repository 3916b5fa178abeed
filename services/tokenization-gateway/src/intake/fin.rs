//! What FIN messages order.

use causeway_fin::{
    Acknowledgement, Error, Limits, Message, Messages, Validation, Variant, validate,
    view::{Direction, Party, Settlement, Transfer, TransferRequest},
};
use causeway_primitives::keccak256;

use super::{
    Finding, Read, Refusal, Unwanted,
    terms::{Detail, Shared, Terms, measure},
};
use crate::domain::{
    identity::Role,
    instruction::Kind,
    order::{Basis, Order},
};

/// A confirmation's types; the others of their row are instructions.
const CONFIRMATIONS: [&str; 4] = ["544", "545", "546", "547"];

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Read>, Refusal> {
    let malformed = |error: &Error| Refusal::Malformed(structural(error));
    let mut found = Vec::new();
    let (mut acknowledgements, mut last) = (0_usize, None);
    for message in Messages::new(bytes, Limits::default()).map_err(|error| malformed(&error))? {
        let message = message.map_err(|error| malformed(&error))?;
        // The network's word on an earlier message, as archives keep it in front of the message itself.
        if message.basic().is_acknowledgement() {
            acknowledgements = acknowledgements.saturating_add(1);
            last = message.acknowledgement();
            continue;
        }
        if let Some(Acknowledgement::Refused { .. }) = last.take() {
            let name = format!("MT{}", message.message_type().unwrap_or_default());
            return Err(unwanted(&name, Unwanted::Nacked));
        }
        found.push(read_one(&message)?);
    }
    if found.is_empty() && acknowledgements > 0 {
        return Err(unwanted("MT021", Unwanted::NotAnInstruction));
    }
    Ok(found)
}

fn read_one(message: &Message<'_>) -> Result<Read, Refusal> {
    let kind = message.message_type().unwrap_or_default();
    let name = format!("MT{kind}");
    let validation = validate(message);
    if !validation.is_valid() {
        let findings = validation.findings().iter().map(finding).collect();
        return Err(Refusal::Invalid { message_type: name, findings });
    }
    if message.is_training() {
        return Err(unwanted(&name, Unwanted::Training));
    }
    let sender = sender(message);
    let shared = Shared { sender: &sender, said: said(message) };
    let (reference, orders) = match kind {
        "101" => requests(&validation, &shared),
        "103" | "202" | "205" => transfer(&validation, &shared),
        "540" | "541" | "542" | "543" | "544" | "545" | "546" | "547" => settlement(&validation, &shared),
        _ => Err(Unwanted::NotAnInstruction),
    }
    .map_err(|why| unwanted(&name, why))?;
    Ok(Read { message_type: name, sender, reference, text: message.to_string(), orders })
}

fn unwanted(message_type: &str, why: Unwanted) -> Refusal {
    Refusal::Unwanted { message_type: message_type.to_owned(), why }
}

/// A payment between banks credits its beneficiary.
fn transfer(validation: &Validation<'_, '_>, shared: &Shared<'_>) -> Result<(String, Vec<Order>), Unwanted> {
    let transfer = Transfer::read(validation).map_err(|_| Unwanted::NoOrder)?;
    if transfer.is_return() {
        return Err(Unwanted::Return);
    }
    // A bank transfer pays for another one when it says so, and also when it carries the other one within it.
    if transfer.variant == Variant::Cover || transfer.covered.is_some() {
        return Err(Unwanted::Cover);
    }
    let role = if transfer.message_type == "103" { Role::CustomerTransfer } else { Role::BankTransfer };
    let to = account(&transfer.beneficiary).ok_or(Unwanted::NoAccount)?;
    let terms = Terms {
        position: 1,
        kind: Kind::Mint,
        basis: Basis::Instructed,
        role,
        denomination: transfer.settled.currency().code().parse().map_err(|_| Unwanted::NoOrder)?,
        amount: transfer.settled.value(),
        measure: None,
        from: None,
        to: Some(&to),
        value_date: Some(transfer.value_date),
        reference: transfer.reference,
        end_to_end: None,
        uetr: transfer.uetr.map(|uetr| uetr.to_string()),
        detail: Detail {
            instruction: transfer.reference,
            debtor: transfer.ordering.as_ref().and_then(payer).unwrap_or_default(),
            ..Detail::default()
        },
    };
    Ok((transfer.reference.to_owned(), vec![terms.order(shared)]))
}

/// A customer's request moves from his account to the beneficiary's, transaction by transaction.
fn requests(validation: &Validation<'_, '_>, shared: &Shared<'_>) -> Result<(String, Vec<Order>), Unwanted> {
    let request = TransferRequest::read(validation).map_err(|_| Unwanted::NoOrder)?;
    let mut orders = Vec::with_capacity(request.instructions.len());
    for (position, one) in (1..).zip(&request.instructions) {
        let from = one.ordering.as_ref().and_then(account).ok_or(Unwanted::NoAccount)?;
        let to = account(&one.beneficiary).ok_or(Unwanted::NoAccount)?;
        let terms = Terms {
            position,
            kind: Kind::Transfer,
            basis: Basis::Instructed,
            role: Role::Initiation,
            denomination: one.amount.currency().code().parse().map_err(|_| Unwanted::NoOrder)?,
            amount: one.amount.value(),
            measure: None,
            from: Some(&from),
            to: Some(&to),
            value_date: Some(request.execution),
            reference: one.reference,
            end_to_end: None,
            uetr: None,
            detail: Detail { within: request.reference, instruction: one.reference, ..Detail::default() },
        };
        orders.push(terms.order(shared));
    }
    Ok((request.reference.to_owned(), orders))
}

/// Securities that come in are issued as tokens, those that go out are redeemed; one order for each account.
fn settlement(validation: &Validation<'_, '_>, shared: &Shared<'_>) -> Result<(String, Vec<Order>), Unwanted> {
    let settlement = Settlement::read(validation).map_err(|_| Unwanted::NoOrder)?;
    if settlement.function != "NEWM" {
        return Err(Unwanted::Function);
    }
    let isin = settlement.isin.ok_or(Unwanted::NoIsin)?;
    let is_confirmation = CONFIRMATIONS.contains(&settlement.message_type);
    let (role, basis) = if is_confirmation {
        (Role::SettlementConfirmation, Basis::Confirmed)
    } else {
        (Role::Settlement, Basis::Instructed)
    };
    let mut orders = Vec::with_capacity(settlement.accounts.len());
    for (position, (account, quantity)) in (1..).zip(&settlement.accounts) {
        let account = account.ok_or(Unwanted::NoAccount)?;
        let (kind, from, to) = match settlement.direction {
            Direction::Receive => (Kind::Mint, None, Some(account)),
            Direction::Deliver => (Kind::Redeem, Some(account), None),
        };
        // One reference for several accounts: each is named by its place as well.
        let reference = format!("{}/{position}", settlement.reference);
        let terms = Terms {
            position,
            kind,
            basis,
            role,
            denomination: isin.as_str().parse().map_err(|_| Unwanted::NoIsin)?,
            amount: quantity.value,
            measure: Some(measure(quantity.kind).ok_or(Unwanted::NoOrder)?),
            from,
            to,
            value_date: settlement.settlement_date,
            reference: &reference,
            end_to_end: None,
            uetr: None,
            detail: Detail { instruction: &reference, ..Detail::default() },
        };
        orders.push(terms.order(shared));
    }
    if orders.is_empty() { Err(Unwanted::NoOrder) } else { Ok((settlement.reference.to_owned(), orders)) }
}

/// The account, or else the bank itself.
fn account(party: &Party<'_>) -> Option<String> {
    party.account.map(str::to_owned).or_else(|| party.bic().map(|bic| bic.to_string()))
}

/// The same of who pays, who need not be told by an account.
fn payer(party: &Party<'_>) -> Option<String> {
    account(party).or_else(|| party.name().map(str::to_owned))
}

fn sender(message: &Message<'_>) -> String {
    let terminal = message.sender();
    let bic = terminal.and_then(|terminal| terminal.bic()).map(|bic| bic.to_string());
    bic.or_else(|| terminal.map(|terminal| terminal.as_str().to_owned())).unwrap_or_default()
}

/// Sender, receiver, type and text: no session, no sequence, no trailers, which a second delivery changes.
fn said(message: &Message<'_>) -> causeway_primitives::B256 {
    let ends = [message.sender(), message.receiver()].map(|end| end.map(|end| end.as_str()).unwrap_or_default());
    let head = [message.message_type().unwrap_or_default(), ends[0], ends[1]];
    let mut hashed: Vec<u8> = head.iter().flat_map(|part| keccak256(part).0).collect();
    for field in message.fields() {
        hashed.extend_from_slice(keccak256(field.tag.to_string()).as_slice());
        let lines: Vec<_> = field.lines().collect();
        hashed.extend_from_slice(keccak256(lines.join("\n")).as_slice());
    }
    keccak256(hashed)
}

fn structural(error: &Error) -> Finding {
    Finding {
        rule: error.fault.code().unwrap_or_default().to_owned(),
        line: error.at.line,
        column: error.at.column,
        place: String::new(),
        text: error.fault.to_string(),
    }
}

fn finding(finding: &causeway_fin::Finding) -> Finding {
    let expected = finding.expected.map(|expected| format!("; {expected}")).unwrap_or_default();
    Finding {
        rule: finding.rule.code.to_owned(),
        line: finding.line,
        column: finding.column,
        place: finding.tag.map(|tag| format!("block 4, field {tag}")).unwrap_or_default(),
        text: format!("{}{expected}", finding.rule.text),
    }
}
