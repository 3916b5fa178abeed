//! What is tokenized, whose accounts are whose, and who may call: raw text → checked values.

use std::collections::{BTreeMap, BTreeSet};

use causeway_primitives::{Address, AssetId, B256, Decimal};
use causeway_runtime::config::{ExposeSecret as _, Validator};

use super::{
    raw,
    settings::{Caller, Right},
};
use crate::{
    adapters::issuer::{Token, Tokens},
    app::{Asset, Catalogue},
    domain::{
        authorise::{FourEyes, Policy},
        order::{Basis, Measure},
        reference::Salt,
        units::{TokenDecimals, Units},
        valuation::Demand,
    },
};

/// Shorter ones can be guessed.
const SHORTEST_TOKEN: usize = 32;

const ADDRESS: &str = "an address: 0x and 40 hexadecimal digits";
const AMOUNT: &str = "an amount in whole tokens, such as \"1000000\" or \"0.5\", no finer than the token";

pub(super) fn catalogue(raw: &raw::Raw, validator: &mut Validator<'_>) -> Option<(Catalogue, Tokens)> {
    let (mut assets, mut tokens) = (BTreeMap::new(), Tokens::new());
    for (index, one) in raw.assets.iter().enumerate() {
        let Some((id, asset, token)) = asset(&format!("assets.{index}"), one, validator) else { continue };
        if assets.insert(id.clone(), asset).is_some() {
            validator.refuse(&format!("assets.{index}.id"), "a name that no other asset has");
        }
        tokens.insert(id, token);
    }
    let mut accounts = BTreeMap::new();
    for (index, one) in raw.accounts.iter().enumerate() {
        let address = validator.accept(&format!("accounts.{index}.address"), ADDRESS, one.address.parse());
        let Some(address) = address else { continue };
        if accounts.insert(one.account.clone(), address).is_some() {
            validator.refuse(&format!("accounts.{index}.account"), "an account that is listed once");
        }
    }
    let salt = raw.references.salt.as_ref().map(|salt| salt.expose_secret().parse::<B256>());
    let expected = "0x and 64 hexadecimal digits, at random and for good: set REFERENCE_SALT or references.salt_file";
    // The zero of an example that nobody replaced is no secret.
    let salt = salt.and_then(Result::ok).filter(|salt| *salt != B256::ZERO);
    let salt = validator.accept("references.salt", expected, salt.ok_or(()))?;
    let catalogue = Catalogue::new(assets, accounts, Salt::new(salt));
    let catalogue = validator.accept("assets", "assets of different denominations", catalogue)?;
    Some((catalogue, tokens))
}

fn asset(at: &str, raw: &raw::Asset, validator: &mut Validator<'_>) -> Option<(AssetId, Asset, Token)> {
    let setting = |name: &str| format!("{at}.{name}");
    let id = "1 to 64 characters of a-z, 0-9, '-', '_', '.' and ':'";
    let id = validator.accept(&setting("id"), id, raw.id.parse());
    let expected = "a currency code or an ISIN";
    let denomination = validator.accept(&setting("denomination"), expected, raw.denomination.parse());
    let token = validator.accept(&setting("token"), ADDRESS, raw.token.parse::<Address>());
    let expected = "the token's decimals, 0 to 77";
    let decimals = validator.accept(&setting("decimals"), expected, TokenDecimals::new(raw.decimals));
    let measure = match raw.quantity.as_str() {
        "unit" => Ok(Measure::Unit),
        "face" => Ok(Measure::Face),
        _ => Err(()),
    };
    let measure = validator.accept(&setting("quantity"), "what messages count of a security: unit or face", measure);
    let policy = policy(at, raw, decimals?, validator);
    let price = match &raw.price_feed {
        None => None,
        Some(feed) => {
            let age = raw.price_max_age_seconds.unwrap_or_default();
            let demand = Demand {
                max_age: validator.positive_seconds(&setting("price_max_age_seconds"), age),
                min_venues: validator.within(
                    &setting("price_min_venues"),
                    raw.price_min_venues.unwrap_or_default(),
                    1..=1_000,
                ),
            };
            Some((validator.accept(&setting("price_feed"), "a feed of the oracle", feed.parse())?, demand))
        }
    };
    let asset = Asset { denomination: denomination?, decimals: decimals?, measure: measure?, policy: policy?, price };
    Some((id?, asset, Token { address: token?, routes: BTreeMap::new() }))
}

