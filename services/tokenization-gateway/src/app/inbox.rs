//! A folder that others put messages into, as files.
//!
//! Whoever writes a file gives it its name when it is whole, by renaming it; names that begin with a point are passed over. A
//! file is claimed by a rename into `work`, handed in, and put into `done` or `refused`, there with the finding beside it.
//! Killed at any point, what is in `work` is handed in again, which the names of the business make harmless: no file becomes
//! two requests. Only the leader takes files.
//!
//! A file that cannot be taken is in no other's way: the next one is taken, and it is tried again, behind those that never failed.
//! After some rounds it is put aside, with what was wrong; while the database is away none is.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use serde_json::{Value, json};
use tokio::{fs, io::AsyncWriteExt as _, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{Error, Orders, Receipt};
use crate::{
    domain::actor::Actor,
    intake::{Finding, Refusal, digest},
    metrics::Metrics,
};

/// Files of one round; the others are taken by the next.
const AT_ONCE: usize = 256;
/// So many that fail one behind the other end a round: it is hardly the files then.
const IN_A_ROW: u32 = 3;
/// In so many rounds a file may fail by itself before it is put aside.
const ATTEMPTS: u32 = 5;

/// Why a round ended early. What is left is taken by the next.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The folder could not be read or written.
    #[error("the folder of messages could not be read or written")]
    Folder(#[from] io::Error),
    /// The machinery failed.
    #[error("a message could not be taken")]
    Orders(#[from] Error),
}

/// The folder.
#[derive(Debug)]
pub struct Inbox {
    folder: PathBuf,
    orders: Orders,
    /// In whose name its messages are handed in.
    maker: Actor,
    /// Longer files are refused unread.
    longest: u64,
    metrics: Metrics,
    /// How often each file of `work` has failed here.
    failures: Mutex<BTreeMap<String, u32>>,
}

/// A file that waits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    /// Files that never failed come first.
    failures: u32,
    place: Place,
    /// Senders number them.
    name: String,
}

/// Where it waits. What an earlier process claimed and did not put away comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In `work`.
    Claimed,
    /// Where it was put.
    Folder,
}

/// What became of a file.
enum Told {
    /// Its messages were taken, or had been.
    Taken(Vec<Receipt>),
    /// It was refused, and why.
    Refused(Value),
}

impl Inbox {
    /// A folder whose messages are handed in by this maker.
    pub const fn new(folder: PathBuf, orders: Orders, maker: Actor, longest: u64, metrics: Metrics) -> Self {
        Self { folder, orders, maker, longest, metrics, failures: Mutex::new(BTreeMap::new()) }
    }

