//! Questions of readers, checked and answered. Shared by REST, gRPC and the pages, so that all three refuse the same
//! things for the same reason.
//!
//! Lists are paged by key, newest first: a page costs the same at any depth, and what is added meanwhile neither
//! repeats nor hides a row. A token belongs to the filters that it was given for.

mod ask;
mod findings;
mod messages;
mod token;
mod value;

pub use self::{
    ask::{
        account, address, chain_id, earlier, lane, message_id, reason, sequence, size, status, time, tx_hash, window,
    },
    findings::{FindingPage, findings},
    messages::{Detail, MessagePage, detail, diagnosis, messages, of_transaction},
    value::{Required, in_flight},
};
