//! What the console tells of itself, like every service, and its desk of changes.

mod callers;
mod change_convert;
mod changes;
mod conditions;
mod console;
mod nothing;

pub(crate) use self::{
    callers::Callers,
    changes::{Changes, STREAMS},
    conditions::Conditions,
    console::Overviews,
    nothing::Nothing,
};
