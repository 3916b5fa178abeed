//! Which console, and who asks: from options, then `CAUSECTL_…`, then a file.

use std::{path::PathBuf, time::Duration};

use causeway_grpc::{Client, ClientSettings, Metrics, Tls};
use causeway_runtime::{
    config::{Environment, FlatName, Kind, Schema},
    process::Failure,
};
use serde::Deserialize;

use super::error::Error;

/// Everything that can be set, with its default.
const DEFAULTS: &str = r#"
console = "http://127.0.0.1:50051"  # the console's gRPC address
timeout_ms = 10000                  # for one call
tls_certificate_file = ""           # PEM: yours, with your account's name; all three or none
tls_key_file = ""
tls_ca_file = ""
tls_server_name = ""                # whom the console's certificate names, where that is not the host of its address
"#;

const fn flat(env: &'static str, path: &'static str) -> FlatName {
    FlatName { env, path, kind: Kind::Text }
}

const NAMES: [FlatName; 5] = [
    flat("CAUSECTL_CONSOLE", "console"),
    flat("CAUSECTL_TLS_CERTIFICATE_FILE", "tls_certificate_file"),
    flat("CAUSECTL_TLS_KEY_FILE", "tls_key_file"),
    flat("CAUSECTL_TLS_CA_FILE", "tls_ca_file"),
    flat("CAUSECTL_TLS_SERVER_NAME", "tls_server_name"),
];

const SCHEMA: Schema = Schema { defaults: DEFAULTS, prefix: "CAUSECTL", flat_names: &[&NAMES], secrets: &[] };

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    console: String,
    timeout_ms: u64,
    tls_certificate_file: PathBuf,
    tls_key_file: PathBuf,
    tls_ca_file: PathBuf,
    tls_server_name: String,
}

/// Options that win over file and environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Options {
    /// TOML file with the settings; CAUSECTL_… in the environment is laid over it
    #[arg(long, value_name = "PATH", global = true)]
    config: Option<PathBuf>,
    /// The console's gRPC address, such as https://console:50051
    #[arg(long, value_name = "URL", global = true)]
    console: Option<String>,
    /// PEM: your certificate, which bears your account's name
    #[arg(long, value_name = "PATH", global = true)]
    tls_certificate: Option<PathBuf>,
    /// PEM: its key
    #[arg(long, value_name = "PATH", global = true)]
    tls_key: Option<PathBuf>,
    /// PEM: the authority of the house
    #[arg(long, value_name = "PATH", global = true)]
    tls_ca: Option<PathBuf>,
    /// Whom the console's certificate names, where that is not the host of its address, as through a port-forward
    #[arg(long, value_name = "NAME", global = true)]
    tls_server_name: Option<String>,
}

/// A connection to the console.
pub(super) fn connect(options: Options, environment: &Environment) -> Result<Client, Failure> {
    let loaded = causeway_runtime::config::load::<Raw>(&SCHEMA, options.config.as_deref(), environment)?;
    let mut validator = loaded.effective.validator();
    let call_timeout: Duration = validator.positive_ms("timeout_ms", loaded.raw.timeout_ms);
    let certificate = options.tls_certificate.unwrap_or(loaded.raw.tls_certificate_file);
    let key = options.tls_key.unwrap_or(loaded.raw.tls_key_file);
    let authority = options.tls_ca.unwrap_or(loaded.raw.tls_ca_file);
    let given = [&certificate, &key, &authority].map(|path| !path.as_os_str().is_empty());
    let tls = match given {
        [true, true, true] => Some(Tls { certificate, key, authority }),
        [false, false, false] => None,
        _ => {
            validator
                .refuse("tls_certificate_file", "all of tls_certificate_file, tls_key_file and tls_ca_file, or none");
            None
        }
    };
    validator.finish(())?;
    let address = options.console.unwrap_or(loaded.raw.console);
    let server_name = options.tls_server_name.unwrap_or(loaded.raw.tls_server_name);
    let server_name = Some(server_name).filter(|name| !name.is_empty());
    let settings = ClientSettings { address, call_timeout, tls, server_name };
    Client::connect_lazy(settings, Metrics::default()).map_err(|error| Failure::new(Error::from(error)))
}
