//! A folder that others put messages into, as files.
//!
//! Whoever writes a file gives it its name when it is whole, by renaming it; names that begin with a point are passed over. A
//! file is claimed by a rename into `work`, handed in, and put into `done` or `refused`, there with the finding beside it.
//! Killed at any point, what is in `work` is handed in again, which the names of the business make harmless: no file becomes
//! two requests. Only the leader takes files.
//!
//! A file that cannot be read, taken or put away is in no other's way: the next one is taken, and it is tried again, behind those
//! that failed less often. After some rounds it is put aside, with what was wrong; while the database is away none is. Only then,
//! and where the folder cannot be listed, does a round end early.

mod disk;

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    io,
    os::unix::fs::MetadataExt as _,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use serde_json::{Value, json};
use tokio::{fs, sync::watch};
use tokio_util::sync::CancellationToken;

use self::disk::{names, renamed, write_whole};
use super::{Error, Orders, Receipt};
use crate::{
    domain::actor::Actor,
    intake::{Finding, Refusal, digest},
    metrics::Metrics,
};

/// Files of one round; the others are taken by the next.
const AT_ONCE: usize = 256;
/// So many for which the database is away, one behind the other, end a round.
const IN_A_ROW: u32 = 3;
/// In so many rounds a file may fail by itself before it is put aside.
const ATTEMPTS: u32 = 5;

/// Why a round did not take all of its files. What is left is taken by the next.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    /// The folder could not be read or written.
    #[error("the folder of messages could not be read or written")]
    Folder(#[source] io::Error),
    /// One file could not be read, claimed or put away.
    #[error("a file could not be read, claimed or put away")]
    File(#[from] io::Error),
    /// The machinery failed.
    #[error("a message could not be taken")]
    Orders(#[from] Error),
}

impl InboxError {
    /// Whether the database is away, and the file as good as any. Names that are taken by others each time are the file's own.
    const fn is_of_the_database(&self) -> bool {
        match self {
            Self::Orders(error) => error.is_retryable() && !matches!(error, Error::Contended),
            Self::Folder(_) | Self::File(_) => false,
        }
    }

    const fn reason(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::File(_) => "file",
            Self::Orders(error) => error.reason(),
        }
    }
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
    /// How often each file has failed here, by its name: no two files have one, because a file whose name is claimed waits.
    failures: Mutex<BTreeMap<String, Failures>>,
}

/// How often a file has failed.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    /// In so many rounds.
    rounds: u32,
    /// In so many of them by itself, and not because the database was away.
    own: u32,
}

