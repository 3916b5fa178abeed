//! What telemetry has to know. Validated values only: where they come from is the caller's business.

use std::{fmt, path::PathBuf, str::FromStr};

use crate::Tap;

/// How this process presents itself and where its telemetry goes.
#[derive(Debug, Clone)]
pub struct Config {
    /// The service's name: `service.name` of every span and `service` of every log line.
    pub service: &'static str,
    /// The service's version.
    pub version: &'static str,
    /// What tells this process from its replicas, such as the pod's name.
    pub instance: String,
    /// Lines for machines or for people.
    pub log_format: LogFormat,
    /// Which events are logged, in the notation of `tracing_subscriber::EnvFilter`: `info,sqlx=warn`.
    pub log_filter: String,
    /// Where spans go, as `http://host:port` of an OTLP/gRPC collector; `None` exports nothing.
    pub otlp_endpoint: Option<String>,
    /// Where lines go besides standard output; `None`: nowhere.
    pub file: Option<FileLog>,
    /// Who else sees lines of level ERROR; `None`: nobody.
    pub tap: Option<Tap>,
    /// How many of the traces that begin here are kept. A trace that began elsewhere follows its parent.
    pub sample_ratio: SampleRatio,
}

/// A log in files: one a day, the oldest given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLog {
    /// Where; made if it is not there.
    pub folder: PathBuf,
    /// Days that are kept, the present one included; at least 1.
    pub days: usize,
    /// All files together. Where one day alone is more, the rest of it is not written.
    pub max_bytes: u64,
}

/// The shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// Coloured text for a terminal.
    Pretty,
}

/// The text names no log format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected `json` or `pretty`")]
pub struct UnknownFormat;

impl FromStr for LogFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err(UnknownFormat),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Pretty => "pretty",
        })
    }
}

/// A share of traces: between 0, none, and 1, all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SampleRatio(f64);

/// The number is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number between 0 and 1")]
pub struct UnknownRatio;

impl SampleRatio {
    /// Every trace is kept: right for services that handle a few events a second.
    pub const ALL: Self = Self(1.0);

    /// # Errors
    /// [`UnknownRatio`] outside 0 to 1.
    pub fn new(ratio: f64) -> Result<Self, UnknownRatio> {
        if (0.0..=1.0).contains(&ratio) { Ok(Self(ratio)) } else { Err(UnknownRatio) }
    }

    pub(crate) const fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_reads_back_what_it_prints() {
        for format in [LogFormat::Json, LogFormat::Pretty] {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("JSON".parse::<LogFormat>(), Err(UnknownFormat));
    }

    #[test]
    fn a_ratio_is_a_share() {
        assert!(SampleRatio::new(0.0).is_ok() && SampleRatio::new(1.0).is_ok());
        assert!([-0.1, 1.1, f64::NAN, f64::INFINITY].into_iter().all(|ratio| SampleRatio::new(ratio).is_err()));
    }
}
