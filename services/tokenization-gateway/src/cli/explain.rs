//! `explain`: everything that is known of a message without asking anybody. Needs no settings.

use std::path::PathBuf;

use causeway_runtime::{
    clock::{Clock as _, SystemClock},
    process::Failure,
};
use causeway_service::cli::print;
use clap::ValueEnum;

use crate::{
    explain::{explain, to_json, to_table},
    serve::read_schemas,
};

/// What to explain.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A FIN or ISO 20022 message
    file: PathBuf,
    /// For people or for programs
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// A folder of ISO 20022 schemas (*.xsd)
    #[arg(long)]
    schemas: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One fact a line
    Table,
    /// One document
    Json,
}

/// The message is refused; the lines above say why.
#[derive(Debug, thiserror::Error)]
#[error("the message orders nothing: {0}")]
struct Refused(&'static str);

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bytes = std::fs::read(&arguments.file).map_err(Failure::new)?;
    let schemas = read_schemas(arguments.schemas.as_deref())?;
    let explanation = explain(&bytes, &schemas, &SystemClock::new().now().to_string());
    match arguments.format {
        Format::Table => print(&to_table(&explanation)),
        Format::Json => print(&format!("{:#}\n", to_json(&explanation))),
    }
    match &explanation.ordered {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Failure::new(Refused(refusal.reason()))),
    }
}
