//! Whoever takes part: a person, a company, a bank.

use causeway_identifiers::{Bic, Country, Iban, Lei};

use crate::document::Element;

/// A party, a bank among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party<'d> {
    /// `Nm`
    pub name: Option<&'d str>,
    /// Of a bank `BICFI` (`BIC` in old versions), of an organisation `AnyBIC` (`BICOrBEI`).
    pub bic: Option<Bic>,
    /// `LEI`
    pub lei: Option<Lei>,
    /// Clearing system and member: `USABA` and nine digits. The system is empty when it is not told.
    pub clearing: Option<(&'d str, &'d str)>,
    /// `PstlAdr/Ctry`
    pub country: Option<Country>,
    /// `PstlAdr`: its leaves in their order, without the country.
    pub address: Vec<&'d str>,
    /// The account: an IBAN or any other identification.
    pub account: Option<&'d str>,
}

impl<'d> Party<'d> {
    /// Reads a party or an agent, with the account that stands beside it.
    pub(super) fn read(party: Element<'d, '_>, account: Option<Element<'d, '_>>) -> Self {
        // A bank says everything in FinInstnId; a version 11 party may wrap itself in Pty or Agt.
        let inner = ["Pty", "Agt"].iter().find_map(|name| party.child(name)).unwrap_or(party);
        let own = inner.child("FinInstnId").unwrap_or(inner);
        let combined = own.child("CmbndId").unwrap_or(own);
        let organisation = own.at("Id/OrgId");
        let in_organisation = |name: &str| organisation.and_then(|found| found.text_at(name));
        let bic = combined.text_at("BICFI").or_else(|| combined.text_at("BIC"));
        let bic = bic.or_else(|| in_organisation("AnyBIC")).or_else(|| in_organisation("BICOrBEI"));
        let lei = own.text_at("LEI").or_else(|| in_organisation("LEI"));
        let clearing = own.child("ClrSysMmbId").and_then(|member| {
            let system = member.text_at("ClrSysId/Cd").or_else(|| member.text_at("ClrSysId/Prtry"));
            Some((system.unwrap_or_default(), member.text_at("MmbId")?))
        });
        let address = own.child("PstlAdr");
        let leaves = address.iter().flat_map(Element::children).filter(|leaf| leaf.local() != "Ctry");
        Self {
            name: own.text_at("Nm"),
            bic: bic.and_then(|text| text.parse().ok()),
            lei: lei.and_then(|text| text.parse().ok()),
            clearing,
            country: address.and_then(|found| found.text_at("Ctry")?.parse().ok()),
            address: leaves.map(|leaf| leaf.text()).filter(|text| !text.is_empty()).collect(),
            account: account.and_then(account_id),
        }
    }

    /// The party of this name within an element, with the account `…Acct` beside it.
    pub(super) fn within(element: Element<'d, '_>, name: &str) -> Option<Self> {
        let account = element.child(&format!("{name}Acct"));
        element.child(name).map(|party| Self::read(party, account))
    }

    /// The account as an IBAN, when it is one.
    pub fn iban(&self) -> Option<Iban> {
        self.account?.parse().ok()
    }
}

/// The identification of an account, whichever way it is told.
pub(super) fn account_id<'d>(account: Element<'d, '_>) -> Option<&'d str> {
    let id = account.child("Id")?;
    let other = || id.text_at("Othr/Id").or_else(|| id.text_at("PrtryAcct/Id"));
    id.text_at("IBAN")
        .or_else(other)
        .or_else(|| id.text_at("BBAN"))
        .or_else(|| Some(id.text()).filter(|text| !text.is_empty()))
}
