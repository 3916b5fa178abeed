//! A bank or a customer, whichever option of its field names it.

use causeway_identifiers::{Bic, Iban};

use crate::{Field, Part};

/// How a party is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity<'a> {
    /// By its BIC (option A and its kin).
    Bic(Bic),
    /// By name and address, line by line (options D, H, K and none).
    Lines(Vec<&'a str>),
    /// By numbered lines (option F): 1 the name, 2 the street, 3 country and town, 4 to 8 more of a person.
    Numbered(Vec<(u8, &'a str)>),
    /// By its account or clearing code alone (options B and C).
    AccountOnly,
}

/// A party of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party<'a> {
    /// Without its slash. May be an IBAN, a national account, or, starting with a second slash, a clearing code.
    pub account: Option<&'a str>,
    /// Who.
    pub identity: Identity<'a>,
}

impl<'a> Party<'a> {
    /// Reads a field 50 to 59; `None` when the field does not fit its format.
    pub fn read(field: &Field<'a>) -> Option<Self> {
        let parts = field.parts()?;
        let lines = |text: &'a str| text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let identity = if let Some(bic) = parts.get(Part::Bic) {
            Identity::Bic(bic.parse().ok()?)
        } else if let Some(text) = parts.get(Part::NumberedLines) {
            Identity::Numbered(lines(text).map(crate::rules::lines::numbered).collect::<Option<_>>()?)
        } else if let Some(text) = parts.get(Part::NameAddress) {
            Identity::Lines(lines(text).collect())
        } else {
            Identity::AccountOnly
        };
        // 50L and the codes of 50F are no accounts, but they are all that names the account holder.
        let account = parts.get(Part::Account).or_else(|| parts.get(Part::PartyIdentifier));
        Some(Self { account, identity })
    }

    /// The account as an IBAN, when it is one.
    pub fn iban(&self) -> Option<Iban> {
        self.account?.parse().ok()
    }

    /// The BIC, when it is named so.
    pub const fn bic(&self) -> Option<Bic> {
        match self.identity {
            Identity::Bic(bic) => Some(bic),
            Identity::Lines(_) | Identity::Numbered(_) | Identity::AccountOnly => None,
        }
    }

    /// The first line of the name, whichever way it is given.
    pub fn name(&self) -> Option<&'a str> {
        match &self.identity {
            Identity::Lines(lines) => lines.first().copied(),
            Identity::Numbered(lines) => lines.iter().find(|(number, _)| *number == 1).map(|(_, text)| *text),
            Identity::Bic(_) | Identity::AccountOnly => None,
        }
    }
}
