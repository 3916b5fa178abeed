//! What ISO 20022 messages order.

use causeway_iso20022::{
    Error, Limits, Message, Schemas, Tree, validate,
    view::{self, Direction, Party, Settlement, Transfers},
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

pub(super) fn read(bytes: &[u8], schemas: &Schemas) -> Result<Read, Refusal> {
    let malformed = |error: Error| Refusal::Malformed(structural(&error));
    let tree = Tree::parse(bytes, Limits::default()).map_err(malformed)?;
    let message = Message::find(&tree).map_err(malformed)?;
    let name = message.id.to_string();
    let validation = validate(&message, schemas);
    if !validation.is_valid() {
        let findings = validation.findings().iter().map(finding).collect();
        return Err(Refusal::Invalid { message_type: name, findings });
    }
    let found = match message.id.kind() {
        ("pacs", 8) => transfers(&message, Role::CustomerTransfer),
        ("pacs", 9) => transfers(&message, Role::BankTransfer),
        ("pain", 1) => transfers(&message, Role::Initiation),
        ("sese", 23) => settlement(&message, Role::Settlement),
        ("sese", 25) => settlement(&message, Role::SettlementConfirmation),
        _ => Err(Unwanted::NotAnInstruction),
    };
    let (sender, reference, orders) = found.map_err(|why| Refusal::Unwanted { message_type: name.clone(), why })?;
    // The reader takes nothing but UTF-8, so that nothing is replaced here.
    let text = String::from_utf8_lossy(bytes).into_owned();
    Ok(Read { message_type: name, sender, reference, text, orders })
}

type Found = Result<(String, String, Vec<Order>), Unwanted>;

fn transfers(message: &Message<'_, '_>, role: Role) -> Found {
    if message.header.as_ref().is_some_and(|header| is_advice(header.service)) {
        return Err(Unwanted::Advice);
    }
    let transfers = Transfers::read(message).map_err(|_| Unwanted::NoOrder)?;
    let sender = sender(message, transfers.transfers.first());
    let shared = shared(message, &sender);
    let mut orders = Vec::with_capacity(transfers.transfers.len());
    for (position, transfer) in (1..).zip(&transfers.transfers) {
        if transfer.covered.is_some() {
            return Err(Unwanted::Cover);
        }
        if transfer.is_equivalent {
            return Err(Unwanted::Equivalent);
        }
        let account = |party: &Option<Party<'_>>| {
            let party = party.as_ref()?;
            party.account.map(str::to_owned).or_else(|| party.bic.map(|bic| bic.to_string()))
        };
        let to = account(&transfer.creditor).ok_or(Unwanted::NoAccount)?;
        // A customer's order moves what the customer has; a payment between banks brings what was not there.
        let (kind, from) = match role {
            Role::Initiation => (Kind::Transfer, Some(account(&transfer.debtor).ok_or(Unwanted::NoAccount)?)),
            Role::CustomerTransfer | Role::BankTransfer | Role::Settlement | Role::SettlementConfirmation => {
                (Kind::Mint, None)
            }
        };
        let named = || transfer.debtor.as_ref().and_then(|debtor| debtor.name).map(str::to_owned);
        let payer = account(&transfer.debtor).or_else(named);
        let terms = Terms {
            position,
            kind,
            basis: Basis::Instructed,
            role,
            denomination: transfer.amount.currency().code().parse().map_err(|_| Unwanted::NoOrder)?,
            amount: transfer.amount.value(),
            measure: None,
            from: from.as_deref(),
            to: Some(&to),
            value_date: transfer.date,
            reference: transfer.instruction.or(transfer.transaction).unwrap_or_default(),
            end_to_end: transfer.end_to_end,
            uetr: transfer.uetr.map(|uetr| uetr.to_string()),
            detail: Detail {
                instruction: transfer.instruction.unwrap_or_default(),
                transaction: transfer.transaction.unwrap_or_default(),
                debtor: payer.unwrap_or_default(),
                ..Detail::default()
            },
        };
        orders.push(terms.order(&shared));
    }
    if orders.is_empty() { Err(Unwanted::NoOrder) } else { Ok((sender.clone(), transfers.message.to_owned(), orders)) }
}

fn settlement(message: &Message<'_, '_>, role: Role) -> Found {
    let settlement = Settlement::read(message).map_err(|_| Unwanted::NoOrder)?;
    let isin = settlement.isin.ok_or(Unwanted::NoIsin)?;
    let account = settlement.account.ok_or(Unwanted::NoAccount)?;
    let (counted, amount) = settlement.quantity.ok_or(Unwanted::NoOrder)?;
    let (kind, from, to) = match settlement.direction.ok_or(Unwanted::NoOrder)? {
        Direction::Receive => (Kind::Mint, None, Some(account)),
        Direction::Deliver => (Kind::Redeem, Some(account), None),
    };
    let sender = sender(message, None);
    // As the FIN message of the same settlement names its first account.
    let reference = format!("{}/1", settlement.reference);
    let terms = Terms {
        position: 1,
        kind,
        basis: if role == Role::SettlementConfirmation { Basis::Confirmed } else { Basis::Instructed },
        role,
        denomination: isin.as_str().parse().map_err(|_| Unwanted::NoIsin)?,
        amount,
        measure: Some(measure(counted).ok_or(Unwanted::NoOrder)?),
        from,
        to,
        value_date: settlement.settlement_date,
        reference: &reference,
        end_to_end: None,
        uetr: None,
        detail: Detail { instruction: &reference, ..Detail::default() },
    };
    let order = terms.order(&shared(message, &sender));
    Ok((sender, settlement.reference.to_owned(), vec![order]))
}

/// Who sent it: by the header, or else the bank that instructs or debits.
fn sender(message: &Message<'_, '_>, first: Option<&view::Transfer<'_>>) -> String {
    let header = message.header.as_ref().and_then(|header| header.from);
    let agents = first.into_iter().flat_map(|transfer| [&transfer.instructing, &transfer.debtor_agent]);
    let bic = header.or_else(|| agents.flatten().find_map(|agent| agent.bic));
    bic.map(|bic| bic.to_string()).unwrap_or_default()
}

fn shared<'a>(message: &Message<'_, '_>, sender: &'a str) -> Shared<'a> {
    Shared { sender, said: keccak256(message.document.canonical().text.as_bytes()) }
}

/// CBPR+ tells an advice of a payment from the payment by nothing but the service of its header, as in
/// `swift.cbprplus.adv.02`.
fn is_advice(service: Option<&str>) -> bool {
    service.is_some_and(|service| service.split('.').any(|part| part.eq_ignore_ascii_case("adv")))
}

fn structural(error: &Error) -> Finding {
    Finding {
        rule: String::new(),
        line: error.at.line,
        column: error.at.column,
        place: String::new(),
        text: error.fault.to_string(),
    }
}

fn finding(finding: &causeway_iso20022::Finding) -> Finding {
    let detail = finding.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    Finding {
        rule: format!("{:?}", finding.rule),
        line: finding.at.line,
        column: finding.at.column,
        place: finding.path.clone(),
        text: format!("{}{detail}", finding.rule.text()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tok_4_an_advice_of_a_payment_is_no_payment() {
        for (service, advice) in [
            (Some("swift.cbprplus.adv.02"), true),
            (Some("SWIFT.CBPRPLUS.ADV.03"), true),
            (Some("swift.cbprplus.02"), false),
            (Some("swift.cbprplus.cov.02"), false),
            (Some("advance.01"), false),
            (None, false),
        ] {
            assert_eq!(is_advice(service), advice, "{service:?}");
        }
    }
}
