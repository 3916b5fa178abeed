//! Settlement instructions, confirmations and status (540 to 548), holdings (535).

use std::collections::BTreeSet;

use super::context::Context;
use crate::{Field, finding::Rule, layout::Sequence};

const AMOUNT_AGAIN: Rule = Rule { code: "E87", text: "an amount stands in only one sequence AMT" };
const AMOUNT_WITHIN: Rule = Rule { code: "E88", text: "with one FIAC, the settlement amount is not in it" };
const AMOUNT_EACH: Rule = Rule { code: "E89", text: "with several FIAC, the settlement amount is in each or in none" };
const LINKED: Rule = Rule { code: "E90", text: "99B::TOSE comes with 99B::SETT" };
const EXCHANGE: Rule = Rule { code: "E62", text: "92B::EXCH and 19A::RESU come together" };
const PARTY_AGAIN: Rule = Rule { code: "E84", text: "a settlement party stands only once" };
const PARTIES: Rule = Rule { code: "E91", text: "the counterparty's agent and the place of settlement are named" };
const CHAIN: Rule = Rule { code: "E86", text: "a party of the chain comes with those between it and the trade" };
const PREVIOUS: Rule = Rule { code: "E08", text: "a cancellation names what it cancels: 20C::PREV in a LINK" };
const AMOUNT: Rule = Rule { code: "E92", text: "against payment, one AMT has the settlement amount" };
const STATUS_AMOUNT: Rule = Rule { code: "E83", text: "22H::PAYM//APMT comes with 19A::SETT" };
const STATUS_AGENT: Rule = Rule { code: "E85", text: "named parties include the counterparty's agent" };
const ACTIVITY: Rule = Rule { code: "E66", text: "17B::ACTI//N in GENL comes without SUBSAFE" };
const PLACED: Rule = Rule { code: "D03", text: "with 94a in SUBSAFE, no SUBBAL has 93B::AGGR or 94a::SAFE" };
const PLACE: Rule = Rule { code: "D04", text: "93B::AGGR in SUBBAL comes with 94a::SAFE" };
const AGGREGATE: Rule = Rule { code: "D05", text: "93B::AVAI and NAVL in SUBBAL come with AGGR" };

/// Parties of which each needs those after it.
const DELIVERERS: [&str; 4] = ["DEI2", "DEI1", "DECU", "SELL"];
const RECEIVERS: [&str; 4] = ["REI2", "REI1", "RECU", "BUYR"];

pub(super) fn instruction(context: &mut Context<'_, '_, '_>) {
    let root = context.root;
    let message_type = context.message.message_type().unwrap_or_default();
    if let Some(general) = root.child("GENL") {
        let function = general.get("23G");
        let is_cancellation = function.is_some_and(|field| field.value.starts_with("CANC"));
        let names_it = general.children("LINK").any(|link| link.qualified(20, "PREV").is_some());
        context.require(!is_cancellation || names_it, function, PREVIOUS);
        let total = general.qualified(99, "TOSE");
        context.require(total.is_none() || general.qualified(99, "SETT").is_some(), total, LINKED);
    }
    settlement(context, "SETT", matches!(message_type, "541" | "543"));
    let parties = parties(root.child("SETDET"));
    let agent = if matches!(message_type, "540" | "541") { "DEAG" } else { "REAG" };
    context.require(has(&parties, agent) && has(&parties, "PSET"), None, PARTIES);
}

pub(super) fn confirmation(context: &mut Context<'_, '_, '_>) {
    let message_type = context.message.message_type().unwrap_or_default();
    settlement(context, "ESTT", matches!(message_type, "545" | "547"));
}

/// What instructions and confirmations share; the settlement amount is `SETT` in one and `ESTT` in the other.
fn settlement(context: &mut Context<'_, '_, '_>, amount: &str, is_against_payment: bool) {
    let root = context.root;
    let accounts: Vec<_> = root.children("FIAC").map(|account| account.qualified(19, amount)).collect();
    let count = accounts.iter().flatten().count();
    let first = accounts.iter().flatten().next().copied();
    if accounts.len() == 1 {
        context.require(count == 0, first, AMOUNT_WITHIN);
    } else {
        context.require(count == 0 || count == accounts.len(), first, AMOUNT_EACH);
    }
    let details = root.child("SETDET");
    let mut known = BTreeSet::new();
    for sequence in details.iter().flat_map(|details| details.children("AMT").collect::<Vec<_>>()) {
        for field in sequence.fields().filter(|field| field.tag.is("19A")) {
            let qualifier = field.qualifier().unwrap_or_default();
            // The resulting amount belongs to the exchange rate of its own sequence.
            context.require(qualifier == "RESU" || known.insert(qualifier), Some(field), AMOUNT_AGAIN);
        }
        let (rate, result) = (sequence.qualified(92, "EXCH"), sequence.qualified(19, "RESU"));
        context.require(rate.is_some() == result.is_some(), rate.or(result), EXCHANGE);
    }
    context.require(!is_against_payment || known.contains(amount), None, AMOUNT);
    let parties = parties(details);
    named_once(context, &parties);
    chains(context, &parties);
}

