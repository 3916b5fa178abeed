//! What each field may hold: the table of formats, the parts of a value, and the checks of one field by itself.

mod cash;
mod check;
mod number;
mod part;
mod parties;
mod securities;
mod table;

pub(crate) use self::check::{at, check, date, long_date, short_date};
pub use self::{
    number::{amount, number},
    part::{Part, Parts},
};
