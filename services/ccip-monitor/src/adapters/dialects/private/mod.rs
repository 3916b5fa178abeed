//! Dialects of operators' own contracts, described by data: the signatures of their events, and which parameter is
//! which neutral field.
//!
//! One family of contracts was found in four shapes, and the next deployment will have a fifth. So the shapes are in
//! the configuration, checked when it is read, and the common one is [`Private::operators`].

mod compile;
mod decode;
mod description;
mod field;
mod layout;
mod preset;

pub use self::{
    compile::Error,
    decode::Private,
    description::{Description, Meaning},
    field::Field,
};
