//! What the console tells of itself, like every service, and its desk of changes.

mod change_convert;
mod changes;
mod conditions;
mod console;
mod nothing;

pub(crate) use self::{changes::Changes, conditions::Conditions, console::Overviews, nothing::Nothing};
