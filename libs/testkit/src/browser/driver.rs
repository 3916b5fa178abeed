//! The process that drives the browser, and what can be asked of it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Mutex,
    time::timeout,
};

use crate::tools;

const DRIVER: &str = include_str!("driver.js");
const PACKAGES: [(&str, &str); 2] = [("axe-core", "4.14.1"), ("playwright-core", "1.64.1")];
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Longer than the driver's own limits for one step.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// A phone's and a desk's screen, in CSS pixels.
const PHONE: u32 = 390;
const DESK: u32 = 1_280;

/// Why the browser did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// npm could not bring the driver's packages.
    #[error("the driver's packages could not be had")]
    Packages(#[from] tools::Error),
    /// The process could not be run, or talked to.
    #[error("the browser's driver cannot be run")]
    Driver(#[from] std::io::Error),
    /// It said nothing in time, or ended.
    #[error("the browser's driver does not answer")]
    Silent,
    /// The browser's own words.
    #[error("{0}")]
    Refused(String),
    /// What it said is no answer.
    #[error("the browser's driver answers in another language")]
    Answer(#[from] serde_json::Error),
    /// A task was cancelled.
    #[error("installing was stopped")]
    Stopped(#[from] tokio::task::JoinError),
}

/// A running browser. Ends with the last of its tabs and itself.
#[derive(Debug, Clone)]
pub struct Browser {
    line: Arc<Mutex<Line>>,
    tabs: Arc<std::sync::atomic::AtomicU64>,
}

#[derive(Debug)]
struct Line {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _folder: tempfile::TempDir,
}

/// A visitor with one page open: cookies of his own.
#[derive(Debug)]
pub struct Tab {
    browser: Browser,
    name: u64,
}

impl Browser {
    /// The machine's Chromium, if it has one.
    pub fn find() -> Option<PathBuf> {
        NAMES.iter().find_map(|name| tools::which(name, &[]))
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn start(binary: &Path) -> Result<Self, Error> {
        let packages = tokio::task::spawn_blocking(|| tools::npm("browser", &PACKAGES)).await??;
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("driver.js");
        std::fs::write(&script, DRIVER)?;
        let mut command = Command::new("node");
        command.arg(&script).arg(binary).env("NODE_PATH", packages.join("node_modules")).kill_on_drop(true);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Error::Silent);
        };
        let mut line = Line { _process: process, input, output: BufReader::new(output).lines(), _folder: folder };
        line.answer().await?;
        Ok(Self { line: Arc::new(Mutex::new(line)), tabs: Arc::default() })
    }

    /// A visitor at a desk, by day.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn desk(&self) -> Result<Tab, Error> {
        self.visit(DESK, false).await
    }

    /// A visitor with a phone, by night.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn phone(&self) -> Result<Tab, Error> {
        self.visit(PHONE, true).await
    }

    /// A visitor with a screen so wide, who likes it dark or not.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn visit(&self, width: u32, dark: bool) -> Result<Tab, Error> {
        self.come(json!({ "width": width, "dark": dark, "scripts": true })).await
    }

    /// A visitor at a desk whose browser runs no scripts.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn without_scripts(&self) -> Result<Tab, Error> {
        self.come(json!({ "width": DESK, "dark": false, "scripts": false })).await
    }

    async fn come(&self, visitor: Value) -> Result<Tab, Error> {
        let name = self.tabs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let tab = Tab { browser: self.clone(), name };
        tab.ask("visit", visitor).await?;
        Ok(tab)
    }

    async fn ask(&self, command: Value) -> Result<Value, Error> {
        let mut line = self.line.lock().await;
        line.input.write_all(format!("{command}\n").as_bytes()).await?;
        line.answer().await
    }
}

impl Line {
    async fn answer(&mut self) -> Result<Value, Error> {
        let said = timeout(ANSWER_WITHIN, self.output.next_line()).await.map_err(|_| Error::Silent)??;
        let mut answer: Value = serde_json::from_str(&said.ok_or(Error::Silent)?)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(Error::Refused(error.to_owned())),
            None => Ok(answer.get_mut("ok").map(Value::take).unwrap_or_default()),
        }
    }
}

impl Tab {
    /// Opens an address; answers the HTTP status.
    ///
    /// # Errors
    /// [`Error`], here and below.
    pub async fn open(&self, url: &str) -> Result<u64, Error> {
        Ok(self.ask("open", json!({ "url": url })).await?.as_u64().unwrap_or(0))
    }

    /// Waits until a text is to be seen.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn see(&self, text: &str) -> Result<(), Error> {
        self.ask("see", json!({ "text": text })).await.map(drop)
    }

    /// Fills in the field with this label.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fill(&self, label: &str, value: &str) -> Result<(), Error> {
        self.ask("fill", json!({ "label": label, "value": value })).await.map(drop)
    }

    /// Presses the button of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn press(&self, name: &str) -> Result<(), Error> {
        self.ask("press", json!({ "name": name })).await.map(drop)
    }

    /// Follows the link of this name.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn follow(&self, name: &str) -> Result<(), Error> {
        self.ask("follow", json!({ "name": name })).await.map(drop)
    }

    /// Types a text into what has the focus.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn write(&self, text: &str) -> Result<(), Error> {
        self.ask("write", json!({ "text": text })).await.map(drop)
    }

    /// Whether something on the page fits this selector.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn has(&self, selector: &str) -> Result<bool, Error> {
        Ok(self.ask("has", json!({ "selector": selector })).await?.as_bool().unwrap_or_default())
    }

    /// Types a key that leads to another page, as `Enter` on a button.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn strike(&self, key: &str) -> Result<(), Error> {
        self.ask("key", json!({ "key": key })).await.map(drop)
    }

    /// Types a key that leads to something else of this page, as `Tab`; answers the text of what has the focus then, or its
    /// label.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn key(&self, key: &str) -> Result<String, Error> {
        self.strike(key).await?;
        Ok(self.ask("focused", json!({})).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Where it is.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn address(&self) -> Result<String, Error> {
        Ok(self.ask("address", json!({})).await?.as_str().unwrap_or_default().to_owned())
    }

    /// A picture of the whole page, as a PNG file.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn picture(&self, path: &Path) -> Result<(), Error> {
        self.ask("picture", json!({ "path": path })).await.map(drop)
    }

    /// What is wrong with the page as it stands: errors on the console since the last question, wider than the screen, and
    /// axe's serious and critical findings.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn flaws(&self) -> Result<Vec<String>, Error> {
        Ok(serde_json::from_value(self.ask("flaws", json!({})).await?)?)
    }

    async fn ask(&self, what: &str, mut with: Value) -> Result<Value, Error> {
        if let Some(command) = with.as_object_mut() {
            command.insert("do".to_owned(), what.into());
            command.insert("tab".to_owned(), self.name.into());
        }
        self.browser.ask(with).await
    }
}
