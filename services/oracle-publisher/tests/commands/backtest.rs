//! The back-test as its user runs it: over the path that is committed with the test kit, and over every recorded
//! history that this machine has.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Runs `backtest` over a history on standard input and gives its JSON.
fn report(history: &[u8], arguments: &[&str]) -> serde_json::Value {
    use std::io::Write as _;
    let mut child = Command::new(env!("CARGO_BIN_EXE_oracle-publisher"))
        .args(["backtest", "--prices", "-", "--format", "json"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(history).expect("the history is read");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{:?}", output.status);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../libs/testkit/data").join(name)
}

#[test]
fn ora_13_a_back_test_gives_the_same_figures_for_the_same_history() {
    let history = std::fs::read(committed("eur_usd_hourly_2017_2018.csv")).expect("committed with the test kit");
    let hourly = report(&history, &["--deviation", "0.5", "--heartbeat", "3600", "--lead", "10"]);
    assert_eq!(
        (&hourly["ticks"], &hourly["rounds"], &hourly["deviation"], &hourly["refused"]),
        (&20_000.into(), &7_120.into(), &62.into(), &0.into())
    );
    assert_eq!(hourly["max_error_ppm"], "15257.505");
    assert_eq!(hourly["estimated_gas"], (7_120_u64 * 100_474).to_string());
    let tight = report(&history, &["--deviation", "0.05", "--heartbeat", "3600"]);
    assert!(tight["rounds"].as_u64() > hourly["rounds"].as_u64(), "a tighter threshold publishes more often");
    let mean = |report: &serde_json::Value| report["mean_error_ppm"].as_str().and_then(|text| text.parse::<f64>().ok());
    assert!(mean(&tight) < mean(&hourly), "and is closer to the market");
}

#[test]
fn ora_13_every_recorded_history_of_this_machine_can_be_played() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let data = Path::new(option_env!("CAUSEWAY_DATA").unwrap_or(beside));
    let Ok(entries) = std::fs::read_dir(data.join("prices")) else {
        eprintln!("no recorded histories on this machine: set CAUSEWAY_DATA to a folder with prices/*.csv");
        return;
    };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = path.to_string_lossy().into_owned();
        let history = if name.ends_with(".csv") {
            std::fs::read(&path).expect("readable")
        } else if name.ends_with(".csv.gz") {
            Command::new("gzip").arg("-dc").arg(&path).output().expect("gzip runs").stdout
        } else {
            continue;
        };
        let report = report(&history, &[]);
        assert!(report["rounds"].as_u64() >= Some(1), "{name}: {report}");
        assert_eq!(report["refused"], 0, "{name}");
    }
}
