//! A feed's policy together with its canonical text: written once, and used for every decision of the feed.

use causeway_primitives::B256;

use super::{
    Error,
    canonical::{digest_of, text_of},
    terms,
};
use crate::domain::policy::FeedPolicy;

/// A policy with its canonical text, written once and used for every decision of a feed.
#[derive(Debug, Clone)]
pub struct Policy {
    policy: FeedPolicy,
    text: String,
    digest: B256,
}

impl Policy {
    /// Writes the policy.
    ///
    /// # Errors
    /// [`Error::Unwritable`].
    pub fn new(policy: FeedPolicy) -> Result<Self, Error> {
        let text = text_of(&terms::Policy::from(policy.terms()))?;
        let digest = digest_of(&text);
        Ok(Self { policy, text, digest })
    }

    /// Reads a stored policy.
    ///
    /// # Errors
    /// [`Error`] when the text is no policy of this version.
    pub fn read(text: &str) -> Result<Self, Error> {
        let stored: terms::Policy = serde_json::from_str(text).map_err(Error::Format)?;
        let policy = FeedPolicy::try_new(stored.try_into()?).map_err(|_| Error::Value("policy"))?;
        Ok(Self { policy, text: text.to_owned(), digest: digest_of(text) })
    }

    /// The policy.
    pub const fn get(&self) -> &FeedPolicy {
        &self.policy
    }

    /// Its canonical text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its digest.
    pub const fn digest(&self) -> B256 {
        self.digest
    }
}
