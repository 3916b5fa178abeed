//! MT940, MT942 and MT950: the entries of an account over a time.

use causeway_identifiers::{Amount, Currency, Decimal};
use time::Date;

use super::{
    Error, Side,
    read::{date, money, needed, part, root},
};
use crate::{Field, Part, Sequence, Validation, amount, field};

/// What an account holds on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// In credit or overdrawn.
    pub side: Side,
    /// Of which day.
    pub date: Date,
    /// How much.
    pub amount: Amount,
}

impl Balance {
    fn read(field: Option<&Field<'_>>) -> Option<Self> {
        Some(Self { side: side(part(field, Part::DebitCredit)?), date: date(field)?, amount: money(field)? })
    }

    /// Below zero when overdrawn.
    pub fn signed(&self) -> Decimal {
        signed(self.side, self.amount)
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// When it counts for interest.
    pub value_date: Date,
    /// When it was booked; the year is that which brings it closest to the value date.
    pub entry_date: Option<Date>,
    /// Which way, a reversal already turned: the reversal of a credit is a debit.
    pub side: Side,
    /// Whether it takes back another entry.
    pub is_reversal: bool,
    /// Whether it is only expected (`EC`, `ED`).
    pub is_expected: bool,
    /// How much, in the statement's currency.
    pub amount: Amount,
    /// `N` and three letters, `S` and a message type, `F` and three letters.
    pub code: (&'a str, &'a str),
    /// The account owner's reference.
    pub reference: &'a str,
    /// The bank's own.
    pub bank_reference: Option<&'a str>,
    /// The second line of 61.
    pub details: Option<&'a str>,
    /// The 86 that follows, line ends as they stand.
    pub narrative: Option<&'a str>,
}

/// A statement or an interim report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement<'a> {
    /// 20
    pub reference: &'a str,
    /// 25
    pub account: &'a str,
    /// 28C: statement and page.
    pub number: &'a str,
    /// 60a; an interim report has none.
    pub opening: Option<Balance>,
    /// 62a; an interim report has none.
    pub closing: Option<Balance>,
    /// 64
    pub available: Option<Balance>,
    /// 61, each with its 86.
    pub entries: Vec<Entry<'a>>,
}

impl<'a> Statement<'a> {
    /// # Errors
    /// [`Error::Type`] for another message, [`Error::Invalid`] when validation found something, [`Error::Field`] for
    /// an entry with more decimals than the currency of the balances.
    pub fn read(validation: &Validation<'_, 'a>) -> Result<Self, Error> {
        let root = root(validation, &["940", "942", "950"])?;
        let of_account = root.numbered(60).or_else(|| root.numbered(34));
        let currency: Currency =
            part(of_account, Part::Currency).and_then(|code| code.parse().ok()).ok_or(Error::Field("60F"))?;
        Ok(Self {
            reference: needed(&root, "20")?,
            account: part(root.numbered(25), Part::Account).ok_or(Error::Field("25"))?,
            number: needed(&root, "28C")?,
            opening: Balance::read(root.numbered(60)),
            closing: Balance::read(root.numbered(62)),
            available: Balance::read(root.get("64")),
            entries: root.children("entry").map(|pair| entry(&pair, currency)).collect::<Result<_, _>>()?,
        })
    }

    /// Whether opening balance and booked entries make the closing balance; `None` when a balance is missing.
    pub fn is_balanced(&self) -> Option<bool> {
        let booked = self.entries.iter().filter(|entry| !entry.is_expected);
        let total = booked.map(|entry| signed(entry.side, entry.amount)).sum::<Decimal>();
        Some(self.opening?.signed() + total == self.closing?.signed())
    }
}

fn side(mark: &str) -> Side {
    if mark == "D" { Side::Debit } else { Side::Credit }
}

fn signed(side: Side, amount: Amount) -> Decimal {
    match side {
        Side::Debit => -amount.value(),
        Side::Credit => amount.value(),
    }
}

fn entry<'a>(pair: &Sequence<'_, '_, 'a>, currency: Currency) -> Result<Entry<'a>, Error> {
    let wrong = Error::Field("61");
    let line = pair.get("61");
    let parts = line.and_then(Field::parts).ok_or(wrong)?;
    let references: Vec<_> = parts.iter().filter(|(part, _)| *part == Part::Reference).map(|(_, text)| text).collect();
    let mark = parts.get(Part::EntryMark).ok_or(wrong)?;
    let value_date = date(line).ok_or(wrong)?;
    Ok(Entry {
        value_date,
        entry_date: parts.get(Part::EntryDate).and_then(|text| closest(value_date, text)),
        side: if matches!(mark, "C" | "RD" | "EC") { Side::Credit } else { Side::Debit },
        is_reversal: mark.starts_with('R'),
        is_expected: mark.starts_with('E'),
        amount: amount(currency, parts.get(Part::Number).ok_or(wrong)?).map_err(|_| wrong)?,
        code: (parts.get(Part::TransactionType).ok_or(wrong)?, parts.get(Part::Code).ok_or(wrong)?),
        reference: references.first().copied().ok_or(wrong)?,
        bank_reference: references.get(1).copied(),
        details: parts.get(Part::Narrative),
        narrative: pair.get("86").map(|field| field.value),
    })
}

/// `MMDD` in the year that is closest to a day: an entry of January may have a value date in December.
fn closest(day: Date, text: &str) -> Option<Date> {
    let years = [day.year() - 1, day.year(), day.year() + 1];
    years.into_iter().filter_map(|year| field::date(year, text)).min_by_key(|date| (*date - day).abs())
}
