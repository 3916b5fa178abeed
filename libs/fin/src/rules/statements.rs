//! Advices and statements (910, 940, 942, 950) and the common messages n92 and n96.

use super::context::{Context, part};
use crate::{Part, finding::Rule};

const PAYER: Rule = Rule { code: "C06", text: "either 50a or 52a is there, not both" };
const CURRENCY: Rule = Rule { code: "C27", text: "all balances and limits have one currency" };
const LIMITS: Rule = Rule { code: "C23", text: "two 34F are first D, then C; a single one has no mark" };
const COPY: Rule = Rule { code: "C25", text: "79, or a copy of the original's fields, or both are there" };
const ANSWER: Rule = Rule { code: "C31", text: "79 or a copy of the original's fields, not both" };

pub(super) fn confirmation_of_credit(context: &mut Context<'_, '_, '_>) {
    let [customer, bank] = [50, 52].map(|number| context.root.numbered(number));
    context.require(customer.is_some() != bank.is_some(), customer, PAYER);
}

pub(super) fn statement(context: &mut Context<'_, '_, '_>) {
    one_currency(context, &[60, 62, 64, 65]);
}

pub(super) fn interim_report(context: &mut Context<'_, '_, '_>) {
    one_currency(context, &[34, 90]);
    let limits: Vec<_> = context.root.all_fields().iter().filter(|field| field.tag.is("34F")).collect();
    let marks: Vec<_> = limits.iter().map(|field| part(Some(field), Part::DebitCredit)).collect();
    let is_right = matches!(marks[..], [None] | [Some("D"), Some("C")]);
    context.require(is_right, limits.first().copied(), LIMITS);
}

/// The first two letters, because the third may be a fund's.
fn one_currency(context: &mut Context<'_, '_, '_>, numbers: &[u8]) {
    let mut first = None;
    for field in context.root.all_fields().iter().filter(|field| numbers.contains(&field.tag.number())) {
        let currency = part(Some(field), Part::Currency).and_then(|code| code.get(..2));
        first = first.or(currency);
        context.require(currency.is_none() || currency == first, Some(field), CURRENCY);
    }
}

pub(super) fn cancellation(context: &mut Context<'_, '_, '_>) {
    let fields = context.root.all_fields();
    // 20, 21 and 11S stand before either.
    context.require(fields.len() > 3, None, COPY);
}

pub(super) fn answer(context: &mut Context<'_, '_, '_>) {
    let fields = context.root.all_fields();
    let narrative = fields.iter().position(|field| field.tag.is("79"));
    let has_copy = narrative.is_some_and(|place| place + 1 < fields.len());
    context.require(!has_copy, context.root.get("79"), ANSWER);
}