/// A file that waits.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    /// In so many rounds it has failed. Files that never did come first.
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
    /// Its messages were taken, or had been, and how many these are.
    Taken(usize),
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
    /// [`InboxError`] of the first file that failed: it is tried again, and others were taken all the same.
    pub async fn round(&self) -> Result<usize, InboxError> {
        for name in ["work", "done", "refused"] {
            fs::create_dir_all(self.folder.join(name)).await.map_err(InboxError::Folder)?;
        }
        let (mut taken, mut failed, mut in_a_row) = (0_usize, None, 0_u32);
        for mut waiting in self.waiting().await.map_err(InboxError::Folder)? {
            match self.take_from(&mut waiting).await {
                Ok(true) => (taken, in_a_row) = (taken.saturating_add(1), 0),
                Ok(false) => {}
                Err(error) if self.put_aside(&waiting, &error).await => taken = taken.saturating_add(1),
                Err(error) => {
                    if error.is_of_the_database() {
                        in_a_row = in_a_row.saturating_add(1);
                    }
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
    async fn waiting(&self) -> io::Result<Vec<Waiting>> {
        let claimed: BTreeSet<_> = names(&self.folder.join("work")).await?.into_iter().collect();
        // One of the same name would be put over the one that is claimed.
        let others = names(&self.folder).await?.into_iter().filter(|name| !claimed.contains(name));
        let others: BTreeSet<_> = others.collect();
        let mut failures = self.failures();
        failures.retain(|name, _| claimed.contains(name) || others.contains(name));
        let known = |name: &String| failures.get(name).map(|failed| failed.rounds).unwrap_or_default();
        let at = |place| move |name| Waiting { failures: known(&name), place, name };
        let mut waiting: Vec<_> = claimed.into_iter().map(at(Place::Claimed)).collect();
        waiting.extend(others.into_iter().map(at(Place::Folder)));
        waiting.sort_unstable();
        waiting.truncate(AT_ONCE);
        Ok(waiting)
    }

    /// `false` when somebody else has taken it meanwhile.
    async fn take_from(&self, waiting: &mut Waiting) -> Result<bool, InboxError> {
        if waiting.place == Place::Folder {
            let work = self.folder.join("work").join(&waiting.name);
            if !renamed(&self.path(waiting), &work).await? {
                return Ok(false);
            }
            waiting.place = Place::Claimed;
        }
        self.take(waiting).await?;
        self.failures().remove(&waiting.name);
        Ok(true)
    }

    async fn take(&self, waiting: &Waiting) -> Result<(), InboxError> {
        let path = self.path(waiting);
        let length = fs::metadata(&path).await?.len();
        if length > self.longest {
            let message = format!("a message has at most {} bytes", self.longest);
            let told = Told::Refused(json!({ "reason": "too_long", "message": message }));
            return Ok(self.put_away(waiting, &format!("{length:08x}"), &told).await?);
        }
        let bytes = fs::read(&path).await?;
        let told = self.hand_in(&waiting.name, &bytes).await?;
        Ok(self.put_away(waiting, &short(&bytes), &told).await?)
    }

    /// Puts a file where it belongs, under a name of its own: the same name with other content is another file.
    async fn put_away(&self, waiting: &Waiting, mark: &str, told: &Told) -> io::Result<()> {
        let mut kept = format!("{mark}-{}", waiting.name);
        let put = self.put_away_as(waiting, &kept, told).await;
        if put.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::InvalidFilename) {
            // With the mark, or as a finding's, its name is longer than the file system has any.
            kept = format!("{mark}-{}", short(waiting.name.as_bytes()));
            self.put_away_as(waiting, &kept, told).await?;
        } else {
            put?;
        }
        let file = waiting.name.as_str();
        match told {
            Told::Taken(messages) => tracing::info!(file, kept, messages, "file taken"),
            Told::Refused(why) => {
                let reason = why.get("reason").and_then(Value::as_str).unwrap_or_default();
                tracing::info!(file, kept, reason, "file refused");
            }
        }
        self.metrics.file(told.place());
        Ok(())
    }

    async fn put_away_as(&self, waiting: &Waiting, kept: &str, told: &Told) -> io::Result<()> {
        let place = self.folder.join(told.place());
        if let Told::Refused(why) = told {
            let mut finding = why.clone();
            if let Some(finding) = finding.as_object_mut() {
                finding.insert("file".to_owned(), waiting.name.as_str().into());
            }
            write_whole(&place, &format!("{kept}.json"), &format!("{finding:#}\n")).await?;
        }
        renamed(&self.path(waiting), &place.join(kept)).await.map(drop)
    }

    /// Notes that a file failed, and puts it aside when it did so too often by itself; `false`: it stays, and is tried again.
    async fn put_aside(&self, waiting: &Waiting, error: &InboxError) -> bool {
        let file = waiting.name.as_str();
        let own = self.failed(file, error);
        if own < ATTEMPTS || error.is_of_the_database() {
            return false;
        }
        let message = format!("tried {own} times, what it orders may be taken, or some of it: {}", Chain(error));
        let told = Told::Refused(json!({ "reason": error.reason(), "message": message }));
        match self.put_unread(waiting, &told).await {
            Ok(()) => {
                tracing::error!(file, error = %Chain(error), "file put aside");
                self.failures().remove(file);
                true
            }
            Err(cause) => {
                // Once and not in each round.
                if own == ATTEMPTS {
                    tracing::error!(file, error = %Chain(error), cause = %cause, "file cannot be put aside");
                }
                false
            }
        }
    }

    /// Under the number that the file system knows it by, because nobody can say what is in it: it covers no other that was put
    /// aside.
    async fn put_unread(&self, waiting: &Waiting, told: &Told) -> io::Result<()> {
        let number = fs::symlink_metadata(self.path(waiting)).await?.ino();
        self.put_away(waiting, &short(&number.to_be_bytes()), told).await
    }

    /// Notes that a file failed, and answers how often it did so by itself.
    fn failed(&self, name: &str, error: &InboxError) -> u32 {
        let mut all = self.failures();
        let failures = all.entry(name.to_owned()).or_default();
        failures.rounds = failures.rounds.saturating_add(1);
        if !error.is_of_the_database() {
            failures.own = failures.own.saturating_add(1);
        }
        failures.own
    }

    fn failures(&self) -> MutexGuard<'_, BTreeMap<String, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a file is.
    fn path(&self, waiting: &Waiting) -> PathBuf {
        match waiting.place {
            Place::Claimed => self.folder.join("work").join(&waiting.name),
            Place::Folder => self.folder.join(&waiting.name),
        }
    }

    async fn hand_in(&self, name: &str, bytes: &[u8]) -> Result<Told, Error> {
        Ok(match self.orders.submit(&self.maker, name, bytes).await? {
            Ok(receipts) => {
                let refusals: Vec<Value> = receipts.iter().flat_map(refusals).collect();
                let all = receipts.iter().map(|receipt| receipt.transactions.len()).sum::<usize>();
                // Of a file in part, what was taken is taken, and the finding says what was not.
                if refusals.is_empty() {
                    Told::Taken(receipts.len())
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

impl Told {
    /// The folder that it is put into.
    const fn place(&self) -> &'static str {
        match self {
            Self::Taken(_) => "done",
            Self::Refused(_) => "refused",
        }
    }
}

/// Eight digits that stand for this.
fn short(bytes: &[u8]) -> String {
    digest(bytes).to_string().chars().skip(2).take(8).collect()
}
