//! What the console tells of itself, like every service.

mod conditions;
mod nothing;

pub(crate) use self::{conditions::Conditions, nothing::Nothing};
