//! What a message says wrongly.

use std::fmt;

use crate::{Position, document::Element};

/// A rule that holds for every message of every version, schema or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// An amount is a plain number with a currency that exists, at most 18 digits, and not below zero.
    Amount,
    /// An amount has no more decimals than its currency.
    AmountDecimals,
    /// A currency is one of ISO 4217.
    Currency,
    /// A BIC has its form and a country.
    Bic,
    /// An IBAN has its structure and check digits.
    Iban,
    /// An LEI has its check digits.
    Lei,
    /// An ISIN has its check digit.
    Isin,
    /// A UETR is a version 4 UUID in lower case.
    Uetr,
    /// A country is one of ISO 3166.
    Country,
    /// A date exists in the calendar.
    Date,
    /// `NbOfTxs` is the number of transactions.
    Count,
    /// `CtrlSum` is the sum of the amounts.
    ControlSum,
    /// A total is the sum of the amounts, in one currency.
    Total,
    /// The header names another message than the document is.
    Definition,
    /// The message has what every message of its kind has.
    Mandatory,
    /// The schema of the message's version.
    Schema,
}

impl Rule {
    /// What must be so.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Amount => "an amount is digits with at most one point, at most 18, not below zero",
            Self::AmountDecimals => "an amount has no more decimals than its currency",
            Self::Currency => "the currency is one of ISO 4217",
            Self::Bic => "a BIC is 8 or 11 characters: institution, country, location, branch",
            Self::Iban => "the IBAN has the structure of its country and its check digits",
            Self::Lei => "the LEI has its check digits",
            Self::Isin => "the ISIN has its check digit",
            Self::Uetr => "the UETR is a version 4 UUID in lower case",
            Self::Country => "the country is one of ISO 3166",
            Self::Date => "the date exists in the calendar",
            Self::Count => "the number of transactions is what the message says",
            Self::ControlSum => "the control sum is the sum of all amounts",
            Self::Total => "the total is the sum of all amounts, in one currency",
            Self::Definition => "header and document name one message",
            Self::Mandatory => "the message lacks what every message of its kind has",
            Self::Schema => "the message does not follow the schema of its version",
        }
    }
}

/// A rule that a message breaks, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The element, by local names.
    pub path: String,
    /// Where it starts.
    pub at: Position,
    /// The element that is missing, or what the schema's validator said.
    pub detail: Option<String>,
}

/// Findings as they are gathered, up to a number: each is looked up in the input, and a message made of mistakes must
/// not cost more than one without.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) list: Vec<Finding>,
}

impl Findings {
    /// Whoever has read a hundred has read enough.
    pub(crate) const MOST: usize = 100;

    pub(crate) const fn is_full(&self) -> bool {
        self.list.len() >= Self::MOST
    }

    pub(crate) fn add(&mut self, element: Element<'_, '_>, rule: Rule) {
        self.push(element, rule, None);
    }

    pub(crate) fn add_detailed(&mut self, element: Element<'_, '_>, rule: Rule, detail: &str) {
        self.push(element, rule, Some(detail));
    }

    fn push(&mut self, element: Element<'_, '_>, rule: Rule, detail: Option<&str>) {
        if self.is_full() {
            return;
        }
        let (path, at) = element.place();
        let finding = Finding { rule, path, at, detail: detail.map(str::to_owned) };
        // What every batch of a large message has in common is complained of once.
        if !self.list.contains(&finding) {
            self.list.push(finding);
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}: {}", self.at, self.path, self.rule.text())?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {detail}"))
    }
}
