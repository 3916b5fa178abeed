//! What a message says, what is wrong with it, what it would order, and how it is told in the other standard: everything that
//! the gateway knows of it without asking anybody.

mod json;
mod message;
mod table;
#[cfg(test)]
mod tests;

pub use self::{
    json::to_json,
    message::{Explanation, Told, explain},
    table::to_table,
};
