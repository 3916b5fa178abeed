//! Declared balances and what follows when one is off: text → the domain's values.

use causeway_primitives::{ChainName, Scope};
use causeway_runtime::config::Validator;

use super::{
    amounts::{NAME, tokens},
    chains::ChainSettings,
    raw,
};
use crate::domain::{
    equation::{Equation, Relation, Side, Source, Term},
    finding::{Code, Consequence, Detail, Mode, Tier},
    preset::Bridge,
    quantity::TokenDecimals,
};

/// What an equation stands on.
pub(super) struct Facts<'a> {
    pub(super) bridge: &'a Bridge,
    pub(super) decimals: TokenDecimals,
    pub(super) chains: &'a [ChainSettings],
}

pub(super) fn mode(setting: &str, text: &str, validator: &mut Validator<'_>) -> Option<Mode> {
    validator.accept(setting, "`enforce` or `shadow`", Mode::from_word(text).ok_or(()))
}

/// `[consequences]`: what follows from a broken check, by its code.
pub(super) fn consequence_of(
    word: &str,
    raw: &raw::Consequence,
    validator: &mut Validator<'_>,
) -> Option<(Code, Consequence)> {
    let setting = format!("consequences.{word}");
    let code = Code::EVERY.iter().copied().find(|code| code.as_str().to_ascii_lowercase() == word);
    let expected = format!("the code of a check in small letters: {}", codes());
    let code = validator.accept(&setting, expected, code.ok_or(()));
    let words = (raw.tier.as_str(), raw.mode.as_deref(), raw.scope.as_deref());
    let consequence = consequence(&setting, words, validator);
    Some((code?, consequence?))
}

fn codes() -> String {
    Code::EVERY.iter().map(|code| code.as_str().to_ascii_lowercase()).collect::<Vec<_>>().join(", ")
}

/// Tier, mode and scope; where the last two are not said, it is enforced and everything is halted.
fn consequence(
    setting: &str,
    (tier, mode_word, scope): (&str, Option<&str>, Option<&str>),
    validator: &mut Validator<'_>,
) -> Option<Consequence> {
    let at = |field: &str| format!("{setting}.{field}");
    let tier = validator.accept(&at("tier"), "`halt`, `alert` or `track`", Tier::from_word(tier).ok_or(()));
    let mode = mode_word.map_or(Some(Mode::Enforce), |word| mode(&at("mode"), word, validator));
    let expected = "`batch_creation`, `settlement`, `tokenization` or `all`";
    let scope = scope.map_or(Some(Scope::All), |word| validator.accept(&at("scope"), expected, word.parse()));
    Some(Consequence { tier: tier?, mode: mode?, scope: scope? })
}

pub(super) fn equation(
    setting: &str,
    raw: &raw::Equation,
    facts: &Facts<'_>,
    validator: &mut Validator<'_>,
) -> Option<Equation> {
    let at = |field: &str| format!("{setting}.{field}");
    let name = validator.accept(&at("name"), NAME, raw.name.parse());
    let relations = [Relation::Equal, Relation::AtMost, Relation::AtLeast];
    let relation = relations.into_iter().find(|relation| relation.as_str() == raw.relation);
    let relation = validator.accept(&at("relation"), "`=`, `<=` or `>=`", relation.ok_or(()));
    let left = summands(&at("left"), &raw.left, facts, validator);
    let right = summands(&at("right"), &raw.right, facts, validator);
    let above = side(&at("above"), &raw.above, facts, validator);
    let below = side(&at("below"), &raw.below, facts, validator);
    Some(Equation {
        name: name?,
        asset: facts.bridge.asset.clone(),
        left: left?,
        relation: relation?,
        right: right?,
        above: above?,
        below: below?,
        explanation: raw.explanation.clone(),
    })
}

fn summands(
    setting: &str,
    raw: &[raw::Summand],
    facts: &Facts<'_>,
    validator: &mut Validator<'_>,
) -> Option<Vec<Term>> {
    let mut read = Vec::new();
    for (index, one) in raw.iter().enumerate() {
        let at = |field: &str| format!("{setting}.{index}.{field}");
        let name = validator.accept(&at("term"), NAME, one.term.parse());
        let expected = "`books:<chain>`, `chain:<chain>`, `in_flight` or `adjustment`, with a chain of [[chains]]";
        let source = validator.accept(&at("source"), expected, source(&one.source, facts.chains).ok_or(()));
        read.push(name.zip(source).map(|(name, source)| Term { name, source, coefficient: one.coefficient }));
    }
    read.into_iter().collect()
}

fn source(text: &str, chains: &[ChainSettings]) -> Option<Source> {
    let known = |name: &str| -> Option<ChainName> {
        chains.iter().find(|chain| chain.name.as_str() == name).map(|chain| chain.name.clone())
    };
    match text.split_once(':') {
        Some(("books", chain)) => known(chain).map(Source::Books),
        Some(("chain", chain)) => known(chain).map(Source::Chain),
        Some(_) => None,
        None if text == "in_flight" => Some(Source::InFlight),
        None if text == "adjustment" => Some(Source::Adjustment),
        None => None,
    }
}

fn side(setting: &str, raw: &raw::Side, facts: &Facts<'_>, validator: &mut Validator<'_>) -> Option<Side> {
    let at = |field: &str| format!("{setting}.{field}");
    let details = || Detail::EVERY.iter().map(|detail| detail.as_str()).collect::<Vec<_>>().join(", ");
    let detail = Detail::from_word(&raw.detail);
    if detail.is_none() {
        validator.refuse(&at("detail"), format!("one of {}", details()));
    }
    let words = (raw.tier.as_str(), raw.mode.as_deref(), raw.scope.as_deref());
    let consequence = consequence(setting, words, validator);
    let tolerance = match &raw.tolerance_tokens {
        None => Some(facts.bridge.tolerance),
        Some(text) => tokens(&at("tolerance_tokens"), text, facts.decimals, validator),
    };
    Some(Side { detail: detail?, tolerance: tolerance?, consequence: consequence? })
}
