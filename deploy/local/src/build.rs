//! Builds the services with the cargo that runs the demo, and says where their binaries are.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use causeway_testkit::tools;
use tokio::process::Command;

/// How a service is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Soon there.
    Debug,
    /// As it is run in earnest; takes minutes.
    Release,
}

impl Profile {
    /// The folder below the build folder.
    const fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    const fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
        }
    }
}

/// Builds a service's binary. Cargo shows its own progress.
pub(crate) async fn binary(package: &str, profile: Profile) -> anyhow::Result<PathBuf> {
    program(package, package, profile).await
}

/// Builds one program of a package.
pub(crate) async fn program(package: &str, name: &str, profile: Profile) -> anyhow::Result<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "cargo names itself to the programs that it runs")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // Cargo describes the demo's own package to it in variables that some build scripts watch (ring's does): handed
    // on, they would rebuild half of the dependencies on every start.
    #[allow(clippy::disallowed_methods, reason = "these variables are removed, not read")]
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
    let status = command
        .args(["build", "--quiet", "--package", package, "--bin", name])
        .args(profile.arguments())
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status()
        .await
        .context("cargo could not be run")?;
    if !status.success() {
        bail!("{name} could not be built; run `cargo build --package {package}` and read its errors");
    }
    let path = tools::target_dir()?.join(profile.folder()).join(name);
    if path.is_file() { Ok(path) } else { bail!("{} is not there after the build", path.display()) }
}

fn describes_a_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}
