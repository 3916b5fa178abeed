//! Whom the server runs as. PostgreSQL refuses root, so root hands it to a user that exists already: a
//! number without an entry in `/etc/passwd` would be refused as well.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use super::Error;

/// The user made for the purpose first, then the one that every system has.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

/// Who runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    /// This process's own user, who is not root.
    Own,
    /// Another user, because this process is root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    pub(super) fn choose() -> Result<Self, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Own);
        }
        let path = Path::new("/etc/passwd");
        let passwd = fs::read_to_string(path).map_err(Error::io("read", path))?;
        CANDIDATES.iter().find_map(|name| entry(&passwd, name)).ok_or(Error::NoUnprivilegedUser)
    }

    /// The command will run as this account, without any of root's groups.
    pub(super) fn run_as(self, command: &mut Command) {
        match self {
            Self::Own => {}
            // The standard library also clears the supplementary groups when root changes the user.
            Self::Other { uid, gid } => {
                command.uid(uid).gid(gid);
            }
        }
    }

    /// Gives one file or folder to this account.
    pub(super) fn own(self, path: &Path) -> Result<(), Error> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => {
                chown(path, Some(uid), Some(gid)).map_err(Error::io("change the owner of", path))
            }
        }
    }

    /// Gives a whole tree to this account.
    pub(super) fn own_tree(self, root: &Path) -> Result<(), Error> {
        if self == Self::Own {
            return Ok(());
        }
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            self.own(&folder)?;
            for entry in fs::read_dir(&folder).map_err(Error::io("list", &folder))? {
                let entry = entry.map_err(Error::io("list", &folder))?;
                let kind = entry.file_type().map_err(Error::io("look at", entry.path()))?;
                if kind.is_dir() {
                    folders.push(entry.path());
                } else if kind.is_file() {
                    self.own(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Whether this account can walk down to `path`.
    pub(super) fn reaches(self, path: &Path) -> bool {
        match self {
            Self::Own => true,
            Self::Other { uid, gid } => path.ancestors().all(|folder| {
                fs::metadata(folder).is_ok_and(|meta| {
                    let bit = match (meta.uid() == uid, meta.gid() == gid) {
                        (true, _) => 0o100,
                        (false, true) => 0o010,
                        (false, false) => 0o001,
                    };
                    meta.permissions().mode() & bit != 0
                })
            }),
        }
    }

    /// A temporary folder that this account can reach; root's own may be closed to everybody else.
    pub(super) fn temp_root(self) -> Result<PathBuf, Error> {
        [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()]
            .into_iter()
            .filter_map(|dir| dir.canonicalize().ok())
            .find(|dir| self.reaches(dir))
            .ok_or(Error::NoReachableFolder)
    }
}

/// `name:password:uid:gid:…`, and never root under another name.
fn entry(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid: u32 = fields.nth(1)?.parse().ok()?;
        let gid: u32 = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account::Other { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n\
                          broken\ntoor:x:0:0::/root:/bin/sh\n";

    #[test]
    fn reads_the_numbers_of_an_existing_user_and_never_takes_root() {
        assert_eq!(entry(PASSWD, "nobody"), Some(Account::Other { uid: 65_534, gid: 65_534 }));
        assert_eq!(entry(PASSWD, "postgres"), None);
        assert_eq!(entry(PASSWD, "toor"), None);
        assert_eq!(entry(PASSWD, "broken"), None);
    }

    #[test]
    fn a_folder_that_is_closed_to_others_is_not_reachable_for_them() {
        let dir = tempfile::tempdir().unwrap();
        let stranger = Account::Other { uid: u32::MAX - 1, gid: u32::MAX - 1 };
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(!stranger.reaches(&dir.path().join(".")));
        assert!(Account::Own.reaches(dir.path()));
        assert!(stranger.reaches(Path::new("/")));
    }
}
