//! What the demo shows: a spinner while something is under way, a line when it is done.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// The terminal.
#[derive(Debug)]
pub(crate) struct Screen {
    started: Instant,
}

/// Something under way.
#[derive(Debug)]
pub(crate) struct Step<'a> {
    bar: ProgressBar,
    name: String,
    started: Instant,
    screen: &'a Screen,
}

#[allow(clippy::disallowed_methods, reason = "a person's stopwatch; nothing is decided by it")]
fn now() -> Instant {
    Instant::now()
}

impl Screen {
    pub(crate) fn new() -> Self {
        Self { started: now() }
    }

    /// A heading.
    #[allow(clippy::print_stdout, reason = "this is the demo's output")]
    pub(crate) fn title(&self, text: &str) {
        println!("\n\x1b[1m{text}\x1b[0m");
    }

    /// A line.
    #[allow(clippy::print_stdout, reason = "this is the demo's output")]
    pub(crate) fn line(&self, text: &str) {
        println!("  {text}");
    }

    /// Several lines, as they are.
    pub(crate) fn block(&self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// Begins something that may take a while.
    pub(crate) fn step(&self, name: &str) -> Step<'_> {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Step { bar, name: name.to_owned(), started: now(), screen: self }
    }

    /// Something went wrong for good.
    #[allow(clippy::print_stderr, reason = "this is the demo's output")]
    pub(crate) fn failed(&self, what: &str, error: &anyhow::Error) {
        eprintln!("\n\x1b[31m{what}: {error:#}\x1b[0m");
    }

    /// Since the demo began.
    pub(crate) fn elapsed(&self) -> Duration {
        now().duration_since(self.started)
    }
}

impl Step<'_> {
    /// It is done.
    pub(crate) fn done(self, result: &str) {
        self.bar.finish_and_clear();
        let took = now().duration_since(self.started);
        let result = if result.is_empty() { String::new() } else { format!(": {result}") };
        self.screen.line(&format!("\x1b[32m✓\x1b[0m {}{result} ({:.1} s)", self.name, took.as_secs_f32()));
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
