//! Signals and exit codes of a real process: the skeleton service of `examples`.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::Duration,
};

use causeway_runtime::healthcheck;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Examples are built next to the tests, one folder up.
fn skeleton() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("examples").join("skeleton")
}

struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(skeleton())
            .env_clear()
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Reads log lines up to the one with this message.
    fn wait_for(&mut self, message: &str) -> Value {
        let mut parsed = self.lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        parsed.find(|line| line["message"] == message).unwrap_or_else(|| panic!("never logged: {message}"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn end(&mut self) -> (ExitStatus, String) {
        let mut complaint = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        (self.child.wait().unwrap(), complaint)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[test]
fn a_service_stops_well_on_sigterm_and_on_sigint() {
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
        let mut service = Running::start(&[]);
        service.wait_for("component changed");
        service.signal(signal);
        assert_eq!(service.wait_for("stop requested")["signal"], name);
        let (status, complaint) = service.end();
        assert_eq!((status.code(), complaint.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_lame_duck_still_answers_but_says_that_it_is_not_ready() {
    let mut service = Running::start(&[("SKELETON__SHUTDOWN__LAME_DUCK_MS", "60000")]);
    let address: SocketAddr = service.wait_for("http listening")["address"].as_str().unwrap().parse().unwrap();
    service.wait_for("component changed");
    let probe = || healthcheck::probe(address, Duration::from_secs(5));
    probe().unwrap();
    service.signal(Signal::TERM);
    service.wait_for("stop requested");
    // The line is written a moment before the token is cancelled.
    let refused = std::iter::repeat_with(probe).find_map(Result::err).unwrap();
    assert!(refused.to_string().contains("draining"), "{refused}");
    service.signal(Signal::TERM);
    assert_eq!(service.end().0.code(), Some(143));
}

#[test]
fn a_second_ctrl_c_ends_the_process_at_once() {
    let mut service = Running::start(&[("SKELETON__BEHAVIOUR", "stuck"), ("SKELETON__SHUTDOWN__DRAIN_MS", "600000")]);
    service.wait_for("component changed");
    service.signal(Signal::INT);
    service.wait_for("stop requested");
    service.signal(Signal::INT);
    assert_eq!(service.end().0.code(), Some(130));
}

#[test]
fn a_task_that_misses_the_drain_deadline_is_named_and_costs_exit_code_3() {
    let mut service = Running::start(&[("SKELETON__BEHAVIOUR", "stuck"), ("SKELETON__SHUTDOWN__DRAIN_MS", "50")]);
    service.wait_for("component changed");
    service.signal(Signal::TERM);
    assert_eq!(service.wait_for("task failed")["task"], "work");
    let (status, complaint) = service.end();
    assert_eq!((status.code(), complaint.as_str()), (Some(3), "task work was aborted at the drain deadline\n"));
}

#[test]
fn a_panic_in_a_task_is_logged_with_its_place_and_ends_the_process_with_1() {
    let mut service = Running::start(&[("SKELETON__BEHAVIOUR", "panicking")]);
    let panicked = service.wait_for("panicked");
    assert!(panicked["location"].as_str().unwrap().contains("skeleton.rs:"), "{panicked}");
    assert_eq!(service.wait_for("stopped by a failure")["exit_code"], 1);
    let (status, complaint) = service.end();
    assert_eq!(status.code(), Some(1));
    assert!(complaint.starts_with("task work panicked: "), "{complaint}");
}

#[test]
fn a_wrong_setting_is_one_line_and_exit_code_2() {
    for (setting, complaint) in [
        (
            ("SKELETON__SHUTDOWN__DRAIN_MS", "0"),
            "shutdown.drain_ms = 0: expected a number between 1 and 31622400000 (from SKELETON__SHUTDOWN__DRAIN_MS)\n",
        ),
        (
            ("LOG_FILTER", "info,=="),
            "telemetry.log_filter = `info,==`: expected directives such as `info` or `info,sqlx=warn` (from LOG_FILTER)\n",
        ),
        (("LOG_FORMAT", "xml"), "telemetry.log_format = `xml`: expected `json` or `pretty` (from LOG_FORMAT)\n"),
    ] {
        let (status, said) = Running::start(&[setting]).end();
        assert_eq!((status.code(), said.as_str()), (Some(2), complaint));
    }
}
