//! What the sender of a message is told, in his own standard's words.
//!
//! | message | waits | done | over |
//! | --- | --- | --- | --- |
//! | payment, ISO 20022 | pacs.002 | camt.054 | one pacs.002 for the whole message |
//! | payment, FIN | pacs.002 | MT900, MT910 and camt.054 | one pacs.002 for the whole message |
//! | securities, ISO 20022 | sese.024 | sese.024 | sese.024 |
//! | securities, FIN | MT548 | MT548 | MT548 |
//!
//! An answer is written with the step that causes it, and goes out through the outbox under a name of its own, by which
//! receivers know it when it comes again. FIN answers need a BIC of our own; without one they are told in ISO 20022.

mod cash;
mod compose;
mod name;
mod securities;
mod status;

pub use self::{compose::Composer, status::report};
