//! A Causeway service as a process of its own: started, read until it listens, and then stopped, frozen or
//! killed as a test wants.
//!
//! The service is told to listen on port 0 and says in its log where it does; so any number of tests run
//! beside each other. Its log lines are kept, so that a failed test shows them.

use std::{
    net::SocketAddr,
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
};

/// A debug build on a busy machine, migrations included.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Log lines that are kept; the oldest go first.
const KEPT_LINES: usize = 20_000;

/// Of those, the ones that a failed test shows.
const TOLD_LINES: usize = 40;

/// Why a service does not run, or does not stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process could not be started, signalled or waited for.
    #[error("the process {name} could not be controlled")]
    Process {
        /// The service.
        name: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// It ended before it listened.
    #[error("{name} ended before it listened:\n{log}")]
    Ended {
        /// The service.
        name: String,
        /// Its last lines.
        log: String,
    },
    /// It did not listen, or did not end, in time.
    #[error("{name} took too long:\n{log}")]
    Late {
        /// The service.
        name: String,
        /// Its last lines.
        log: String,
    },
}

/// Where a service listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// Probes, REST and pages.
    pub http: Option<SocketAddr>,
    /// `/metrics`.
    pub metrics: Option<SocketAddr>,
    /// gRPC.
    pub grpc: Option<SocketAddr>,
}

impl Ports {
    fn set(&mut self, port: &str, address: SocketAddr) {
        match port {
            "http" => self.http = Some(address),
            "metrics" => self.metrics = Some(address),
            "grpc" => self.grpc = Some(address),
            _ => {}
        }
    }

    const fn complete(&self) -> Option<Listening> {
        match (self.http, self.metrics, self.grpc) {
            (Some(http), Some(metrics), Some(grpc)) => Some(Listening { http, metrics, grpc }),
            _ => None,
        }
    }
}

/// The three addresses of a running service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listening {
    /// Probes, REST and pages.
    pub http: SocketAddr,
    /// `/metrics`.
    pub metrics: SocketAddr,
    /// gRPC.
    pub grpc: SocketAddr,
}

/// The log of a process, as far as it is kept.
#[derive(Debug, Clone, Default)]
pub struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn push(&self, line: String) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() >= KEPT_LINES {
            lines.drain(..KEPT_LINES / 2);
        }
        lines.push(line);
    }

    /// Every line that is kept.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last lines, for a message.
    pub fn tail(&self, count: usize) -> String {
        let lines = self.lines();
        lines.get(lines.len().saturating_sub(count)..).unwrap_or_default().join("\n")
    }
}

/// The logs of the services that a test starts, of the dead ones too. A test that fails shows how each of them ends.
#[derive(Debug, Default)]
pub struct Logs(Mutex<Vec<(String, Log)>>);

impl Logs {
    /// Keeps the log of a service, by its name.
    pub fn keep(&self, service: &Service) {
        self.lock().push((service.name.clone(), service.log.clone()));
    }

    /// All of them, in the order in which the services started.
    pub fn all(&self) -> Vec<(String, Log)> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, Log)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for (name, log) in self.all() {
                eprintln!("{name} said last:\n{}", log.tail(TOLD_LINES));
            }
        }
    }
}

/// A running service. Dropping it kills the process.
#[derive(Debug)]
pub struct Service {
    name: String,
    child: Child,
    log: Log,
    listening: Listening,
}

impl Service {
    /// Starts `binary` with these arguments and an environment of only these variables (and `PATH`), and waits
    /// until it listens on all three ports.
    ///
    /// # Errors
    /// [`Error::Ended`] when it exits before, [`Error::Late`] after a minute.
    pub async fn start(
        name: &str,
        binary: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<Self, Error> {
        let mut child = spawn(name, binary, arguments, environment)?;
        let log = Log::default();
        let (ports, mut seen) = watch::channel(Ports::default());
        follow(child.stdout.take(), log.clone(), Some(ports));
        follow(child.stderr.take(), log.clone(), None);
        let complete = tokio::time::timeout(START_LIMIT, seen.wait_for(|ports| ports.complete().is_some())).await;
        let listening = match complete {
            Ok(Ok(ports)) => ports.complete(),
            Ok(Err(_)) => None,
            Err(_) => return Err(Error::Late { name: name.to_owned(), log: log.tail(40) }),
        };
        match listening {
            Some(listening) => Ok(Self { name: name.to_owned(), child, log, listening }),
            None => Err(Error::Ended { name: name.to_owned(), log: log.tail(40) }),
        }
    }

    /// Where it listens.
    pub const fn listening(&self) -> Listening {
        self.listening
    }

    /// Its log.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The process id; `None` once it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// SIGKILL: as a power cut.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub async fn kill(mut self) -> Result<Log, Error> {
        self.child.kill().await.map_err(|source| Error::Process { name: self.name.clone(), source })?;
        Ok(self.log)
    }

