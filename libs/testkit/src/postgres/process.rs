//! One run of the server under a watchdog: a few lines of shell that hold a pipe to this process. When the
//! pipe closes, because the owner let go or was killed in whatever way, the server stops and its folder goes.
//!
//! Not the kernel's parent-death signal: that one fires when the *thread* that made the child ends, and
//! the runtime's blocking threads come and go.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{Error, account::Account};
use crate::{tools, wait};

const STEP: Duration = Duration::from_millis(5);
/// Fifty times what a start takes on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(30);
/// The watchdog kills the server after five.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// `$1` is the cluster's folder, the rest is the server's command line. An immediate shutdown (QUIT) needs
/// no goodbye from clients; nothing here outlives the server anyway.
const WATCHDOG: &str = r#"
folder=$1; shift
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(
  read -r _ <&3
  : > "$folder/orphaned"
  kill -QUIT "$server"
  for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; kill -0 "$server" || exit 0; done
  kill -KILL "$server"
) 2>/dev/null >/dev/null &
watcher=$!
wait "$server"
if [ -e "$folder/orphaned" ]; then cd /; rm -rf -- "$folder"; fi
kill "$watcher" 2>/dev/null
exit 0
"#;

/// What a run of the server needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Launch<'a> {
    pub(super) bin: &'a Path,
    pub(super) folder: &'a Path,
    pub(super) account: Account,
    /// After the usual ones, so that they count.
    pub(super) settings: &'a [String],
}

/// A server that accepts connections.
#[derive(Debug)]
pub(super) struct Running {
    watchdog: Child,
    /// Open for as long as the server shall live.
    leash: Option<ChildStdin>,
}

/// What came of one attempt to start on one port.
pub(super) enum Started {
    Yes(Running),
    PortTaken,
}

impl Launch<'_> {
    /// Blocks until the server accepts connections on `port`.
    pub(super) fn start(self, port: u16) -> Result<Started, Error> {
        let data = self.folder.join("data");
        let status_file = data.join("postmaster.pid");
        remove_stale(&status_file)?;
        let log = self.folder.join("server.log");
        let mut running = self.spawn(port, &log)?;
        let ready = wait::poll(START_LIMIT, STEP, |_| {
            if fs::read_to_string(&status_file).is_ok_and(|text| says_ready(&text)) {
                return Ok(Some(true));
            }
            let ended = running.watchdog.try_wait().map_err(Error::io("wait for", self.bin))?;
            Ok(ended.map(|_| false))
        })?;
        let tail = || tools::log_tail(&log);
        match ready {
            Some(true) => Ok(Started::Yes(running)),
            Some(false) if tail().contains("Address already in use") => Ok(Started::PortTaken),
            Some(false) => Err(Error::DidNotStart { tail: tail() }),
            None => Err(Error::TooSlow { deed: "start", tail: tail() }),
        }
    }

    fn spawn(self, port: u16, log: &Path) -> Result<Running, Error> {
        let output = File::create(log).map_err(Error::io("create", log))?;
        let errors = output.try_clone().map_err(Error::io("open", log))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHDOG, "causeway-postgres"]).arg(self.folder).arg(self.bin.join("postgres"));
        command.arg("-D").arg(self.folder.join("data"));
        for setting in settings(port).iter().chain(self.settings) {
            command.args(["-c", setting]);
        }
        // Its own process group: Ctrl-C on the demo stops the services first and the database last.
        command.env("LC_ALL", "C").current_dir(self.folder).process_group(0);
        command.stdin(Stdio::piped()).stdout(output).stderr(errors);
        self.account.run_as(&mut command);
        let mut watchdog = command.spawn().map_err(Error::io("run", self.bin))?;
        let leash = watchdog.stdin.take();
        Ok(Running { watchdog, leash })
    }
}

/// Without `fsync`: a test database need not survive a power cut. With `synchronous_commit`: it must
/// survive the immediate stop of the server, as fault tests demand.
fn settings(port: u16) -> [String; 10] {
    [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".into(),
        "unix_socket_directories=".into(),
        "max_connections=300".into(),
        "fsync=off".into(),
        "full_page_writes=off".into(),
        "synchronous_commit=on".into(),
        "shared_buffers=64MB".into(),
        "autovacuum_naptime=10min".into(),
        "timezone=UTC".into(),
    ]
}

/// The server's own notes: the eighth line says how far it is (as `pg_ctl -w` reads it).
fn says_ready(status: &str) -> bool {
    status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}

/// A stopped server leaves its notes behind when it was stopped at once.
fn remove_stale(status_file: &Path) -> Result<(), Error> {
    match fs::remove_file(status_file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", status_file)(source)),
        Ok(()) | Err(_) => Ok(()),
    }
}

impl Running {
    /// Stops the server as a crash would: clients are cut off, the next start recovers from the log.
    pub(super) fn stop_immediate(mut self, folder: &Path) -> Result<(), Error> {
        let status_file = folder.join("data/postmaster.pid");
        let status = fs::read_to_string(&status_file).map_err(Error::io("read", &status_file))?;
        let pid = status.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::QUIT).map_err(|errno| Error::io("stop", &status_file)(errno.into()))?;
        }
        let ended = wait::poll(STOP_LIMIT, STEP, |_| self.watchdog.try_wait().map_err(Error::io("wait for", folder)))?;
        match ended {
            Some(_) => Ok(()),
            None => Err(Error::TooSlow { deed: "stop", tail: tools::log_tail(&folder.join("server.log")) }),
        }
    }

    /// Lets go of the leash and waits until the watchdog has cleaned up.
    fn end(&mut self) {
        drop(self.leash.take());
        // Neither answer leaves anything to do: the watchdog goes on by itself.
        let _ = wait::poll(STOP_LIMIT, STEP, |_| self.watchdog.try_wait());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that is free now; somebody else may take it before the server does.
pub(super) fn free_port() -> Result<u16, Error> {
    let here = Path::new("127.0.0.1");
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::io("listen on", here))?;
    Ok(listener.local_addr().map_err(Error::io("listen on", here))?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_eighth_line_of_the_notes_says_ready() {
        let notes = |state: &str| format!("42\n/data\n1700000000\n5432\n\n127.0.0.1\n  1 2\n{state}\n");
        assert!(says_ready(&notes("ready   ")));
        assert!(!says_ready(&notes("starting")));
        assert!(!says_ready("42\nready\n"));
    }
}
