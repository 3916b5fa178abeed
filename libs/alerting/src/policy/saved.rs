//! What the policy remembers as a JSON document, so that a restart neither loses an alarm nor pages anybody twice.
//!
//! Rules are written by name: after a change of the rules, what an unchanged rule has said still counts, and a new one
//! speaks for itself. Times are kept on the policy's own clock, in milliseconds; whoever restores them says what that
//! clock reads by then. Reading checks every field, because the document may be older than the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use causeway_primitives::{Monotonic, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    mute::{Window, WindowId},
    rule::{Matcher, Policy},
    state::{Acknowledgement, Endings, Firing, Group, GroupKey, State, Track},
};
use crate::{
    alert::{Alert, Fingerprint, Text},
    notification::ChannelId,
    wire::{AlertDocument, Error, read_alert, write_alert},
};

/// Grows when a reader of the old shape would misread the new one.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    saved_at: String,
    clock_ms: u64,
    sequence: u64,
    firing: Vec<FiringDocument>,
    groups: Vec<GroupDocument>,
    endings: Vec<EndingsDocument>,
    windows: Vec<WindowDocument>,
}

#[derive(Serialize, Deserialize)]
struct FiringDocument {
    alert: AlertDocument,
    failures: u32,
    acknowledged: Option<(String, String)>,
    muted_by: Option<String>,
    since_ms: u64,
    /// By the rule's name; `None` while it waits in a group.
    tracks: BTreeMap<String, Option<SaidDocument>>,
    told: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct SaidDocument {
    first_ms: u64,
    last_ms: u64,
    steps: usize,
}

#[derive(Serialize, Deserialize)]
struct GroupDocument {
    rule: String,
    values: Vec<String>,
    due_ms: Option<u64>,
    last_sent_ms: Option<u64>,
    waiting: Vec<AlertDocument>,
}

#[derive(Serialize, Deserialize)]
struct EndingsDocument {
    channel: String,
    due_ms: u64,
    alerts: Vec<AlertDocument>,
}

#[derive(Serialize, Deserialize)]
struct WindowDocument {
    id: String,
    from: String,
    until: String,
    reason: String,
    severities: Vec<String>,
    names: Vec<String>,
    subjects: BTreeSet<String>,
    labels: BTreeMap<String, String>,
}

/// When a document was written, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SavedAt {
    pub(crate) wall: Timestamp,
    pub(crate) monotonic: Monotonic,
}

/// The state as a document.
///
/// # Errors
/// [`Error::Json`], which only a failing allocation could cause.
pub(crate) fn encode(policy: &Policy, state: &State, at: SavedAt) -> Result<serde_json::Value, Error> {
    let name = |index: usize| policy.rules().get(index).map(|rule| rule.name.to_string());
    let document = Document {
        version: VERSION,
        saved_at: at.wall.to_string(),
        clock_ms: ms(at.monotonic),
        sequence: state.sequence,
        firing: state.firing.values().map(|one| write_firing(one, name)).collect(),
        groups: state.groups.iter().filter_map(|(key, group)| write_group(name(key.rule)?, key, group)).collect(),
        endings: state.endings.iter().map(|(channel, endings)| write_endings(channel, endings)).collect(),
        windows: state.windows.values().map(write_window).collect(),
    };
    serde_json::to_value(document).map_err(Error::Json)
}

/// Reads what [`encode`] wrote, under a policy that may have changed since.
///
/// # Errors
/// [`enum@Error`] for the first thing that is not as it was written.
pub(crate) fn decode(policy: &Policy, capacity: usize, json: serde_json::Value) -> Result<(State, SavedAt), Error> {
    let document: Document = serde_json::from_value(json).map_err(Error::Json)?;
    if document.version != VERSION {
        return Err(Error::Version(document.version));
    }
    let index = |name: &str| policy.rules().iter().position(|rule| &*rule.name == name);
    let mut state = State { sequence: document.sequence, ..State::new(capacity) };
    for one in &document.firing {
        let firing = read_firing(one, index)?;
        state.firing.insert(firing.alert.fingerprint(), firing);
    }
    for one in document.groups {
        let Some(rule) = index(&one.rule) else { continue };
        let waiting = read_alerts(&one.waiting)?;
        let group = Group { due: one.due_ms.map(at), last_sent: one.last_sent_ms.map(at), waiting };
        state.groups.insert(GroupKey { rule, values: one.values }, group);
    }
    for one in &document.endings {
        let endings = Endings { due: at(one.due_ms), alerts: read_alerts(&one.alerts)? };
        state.endings.insert(one.channel.parse()?, endings);
    }
    for one in document.windows {
        let window = read_window(one)?;
        state.windows.insert(window.id.clone(), window);
    }
    let saved_at = SavedAt { wall: Timestamp::from_rfc3339(&document.saved_at)?, monotonic: at(document.clock_ms) };
    Ok((state, saved_at))
}

