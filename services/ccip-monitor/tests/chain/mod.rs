//! The chains' own explanations, asked of real contracts.

mod destination;
mod gaps;
mod manual;
mod probe;
mod source;
mod stand;
mod tries;
