//! Changes that people make to the system: what can be done, what must hold before and after, who agrees, and where it stands.

pub mod catalogue;
pub mod expect;
mod life;
pub mod plan;
pub mod rights;
mod state;
#[cfg(test)]
mod tests;
mod values;

pub use self::{
    life::next,
    state::State,
    values::{Answer, Change, Event, Found, Look, Refused, Terms},
};
