//! External references: which sources they are, and when they are worth a word.

use std::{collections::BTreeSet, time::Duration};

use super::{
    feeds::Reading,
    raw,
    source::{Role, Source},
};
use crate::domain::reference::ReferencePolicy;

impl Reading<'_, '_> {
    pub(super) fn role(&mut self, at: &str, raw: &raw::Source) -> Option<Role> {
        let role = match (raw.role.as_deref(), raw.backup) {
            (None | Some("primary"), false) => Ok(Role::Primary),
            (None | Some("backup"), true) | (Some("backup"), false) => Ok(Role::Backup),
            (Some("reference"), false) => Ok(Role::Reference),
            (Some(_), _) => Err(()),
        };
        let key = format!("{}.{at}.role", self.at);
        self.validator.accept(&key, "primary, backup or reference; `backup = true` is the same as backup", role)
    }

    /// A venue that votes here is no stranger.
    pub(super) fn refuse_partial_references(&mut self, sources: &[Source]) {
        let is_reference = |source: &&Source| source.role == Role::Reference;
        let voting: BTreeSet<_> =
            sources.iter().filter(|source| !is_reference(source)).map(|source| &source.venue).collect();
        for (index, source) in sources.iter().enumerate() {
            if is_reference(&source) && voting.contains(&source.venue) {
                let key = format!("{}.sources.{index}.venue", self.at);
                self.validator.refuse(&key, "a venue that has no vote in this feed, because it is its reference");
            }
        }
    }

    pub(super) fn reference(&mut self) -> Option<ReferencePolicy> {
        let settings = self.settings.clone();
        let max_age = self.key("reference_max_age_seconds");
        let max_age = self.validator.positive_seconds(&max_age, settings.reference_max_age_seconds);
        let deviation = self.percent("reference_deviation_percent", &settings.reference_deviation_percent)?;
        if deviation.get() == 0 {
            let key = self.key("reference_deviation_percent");
            self.validator.refuse(&key, "a percentage above 0");
        }
        Some(ReferencePolicy { deviation, max_age, lasting: Duration::from_secs(settings.reference_for_seconds) })
    }
}
