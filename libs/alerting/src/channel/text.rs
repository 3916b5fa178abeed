//! The words of a notification, the same in every channel that is read by people.

use url::Url;

use crate::{
    alert::Alert,
    notification::{Kind, Notification},
};

/// Who speaks, and where its runbooks are read.
#[derive(Debug, Clone)]
pub struct Wording {
    /// The service or deployment, for example `oracle-publisher@prod`.
    pub source: String,
    /// Base URL of the repository's pages; without it messages name the runbook's path.
    pub runbooks: Option<Url>,
}

impl Wording {
    /// Where the runbook is read.
    pub(super) fn runbook(&self, alert: &Alert) -> String {
        match &self.runbooks {
            Some(base) => format!("{}/{}", base.as_str().trim_end_matches('/'), alert.runbook()),
            None => alert.runbook(),
        }
    }

    /// One line that can stand alone: subject of a mail, title in a chat, a text message's start.
    pub(super) fn headline(&self, notification: &Notification) -> String {
        let state = match &notification.kind {
            Kind::Fired => "FIRING".to_owned(),
            Kind::Repeated => "STILL FIRING".to_owned(),
            Kind::Escalated { step } => format!("UNACKNOWLEDGED, step {step}"),
            Kind::Acknowledged { by } => format!("ACKNOWLEDGED by {by}"),
            Kind::Resolved => "RESOLVED".to_owned(),
            Kind::Report => "REPORT".to_owned(),
        };
        let what = match notification.alerts.as_slice() {
            [only] => format!("{} {}", only.name, only.subject),
            several => format!("{} alerts", several.len()),
        };
        let severity = notification.severity().as_str().to_uppercase();
        format!("[{severity}] {state}: {} ({})", what.trim_end(), self.source)
    }

    /// One alert in plain lines.
    pub(super) fn paragraph(&self, alert: &Alert) -> String {
        let labels: Vec<_> = alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
        format!(
            "{} {} {}{labels}, since {}\n{}\nDo first: {}\nRunbook: {}",
            alert.severity.as_str(),
            alert.name,
            alert.subject,
            alert.fired_at,
            alert.summary,
            alert.next_step,
            self.runbook(alert)
        )
    }
}

/// At most so many characters, with a sign that something is missing.
pub(super) fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    text.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_text_says_so_and_never_splits_a_character() {
        assert_eq!(cut("grün", 4), "grün");
        assert_eq!(cut("grüne", 4), "grü…");
        assert_eq!(cut("ab", 0), "…");
    }
}
