//! The user's schemas, from a folder.

use std::{io, path::Path};

use causeway_iso20022::{SchemaError, Schemas};
use causeway_runtime::process::Failure;

/// A folder or a file of schemas cannot be used.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// It cannot be read.
    #[error("the schemas in {folder} cannot be read")]
    Read {
        /// Where.
        folder: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is none.
    #[error("{file} is no schema of an ISO 20022 message")]
    Schema {
        /// Which.
        file: String,
        /// Why.
        #[source]
        source: SchemaError,
    },
}

/// Compiles every `*.xsd` of a folder; none without a folder.
///
/// # Errors
/// [`Failure`] for a file that is no schema: a schema that is silently left out would check nothing.
pub(crate) fn read_schemas(folder: Option<&Path>) -> Result<Schemas, Failure> {
    let mut schemas = Schemas::default();
    let Some(folder) = folder else { return Ok(schemas) };
    let failed = |source| Failure::new(Error::Read { folder: folder.display().to_string(), source });
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_none_or(|ending| ending != "xsd") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        let added = schemas.add(&text);
        let id = added.map_err(|source| Failure::new(Error::Schema { file: path.display().to_string(), source }))?;
        tracing::info!(message = %id, "schema read");
    }
    Ok(schemas)
}
