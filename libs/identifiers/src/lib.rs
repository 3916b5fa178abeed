//! What SWIFT FIN and ISO 20022 both name: banks, accounts, instruments, payments, currencies and amounts.
//!
//! Each is a value that was checked when it was made: format and, where there are any, check digits. None
//! of them says that the thing exists; whether a BIC is registered or an account open, only a directory knows.
//! No I/O, no floats. Check digits of IBAN, LEI and ISIN and the currency table come from crates made for
//! that; BIC, country codes and UETR are small and stand here, because no kept crate covers them.
#![deny(clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![forbid(unsafe_code)]

mod amount;
mod bic;
mod country;
mod currency;
mod registered;
mod uetr;

pub use rust_decimal::Decimal;

pub use crate::{
    amount::{Amount, Quantity, plain_decimal},
    bic::Bic,
    country::Country,
    currency::Currency,
    registered::{Iban, Isin, Lei},
    uetr::Uetr,
};

/// Why a text is no identifier, or a number no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`.
    #[error("a BIC is 8 or 11 characters: institution, country, location, branch")]
    BicFormat,
    /// The country within a BIC is none.
    #[error("the fifth and sixth character of a BIC are a country code of ISO 3166")]
    BicCountry,
    /// Not an assigned two-letter code.
    #[error("not a country code of ISO 3166")]
    Country,
    /// Not an ISO 4217 code.
    #[error("not a currency code of ISO 4217")]
    Currency,
    /// Wrong structure for its country, or its check digits do not fit.
    #[error("not an IBAN: wrong structure for its country or wrong check digits")]
    Iban,
    /// Wrong structure, prefix or check digit.
    #[error("not an ISIN: wrong structure, prefix or check digit")]
    Isin,
    /// Wrong structure or check digits.
    #[error("not an LEI: wrong structure or check digits")]
    Lei,
    /// Not a version 4 UUID in lower case.
    #[error("a UETR is a version 4 UUID in lower-case hexadecimal")]
    Uetr,
    /// Not digits with at most one decimal point.
    #[error("not a plain decimal number")]
    Number,
    /// More digits than 18.
    #[error("more than 18 digits")]
    Digits,
    /// Below zero.
    #[error("an amount is not below zero")]
    Negative,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    Decimals,
    /// Two currencies in one sum.
    #[error("amounts of two currencies have no sum")]
    Mixed,
    /// The result has no exact representation.
    #[error("the result cannot be held exactly")]
    Overflow,
}
