//! What holds for every message, schema or not.

mod kinds;
mod totals;
mod values;

pub(crate) use self::{
    kinds::{check_header, check_mandatory},
    totals::check as check_totals,
    values::{amount, check as check_values, date},
};