fn policy(at: &str, raw: &raw::Asset, decimals: TokenDecimals, validator: &mut Validator<'_>) -> Option<Policy> {
    let setting = |name: &str| format!("{at}.{name}");
    let mut amount = |name: &str, text: &str| {
        let units = Decimal::from_str_exact(text).map_err(drop);
        let units = units.and_then(|amount| Units::exact(amount, decimals).map_err(drop));
        validator.accept(&setting(name), AMOUNT, units)
    };
    let [request, day, supply] =
        [("max_per_request", &raw.max_per_request), ("max_per_day", &raw.max_per_day), ("max_supply", &raw.max_supply)]
            .map(|(name, text)| amount(name, text));
    let four_eyes = match raw.approval_above.as_str() {
        "" => Some(FourEyes::Always),
        text => amount("approval_above", text).map(FourEyes::Above),
    };
    let kinds = raw.kinds.iter().map(|kind| kind.parse()).collect::<Result<BTreeSet<_>, _>>();
    let kinds = validator.accept(&setting("kinds"), "mint, transfer, redeem or bridge", kinds);
    let approvers = raw.approvers.iter().map(|name| name.parse()).collect::<Result<BTreeSet<_>, _>>();
    let approvers = validator.accept(&setting("approvers"), "names of callers", approvers);
    let holders = raw.holders.iter().map(|holder| holder.parse()).collect::<Result<BTreeSet<_>, _>>();
    let holders = validator.accept(&setting("holders"), "addresses", holders);
    let basis = match raw.basis.as_str() {
        "instructed" => Some(Basis::Instructed),
        "confirmed" => Some(Basis::Confirmed),
        _ => {
            validator.refuse(&setting("basis"), "instructed or confirmed");
            None
        }
    };
    let hours = validator.within(&setting("approval_hours"), raw.approval_hours, 1..=720);
    Some(Policy {
        kinds: kinds?,
        basis: basis?,
        four_eyes: four_eyes?,
        approvers: approvers?,
        approval_holds: std::time::Duration::from_secs(hours.saturating_mul(3_600)),
        max_per_request: request?,
        max_per_day: day?,
        max_supply: supply?,
        holders: holders?,
    })
}

pub(super) fn callers(raw: &[raw::Caller], validator: &mut Validator<'_>) -> Vec<Caller> {
    let mut callers: Vec<Caller> = Vec::with_capacity(raw.len());
    for (index, one) in raw.iter().enumerate() {
        let setting = |name: &str| format!("callers.{index}.{name}");
        let name = validator.accept(&setting("name"), "1 to 128 printable characters", one.name.parse());
        if one.token.expose_secret().len() < SHORTEST_TOKEN {
            validator.refuse(&setting("token"), format_args!("at least {SHORTEST_TOKEN} characters"));
        }
        let rights = one.rights.iter().map(|right| right_of(right).ok_or(())).collect::<Result<Vec<_>, _>>();
        let rights = validator.accept(&setting("rights"), "order, decide or read", rights);
        let (Some(name), Some(rights)) = (name, rights) else { continue };
        let known = |other: &Caller| other.name == name || other.token.expose_secret() == one.token.expose_secret();
        if callers.iter().any(known) {
            validator.refuse(&setting("name"), "a name and a token that no other caller has");
        }
        callers.push(Caller { name, token: one.token.clone(), rights });
    }
    callers
}

fn right_of(text: &str) -> Option<Right> {
    match text {
        "order" => Some(Right::Order),
        "decide" => Some(Right::Decide),
        "read" => Some(Right::Read),
        _ => None,
    }
}
