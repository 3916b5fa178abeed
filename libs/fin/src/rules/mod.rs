//! The network validated rules: what fields must say together.

mod context;
mod header;
pub(crate) mod lines;
mod orders;
mod payments;
mod run;
mod securities;
mod statements;

pub(crate) use self::header::check as check_headers;
pub(crate) use self::run::run;
