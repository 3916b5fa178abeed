//! The parts of a field's value and what each means.

use std::fmt;

use super::table::Spec;
use crate::{Field, format::Captures};

/// What a part of a value is; the checks of the part hang on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Four letters that say which of its kind a generic field is (ISO 15022).
    Qualifier,
    /// Who issued the code that follows (ISO 15022).
    Scheme,
    /// No slash at either end, no two slashes within (T26).
    Reference,
    /// `YYMMDD`
    Date,
    /// `YYYYMMDD`
    LongDate,
    /// `MMDD`
    EntryDate,
    /// `HHMM`
    Time,
    /// `HHMMSS`
    LongTime,
    /// Decimals of a second.
    Decimals,
    /// `+` or `-`
    OffsetSign,
    /// `HHMM`, at most 13 hours.
    Offset,
    /// `HH[MM]` of UTC.
    UtcOffset,
    /// `N` for below zero.
    Sign,
    /// Three letters of ISO 4217.
    Currency,
    /// Of the currency before it, with no more decimals than that has.
    Amount,
    /// Of no currency: a rate, a price, a quantity.
    Number,
    /// `C` or `D` (T51).
    DebitCredit,
    /// `C`, `D`, `RC`, `RD`, `EC`, `ED`.
    EntryMark,
    /// The third letter of the currency.
    FundsCode,
    /// `C` or `D` before an account: at which side.
    PartyMark,
    /// An account or a clearing code.
    Account,
    /// Eight or eleven characters.
    Bic,
    /// Up to four lines.
    NameAddress,
    /// Lines that each begin with a number and a slash (50F, 59F).
    NumberedLines,
    /// Code, country and identifier of a person (50F).
    PartyIdentifier,
    /// One line or many, free.
    Narrative,
    /// A code of no closed list.
    Code,
    /// `BEN`, `OUR`, `SHA` (T08).
    Charges,
    /// `CRED`, `CRTS`, `SPAY`, `SPRI`, `SSTD` (T36).
    Operation,
    /// `N`, `F` or `S` (T53).
    TransactionType,
    /// Digits that count.
    Count,
    /// Two letters of ISO 3166.
    Country,
    /// With its check digit.
    Isin,
    /// With its check digits.
    Lei,
    /// The name of a block of fields (ISO 15022).
    Block,
    /// The type of another message, three digits.
    MessageType,
    /// Session and sequence number of another message.
    Session,
    /// `Y` or `N`.
    Flag,
}

impl fmt::Display for Part {
    /// In words, as a column heading.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Qualifier => "qualifier",
            Self::Scheme => "data source scheme",
            Self::Reference => "reference",
            Self::Date => "date (YYMMDD)",
            Self::LongDate => "date (YYYYMMDD)",
            Self::EntryDate => "entry date (MMDD)",
            Self::Time => "time (HHMM)",
            Self::LongTime => "time (HHMMSS)",
            Self::Decimals => "decimals of a second",
            Self::OffsetSign => "sign of the time offset",
            Self::Offset | Self::UtcOffset => "time offset",
            Self::Sign => "sign",
            Self::Currency => "currency",
            Self::Amount => "amount",
            Self::Number => "number",
            Self::DebitCredit | Self::EntryMark => "debit or credit",
            Self::FundsCode => "funds code",
            Self::PartyMark => "side of the account",
            Self::Account => "account",
            Self::Bic => "identifier code",
            Self::NameAddress => "name and address",
            Self::NumberedLines => "name and details",
            Self::PartyIdentifier => "party identifier",
            Self::Narrative => "narrative",
            Self::Code => "code",
            Self::Charges => "details of charges",
            Self::Operation => "bank operation code",
            Self::TransactionType => "transaction type",
            Self::Count => "count",
            Self::Country => "country",
            Self::Isin => "ISIN",
            Self::Lei => "LEI",
            Self::Block => "block",
            Self::MessageType => "message type",
            Self::Session => "session and sequence",
            Self::Flag => "flag",
        })
    }
}

/// The parts of one value.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    pub(super) value: &'a str,
    pub(super) spec: &'static Spec,
    pub(super) captures: Captures,
}

impl<'a> Parts<'a> {
    /// The first part of this kind that is there.
    pub fn get(&self, kind: Part) -> Option<&'a str> {
        self.iter().find_map(|(part, text)| if part == kind { Some(text) } else { None })
    }

    /// All parts that are there, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Part, &'a str)> + use<'a> {
        let Self { value, spec, captures } = *self;
        let parts = spec.parts.iter().enumerate();
        parts.filter_map(move |(index, part)| captures.get(value, index).map(|text| (*part, text)))
    }

    /// The format that the value fits, as SWIFT writes it.
    pub const fn notation(&self) -> &'static str {
        self.spec.format.notation
    }

    /// As [`Parts::iter`], with the offset of each part within the value.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (Part, &'a str, usize)> + use<'a> {
        let Self { value, spec, captures } = *self;
        let parts = spec.parts.iter().enumerate();
        parts.filter_map(move |(index, part)| Some((*part, captures.get(value, index)?, captures.start(index)?)))
    }
}

impl<'a> Field<'a> {
    /// The value in its parts; `None` when the field is not in the table or the value does not fit its format.
    pub fn parts(&self) -> Option<Parts<'a>> {
        super::check::parts(self).ok().flatten()
    }
}
