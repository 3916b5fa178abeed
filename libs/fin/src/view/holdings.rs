//! MT535: what an account holds.

use causeway_identifiers::Isin;
use time::Date;

use super::{
    Error, Quantity,
    read::{date, part, root},
    settlement::quantity,
};
use crate::{Part, Sequence, Validation};

/// One instrument that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding<'a> {
    /// 97a::SAFE of its sub-account; that of the statement when it has none.
    pub account: &'a str,
    /// Of 35B.
    pub isin: Option<Isin>,
    /// Of 35B, line ends as they stand.
    pub description: Option<&'a str>,
    /// 93B::AGGR, below zero for a short position.
    pub total: Option<Quantity<'a>>,
    /// 93B::AVAI
    pub available: Option<Quantity<'a>>,
}

/// A page of a statement of holdings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdings<'a> {
    /// 20C::SEME
    pub reference: &'a str,
    /// 97a::SAFE
    pub account: &'a str,
    /// 98a::STAT
    pub date: Option<Date>,
    /// 28E: whether another page follows.
    pub has_more: bool,
    /// The instruments.
    pub holdings: Vec<Holding<'a>>,
}

impl<'a> Holdings<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["535"])?;
        let general = root.child("GENL").ok_or(Error::Field("GENL"))?;
        let account = part(general.qualified(97, "SAFE"), Part::Account).ok_or(Error::Field("97A"))?;
        let page = part(general.get("28E"), Part::Code);
        let accounts: Vec<_> = root.children("SUBSAFE").collect();
        Ok(Self {
            reference: part(general.qualified(20, "SEME"), Part::Reference).ok_or(Error::Field("20C"))?,
            account,
            date: date(general.qualified(98, "STAT")),
            has_more: matches!(page, Some("MORE")),
            holdings: accounts
                .iter()
                .flat_map(|one| one.children("FIN").map(|held| holding(one, &held, account)).collect::<Vec<_>>())
                .collect(),
        })
    }
}

fn holding<'a>(sub: &Sequence<'_, '_, 'a>, held: &Sequence<'_, '_, 'a>, account: &'a str) -> Holding<'a> {
    let instrument = held.get("35B");
    Holding {
        account: part(sub.qualified(97, "SAFE"), Part::Account).unwrap_or(account),
        isin: part(instrument, Part::Isin).and_then(|text| text.parse().ok()),
        description: part(instrument, Part::Narrative),
        total: quantity(held.qualified(93, "AGGR")),
        available: quantity(held.qualified(93, "AVAI")),
    }
}
