//! Builds the services with the cargo that runs the demo, and says where their binaries are.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use causeway_testkit::tools;
use tokio::process::Command;

/// Builds a service's binary. Cargo shows its own progress.
pub(crate) async fn binary(package: &str) -> anyhow::Result<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "cargo names itself to the programs that it runs")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", package])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status()
        .await
        .context("cargo could not be run")?;
    if !status.success() {
        bail!("{package} could not be built; run `cargo build --package {package}` and read its errors");
    }
    let path = tools::target_dir()?.join("debug").join(package);
    if path.is_file() { Ok(path) } else { bail!("{} is not there after the build", path.display()) }
}
