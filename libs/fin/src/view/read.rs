//! From fields to values; every step may find nothing.

use causeway_identifiers::{Amount, Currency, Decimal};
use time::Date;

use super::Error;
use crate::{
    Field, Part, Sequence, Validation, amount,
    field::{long_date, short_date},
    number,
};

/// The whole message, when it is valid and of one of these types.
pub(super) fn root<'v, 'm, 'a>(
    validation: &'v Validation<'m, 'a>,
    types: &[&str],
) -> Result<Sequence<'v, 'm, 'a>, Error> {
    if !validation.message().message_type().is_some_and(|kind| types.contains(&kind)) {
        return Err(Error::Type);
    }
    let outline = validation.outline().filter(|_| validation.is_valid()).ok_or(Error::Invalid)?;
    Ok(outline.root())
}

/// A part of a field that is there.
pub(super) fn part<'a>(field: Option<&Field<'a>>, kind: Part) -> Option<&'a str> {
    field?.parts()?.get(kind)
}

/// The value of a field.
pub(super) fn text<'a>(sequence: &Sequence<'_, '_, 'a>, tag: &'static str) -> Option<&'a str> {
    sequence.get(tag).map(|field| field.value)
}

/// The value of a field that the layout makes mandatory.
pub(super) fn needed<'a>(sequence: &Sequence<'_, '_, 'a>, tag: &'static str) -> Result<&'a str, Error> {
    text(sequence, tag).ok_or(Error::Field(tag))
}

/// Currency and amount of a field.
pub(super) fn money(field: Option<&Field<'_>>) -> Option<Amount> {
    let currency: Currency = part(field, Part::Currency)?.parse().ok()?;
    amount(currency, part(field, Part::Amount)?).ok()
}

/// A number of no currency, negative when the field says so.
pub(super) fn signed(field: Option<&Field<'_>>) -> Option<Decimal> {
    let value = number(part(field, Part::Number)?).ok()?;
    Some(if part(field, Part::Sign).is_some() { -value } else { value })
}

/// The date of a field, short or long.
pub(super) fn date(field: Option<&Field<'_>>) -> Option<Date> {
    part(field, Part::Date).and_then(short_date).or_else(|| part(field, Part::LongDate).and_then(long_date))
}
