//! MT103 and its variants STP and REMIT.

use super::context::{Context, option, part};
use crate::{Field, Part, Variant, finding::Rule};

const RATE: Rule = Rule { code: "D75", text: "field 36 is there exactly when 33B has another currency than 32A" };
const INSTRUCTED: Rule =
    Rule { code: "D49", text: "33B is mandatory between two countries of the EU, the EEA and their like" };
const CODE: Rule = Rule { code: "T47", text: "23E is one of the codes of its message type" };
const CODE_TEXT: Rule = Rule { code: "D97", text: "this code of 23E takes no additional information" };
const CODE_AGAIN: Rule = Rule { code: "E46", text: "a code stands only once in 23E" };
const CODE_ORDER: Rule = Rule {
    code: "D98",
    text: "the codes of 23E stand in the order SDVA INTC REPA CORT HOLD CHQB PHOB TELB PHON TELE PHOI TELI",
};
const CODE_PAIR: Rule = Rule { code: "D67", text: "these two codes of 23E contradict each other" };
const PRIORITY_CODES: Rule = Rule { code: "E01", text: "with SPRI in 23B, 23E is only SDVA, TELB, PHOB or INTC" };
const SERVICE_CODES: Rule = Rule { code: "E02", text: "with SSTD or SPAY in 23B there is no 23E" };
const CORRESPONDENT: Rule = Rule { code: "E03", text: "with SPRI, SSTD or SPAY in 23B, 53a has not option D" };
const CORRESPONDENT_ACCOUNT: Rule =
    Rule { code: "E04", text: "with SPRI, SSTD or SPAY in 23B, 53B has a party identifier" };
const RECEIVERS: Rule = Rule { code: "E05", text: "with SPRI, SSTD or SPAY in 23B, 54a has option A" };
const REIMBURSEMENT: Rule = Rule { code: "E06", text: "55a comes with 53a and 54a" };
const REIMBURSEMENT_OPTION: Rule = Rule { code: "E07", text: "with SPRI, SSTD or SPAY in 23B, 55a has option A" };
const ACCOUNT_WITH: Rule = Rule { code: "C81", text: "56a comes with 57a" };
const NO_INTERMEDIARY: Rule = Rule { code: "E16", text: "with SPRI in 23B there is no 56a" };
const INTERMEDIARY: Rule = Rule { code: "E17", text: "with SSTD or SPAY in 23B, 56a has option A or C" };
const ACCOUNT_WITH_OPTION: Rule =
    Rule { code: "E09", text: "with SPRI, SSTD or SPAY in 23B, 57a has option A, C, or D with a party identifier" };
const BENEFICIARY_ACCOUNT: Rule = Rule { code: "E10", text: "with SPRI, SSTD or SPAY in 23B, 59a has an account" };
const CHEQUE: Rule = Rule { code: "E18", text: "with CHQB in 23E, 59a has no account" };
const OURS: Rule = Rule { code: "E13", text: "with OUR in 71A there is no 71F" };
const SHARED: Rule = Rule { code: "D50", text: "with SHA in 71A there is no 71G" };
const BENEFICIARY: Rule = Rule { code: "E15", text: "with BEN in 71A there is a 71F and no 71G" };
const CHARGED: Rule = Rule { code: "D51", text: "71F and 71G come with 33B" };
const TELL_INTERMEDIARY: Rule = Rule { code: "E44", text: "TELI and PHOI in 23E come with 56a" };
const TELL_ACCOUNT_WITH: Rule = Rule { code: "E45", text: "TELE and PHON in 23E come with 57a" };
const CHARGE_CURRENCY: Rule = Rule { code: "C02", text: "71G has the currency of 32A" };
const CHARGE_ZERO: Rule = Rule { code: "D57", text: "71G is not zero" };
const METAL: Rule = Rule { code: "C08", text: "a payment is in no metal" };
const STP_ACCOUNT: Rule = Rule { code: "E10", text: "a straight-through payment names the beneficiary's account" };

/// The codes of 23E in the order that they must keep.
const CODES: [&str; 12] =
    ["SDVA", "INTC", "REPA", "CORT", "HOLD", "CHQB", "PHOB", "TELB", "PHON", "TELE", "PHOI", "TELI"];
