//! Which assets there are, under which rules, and whose account is whose: what turns an order into an instruction.

use std::collections::BTreeMap;

use causeway_primitives::{Address, AssetId, FeedId};

use crate::domain::{
    authorise::Policy,
    identity::{BusinessKey, Role},
    instruction::{Instruction, Kind, Movement},
    order::{Basis, Denomination, Measure, Order},
    reference::{Reference, Salt},
    units::{TokenDecimals, Units, UnitsError},
    valuation::Demand,
};

/// Why a catalogue cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Two assets of one denomination: a message would not say which it means.
    #[error("{denomination} stands for two assets")]
    Denomination {
        /// Which one.
        denomination: Denomination,
    },
}

/// An asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// What messages call it.
    pub denomination: Denomination,
    /// Of its token, pinned when the asset was taken on.
    pub decimals: TokenDecimals,
    /// What messages count of it, where it is a security.
    pub measure: Measure,
    /// Its rules.
    pub policy: Policy,
    /// Where its price comes from; `None` for an asset that needs none.
    pub price: Option<(FeedId, Demand)>,
}

/// Why an order is no instruction here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// Nothing of that name is tokenized.
    #[error("no asset is called so")]
    Asset,
    /// The account is nobody's here.
    #[error("the account is not in the directory")]
    Account,
    /// The amount is no whole number of units.
    #[error("the amount cannot be told in units of the token")]
    Units(#[source] UnitsError),
    /// The amount counts something else of it than its tokens do.
    #[error("the quantity is not of the kind that the asset is counted in")]
    Measure,
    /// It confirms what the instruction before it ordered: both of one trade would move it twice.
    #[error("the asset takes instructions of settlements, and not their confirmations")]
    Confirmation,
    /// A bridge order names no chain.
    #[error("a message cannot order a bridge")]
    Kind,
}

impl Unresolved {
    /// Label and wire value.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Asset => "asset_unknown",
            Self::Account => "account_unknown",
            Self::Units(_) => "amount_not_in_units",
            Self::Measure => "quantity_of_another_kind",
            Self::Confirmation => "not_an_instruction",
            Self::Kind => "kind_not_in_messages",
        }
    }
}

/// All of it.
#[derive(Debug)]
pub struct Catalogue {
    assets: BTreeMap<AssetId, Asset>,
    by_denomination: BTreeMap<Denomination, AssetId>,
    accounts: BTreeMap<String, Address>,
    salt: Salt,
}

impl Catalogue {
    /// A catalogue of assets and of accounts as messages write them.
    ///
    /// # Errors
    /// [`CatalogueError`].
    pub fn new(
        assets: BTreeMap<AssetId, Asset>,
        accounts: BTreeMap<String, Address>,
        salt: Salt,
    ) -> Result<Self, CatalogueError> {
        let mut by_denomination = BTreeMap::new();
        for (id, asset) in &assets {
            let denomination = asset.denomination.clone();
            if by_denomination.insert(denomination.clone(), id.clone()).is_some() {
                return Err(CatalogueError::Denomination { denomination });
            }
        }
        Ok(Self { assets, by_denomination, accounts, salt })
    }

    /// An asset by its name.
    pub fn asset(&self, id: &AssetId) -> Option<&Asset> {
        self.assets.get(id)
    }

    /// All assets, by name.
    pub fn assets(&self) -> impl Iterator<Item = (&AssetId, &Asset)> {
        self.assets.iter()
    }

    /// Everybody who may hold an asset.
    pub fn holders(&self, asset: &AssetId) -> impl Iterator<Item = Address> {
        self.assets.get(asset).into_iter().flat_map(|asset| asset.policy.holders.iter().copied())
    }

    /// The reference of a business event here.
    pub fn reference(&self, asset: &AssetId, kind: Kind, key: &BusinessKey) -> Reference {
        Reference::of(&self.salt, asset, kind, key)
    }

    /// What an order of a message is in the gateway's own words. `key` names it on chain.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub fn resolve(&self, order: &Order, key: &BusinessKey) -> Result<Instruction, Unresolved> {
        let id = self.by_denomination.get(&order.denomination).ok_or(Unresolved::Asset)?;
        let asset = self.assets.get(id).ok_or(Unresolved::Asset)?;
        let holder = |account: &Option<String>| {
            let account = account.as_ref().ok_or(Unresolved::Account)?;
            self.accounts.get(account).copied().ok_or(Unresolved::Account)
        };
        if order.measure.is_some_and(|measure| measure != asset.measure) {
            return Err(Unresolved::Measure);
        }
        if is_said_twice(order.role, asset.policy.basis) {
            return Err(Unresolved::Confirmation);
        }
        let movement = match order.kind {
            Kind::Mint => Movement::Mint { to: holder(&order.to)? },
            Kind::Transfer => Movement::Transfer { from: holder(&order.from)?, to: holder(&order.to)? },
            Kind::Redeem => Movement::Redeem { from: holder(&order.from)? },
            Kind::Bridge => return Err(Unresolved::Kind),
        };
        Ok(Instruction {
            asset: id.clone(),
            movement,
            units: Units::exact(order.amount, asset.decimals).map_err(Unresolved::Units)?,
            reference: self.reference(id, order.kind, key),
        })
    }
}

