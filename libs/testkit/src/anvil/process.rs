//! The child process: started, read until it listens, drained while it runs, killed with its owner.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use super::{Account, Error};

/// A cold start takes under a second; a machine that compiles on every core needs the rest.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running anvil that listens.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) url: String,
    pub(super) accounts: Vec<Account>,
}

impl Process {
    pub(super) async fn start(binary: &Path, arguments: &[String]) -> Result<Self, Error> {
        let mut child = Command::new(binary)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::Process)?;
        let stdout = child.stdout.take().ok_or_else(|| Error::NotListening { last_line: "no output".to_owned() })?;
        let mut lines = BufReader::new(stdout).lines();
        let mut banner = Banner::default();
        let listening = tokio::time::timeout(START_LIMIT, banner.read(&mut lines)).await;
        let Ok(Some(address)) = listening else {
            return Err(Error::NotListening { last_line: banner.last_line });
        };
        drain(lines);
        Ok(Self { child, url: format!("http://{address}"), accounts: banner.accounts() })
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    pub(super) async fn kill(mut self) -> Result<(), Error> {
        self.child.kill().await.map_err(Error::Process)
    }
}

/// Keeps the pipe empty: a full pipe would stop anvil in the middle of a block.
///
/// The task ends with the pipe, that is with the process.
fn drain(mut lines: Lines<BufReader<ChildStdout>>) {
    #[allow(clippy::disallowed_methods, reason = "the task ends with the child process, which its owner kills")]
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
}

/// What anvil prints before it listens: its accounts, and then where it listens.
#[derive(Debug, Default)]
struct Banner {
    addresses: Vec<String>,
    keys: Vec<String>,
    last_line: String,
}

impl Banner {
    /// Reads until the line that names the address; `None` when the output ends before.
    async fn read(&mut self, lines: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some(address) = line.strip_prefix("Listening on ") {
                return Some(address.trim().to_owned());
            }
            self.take(line);
        }
        None
    }

    /// Accounts and keys are listed as `(0) 0x…`, told apart by their length.
    fn take(&mut self, line: String) {
        let listed = line.strip_prefix('(').and_then(|rest| rest.split_once(") 0x"));
        if let Some((_, rest)) = listed {
            let hex = format!("0x{}", rest.split_whitespace().next().unwrap_or_default());
            match hex.len() {
                42 => self.addresses.push(hex),
                66 => self.keys.push(hex),
                _ => {}
            }
        }
        if !line.trim().is_empty() {
            self.last_line = line;
        }
    }

    fn accounts(self) -> Vec<Account> {
        self.addresses
            .iter()
            .zip(self.keys)
            .filter_map(|(address, key)| Some(Account { address: address.parse().ok()?, key }))
            .collect()
    }
}