    /// SIGTERM, and waits for the drain.
    ///
    /// # Errors
    /// [`Error::Late`] when it does not end within `limit`.
    pub async fn terminate(mut self, limit: Duration) -> Result<(ExitStatus, Log), Error> {
        self.signal(Signal::TERM)?;
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(Ok(status)) => Ok((status, self.log)),
            Ok(Err(source)) => Err(Error::Process { name: self.name, source }),
            Err(_) => Err(Error::Late { name: self.name, log: self.log.tail(40) }),
        }
    }

    /// SIGSTOP: the process stands still and does not know it.
    ///
    /// # Errors
    /// [`Error::Process`].
    pub fn freeze(&self) -> Result<(), Error> {
        self.signal(Signal::STOP)
    }

    /// SIGCONT: goes on after [`Self::freeze`].
    ///
    /// # Errors
    /// [`Error::Process`].
    pub fn thaw(&self) -> Result<(), Error> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<(), Error> {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let gone = || std::io::Error::from(std::io::ErrorKind::NotFound);
        let sent = pid.ok_or_else(gone).and_then(|pid| kill_process(pid, signal).map_err(Into::into));
        sent.map_err(|source| Error::Process { name: self.name.clone(), source })
    }
}

/// Runs a binary to its end and returns what it printed; for sub-commands and bad settings.
///
/// # Errors
/// [`Error::Process`] when it cannot be started, [`Error::Late`] when it does not end within `limit`.
pub async fn run(
    binary: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    limit: Duration,
) -> Result<std::process::Output, Error> {
    let name = binary.display().to_string();
    let child = spawn(&name, binary, arguments, environment)?;
    match tokio::time::timeout(limit, child.wait_with_output()).await {
        Ok(output) => output.map_err(|source| Error::Process { name, source }),
        Err(_) => Err(Error::Late { name, log: String::new() }),
    }
}

#[allow(clippy::disallowed_methods, reason = "the child needs our PATH and nothing else of our environment")]
fn spawn(name: &str, binary: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Child, Error> {
    Command::new(binary)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| Error::Process { name: name.to_owned(), source })
}

/// Keeps the pipe empty and the lines; tells the ports that the lines name.
fn follow<R: AsyncRead + Unpin + Send + 'static>(pipe: Option<R>, log: Log, ports: Option<watch::Sender<Ports>>) {
    let Some(pipe) = pipe else { return };
    let mut lines = BufReader::new(pipe).lines();
    #[allow(clippy::disallowed_methods, reason = "the task ends with the pipe, that is with the process")]
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            if let (Some((port, address)), Some(ports)) = (listening_line(&line), &ports) {
                ports.send_modify(|known| known.set(&port, address));
            }
            log.push(line);
        }
    });
}

/// A JSON log line whose message is `listening`, with its `port` and `address`.
fn listening_line(line: &str) -> Option<(String, SocketAddr)> {
    if !line.contains("listening") {
        return None;
    }
    let json: serde_json::Value = serde_json::from_str(line).ok()?;
    let field = |name: &str| json.get(name).or_else(|| json.get("fields")?.get(name))?.as_str().map(str::to_owned);
    if field("message")? != "listening" {
        return None;
    }
    Some((field("port")?, field("address")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_where_a_service_listens() {
        let flat = r#"{"level":"INFO","message":"listening","port":"grpc","address":"127.0.0.1:5005"}"#;
        let nested = r#"{"level":"INFO","fields":{"message":"listening","port":"http","address":"127.0.0.1:80"}}"#;
        assert_eq!(listening_line(flat), Some(("grpc".to_owned(), "127.0.0.1:5005".parse().unwrap())));
        assert_eq!(listening_line(nested), Some(("http".to_owned(), "127.0.0.1:80".parse().unwrap())));
        assert_eq!(listening_line(r#"{"message":"not listening"}"#), None);
        assert_eq!(listening_line("listening"), None);
    }

    #[tokio::test]
    async fn a_process_that_ends_before_it_listens_shows_its_log() {
        let shell = Path::new("/bin/sh");
        let started = Service::start("shell", shell, &["-c", "echo no configuration >&2; exit 2"], &[]).await;
        assert!(matches!(started, Err(Error::Ended { log, .. }) if log.contains("no configuration")));
    }
}
