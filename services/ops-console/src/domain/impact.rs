//! Who needs whom, and what a failure reaches.

use std::collections::{BTreeMap, BTreeSet};

/// Which services each service needs, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs(BTreeMap<String, BTreeSet<String>>);

/// A name that stands in the map and is no service of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service} needs {needed}, which is no service here")]
pub struct Stranger {
    /// Who needs it.
    pub service: String,
    /// What it needs.
    pub needed: String,
}

impl Needs {
    /// The map of these services.
    ///
    /// # Errors
    /// [`Stranger`] when a need is none of them.
    pub fn new(needs: impl IntoIterator<Item = (String, Vec<String>)>) -> Result<Self, Stranger> {
        let needs: BTreeMap<String, BTreeSet<String>> =
            needs.into_iter().map(|(service, needed)| (service, needed.into_iter().collect())).collect();
        for (service, needed) in &needs {
            if let Some(needed) = needed.iter().find(|needed| !needs.contains_key(*needed)) {
                return Err(Stranger { service: service.clone(), needed: needed.clone() });
            }
        }
        Ok(Self(needs))
    }

    /// What a service needs itself.
    pub fn of(&self, service: &str) -> impl Iterator<Item = &str> {
        self.0.get(service).into_iter().flatten().map(String::as_str)
    }

    /// Every service that a failure of this one reaches, over any number of steps; itself not among them.
    pub fn reached_by(&self, failed: &str) -> BTreeSet<&str> {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut next = vec![failed];
        while let Some(broken) = next.pop() {
            for (service, needed) in &self.0 {
                if needed.contains(broken) && service != failed && reached.insert(service) {
                    next.push(service);
                }
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(pairs: &[(&str, &[&str])]) -> Result<Needs, Stranger> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Needs::new(pairs.iter().map(|(service, needed)| ((*service).to_owned(), owned(needed))))
    }

    #[test]
    fn ops_1_a_failure_reaches_all_who_need_it_over_any_number_of_steps() {
        let needs = needs(&[
            ("oracle", &[]),
            ("ccip", &[]),
            ("guard", &["ccip"]),
            ("gateway", &["guard", "oracle"]),
            ("console", &[]),
        ])
        .unwrap();
        assert_eq!(needs.reached_by("ccip").into_iter().collect::<Vec<_>>(), ["gateway", "guard"]);
        assert_eq!(needs.reached_by("gateway").len(), 0);
        assert_eq!(needs.of("gateway").collect::<Vec<_>>(), ["guard", "oracle"]);
    }

    #[test]
    fn services_that_need_each_other_are_reached_once() {
        let needs = needs(&[("a", &["b"]), ("b", &["a"])]).unwrap();
        assert_eq!(needs.reached_by("a").into_iter().collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_need_that_is_no_service_is_refused() {
        let stranger = needs(&[("a", &["z"])]).unwrap_err();
        assert_eq!(stranger.to_string(), "a needs z, which is no service here");
    }
}
