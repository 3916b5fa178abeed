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
    let [binary] = programs([(package, package)], profile).await?;
    Ok(binary)
}

/// Builds programs of packages, each named after its package: at once, since cargo builds what they share anew for each set of
/// packages that want other features of it.
pub(crate) async fn programs<const N: usize>(
    wanted: [(&str, &str); N],
    profile: Profile,
) -> anyhow::Result<[PathBuf; N]> {
    let mut command = cargo();
    command.args(["build", "--quiet"]).args(profile.arguments());
    for (package, name) in wanted {
        command.args(["--package", package, "--bin", name]);
    }
    let names = wanted.map(|(_, name)| name);
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let status = command.current_dir(root).status().await.context("cargo could not be run")?;
    if !status.success() {
        bail!("{} could not be built; run `cargo build --workspace` and read its errors", names.join(", "));
    }
    let folder = tools::target_dir()?.join(profile.folder());
    let paths = names.map(|name| folder.join(name));
    match paths.iter().find(|path| !path.is_file()) {
        None => Ok(paths),
        Some(path) => bail!("{} is not there after the build", path.display()),
    }
}

/// The cargo that runs the demo.
fn cargo() -> Command {
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
    command
}

fn describes_a_package(variable: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
        .iter()
        .any(|prefix| variable.starts_with(prefix))
}
