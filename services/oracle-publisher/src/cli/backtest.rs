//! `backtest`: the decision core over a recorded price history.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::PathBuf,
    time::Duration,
};

use causeway_primitives::{Price, Timestamp};
use causeway_runtime::process::Failure;
use causeway_service::cli::print;
use clap::ValueEnum;

use crate::{
    config,
    domain::backtest::{self, Report, Settings, Tick},
};

/// No line of a price history is longer; one that is is another kind of file.
const MAX_LINE: usize = 4_096;

/// What to run over.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Comma-separated prices with a header, `-` for standard input. Either trades (a time in `timestamp_ms` and a `price`), or bars (a time in
    /// `time_utc` and `open`, `high`, `low`, `close`, played in this order over the time to the next bar)
    #[arg(long, value_name = "FILE")]
    prices: PathBuf,
    /// Deviation that publishes, in percent
    #[arg(long, default_value = "0.5", value_name = "PERCENT")]
    deviation: String,
    /// Heartbeat in seconds
    #[arg(long, default_value_t = 3_600, value_name = "SECONDS")]
    heartbeat: u64,
    /// How much before the heartbeat to publish, in seconds
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    lead: u64,
    /// Decimals of the feed
    #[arg(long, default_value_t = 8)]
    decimals: u8,
    /// Time between two blocks in milliseconds
    #[arg(long, default_value_t = 2_000, value_name = "MS")]
    block_time: u64,
    /// Gas of one update
    #[arg(long, default_value_t = 100_474, value_name = "GAS")]
    gas: u64,
    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Why a back-test cannot run.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the header names neither `timestamp_ms` and `price`, nor `time_utc`, `open`, `high`, `low` and `close`")]
    Header,
    #[error("line {line}: {expected}")]
    Line { line: usize, expected: &'static str },
    #[error("--deviation, --heartbeat, --lead or --decimals: expected {0}")]
    Policy(String),
    #[error("the history cannot be played")]
    History(#[source] backtest::Error),
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let report = report(arguments).map_err(Failure::new)?;
    print(&match arguments.format {
        Format::Table => table(&report),
        Format::Json => json(&report),
    });
    Ok(())
}

fn report(arguments: &Arguments) -> Result<Report, Error> {
    let policy = config::backtest_policy(
        &arguments.deviation,
        Duration::from_secs(arguments.heartbeat),
        Duration::from_secs(arguments.lead),
        arguments.decimals,
    )
    .map_err(Error::Policy)?;
    let settings = Settings { block_time: Duration::from_millis(arguments.block_time), gas_per_update: arguments.gas };
    backtest::run(&policy, ticks(&arguments.prices)?, &settings).map_err(Error::History)
}

/// Which columns hold what.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Layout {
    Trades { time: usize, price: usize },
    Bars { time: usize, prices: [usize; 4] },
}

impl Layout {
    fn of(header: &str) -> Result<Self, Error> {
        let names: Vec<&str> = header.trim().split(',').map(str::trim).collect();
        let column = |name: &str| names.iter().position(|found| *found == name);
        if let (Some(time), Some(price)) = (column("timestamp_ms"), column("price")) {
            return Ok(Self::Trades { time, price });
        }
        let bars = ["open", "high", "low", "close"].map(column);
        match (column("time_utc"), bars) {
            (Some(time), [Some(open), Some(high), Some(low), Some(close)]) => {
                Ok(Self::Bars { time, prices: [open, high, low, close] })
            }
            _ => Err(Error::Header),
        }
    }
}

/// A bar's prices are spread over so long: the hour that the bars in use are of.
const BAR: Duration = Duration::from_secs(3_600);

fn ticks(path: &PathBuf) -> Result<Vec<Tick>, Error> {
    let unreadable = |source| Error::Read { path: path.clone(), source };
    let history: Box<dyn io::Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(unreadable)?)
    };
    let mut lines = BufReader::new(history).lines();
    let header = lines.next().transpose().map_err(unreadable)?.ok_or(Error::Header)?;
    let layout = Layout::of(&header)?;
    let mut ticks = Vec::new();
    for (index, line) in lines.enumerate() {
        let text = line.map_err(unreadable)?;
        let number = index.saturating_add(2);
        if text.len() > MAX_LINE {
            return Err(Error::Line { line: number, expected: "a line of at most 4096 characters" });
        }
        if !text.trim().is_empty() {
            read_line(&layout, &text, number, &mut ticks)?;
        }
    }
    ticks.sort_by_key(|tick: &Tick| tick.at);
    Ok(ticks)
}

