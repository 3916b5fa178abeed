//! Installs npm packages of exact versions, once per build folder, also when several test binaries ask at
//! the same moment and when one of them is killed half way.
//!
//! Not `npm ci`: with a lock file npm insists on the optional packages of every platform, and a mirror may
//! lack some. Exact versions in a generated `package.json` pin as well as needed here.

use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use serde_json::{Map, Value, json};

use super::{Error, log::log_tail, place};
use crate::wait;

/// The largest package is 100 MB; over this the registry is not answering.
const INSTALL_LIMIT: Duration = Duration::from_secs(300);
/// Whoever waits for another's installation waits a little longer than that may take.
const LOCK_LIMIT: Duration = Duration::from_secs(330);
const INSTALL: [&str; 6] =
    ["install", "--no-audit", "--no-fund", "--no-package-lock", "--no-progress", "--loglevel=error"];
const STEP: Duration = Duration::from_millis(50);
/// After this silence a person wants to know that something still happens.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// The folder whose `node_modules` holds exactly these `(package, version)` pairs. Blocks while npm runs:
/// from async code call it on the blocking pool.
///
/// `name` says in the folder's name and in the progress line what this is for.
///
/// # Errors
/// [`Error`] names the command that failed or the program that is missing.
pub fn npm(name: &str, packages: &[(&str, &str)]) -> Result<PathBuf, Error> {
    let tools = place::target_dir()?.join("causeway-tools");
    Installer { tools, npm: place::which("npm", &[]) }.install(name, packages)
}

/// The folder of all tools, and the program that fills it.
struct Installer {
    tools: PathBuf,
    /// Needed only when something is not there yet.
    npm: Option<PathBuf>,
}

impl Installer {
    fn install(&self, name: &str, packages: &[(&str, &str)]) -> Result<PathBuf, Error> {
        let folder_name = folder_name(name, packages)?;
        let folder = self.tools.join(&folder_name);
        let manifest = manifest(packages);
        if is_whole(&folder, &manifest) {
            return Ok(folder);
        }
        fs::create_dir_all(&self.tools).map_err(Error::io("create", &self.tools))?;
        let _lock = lock(name, &beside(&folder, "lock"))?;
        // Whoever held the lock before has probably done the work.
        if !is_whole(&folder, &manifest) {
            self.fill(&folder, &manifest, packages)?;
        }
        Ok(folder)
    }

    /// Under the lock, so what an earlier, killed installation left is nobody's.
    fn fill(&self, folder: &Path, manifest: &str, packages: &[(&str, &str)]) -> Result<(), Error> {
        let command = command_line(packages);
        let Some(npm) = &self.npm else {
            return Err(Error::NpmMissing { command });
        };
        let partial = beside(folder, "partial");
        remove(&partial)?;
        fs::create_dir_all(&partial).map_err(Error::io("create", &partial))?;
        let package_json = partial.join("package.json");
        fs::write(&package_json, manifest).map_err(Error::io("write", &package_json))?;

        eprintln!("{command} (once, into the build folder)");
        run(&Job { program: npm, arguments: &INSTALL, folder: &partial, log: &beside(folder, "log"), line: &command })?;

        // npm may rewrite the manifest; what is compared later is what was asked for.
        fs::write(&package_json, manifest).map_err(Error::io("write", &package_json))?;
        remove(folder)?;
        fs::rename(&partial, folder).map_err(Error::io("move into place", folder))
    }
}

fn folder_name(name: &str, packages: &[(&str, &str)]) -> Result<String, Error> {
    let mut folder = name.to_owned();
    for (position, (_, version)) in packages.iter().enumerate() {
        folder.push(if position == 0 { '-' } else { '_' });
        folder.push_str(version);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    if folder.starts_with('.') || folder.len() > 120 || !folder.chars().all(plain) {
        return Err(Error::Unnameable(folder));
    }
    Ok(folder)
}

/// `allowScripts` because newer versions of npm run only the install scripts that are named.
fn manifest(packages: &[(&str, &str)]) -> String {
    let exact: Map<_, _> = packages.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect();
    let scripts: Map<_, _> = packages.iter().map(|(name, _)| ((*name).to_owned(), Value::Bool(true))).collect();
    json!({ "private": true, "dependencies": exact, "allowScripts": scripts }).to_string()
}

/// A folder appears under its name only after npm succeeded; the manifest tells whether it holds what is
/// asked for today.
fn is_whole(folder: &Path, manifest: &str) -> bool {
    fs::read_to_string(folder.join("package.json")).is_ok_and(|found| found == manifest)
        && folder.join("node_modules").is_dir()
}

/// Held until dropped; the operating system lets go of it when the process dies.
pub(super) fn lock(name: &str, path: &Path) -> Result<File, Error> {
    let file = File::create(path).map_err(Error::io("create the lock", path))?;
    let mut told = false;
    let held = wait::poll(LOCK_LIMIT, STEP, |_| match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(fs::TryLockError::WouldBlock) => {
            if !told {
                eprintln!("waiting for another process that installs {name}");
                told = true;
            }
            Ok(None)
        }
        Err(fs::TryLockError::Error(source)) => Err(Error::io("lock", path)(source)),
    })?;
    match held {
        Some(()) => Ok(file),
        None => Err(Error::LockTimeout { name: name.to_owned(), lock: path.to_path_buf(), limit: LOCK_LIMIT }),
    }
}

/// Not `Path::with_extension`, which would cut the end off a version.
pub(super) fn beside(folder: &Path, suffix: &str) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

