//! The options that every service takes before its sub-command.

use std::path::PathBuf;

use causeway_telemetry::LogFormat;

/// Flatten this into the service's own `clap` structure.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// TOML file laid over the built-in defaults; the environment is laid over both.
    #[arg(long, value_name = "PATH", global = true)]
    pub config: Option<PathBuf>,
    /// Log lines for machines (`json`) or people (`pretty`); wins over the configuration.
    #[arg(long, value_name = "FORMAT", global = true)]
    pub log_format: Option<LogFormat>,
}
