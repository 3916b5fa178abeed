//! Further readings of an asset, for equations of its own: what a contract answers, or a statement on the relayer's database.

use causeway_primitives::{Address, AssetId, Bytes, ChainName};
use causeway_runtime::config::Validator;

use super::{
    amounts::{NAME, address, bytes},
    chains::ChainSettings,
    raw,
};
use crate::{
    adapters::store::books::SqlTerm,
    domain::{name::Name, preset::terms},
};

/// A reading of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermSettings {
    /// Its name.
    pub name: Name,
    /// Its chain.
    pub chain: ChainName,
    /// Who is asked.
    pub contract: Address,
    /// What.
    pub call: TermCall,
}

/// What is asked for a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TermCall {
    /// A token's balance of an account.
    BalanceOf(Address),
    /// Anything that answers with one number.
    Data(Bytes),
}

/// An asset's further readings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Further {
    /// Of chains.
    pub calls: Vec<TermSettings>,
    /// Of the books.
    pub statements: Vec<SqlTerm>,
}

/// All of them. `setting` is the asset's place: `assets.0`.
pub(super) fn further(
    setting: &str,
    raw: &[raw::Term],
    (asset, chains): (&AssetId, &[ChainSettings]),
    validator: &mut Validator<'_>,
) -> Option<Further> {
    let (mut further, mut is_whole) = (Further::default(), true);
    for (index, one) in raw.iter().enumerate() {
        let setting = format!("{setting}.terms.{index}");
        let name = validator.accept(&format!("{setting}.name"), NAME, one.name.parse::<Name>());
        let chain = chains.iter().find(|chain| chain.name.as_str() == one.chain).map(|chain| chain.name.clone());
        let expected = "the name of one of the [[chains]]";
        let chain = validator.accept(&format!("{setting}.chain"), expected, chain.ok_or(()));
        let place = name.zip(chain);
        match &one.sql {
            Some(sql) => {
                let term = place.and_then(|place| statement(&setting, sql, (one, asset, place), validator));
                is_whole &= term.is_some();
                further.statements.extend(term);
            }
            None => {
                let term = call(&setting, one, validator);
                let term = place.zip(term).map(|((name, chain), (contract, call))| TermSettings {
                    name,
                    chain,
                    contract,
                    call,
                });
                is_whole &= term.is_some();
                further.calls.extend(term);
            }
        }
    }
    is_whole.then_some(further)
}

fn statement(
    setting: &str,
    sql: &str,
    (raw, asset, (name, chain)): (&raw::Term, &AssetId, (Name, ChainName)),
    validator: &mut Validator<'_>,
) -> Option<SqlTerm> {
    if raw.contract.is_some() || raw.balance_of.is_some() || raw.call.is_some() {
        validator.refuse(&format!("{setting}.sql"), "either sql, or a contract with balance_of or call");
        return None;
    }
    if terms::SUMS.contains(&name.as_str()) {
        let expected = format!("another name than {}, which the books have anyway", terms::SUMS.join(", "));
        validator.refuse(&format!("{setting}.name"), expected);
        return None;
    }
    let expected = "one SELECT of one number, which says with $1 up to which block of the chain it counts";
    validator.accept(&format!("{setting}.sql"), expected, SqlTerm::new(asset.clone(), name, chain, sql))
}

fn call(setting: &str, raw: &raw::Term, validator: &mut Validator<'_>) -> Option<(Address, TermCall)> {
    let at = |field: &str| format!("{setting}.{field}");
    let Some(contract) = &raw.contract else {
        validator.refuse(&at("contract"), "a contract with balance_of or call; or sql in their place");
        return None;
    };
    let contract = address(&at("contract"), contract, validator);
    let call = match (&raw.balance_of, &raw.call) {
        (Some(account), None) => address(&at("balance_of"), account, validator).map(TermCall::BalanceOf),
        (None, Some(data)) => bytes(&at("call"), data, validator).map(TermCall::Data),
        (Some(_), Some(_)) | (None, None) => {
            validator.refuse(&at("call"), "either balance_of or call");
            None
        }
    };
    contract.zip(call)
}
