//! A simulated relayer as a test holds it: started, told what to do, frozen, killed, and looked at.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
};

use super::{
    Cycle, Entry, Error, Misdeed, Settings, Status,
    control::{Rate, Told},
    read_journal,
};

/// A debug build on a busy machine, tables included.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A cycle of many claims on a busy machine.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// Lines of the log that are kept; the oldest go first.
const KEPT_LINES: usize = 5_000;

/// A running simulated relayer. Dropping it kills the process.
#[derive(Debug)]
pub struct Running {
    child: Child,
    control: String,
    http: reqwest::Client,
    log: Log,
    journal: PathBuf,
    _folder: tempfile::TempDir,
}

type Log = Arc<Mutex<Vec<String>>>;

impl Running {
    /// Starts the binary and waits until it listens.
    ///
    /// # Errors
    /// [`Error::NotStarted`] with its last lines when it ends before, or says nothing for a minute.
    pub async fn start(binary: &Path, settings: &Settings) -> Result<Self, Error> {
        let folder = tempfile::tempdir().map_err(Error::Process)?;
        let file = folder.path().join("settings.json");
        let text = serde_json::to_vec_pretty(settings).map_err(Error::Settings)?;
        std::fs::write(&file, text).map_err(|source| Error::File { path: file.clone(), source })?;
        let mut child = Command::new(binary)
            .arg(&file)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::Process)?;
        let log = Log::default();
        let (told, mut control) = watch::channel(None);
        follow(child.stdout.take(), Arc::clone(&log), Some(told));
        follow(child.stderr.take(), Arc::clone(&log), None);
        let listening = tokio::time::timeout(START_LIMIT, control.wait_for(Option::is_some)).await;
        let address = listening.ok().and_then(Result::ok).and_then(|address| address.clone());
        let control = address.ok_or_else(|| Error::NotStarted { log: tail(&log) })?;
        // An error means that somebody installed one before, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::new();
        Ok(Self { child, control, http, log, journal: settings.journal.clone(), _folder: folder })
    }

    /// What it says of itself.
    ///
    /// # Errors
    /// [`Error::Control`], as of all of these, when it does not answer.
    pub async fn status(&self) -> Result<Status, Error> {
        let url = format!("http://{}/status", self.control);
        let failed = |source| Error::Control { path: "/status", source };
        let answer = self.http.get(url).timeout(ANSWER_LIMIT).send().await.map_err(failed)?;
        answer.json().await.map_err(failed)
    }

    /// No cycle runs by itself any more, and none is under way.
    ///
    /// # Errors
    /// [`Error::Control`].
    pub async fn pause(&self) -> Result<Status, Error> {
        self.post("/pause", &()).await
    }

    /// Cycles run by themselves again.
    ///
    /// # Errors
    /// [`Error::Control`].
    pub async fn resume(&self) -> Result<Status, Error> {
        self.post("/resume", &()).await
    }

    /// One cycle, now.
    ///
    /// # Errors
    /// [`Error::ControlRefused`] with what made it fail.
    pub async fn step(&self) -> Result<Cycle, Error> {
        self.post("/step", &()).await
    }

    /// Users move value so often per minute from now on.
    ///
    /// # Errors
    /// [`Error::Control`].
    pub async fn traffic(&self, per_minute: u32) -> Result<Status, Error> {
        self.post("/traffic", &Rate { per_minute }).await
    }

    /// Does what a relayer must never do. Returns what came of it: the hash of a transaction, or words.
    ///
    /// # Errors
    /// [`Error::ControlRefused`] when it could not be done.
    pub async fn misbehave(&self, misdeed: Misdeed) -> Result<String, Error> {
        let Told { told } = self.post("/misdeed", &misdeed).await?;
        Ok(told)
    }

    /// Each broadcast of this relayer so far, over restarts.
    ///
    /// # Errors
    /// As [`read_journal`].
    pub fn journal(&self) -> Result<Vec<Entry>, Error> {
        read_journal(&self.journal)
    }

    /// The lines of its log, as far as they are kept.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The process id; `None` once it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// SIGKILL: as a power cut.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub async fn kill(mut self) -> Result<(), Error> {
        self.child.kill().await.map_err(Error::Process)
    }

    /// SIGTERM, and waits until it has given its leases back.
    ///
    /// # Errors
    /// [`Error::NotStarted`] with its log when it does not end within `limit`.
    pub async fn terminate(mut self, limit: Duration) -> Result<ExitStatus, Error> {
        self.signal(Signal::TERM)?;
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => status.map_err(Error::Process),
            Err(_) => Err(Error::NotStarted { log: tail(&self.log) }),
        }
    }

    /// SIGSTOP: it stands still and does not know it.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let gone = || std::io::Error::from(std::io::ErrorKind::NotFound);
        pid.ok_or_else(gone).and_then(|pid| kill_process(pid, signal).map_err(Into::into)).map_err(Error::Process)
    }

    async fn post<B: Serialize + Sync, A: DeserializeOwned>(&self, path: &'static str, body: &B) -> Result<A, Error> {
        let failed = |source| Error::Control { path, source };
        let url = format!("http://{}{path}", self.control);
        let answer = self.http.post(url).timeout(ANSWER_LIMIT).json(body).send().await.map_err(failed)?;
        if answer.status().is_success() {
            answer.json().await.map_err(failed)
        } else {
            Err(Error::ControlRefused { path, words: answer.text().await.map_err(failed)? })
        }
    }
}

/// Keeps the pipe empty and the lines; tells the address that a line names.
fn follow<R>(pipe: Option<R>, log: Log, told: Option<watch::Sender<Option<String>>>)
where
    R: AsyncRead + Unpin + Send + 'static,
{
    let Some(pipe) = pipe else { return };
    let mut lines = BufReader::new(pipe).lines();
    #[allow(clippy::disallowed_methods, reason = "the task ends with the pipe, that is with the process")]
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            if let (Some(told), Some(address)) = (&told, listening(&line)) {
                told.send_replace(Some(address));
            }
            let mut kept = log.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() >= KEPT_LINES {
                kept.drain(..KEPT_LINES / 2);
            }
            kept.push(line);
        }
    });
}

fn listening(line: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(line).ok()?;
    let is_it = json.get("message")?.as_str()? == "listening";
    is_it.then(|| json.get("control")?.as_str().map(str::to_owned)).flatten()
}

fn tail(log: &Log) -> String {
    let lines = log.lock().unwrap_or_else(PoisonError::into_inner);
    lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
}