    /// Takes files while this replica leads, until it is told to stop.
    ///
    /// # Errors
    /// None: what fails is tried again.
    pub async fn run(
        self: Arc<Self>,
        every: Duration,
        leadership: watch::Receiver<Option<Leadership>>,
        stop: CancellationToken,
    ) -> Result<(), Infallible> {
        let mut unwell = false;
        loop {
            let leads = leadership.borrow().is_some();
            match if leads { self.round().await } else { Ok(0) } {
                Ok(_) => unwell = false,
                // Once per change of state: a folder that is away would fill the log otherwise.
                Err(error) if !std::mem::replace(&mut unwell, true) => {
                    tracing::warn!(error = %Chain(&error), "files are not taken");
                }
                Err(_) => {}
            }
            if stop.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Takes what is there, and answers how many files that were.
    ///
    /// # Errors
    /// [`InboxError`] of the first file that failed: it stays where it is, and others were taken all the same.
    pub async fn round(&self) -> Result<usize, InboxError> {
        for name in ["work", "done", "refused"] {
            fs::create_dir_all(self.folder.join(name)).await?;
        }
        let work = self.folder.join("work");
        let (mut taken, mut failed, mut in_a_row) = (0_usize, None, 0_u32);
        for Waiting { name, place, .. } in self.waiting(&work).await? {
            match self.take_from(place, &work, &name).await {
                Ok(true) => (taken, in_a_row) = (taken.saturating_add(1), 0),
                Ok(false) => {}
                Err(error) => {
                    in_a_row = in_a_row.saturating_add(1);
                    failed.get_or_insert(error);
                    if in_a_row >= IN_A_ROW {
                        break;
                    }
                }
            }
        }
        failed.map_or(Ok(taken), Err)
    }

    /// The files of a round, in the order in which they are taken.
    async fn waiting(&self, work: &Path) -> io::Result<Vec<Waiting>> {
        let claimed: BTreeSet<_> = names(work).await?.into_iter().collect();
        // One of the same name would be put over the one that is claimed.
        let others = names(&self.folder).await?.into_iter().filter(|name| !claimed.contains(name));
        let others: Vec<_> = others.map(|name| Waiting { failures: 0, place: Place::Folder, name }).collect();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|name, _| claimed.contains(name));
        let known = |name: &String| failures.get(name).copied().unwrap_or_default();
        let claimed = claimed.into_iter().map(|name| Waiting { failures: known(&name), place: Place::Claimed, name });
        let mut waiting: Vec<_> = claimed.chain(others).collect();
        waiting.sort_unstable();
        waiting.truncate(AT_ONCE);
        Ok(waiting)
    }

    /// `false` when somebody else has taken it meanwhile.
    async fn take_from(&self, place: Place, work: &Path, name: &str) -> Result<bool, InboxError> {
        let is_ours = match place {
            Place::Claimed => true,
            Place::Folder => renamed(&self.folder.join(name), &work.join(name)).await?,
        };
        if is_ours {
            self.take(work, name).await?;
        }
        Ok(is_ours)
    }

    async fn take(&self, work: &Path, name: &str) -> Result<(), InboxError> {
        let path = work.join(name);
        let length = fs::metadata(&path).await?.len();
        let (mark, told) = if length > self.longest {
            let told =
                json!({ "reason": "too_long", "message": format!("a message has at most {} bytes", self.longest) });
            (format!("{length:08x}"), Told::Refused(told))
        } else {
            let bytes = fs::read(&path).await?;
            let mark = digest(&bytes).to_string().chars().skip(2).take(8).collect();
            let told = match self.hand_in(name, &bytes).await {
                Ok(told) => told,
                Err(error) => self.failed(name, error)?,
            };
            (mark, told)
        };
        // Under a name of its own: the same name with other content is another file.
        let kept = format!("{mark}-{name}");
        let (place, outcome) = match told {
            Told::Taken(receipts) => {
                tracing::info!(file = name, messages = receipts.len(), "file taken");
                ("done", "done")
            }
            Told::Refused(why) => {
                let reason = why.get("reason").and_then(Value::as_str).unwrap_or_default();
                tracing::info!(file = name, reason, "file refused");
                write_whole(&self.folder.join("refused"), &format!("{kept}.json"), &format!("{why:#}\n")).await?;
                ("refused", "refused")
            }
        };
        renamed(&path, &self.folder.join(place).join(&kept)).await?;
        self.metrics.file(outcome);
        Ok(())
    }

    /// Notes that a file failed, and puts it aside when it did so too often.
    fn failed(&self, name: &str, error: Error) -> Result<Told, Error> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(name.to_owned()).or_default();
        *count = count.saturating_add(1);
        // What another moment may mend is not the file's own fault, unless its names are taken each time.
        let is_its_own = matches!(error, Error::Contended) || !error.is_retryable();
        if *count < ATTEMPTS || !is_its_own {
            return Err(error);
        }
        tracing::error!(file = name, error = %Chain(&error), "file put aside");
        let message =
            format!("tried {count} times, of a file of several messages some may be taken: {}", Chain(&error));
        Ok(Told::Refused(json!({ "reason": error.reason(), "message": message })))
    }

    async fn hand_in(&self, name: &str, bytes: &[u8]) -> Result<Told, Error> {
        Ok(match self.orders.submit(&self.maker, name, bytes).await? {
            Ok(receipts) => {
                let refusals: Vec<Value> = receipts.iter().flat_map(refusals).collect();
                let all = receipts.iter().map(|receipt| receipt.transactions.len()).sum::<usize>();
                // Of a file in part, what was taken is taken, and the finding says what was not.
                if refusals.is_empty() {
                    Told::Taken(receipts)
                } else {
                    let message = format!("{} of {all} transactions became no request", refusals.len());
                    Told::Refused(json!({ "reason": "not_taken", "message": message, "transactions": refusals }))
                }
            }
            Err(refusal) => Told::Refused(why(&refusal)),
        })
    }
}

fn refusals(receipt: &Receipt) -> impl Iterator<Item = Value> {
    let of = receipt.transactions.iter().filter_map(|one| Some((one.position, one.outcome.as_ref().err()?)));
    of.map(|(position, refused)| {
        json!({ "position": position, "reason": refused.reason(), "message": refused.to_string() })
    })
}

fn why(refusal: &Refusal) -> Value {
    let findings = match refusal {
        Refusal::Malformed(finding) => std::slice::from_ref(finding),
        Refusal::Invalid { findings, .. } => findings.as_slice(),
        Refusal::Unwanted { .. } => [].as_slice(),
    };
    let told = |Finding { rule, line, column, place, text }: &Finding| json!({ "rule": rule, "line": line, "column": column, "place": place, "text": text });
    let findings: Vec<Value> = findings.iter().map(told).collect();
    json!({ "reason": refusal.reason(), "message": refusal.to_string(), "findings": findings })
}

/// The files of a folder.
async fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut entries = fs::read_dir(folder).await?;
    let mut names = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if !name.starts_with('.') && entry.file_type().await?.is_file() {
            names.push(name);
        }
    }
    Ok(names)
}

/// `false` when somebody else has taken it meanwhile.
async fn renamed(from: &Path, to: &Path) -> io::Result<bool> {
    match fs::rename(from, to).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// A file has its whole content when it has its name.
async fn write_whole(folder: &Path, name: &str, text: &str) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    let mut file = fs::File::create(&part).await?;
    file.write_all(text.as_bytes()).await?;
    file.sync_all().await?;
    fs::rename(&part, folder.join(name)).await
}