const STP_CODES: [&str; 4] = ["CORT", "INTC", "REPA", "SDVA"];
const WITH_TEXT: [&str; 8] = ["PHON", "PHOB", "PHOI", "TELE", "TELB", "TELI", "HOLD", "REPA"];
const CONTRADICTIONS: [(&str, &str); 13] = [
    ("SDVA", "HOLD"),
    ("SDVA", "CHQB"),
    ("INTC", "HOLD"),
    ("INTC", "CHQB"),
    ("REPA", "HOLD"),
    ("REPA", "CHQB"),
    ("REPA", "CORT"),
    ("CORT", "HOLD"),
    ("CORT", "CHQB"),
    ("HOLD", "CHQB"),
    ("PHOB", "TELB"),
    ("PHON", "TELE"),
    ("PHOI", "TELI"),
];

/// Countries between which the instructed amount must be told.
const EUROPE: &str = "AD AT BE BG BV CH CY CZ DE DK EE ES FI FR GB GF GI GP GR HU IE IS IT LI LT LU LV MC MQ MT NL \
                      NO PL PM PT RE RO SE SI SJ SK SM TF VA";

pub(super) fn customer_transfer(context: &mut Context<'_, '_, '_>) {
    amounts(context);
    instruction_codes(context);
    service_level(context);
    chain(context);
    charges(context);
}

fn amounts(context: &mut Context<'_, '_, '_>) {
    let [settled, instructed, rate] = ["32A", "33B", "36"].map(|tag| context.root.get(tag));
    let currency = part(settled, Part::Currency);
    let other = part(instructed, Part::Currency);
    let differs = other.is_some() && other != currency;
    context.require(rate.is_some() == differs, rate.or(instructed), RATE);
    for field in [settled, instructed] {
        let is_metal = part(field, Part::Currency).and_then(|code| code.parse::<causeway_identifiers::Currency>().ok());
        context.require(!is_metal.is_some_and(causeway_identifiers::Currency::is_metal), field, METAL);
    }
    let country = |terminal: crate::LogicalTerminal<'_>| terminal.bic().map(|bic| bic.country().to_string());
    let [sender, receiver] =
        [context.message.sender(), context.message.receiver()].map(|terminal| terminal.and_then(country));
    let is_european = |code: &Option<String>| code.as_ref().is_some_and(|code| EUROPE.contains(code.as_str()));
    context.require(instructed.is_some() || !is_european(&sender) || !is_european(&receiver), settled, INSTRUCTED);
}

fn instruction_codes(context: &mut Context<'_, '_, '_>) {
    let mut before: Vec<&str> = Vec::new();
    for field in context.root.all_fields().iter().filter(|field| field.tag.is("23E")) {
        let (code, text) = field.value.split_once('/').map_or((field.value, None), |(code, text)| (code, Some(text)));
        let place = CODES.iter().position(|known| *known == code);
        let is_known = match context.message.variant() {
            Variant::Stp => STP_CODES.contains(&code),
            Variant::Core | Variant::Remit | Variant::Cover | Variant::Other => place.is_some(),
        };
        context.require(is_known, Some(field), CODE);
        context.require(text.is_none() || WITH_TEXT.contains(&code), Some(field), CODE_TEXT);
        context.require(!before.contains(&code), Some(field), CODE_AGAIN);
        let rises = before.last().and_then(|last| CODES.iter().position(|known| known == last)) <= place;
        context.require(rises, Some(field), CODE_ORDER);
        let contradicts =
            |other: &&str| CONTRADICTIONS.iter().any(|(a, b)| (a == other && *b == code) || (b == other && *a == code));
        context.require(!before.iter().any(contradicts), Some(field), CODE_PAIR);
        before.push(code);
    }
    let has = |codes: &[&str]| before.iter().any(|code| codes.contains(code));
    let [intermediary, account_with] = [56, 57].map(|number| context.root.numbered(number).is_some());
    let (tells_intermediary, tells_account_with) = (has(&["TELI", "PHOI"]), has(&["TELE", "PHON"]));
    let is_cheque = has(&["CHQB"]);
    let first = context.root.get("23E");
    context.require(intermediary || !tells_intermediary, first, TELL_INTERMEDIARY);
    context.require(account_with || !tells_account_with, first, TELL_ACCOUNT_WITH);
    let beneficiary = context.root.numbered(59);
    context.require(!is_cheque || !has_account(beneficiary), beneficiary, CHEQUE);
    let is_stp = context.message.variant() == Variant::Stp;
    context.require(!is_stp || has_account(beneficiary), beneficiary, STP_ACCOUNT);
}

