//! MT101, MT202, MT205 with their covers, MT210.

use std::collections::BTreeSet;

use super::context::{Context, part};
use crate::{Field, Part, finding::Rule, layout::Sequence, number};

const DEAL: Rule = Rule { code: "D54", text: "36 comes with 21F" };
const ORIGINAL: Rule = Rule { code: "D60", text: "36 is there exactly when 33B is and 32B is not zero" };
const DEBTOR: Rule =
    Rule { code: "D61", text: "50F, G or H stands in sequence A, or in every sequence B, not in both" };
const INSTRUCTING: Rule = Rule { code: "D62", text: "50C or L stands in sequence A or in sequences B, not in both" };
const SERVICER: Rule = Rule { code: "D64", text: "52a stands in sequence A or in sequences B, not in both" };
const ACCOUNT_WITH: Rule = Rule { code: "D65", text: "56a comes with 57a" };
const CURRENCY: Rule = Rule { code: "D68", text: "33B has another currency than 32B" };
const ONE_CURRENCY: Rule = Rule { code: "D98", text: "with 21R, all 32B have one currency" };
const CODE: Rule = Rule { code: "T47", text: "23E is one of the codes of its message type" };
const BANKS: Rule = Rule { code: "C81", text: "56a comes with 57a" };
const COVERED_BANKS: Rule = Rule { code: "C68", text: "56a comes with 57a, also in sequence B" };
const PAYER: Rule = Rule { code: "C06", text: "either 50a or 52a is there" };
const SAME: Rule = Rule { code: "C02", text: "all amounts have one currency" };

const CODES: [&str; 13] =
    ["CHQB", "CMSW", "CMTO", "CMZB", "CORT", "EQUI", "INTC", "NETS", "OTHR", "PHON", "REPA", "RTGS", "URGP"];

pub(super) fn request_for_transfer(context: &mut Context<'_, '_, '_>) {
    let root = context.root;
    let transactions: Vec<_> = root.children("B").collect();
    let debtor = |sequence: &Sequence<'_, '_, '_>| sequence.fields().any(|field| is_any(field, &["50F", "50G", "50H"]));
    let in_all = transactions.iter().all(debtor);
    let in_some = transactions.iter().any(debtor);
    context.require(if debtor(&root) { !in_some } else { in_all }, None, DEBTOR);
    let instructing = |sequence: &Sequence<'_, '_, '_>| sequence.fields().any(|field| is_any(field, &["50C", "50L"]));
    context.require(!(instructing(&root) && transactions.iter().any(instructing)), None, INSTRUCTING);
    let servicer = |sequence: &Sequence<'_, '_, '_>| sequence.numbered(52).is_some();
    context.require(!(servicer(&root) && transactions.iter().any(servicer)), root.numbered(52), SERVICER);
    let currencies: BTreeSet<_> =
        transactions.iter().filter_map(|sequence| part(sequence.get("32B"), Part::Currency)).collect();
    context.require(root.get("21R").is_none() || currencies.len() <= 1, root.get("21R"), ONE_CURRENCY);
    for transaction in &transactions {
        order(context, transaction);
    }
}

/// One transaction of a request.
fn order(context: &mut Context<'_, '_, '_>, sequence: &Sequence<'_, '_, '_>) {
    let [amount, original, rate, deal] = ["32B", "33B", "36", "21F"].map(|tag| sequence.get(tag));
    context.findings.extend(
        [
            (rate.is_none() || deal.is_some(), rate, DEAL),
            (rate.is_some() == (original.is_some() && !is_zero(amount)), rate.or(original), ORIGINAL),
            (sequence.numbered(56).is_none() || sequence.numbered(57).is_some(), sequence.numbered(56), ACCOUNT_WITH),
            (original.is_none() || part(original, Part::Currency) != part(amount, Part::Currency), original, CURRENCY),
        ]
        .into_iter()
        .filter(|(holds, ..)| !holds)
        .map(|(_, field, rule)| super::context::finding(context.message, field, rule)),
    );
    for field in sequence.fields().filter(|field| field.tag.is("23E")) {
        let is_known = field.value.get(..4).is_some_and(|code| CODES.contains(&code));
        if !is_known {
            context.findings.push(super::context::finding(context.message, Some(field), CODE));
        }
    }
}

pub(super) fn bank_transfer(context: &mut Context<'_, '_, '_>, is_cover: bool) {
    let root = context.root;
    context.require(root.numbered(56).is_none() || root.numbered(57).is_some(), root.numbered(56), BANKS);
    if let Some(covered) = root.child("B").filter(|_| is_cover) {
        let intermediary = covered.numbered(56);
        context.require(intermediary.is_none() || covered.numbered(57).is_some(), intermediary, COVERED_BANKS);
    }
}

pub(super) fn notice_to_receive(context: &mut Context<'_, '_, '_>) {
    let root = context.root;
    let mut currencies = BTreeSet::new();
    for sequence in root.children("B") {
        currencies.extend(part(sequence.get("32B"), Part::Currency));
        let (customer, bank) = (sequence.numbered(50), sequence.numbered(52));
        context.require(customer.is_some() != bank.is_some(), sequence.get("21"), PAYER);
    }
    context.require(currencies.len() <= 1, root.get("30"), SAME);
}

fn is_any(field: &Field<'_>, tags: &[&str]) -> bool {
    tags.iter().any(|tag| field.tag.is(tag))
}

fn is_zero(field: Option<&Field<'_>>) -> bool {
    part(field, Part::Amount).and_then(|text| number(text).ok()).is_some_and(|number| number.is_zero())
}
