//! What the lying proxy says instead of the truth, by method.

use std::{collections::HashMap, fmt, sync::Arc};

use serde_json::{Value, json};

/// More methods than any client of ours calls; further ones are not counted.
const MOST_METHODS: usize = 256;

/// Turns the honest result into another one; the first argument is the call's `params`.
pub(super) type Rewrite = Arc<dyn Fn(&Value, Value) -> Value + Send + Sync>;

/// Whether a call with these `params` is meant.
pub(super) type Choice = Arc<dyn Fn(&Value) -> bool + Send + Sync>;

/// One lie.
#[derive(Clone)]
pub(super) enum Lie {
    /// This result, without asking the endpoint.
    Answer(Value),
    /// An error object, without asking the endpoint.
    Fail { code: i64, message: String },
    /// An error object for the calls that are meant; the others are forwarded.
    FailFor { choice: Choice, code: i64, message: String },
    /// The endpoint's result, changed.
    Rewrite(Rewrite),
    /// The endpoint does its work, and the connection breaks before the answer.
    DropAnswer,
    /// Neither forwarded nor answered.
    Stall,
}

impl fmt::Debug for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(value) => f.debug_tuple("Answer").field(value).finish(),
            Self::Fail { code, message } => {
                f.debug_struct("Fail").field("code", code).field("message", message).finish()
            }
            Self::FailFor { code, message, .. } => {
                f.debug_struct("FailFor").field("code", code).field("message", message).finish_non_exhaustive()
            }
            Self::Rewrite(_) => f.write_str("Rewrite"),
            Self::DropAnswer => f.write_str("DropAnswer"),
            Self::Stall => f.write_str("Stall"),
        }
    }
}

/// The lies in force and the calls so far.
#[derive(Debug, Default)]
pub(super) struct Script {
    lies: HashMap<String, Lie>,
    calls: HashMap<String, u64>,
    pub(super) http_status: Option<u16>,
}

impl Script {
    pub(super) fn lie(&mut self, method: &str, lie: Lie) {
        self.lies.insert(method.to_owned(), lie);
    }

    pub(super) fn clear(&mut self, method: &str) {
        self.lies.remove(method);
    }

    pub(super) fn clear_all(&mut self) {
        self.lies.clear();
        self.http_status = None;
    }

    /// Counts the call and says what to do about it.
    pub(super) fn called(&mut self, method: &str) -> Option<Lie> {
        if self.calls.len() < MOST_METHODS || self.calls.contains_key(method) {
            let count = self.calls.entry(method.to_owned()).or_default();
            *count = count.saturating_add(1);
        }
        self.lies.get(method).cloned()
    }

    pub(super) fn calls(&self, method: &str) -> u64 {
        self.calls.get(method).copied().unwrap_or_default()
    }
}

/// A block height lowered by so many blocks; anything that is no height stays.
pub(super) fn lowered(blocks: u64) -> Rewrite {
    Arc::new(move |_, honest| {
        let height =
            honest.as_str().and_then(|text| text.strip_prefix("0x")).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        height.map_or(honest, |height| quantity(height.saturating_sub(blocks)))
    })
}

/// As JSON-RPC of Ethereum writes numbers.
pub(super) fn quantity(value: u64) -> Value {
    json!(format!("{value:#x}"))
}
