//! Why a message is where it is: gathers the evidence from the store and from both chains, at once and bounded, and lets
//! the domain judge.

mod diagnoser;
mod gather;
mod manual;
mod subject;

pub use self::diagnoser::{Diagnosed, Diagnoser, Error, Parts};
