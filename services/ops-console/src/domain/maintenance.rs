//! Maintenance windows: when, what they keep quiet and what they cannot, and who is told beforehand.

use std::{collections::BTreeSet, time::Duration};

use causeway_primitives::Timestamp;

use super::change::{
    catalogue::{CONSOLE, Doing, Eyes, Kind, Parameter, Procedure},
    expect::{Expectation, Fact},
    plan::Values,
};

/// No window is longer: what lasts a week is not maintenance, and alarms that are quiet for longer are forgotten.
pub const LONGEST: Duration = Duration::from_secs(7 * 86_400);

const FROM: Parameter =
    Parameter { name: "from", expected: "a time, such as 2026-11-21T15:00:00Z", optional: None, kind: Kind::Time };
const UNTIL: Parameter =
    Parameter { name: "until", expected: "a later time, at most seven days after", optional: None, kind: Kind::Time };
const SERVICES: Parameter = Parameter {
    name: "services",
    expected: "names of services with commas between",
    optional: Some("all services"),
    kind: Kind::Names,
};
const ALERTS: Parameter = Parameter {
    name: "alerts",
    expected: "names of alerts with commas between",
    optional: Some("all alerts but critical ones, which no window mutes"),
    kind: Kind::Names,
};
const WINDOW: Parameter = Parameter {
    name: "window_id",
    expected: "a maintenance window, as its page names it",
    optional: None,
    kind: Kind::Text,
};

/// Opens a window. It goes by the name of the change.
pub const OPEN: Procedure = Procedure {
    name: "maintenance.open",
    does: "Plans a maintenance window: people are told beforehand, and alerts that are not critical are quiet in it.",
    service: CONSOLE,
    doing: Doing::Action { action: "maintenance.open", undo: None, named_by: None },
    parameters: &[FROM, UNTIL, SERVICES, ALERTS],
    before: &[Expectation { fact: Fact::Times, is: &["ahead"] }, Expectation { fact: Fact::Window, is: &["none"] }],
    after: &[Expectation { fact: Fact::Window, is: &["planned", "open"] }],
    within: Duration::from_secs(60),
    eyes: Eyes::Others,
};

/// Ends one early, or calls it off: alarms are heard again, for which nobody has to be asked.
pub const CLOSE: Procedure = Procedure {
    name: "maintenance.close",
    does: "Ends a maintenance window early, or calls it off.",
    service: CONSOLE,
    doing: Doing::Action { action: "maintenance.close", undo: None, named_by: None },
    parameters: &[WINDOW],
    before: &[Expectation { fact: Fact::Window, is: &["planned", "open"] }],
    after: &[Expectation { fact: Fact::Window, is: &["over"] }],
    within: Duration::from_secs(60),
    eyes: Eyes::Own,
};

/// Where a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It begins later.
    Planned,
    /// It is now.
    Open,
    /// It was, or was called off.
    Over,
}

impl Stage {
    /// Its label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Open => "open",
            Self::Over => "over",
        }
    }
}

/// A window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// Whose alerts; none: everybody's.
    pub services: BTreeSet<String>,
    /// Which alerts; none: all.
    pub alerts: BTreeSet<String>,
    /// Why.
    pub reason: String,
    /// When it was ended early.
    pub closed_at: Option<Timestamp>,
}

/// Something is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a window has a beginning and an end")]
pub struct Error;

/// A time, with or without seconds and zone: a browser's field has neither, and means UTC here.
pub fn time(text: &str) -> Option<Timestamp> {
    let whole = if text.len() == 16 { format!("{text}:00Z") } else { text.to_owned() };
    Timestamp::from_rfc3339(&whole).ok()
}

/// The names of a list.
pub fn names(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

impl Window {
    /// The window of a plan's values.
    ///
    /// # Errors
    /// [`Error`].
    pub fn read(values: &Values, reason: &str) -> Result<Self, Error> {
        let value = |name: &str| values.get(name).map(String::as_str).unwrap_or_default();
        Ok(Self {
            from: time(value(FROM.name)).ok_or(Error)?,
            until: time(value(UNTIL.name)).ok_or(Error)?,
            services: names(value(SERVICES.name)),
            alerts: names(value(ALERTS.name)),
            reason: reason.to_owned(),
            closed_at: None,
        })
    }

    /// Whether its times make sense, as a word: `ahead`, `past`, `upside_down`, `too_long`.
    pub fn times(&self, now: Timestamp) -> &'static str {
        if self.until <= self.from {
            "upside_down"
        } else if self.until <= now {
            "past"
        } else if self.until.since(self.from) > LONGEST {
            "too_long"
        } else {
            "ahead"
        }
    }

    /// Where it is.
    pub fn stage(&self, now: Timestamp) -> Stage {
        if self.closed_at.is_some() || now >= self.until {
            Stage::Over
        } else if now >= self.from {
            Stage::Open
        } else {
            Stage::Planned
        }
    }

    /// Whether alerts of a service are quiet in it, but for what is critical, which the service sees to.
    pub fn is_of(&self, service: &str) -> bool {
        self.services.is_empty() || self.services.contains(service)
    }
}

