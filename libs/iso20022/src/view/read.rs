//! From elements to values; every step may find nothing.

use causeway_identifiers::{Amount, Decimal, plain_decimal};
use time::Date;

use super::Error;
use crate::{
    Message,
    document::Element,
    rules::{amount, date},
};

/// The body of a message of this kind.
pub(super) fn body<'d, 'a>(message: &Message<'d, 'a>, kinds: &[(&str, u16)]) -> Result<Element<'d, 'a>, Error> {
    if kinds.contains(&message.id.kind()) { Ok(message.body) } else { Err(Error::Kind) }
}

/// An element that must be there.
pub(super) fn needed<'d, 'a>(element: Element<'d, 'a>, path: &str) -> Result<Element<'d, 'a>, Error> {
    element.at(path).ok_or_else(|| missing(element, path))
}

/// A text that must be there.
pub(super) fn needed_text<'d>(element: Element<'d, '_>, path: &str) -> Result<&'d str, Error> {
    element.text_at(path).ok_or_else(|| missing(element, path))
}

/// An amount that must be there.
pub(super) fn needed_money(element: Element<'_, '_>, path: &str) -> Result<Amount, Error> {
    money(element.at(path)).ok_or_else(|| missing(element, path))
}

pub(super) fn missing(element: Element<'_, '_>, path: &str) -> Error {
    Error::Value { path: format!("{}/{path}", element.path()) }
}

/// An element with a currency.
pub(super) fn money(element: Option<Element<'_, '_>>) -> Option<Amount> {
    let element = element?;
    amount(element.attribute("Ccy")?, element.text()).ok()
}

/// A number.
pub(super) fn number(element: Element<'_, '_>, path: &str) -> Option<Decimal> {
    plain_decimal(element.text_at(path)?).ok()
}

/// A date, whether the element is one itself or holds one as `Dt` or `DtTm`.
pub(super) fn day(element: Element<'_, '_>, path: &str) -> Option<Date> {
    let found = element.at(path)?;
    let leaf = found.child("Dt").or_else(|| found.child("DtTm")).unwrap_or(found);
    let leaf = leaf.child("Dt").or_else(|| leaf.child("DtTm")).unwrap_or(leaf);
    date(leaf.text())
}