fn read_line(layout: &Layout, text: &str, line: usize, ticks: &mut Vec<Tick>) -> Result<(), Error> {
    let fields: Vec<&str> = text.split(',').map(str::trim).collect();
    let field = |column: usize| fields.get(column).copied().unwrap_or_default();
    let price = |column: usize| {
        field(column).parse::<Price>().map_err(|_| Error::Line { line, expected: "a price above zero" })
    };
    match layout {
        Layout::Trades { time, price: column } => {
            let millis = field(*time).parse().ok().and_then(|millis| Timestamp::from_millis(millis).ok());
            let at = millis.ok_or(Error::Line { line, expected: "a time in milliseconds" })?;
            ticks.push(Tick { at, price: price(*column)? });
        }
        Layout::Bars { time, prices } => {
            let written = field(*time).replacen(' ', "T", 1);
            let rfc3339 = if written.ends_with('Z') { written } else { format!("{written}Z") };
            let expected = "a time such as 2017-04-19 09:00:00";
            let start = Timestamp::from_rfc3339(&rfc3339).map_err(|_| Error::Line { line, expected })?;
            for (quarter, column) in (0_u32..).zip(prices) {
                let at = start.after((BAR / 4).saturating_mul(quarter));
                ticks.push(Tick { at, price: price(*column)? });
            }
        }
    }
    Ok(())
}

fn table(report: &Report) -> String {
    let rounds = &report.rounds;
    format!(
        "ticks            {}\nspan             {} h\nrounds           {}\n  first round    {}\n  deviation      {}\n  \
         heartbeat      {}\nrefused          {}\nestimated gas    {}\nmaximum error    {} ppm\nmean error       {} ppm\n",
        report.ticks,
        report.span.as_secs() / 3_600,
        rounds.total(),
        rounds.first_round,
        rounds.deviation,
        rounds.heartbeat,
        report.refused,
        report.estimated_gas,
        report.max_error_ppm.round_dp(1),
        report.mean_error_ppm.round_dp(1),
    )
}

fn json(report: &Report) -> String {
    let rounds = &report.rounds;
    let value = serde_json::json!({
        "ticks": report.ticks,
        "span_seconds": report.span.as_secs(),
        "rounds": rounds.total(),
        "first_round": rounds.first_round,
        "deviation": rounds.deviation,
        "heartbeat": rounds.heartbeat,
        "refused": report.refused,
        "estimated_gas": report.estimated_gas.to_string(),
        "max_error_ppm": report.max_error_ppm.to_string(),
        "mean_error_ppm": report.mean_error_ppm.to_string(),
    });
    format!("{value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ora_13_both_kinds_of_history_are_read_exactly() {
        let trades = Layout::of("timestamp_ms,side,price,amount").unwrap();
        let mut ticks = Vec::new();
        read_line(&trades, "1675329600138,buy,1666.8,26.062", 2, &mut ticks).unwrap();
        assert_eq!((ticks[0].at.as_millis(), ticks[0].price.to_string().as_str()), (1_675_329_600_138, "1666.8"));

        let bars = Layout::of("time_utc,open,high,low,close").unwrap();
        let mut ticks = Vec::new();
        read_line(&bars, "2017-04-19 09:00:00,1.0716,1.0722,1.07083,1.07219", 2, &mut ticks).unwrap();
        let prices: Vec<String> = ticks.iter().map(|tick| tick.price.to_string()).collect();
        assert_eq!(prices, ["1.0716", "1.0722", "1.07083", "1.07219"]);
        assert_eq!(ticks[3].at.to_string(), "2017-04-19T09:45:00Z");
    }

    #[test]
    fn ora_13_a_damaged_history_is_refused_by_its_line() {
        let trades = Layout::of("timestamp_ms,price").unwrap();
        for bad in ["x,1", "1,", "1,-5", "1"] {
            let refused = read_line(&trades, bad, 7, &mut Vec::new());
            assert!(matches!(refused, Err(Error::Line { line: 7, .. })), "{bad}");
        }
        assert!(matches!(Layout::of("a,b,c"), Err(Error::Header)));
    }
}
