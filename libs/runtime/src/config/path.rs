//! The name of a setting as operators write it: `feeds.0.heartbeat_seconds`.

use std::fmt;

/// A path from the root of the configuration to one setting. Elements of lists are counted from zero.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SettingPath(Vec<String>);

impl SettingPath {
    pub(super) fn segments(&self) -> &[String] {
        &self.0
    }

    /// The setting `key` inside this one.
    #[must_use]
    pub(super) fn child(&self, key: impl fmt::Display) -> Self {
        let mut segments = self.0.clone();
        segments.push(key.to_string());
        Self(segments)
    }

    pub(super) fn parent(&self) -> Option<Self> {
        let (_, parents) = self.0.split_last()?;
        Some(Self(parents.to_vec()))
    }

    pub(super) fn last(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    pub(super) fn starts_with(&self, ancestor: &Self) -> bool {
        self.0.starts_with(&ancestor.0)
    }

    /// Whether this path is, or lies below, one that `pattern` names. `*` stands for any one segment.
    pub(super) fn is_under(&self, pattern: &str) -> bool {
        let wanted: Vec<&str> = pattern.split('.').collect();
        wanted.len() <= self.0.len()
            && wanted.iter().zip(&self.0).all(|(wanted, segment)| *wanted == "*" || wanted == segment)
    }

    /// Whether this path is exactly one that `pattern` names.
    pub(super) fn matches(&self, pattern: &str) -> bool {
        self.is_under(pattern) && pattern.split('.').count() == self.0.len()
    }
}

impl From<&str> for SettingPath {
    fn from(text: &str) -> Self {
        Self(text.split('.').filter(|segment| !segment.is_empty()).map(str::to_owned).collect())
    }
}

impl From<&serde_path_to_error::Path> for SettingPath {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        let named = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        Self(named.collect())
    }
}

impl fmt::Display for SettingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl fmt::Debug for SettingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_segment() {
        let path = SettingPath::from("venues.kraken.api_key");
        assert!(path.matches("venues.*.api_key"));
        assert!(!path.matches("venues.*"));
        assert!(path.is_under("venues.*"));
        assert!(!path.is_under("venues.kraken.api_key.deeper"));
    }
}
