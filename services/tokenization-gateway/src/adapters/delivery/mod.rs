//! The way out of answers: a webhook, and a folder for a gateway to a payment network.

mod answer;
mod folder;
mod webhook;

pub use self::{
    folder::Folder,
    webhook::{Secret, SecretError, Webhook},
};