/// What a service is told of maintenance is good for so long: a console that dies leaves nothing quiet for longer.
pub const LEASE: Duration = Duration::from_secs(60);
/// It is told anew so often: a change of the console's leaders, and a few calls that fail, are shorter than the lease.
const RENEW_AFTER: Duration = Duration::from_secs(10);

/// Whether a service has to be told which windows are open: they are others than it was told before, or that was long ago.
pub fn must_tell<K: PartialEq>(open: &[K], told: &[K], age: Duration) -> bool {
    open != told || (!open.is_empty() && age >= RENEW_AFTER)
}

/// When people are told of a window, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// Seven days before.
    Week,
    /// Three days before.
    ThreeDays,
    /// A day before.
    Day,
    /// An hour before.
    Hour,
}

impl Notice {
    /// All of them, first to last.
    pub const ALL: [Self; 4] = [Self::Week, Self::ThreeDays, Self::Day, Self::Hour];

    /// Its label, for people too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Week => "T-7 d",
            Self::ThreeDays => "T-3 d",
            Self::Day => "T-1 d",
            Self::Hour => "T-1 h",
        }
    }

    /// The one of this label.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.as_str() == name)
    }

    const fn before(self) -> Duration {
        match self {
            Self::Week => Duration::from_secs(7 * 86_400),
            Self::ThreeDays => Duration::from_secs(3 * 86_400),
            Self::Day => Duration::from_secs(86_400),
            Self::Hour => Duration::from_secs(3_600),
        }
    }
}

/// The notice that is due: the last one whose time has come, unless it was told. One that was missed, because the window was
/// planned late or nobody led, is not told after the next.
pub fn due(window: &Window, told: &BTreeSet<Notice>, now: Timestamp) -> Option<Notice> {
    if window.stage(now) != Stage::Planned {
        return None;
    }
    let ahead = window.from.since(now);
    let last = Notice::ALL.into_iter().rev().find(|notice| ahead <= notice.before())?;
    (!told.contains(&last)).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;
    const DAY: u64 = 86_400;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_790_000_000 + seconds).unwrap()
    }

    fn window(from: u64, until: u64) -> Window {
        Window {
            from: at(from),
            until: at(until),
            services: BTreeSet::new(),
            alerts: BTreeSet::new(),
            reason: "new disks".to_owned(),
            closed_at: None,
        }
    }

    #[test]
    fn ops_5_each_notice_is_told_once_and_in_time() {
        let (window, mut told, mut when) = (window(10 * DAY, 11 * DAY), BTreeSet::new(), Vec::new());
        for hour in 0..=(11 * 24) {
            if let Some(notice) = due(&window, &told, at(hour * HOUR)) {
                assert!(told.insert(notice));
                when.push((hour, notice.as_str()));
            }
        }
        assert_eq!(when, [(3 * 24, "T-7 d"), (7 * 24, "T-3 d"), (9 * 24, "T-1 d"), (10 * 24 - 1, "T-1 h")]);
    }

    #[test]
    fn ops_5_a_window_that_is_planned_late_is_told_at_once_and_not_as_a_week_ahead() {
        let (window, told) = (window(2 * DAY, 3 * DAY), BTreeSet::new());
        assert_eq!(due(&window, &told, at(0)), Some(Notice::ThreeDays));
        assert_eq!(due(&window, &BTreeSet::from([Notice::ThreeDays]), at(0)), None);
        let off = Window { closed_at: Some(at(0)), ..window };
        assert_eq!(due(&off, &told, at(DAY)), None, "what was called off is not announced");
    }

    #[test]
    fn ops_5_services_are_told_when_it_changes_and_again_while_it_lasts() {
        let secs = Duration::from_secs;
        assert!(must_tell(&[1], &[], secs(0)), "it begins");
        assert!(!must_tell(&[1], &[1], secs(9)));
        assert!(must_tell(&[1], &[1], secs(10)), "before the lease ends");
        assert!(must_tell(&[1, 2], &[1], secs(1)));
        assert!(must_tell(&[], &[1], secs(1)), "it is over, or was ended early");
        assert!(!must_tell::<u8>(&[], &[], secs(9_000)), "nothing to say");
        assert!(RENEW_AFTER.saturating_mul(5) < LEASE);
        let window = Window { services: names("ccip-monitor"), ..window(0, 9) };
        assert!(window.is_of("ccip-monitor") && !window.is_of("oracle-publisher"));
    }

    #[test]
    fn ops_5_a_window_lies_ahead_the_right_way_round_and_is_no_week_and_more() {
        assert_eq!(window(100, 200).times(at(0)), "ahead");
        assert_eq!(window(100, 200).times(at(150)), "ahead");
        assert_eq!(window(100, 200).times(at(200)), "past");
        assert_eq!(window(200, 100).times(at(0)), "upside_down");
        assert_eq!(window(0, 7 * DAY + 1).times(at(0)), "too_long");
        assert_eq!(time("2026-11-21T15:00"), time("2026-11-21T15:00:00Z"));
        assert_eq!(time("tomorrow"), None);
    }
}
