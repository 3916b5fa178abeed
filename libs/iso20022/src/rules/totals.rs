//! Counts and sums: what a message says about its transactions, against the transactions.

use causeway_identifiers::{Decimal, plain_decimal};

use super::values::amount;
use crate::{Message, Rule, document::Element, finding::Findings};

/// Checks the totals of payments, orders and returns.
pub(crate) fn check(message: &Message<'_, '_>, findings: &mut Findings) {
    let body = message.body;
    match message.id.kind() {
        ("pacs", 8 | 9) => settled(body, "CdtTrfTxInf", "IntrBkSttlmAmt", findings),
        ("pacs", 4) => settled(body, "TxInf", "RtrdIntrBkSttlmAmt", findings),
        ("pain", 1) => ordered(body, findings),
        _ => {}
    }
}

/// Transactions directly below the body, each with an amount at this path.
fn settled(body: Element<'_, '_>, transaction: &str, path: &str, findings: &mut Findings) {
    let transactions: Vec<_> = body.all(transaction).collect();
    let Some(group) = body.child("GrpHdr") else { return };
    let amounts: Vec<_> = transactions.iter().filter_map(|one| one.at(path)).collect();
    counted(group, "NbOfTxs", transactions.len(), findings);
    summed(group, &amounts, findings);
    let total_name = format!("Ttl{path}");
    let Some(total) = group.child(&total_name) else { return };
    let sum = sum(&amounts);
    let is_one_currency = amounts.iter().all(|one| one.attribute("Ccy") == total.attribute("Ccy"));
    let said = plain_decimal(total.text()).ok();
    if !is_one_currency || (said.is_some() && said != sum) {
        findings.add(total, Rule::Total);
    }
}

/// Orders stand in payments, and each payment may have totals of its own.
fn ordered(body: Element<'_, '_>, findings: &mut Findings) {
    let payments: Vec<_> = body.all("PmtInf").collect();
    let mut all = Vec::new();
    let mut count = 0;
    for payment in payments {
        let transactions: Vec<_> = payment.all("CdtTrfTxInf").collect();
        let amounts: Vec<_> = transactions.iter().filter_map(ordered_amount).collect();
        counted(payment, "NbOfTxs", transactions.len(), findings);
        summed(payment, &amounts, findings);
        count += transactions.len();
        all.extend(amounts);
    }
    if let Some(group) = body.child("GrpHdr") {
        counted(group, "NbOfTxs", count, findings);
        summed(group, &all, findings);
    }
}

fn ordered_amount<'d, 'a>(transaction: &Element<'d, 'a>) -> Option<Element<'d, 'a>> {
    let amount = transaction.child("Amt")?;
    amount.child("InstdAmt").or_else(|| amount.at("EqvtAmt/Amt"))
}

fn counted(group: Element<'_, '_>, name: &str, count: usize, findings: &mut Findings) {
    if let Some(said) = group.child(name).filter(|said| said.text().parse() != Ok(count)) {
        findings.add(said, Rule::Count);
    }
}

/// The control sum adds numbers, whatever their currencies.
fn summed(group: Element<'_, '_>, amounts: &[Element<'_, '_>], findings: &mut Findings) {
    let Some(said) = group.child("CtrlSum") else { return };
    if plain_decimal(said.text()).ok() != sum(amounts) {
        findings.add(said, Rule::ControlSum);
    }
}

/// `None` when an amount is wrong by itself, which is a finding of its own.
fn sum(amounts: &[Element<'_, '_>]) -> Option<Decimal> {
    amounts.iter().try_fold(Decimal::ZERO, |sum, one| {
        let amount = amount(one.attribute("Ccy").unwrap_or_default(), one.text()).ok()?;
        sum.checked_add(amount.value())
    })
}