fn write_firing(one: &Firing, name: impl Fn(usize) -> Option<String>) -> FiringDocument {
    let said = |track: &Track| match track {
        Track::Waiting => None,
        Track::Said { first, last, steps } => {
            Some(SaidDocument { first_ms: ms(*first), last_ms: ms(*last), steps: *steps })
        }
    };
    FiringDocument {
        alert: write_alert(&one.alert),
        failures: one.failures,
        acknowledged: one.acknowledged.as_ref().map(|taken| (taken.by.to_string(), taken.at.to_string())),
        muted_by: one.muted_by.as_ref().map(WindowId::to_string),
        since_ms: ms(one.since),
        tracks: one.tracks.iter().filter_map(|(rule, track)| Some((name(*rule)?, said(track)))).collect(),
        told: one.told.iter().map(ChannelId::to_string).collect(),
    }
}

fn read_firing(one: &FiringDocument, index: impl Fn(&str) -> Option<usize>) -> Result<Firing, Error> {
    let acknowledged = match &one.acknowledged {
        Some((by, at)) => Some(Acknowledgement { by: Text::clean(by), at: Timestamp::from_rfc3339(at)? }),
        None => None,
    };
    let track = |said: &Option<SaidDocument>| match said {
        None => Track::Waiting,
        Some(said) => Track::Said { first: at(said.first_ms), last: at(said.last_ms), steps: said.steps },
    };
    Ok(Firing {
        alert: read_alert(&one.alert)?,
        failures: one.failures,
        acknowledged,
        muted_by: one.muted_by.as_deref().map(WindowId::new),
        since: at(one.since_ms),
        tracks: one.tracks.iter().filter_map(|(rule, said)| Some((index(rule)?, track(said)))).collect(),
        told: one.told.iter().map(|channel| channel.parse()).collect::<Result<_, _>>()?,
    })
}

fn write_group(rule: String, key: &GroupKey, group: &Group) -> Option<GroupDocument> {
    Some(GroupDocument {
        rule,
        values: key.values.clone(),
        due_ms: group.due.map(ms),
        last_sent_ms: group.last_sent.map(ms),
        waiting: group.waiting.values().map(|alert| write_alert(alert)).collect(),
    })
}

fn write_endings(channel: &ChannelId, endings: &Endings) -> EndingsDocument {
    EndingsDocument {
        channel: channel.to_string(),
        due_ms: ms(endings.due),
        alerts: endings.alerts.values().map(|alert| write_alert(alert)).collect(),
    }
}

fn write_window(window: &Window) -> WindowDocument {
    let matcher = &window.matcher;
    WindowDocument {
        id: window.id.to_string(),
        from: window.from.to_string(),
        until: window.until.to_string(),
        reason: window.reason.to_string(),
        severities: matcher.severities.iter().map(|severity| severity.as_str().to_owned()).collect(),
        names: matcher.names.iter().map(ToString::to_string).collect(),
        subjects: matcher.subjects.clone(),
        labels: matcher.labels.clone(),
    }
}

fn read_window(one: WindowDocument) -> Result<Window, Error> {
    Ok(Window {
        id: WindowId::new(&one.id),
        from: Timestamp::from_rfc3339(&one.from)?,
        until: Timestamp::from_rfc3339(&one.until)?,
        matcher: Matcher {
            severities: one.severities.iter().map(|severity| severity.parse()).collect::<Result<_, _>>()?,
            names: one.names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?,
            subjects: one.subjects,
            labels: one.labels,
        },
        reason: Text::clean(&one.reason),
    })
}

fn read_alerts(documents: &[AlertDocument]) -> Result<BTreeMap<Fingerprint, Arc<Alert>>, Error> {
    documents.iter().map(|one| read_alert(one).map(|alert| (alert.fingerprint(), alert))).collect()
}

fn ms(at: Monotonic) -> u64 {
    let since_start = at.since(Monotonic::new(Duration::ZERO));
    u64::try_from(since_start.as_millis()).unwrap_or(u64::MAX)
}

const fn at(ms: u64) -> Monotonic {
    Monotonic::new(Duration::from_millis(ms))
}