/// As a person would type it, for errors.
fn command_line(packages: &[(&str, &str)]) -> String {
    packages.iter().fold("npm install".to_owned(), |mut line, (name, version)| {
        // Writing into a String cannot fail.
        let _ = write!(line, " {name}@{version}");
        line
    })
}

/// A program to run, and where.
pub(super) struct Job<'a> {
    pub(super) program: &'a Path,
    pub(super) arguments: &'a [&'a str],
    pub(super) folder: &'a Path,
    /// Takes what it prints.
    pub(super) log: &'a Path,
    /// As a person would type it, for errors.
    pub(super) line: &'a str,
}

pub(super) fn run(job: &Job<'_>) -> Result<(), Error> {
    let output = File::create(job.log).map_err(Error::io("create", job.log))?;
    let errors = output.try_clone().map_err(Error::io("open", job.log))?;
    let mut child = Command::new(job.program)
        .args(job.arguments)
        .current_dir(job.folder)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(Error::io("run", job.program))?;
    let command = job.line.to_owned();
    match outcome(&mut child, &command).map_err(Error::io("wait for", job.program))? {
        None => {
            // It may have ended in this very moment; either way it is gone after `wait`.
            let _ = child.kill();
            child.wait().map_err(Error::io("wait for", job.program))?;
            Err(Error::NpmTimeout { command, limit: INSTALL_LIMIT })
        }
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(Error::NpmFailed { command, status, log: job.log.to_path_buf(), tail: log_tail(job.log) }),
    }
}

fn outcome(child: &mut Child, command: &str) -> std::io::Result<Option<ExitStatus>> {
    let mut next = PROGRESS_EVERY;
    wait::poll(INSTALL_LIMIT, STEP, |waited| {
        if waited >= next {
            eprintln!("{command}: still running after {} s", waited.as_secs());
            next = next.saturating_add(PROGRESS_EVERY);
        }
        child.try_wait()
    })
}

pub(super) fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", folder)(source)),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: [(&str, &str); 1] = [("some-tool", "2.0.5")];

    /// An installer whose npm is a few lines of shell that note each call beside the tools folder.
    fn installer(root: &Path, npm: &str) -> Installer {
        let program = root.join("npm");
        let script = format!("#!/bin/sh\necho \"$@\" >> {}\n{npm}\n", root.join("calls").display());
        // Written by a child: a file that this process has just written cannot be run while another thread forks.
        let mut write = Command::new("/bin/sh");
        write.args(["-c", "printf %s \"$1\" > \"$0\" && chmod +x \"$0\""]).arg(&program).arg(script);
        assert!(write.status().unwrap().success());
        Installer { tools: root.join("tools"), npm: Some(program) }
    }

    const GOOD: &str = "mkdir -p node_modules/some-tool && touch node_modules/some-tool/index.js";

    fn calls(root: &Path) -> usize {
        fs::read_to_string(root.join("calls")).unwrap_or_default().lines().count()
    }

    #[test]
    fn parallel_callers_install_once_and_all_get_a_whole_folder() {
        let root = tempfile::tempdir().unwrap();
        let installer = installer(root.path(), &format!("sleep 0.2; {GOOD}"));
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..3).map(|_| scope.spawn(|| installer.install("small", &WANTED))).collect();
            for caller in callers {
                let folder = caller.join().unwrap().unwrap();
                assert_eq!(folder, root.path().join("tools/small-2.0.5"));
                assert!(folder.join("node_modules/some-tool/index.js").is_file());
            }
        });
        assert_eq!(calls(root.path()), 1);
    }

    #[test]
    fn a_killed_installation_is_never_taken_for_whole() {
        let root = tempfile::tempdir().unwrap();
        let left_over = root.path().join("tools/small-2.0.5.partial/node_modules/some-tool");
        fs::create_dir_all(&left_over).unwrap();
        fs::write(left_over.join("half"), "half a package").unwrap();

        let folder = installer(root.path(), GOOD).install("small", &WANTED).unwrap();
        assert!(folder.join("node_modules/some-tool/index.js").is_file());
        assert!(!folder.join("node_modules/some-tool/half").exists());
    }

    #[test]
    fn another_set_of_packages_is_installed_anew() {
        let root = tempfile::tempdir().unwrap();
        let installer = installer(root.path(), GOOD);
        installer.install("small", &WANTED).unwrap();
        installer.install("small", &WANTED).unwrap();
        assert_eq!(calls(root.path()), 1);
        installer.install("small", &[("other-tool", "2.0.5")]).unwrap();
        assert_eq!(calls(root.path()), 2);
    }

    #[test]
    fn a_failure_names_the_command_and_quotes_the_end_of_the_log() {
        let root = tempfile::tempdir().unwrap();
        let error = installer(root.path(), "echo no such version >&2; exit 3").install("small", &WANTED).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`npm install some-tool@2.0.5` failed with exit status: 3"), "{text}");
        assert!(text.ends_with("no such version"), "{text}");
        assert!(!root.path().join("tools/small-2.0.5").exists());
    }

    #[test]
    fn a_machine_without_npm_is_told_what_to_install() {
        let root = tempfile::tempdir().unwrap();
        let error = Installer { tools: root.path().to_path_buf(), npm: None }.install("small", &WANTED).unwrap_err();
        assert!(error.to_string().starts_with("npm is not on PATH: install Node 20 or newer"), "{error}");
    }

    #[test]
    fn names_stay_inside_the_tools_folder() {
        for (name, version) in [("../up", "1.0.0"), ("a", "../../1"), (".hidden", "1.0.0"), ("a b", "1")] {
            assert!(matches!(folder_name(name, &[("x", version)]), Err(Error::Unnameable(_))), "{name} {version}");
        }
    }
}