pub(super) fn status(context: &mut Context<'_, '_, '_>) {
    let Some(details) = context.root.child("SETTRAN") else { return };
    let payment = details.qualified(22, "PAYM");
    let is_against_payment = payment.is_some_and(|field| field.value.ends_with("//APMT"));
    context.require(!is_against_payment || details.qualified(19, "SETT").is_some(), payment, STATUS_AMOUNT);
    let parties = parties(Some(details));
    named_once(context, &parties);
    chains(context, &parties);
    let direction = details.qualified(22, "REDE");
    let agent = match direction.map(|field| field.value) {
        Some(value) if value.ends_with("//DELI") => "REAG",
        Some(value) if value.ends_with("//RECE") => "DEAG",
        Some(_) | None => return,
    };
    context.require(parties.is_empty() || has(&parties, agent), direction, STATUS_AGENT);
}

pub(super) fn holdings(context: &mut Context<'_, '_, '_>) {
    let root = context.root;
    let activity = root.child("GENL").and_then(|general| general.qualified(17, "ACTI"));
    let is_inactive = activity.is_some_and(|field| field.value.ends_with("//N"));
    context.require(!is_inactive || root.child("SUBSAFE").is_none(), activity, ACTIVITY);
    for account in root.children("SUBSAFE") {
        let is_placed = account.numbered(94).is_some();
        for balance in account.children("FIN").flat_map(|held| held.children("SUBBAL").collect::<Vec<_>>()) {
            let (total, place) = (balance.qualified(93, "AGGR"), balance.qualified(94, "SAFE"));
            if is_placed {
                context.require(total.is_none() && place.is_none(), total.or(place), PLACED);
                continue;
            }
            context.require(total.is_none() || place.is_some(), total, PLACE);
            let part = balance.qualified(93, "AVAI").or(balance.qualified(93, "NAVL"));
            context.require(part.is_none() || total.is_some(), part, AGGREGATE);
        }
    }
}

type Party<'m, 'a> = (&'a str, &'m Field<'a>);

/// The settlement parties: their qualifiers, `ALTE` left out, which only names one of them again.
fn parties<'m, 'a>(details: Option<Sequence<'_, 'm, 'a>>) -> Vec<Party<'m, 'a>> {
    let sequences: Vec<_> =
        details.iter().flat_map(|details| details.children("SETPRTY").collect::<Vec<_>>()).collect();
    let fields = sequences.iter().flat_map(Sequence::fields).filter(|field| field.tag.number() == 95);
    let named = fields.filter_map(|field| Some((field.qualifier()?, field)));
    named.filter(|(qualifier, _)| *qualifier != "ALTE").collect()
}

fn has(parties: &[Party<'_, '_>], qualifier: &str) -> bool {
    parties.iter().any(|(known, _)| *known == qualifier)
}

fn named_once(context: &mut Context<'_, '_, '_>, parties: &[Party<'_, '_>]) {
    let mut known = BTreeSet::new();
    for (qualifier, field) in parties {
        if !known.insert(*qualifier) {
            context.findings.push(super::context::finding(context.message, Some(field), PARTY_AGAIN));
        }
    }
}

fn chains(context: &mut Context<'_, '_, '_>, parties: &[Party<'_, '_>]) {
    for chain in [DELIVERERS, RECEIVERS] {
        let first = chain.iter().position(|qualifier| has(parties, qualifier));
        let needed = first.and_then(|first| chain.get(first..)).unwrap_or_default();
        let is_whole = needed.iter().all(|qualifier| has(parties, qualifier));
        let culprit = first
            .and_then(|first| chain.get(first))
            .and_then(|qualifier| parties.iter().find(|(known, _)| known == qualifier).map(|(_, field)| *field));
        if !is_whole {
            context.findings.push(super::context::finding(context.message, culprit, CHAIN));
        }
    }
}