/// Of a settlement there may be two messages, and nothing in them says that they are of one trade. An asset takes the one that
/// its basis names: instructions, or else confirmations, for an instruction is not firm enough then.
const fn is_said_twice(role: Role, basis: Basis) -> bool {
    match (role, basis) {
        (Role::SettlementConfirmation, Basis::Instructed) => true,
        (Role::SettlementConfirmation, Basis::Confirmed)
        | (Role::CustomerTransfer | Role::BankTransfer | Role::Initiation | Role::Settlement, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use causeway_iso20022::Schemas;
    use causeway_primitives::{B256, U256};

    use super::*;
    use crate::{
        domain::authorise::{Application, FourEyes, Refusal, Verdict, authorise},
        intake::read,
    };

    const HOLDER: Address = Address::repeat_byte(0xa1);

    fn catalogue(basis: Basis) -> Catalogue {
        let most = Units::new(U256::from(1_000_000));
        let policy = Policy {
            kinds: Kind::EVERY.into_iter().collect(),
            basis,
            four_eyes: FourEyes::Above(most),
            approvers: BTreeSet::new(),
            approval_holds: Duration::from_secs(3_600),
            max_per_request: most,
            max_per_day: most,
            max_supply: most,
            holders: BTreeSet::from([HOLDER]),
        };
        let denomination = "US0378331005".parse().unwrap();
        let asset = Asset {
            denomination,
            decimals: TokenDecimals::new(0).unwrap(),
            measure: Measure::Unit,
            policy,
            price: None,
        };
        let assets = BTreeMap::from([("share".parse().unwrap(), asset)]);
        let accounts = BTreeMap::from([("4711".to_owned(), HOLDER)]);
        Catalogue::new(assets, accounts, Salt::new(B256::repeat_byte(1))).unwrap()
    }

    fn settlement(number: u32) -> Order {
        let text = if number == 23 {
            "<SctiesSttlmTxInstr><TxId>SEC-1</TxId><SttlmTpAndAddtlParams><SctiesMvmntTp>RECE</SctiesMvmntTp><Pmt>APMT</Pmt>\
             </SttlmTpAndAddtlParams><TradDtls><SttlmDt><Dt><Dt>2026-07-22</Dt></Dt></SttlmDt></TradDtls><FinInstrmId>\
             <ISIN>US0378331005</ISIN></FinInstrmId><QtyAndAcctDtls><SttlmQty><Qty><Unit>100</Unit></Qty></SttlmQty>\
             <SfkpgAcct><Id>4711</Id></SfkpgAcct></QtyAndAcctDtls></SctiesSttlmTxInstr>"
        } else {
            "<SctiesSttlmTxConf><TxIdDtls><AcctOwnrTxId>SEC-1</AcctOwnrTxId><SctiesMvmntTp>RECE</SctiesMvmntTp><Pmt>APMT</Pmt>\
             </TxIdDtls><TradDtls><EffctvSttlmDt><Dt><Dt>2026-07-22</Dt></Dt></EffctvSttlmDt></TradDtls><FinInstrmId>\
             <ISIN>US0378331005</ISIN></FinInstrmId><QtyAndAcctDtls><SttldQty><Qty><Unit>100</Unit></Qty></SttldQty>\
             <SfkpgAcct><Id>4711</Id></SfkpgAcct></QtyAndAcctDtls></SctiesSttlmTxConf>"
        };
        let text =
            format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:sese.0{number}.001.09\">{text}</Document>");
        let found = read(text.as_bytes(), &Schemas::default()).unwrap();
        found[0].orders[0].clone()
    }

    #[test]
    fn tok_4_a_face_amount_is_no_number_of_pieces() {
        for order in [23, 25].map(settlement) {
            assert_eq!(order.measure, Some(Measure::Unit));
            let resolve = |order: &Order| catalogue(Basis::Confirmed).resolve(order, &order.key());
            assert!(resolve(&order).is_ok());
            for other in [Measure::Face, Measure::Amortised, Measure::Token] {
                let order = Order { measure: Some(other), ..order.clone() };
                assert_eq!(resolve(&order), Err(Unresolved::Measure));
            }
        }
        assert_eq!(Unresolved::Measure.reason(), "quantity_of_another_kind");
    }

    #[test]
    fn tok_4_tok_7_of_a_trades_instruction_and_confirmation_an_asset_carries_out_one() {
        let [instruction, confirmation] = [23, 25].map(settlement);
        let resolve = |basis, order: &Order| catalogue(basis).resolve(order, &order.key());
        assert_eq!(resolve(Basis::Instructed, &confirmation), Err(Unresolved::Confirmation));
        assert_eq!(Unresolved::Confirmation.reason(), "not_an_instruction");
        let judged = |basis, order: &Order| {
            let catalogue = catalogue(basis);
            let instruction = catalogue.resolve(order, &order.key()).unwrap();
            let application = Application {
                instruction: &instruction,
                basis: order.basis,
                maker: &"bank".parse().unwrap(),
                approvals: &[],
                moved_today: Units::ZERO,
                supply: Units::ZERO,
            };
            authorise(
                causeway_primitives::Timestamp::EPOCH,
                &application,
                &catalogue.asset(&instruction.asset).unwrap().policy,
            )
        };
        assert_eq!(judged(Basis::Instructed, &instruction), Verdict::Authorised);
        assert_eq!(judged(Basis::Confirmed, &confirmation), Verdict::Authorised);
        assert_eq!(judged(Basis::Confirmed, &instruction), Verdict::Refused(Refusal::NotConfirmed));
    }
}