/// The rules of the service levels SPRI, SSTD and SPAY.
fn service_level(context: &mut Context<'_, '_, '_>) {
    let level = context.root.get("23B").map(|field| field.value).unwrap_or_default();
    if !matches!(level, "SPRI" | "SSTD" | "SPAY") {
        return;
    }
    let codes: Vec<_> = context.root.all_fields().iter().filter(|field| field.tag.is("23E")).collect();
    for field in codes {
        let code = field.value.get(..4).unwrap_or_default();
        let rule = if level == "SPRI" { PRIORITY_CODES } else { SERVICE_CODES };
        let is_right = level == "SPRI" && matches!(code, "SDVA" | "TELB" | "PHOB" | "INTC");
        context.require(is_right, Some(field), rule);
    }
    let [f53, f54, f55, f56, f57, f59] = [53, 54, 55, 56, 57, 59].map(|number| context.root.numbered(number));
    context.require(option(f53) != Some('D'), f53, CORRESPONDENT);
    context.require(option(f53) != Some('B') || has_account(f53), f53, CORRESPONDENT_ACCOUNT);
    context.require(matches!(option(f54), None | Some('A')), f54, RECEIVERS);
    context.require(matches!(option(f55), None | Some('A')), f55, REIMBURSEMENT_OPTION);
    if level == "SPRI" {
        context.require(f56.is_none(), f56, NO_INTERMEDIARY);
    } else {
        context.require(matches!(option(f56), None | Some('A' | 'C')), f56, INTERMEDIARY);
    }
    let is_right = match option(f57) {
        None | Some('A' | 'C') => true,
        Some('D') => has_account(f57),
        Some(_) => false,
    };
    context.require(is_right, f57, ACCOUNT_WITH_OPTION);
    context.require(has_account(f59), f59, BENEFICIARY_ACCOUNT);
}

/// Which banks come together.
fn chain(context: &mut Context<'_, '_, '_>) {
    let [f53, f54, f55, f56, f57] = [53, 54, 55, 56, 57].map(|number| context.root.numbered(number));
    context.require(f55.is_none() || (f53.is_some() && f54.is_some()), f55, REIMBURSEMENT);
    context.require(f56.is_none() || f57.is_some(), f56, ACCOUNT_WITH);
}

fn charges(context: &mut Context<'_, '_, '_>) {
    let [f33, f71a, f71f, f71g] = ["33B", "71A", "71F", "71G"].map(|tag| context.root.get(tag));
    match f71a.map(|field| field.value).unwrap_or_default() {
        "OUR" => context.require(f71f.is_none(), f71f, OURS),
        "SHA" => context.require(f71g.is_none(), f71g, SHARED),
        "BEN" => context.require(f71f.is_some() && f71g.is_none(), f71g.or(f71a), BENEFICIARY),
        _ => {}
    }
    context.require(f33.is_some() || (f71f.is_none() && f71g.is_none()), f71f.or(f71g), CHARGED);
    let currency = part(f71g, Part::Currency);
    let is_same = currency.is_none() || currency == part(context.root.get("32A"), Part::Currency);
    context.require(is_same, f71g, CHARGE_CURRENCY);
    let amount = part(f71g, Part::Amount).and_then(|text| crate::number(text).ok());
    context.require(!amount.is_some_and(|amount| amount.is_zero()), f71g, CHARGE_ZERO);
}

fn has_account(field: Option<&Field<'_>>) -> bool {
    part(field, Part::Account).is_some()
}
