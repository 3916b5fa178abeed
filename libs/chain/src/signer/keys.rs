//! Keys that are held in memory: how they get there without leaving copies behind.

use std::path::PathBuf;

use alloy::signers::local::PrivateKeySigner;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::Error;

/// A key file is 66 bytes, a password file a line; more is another file.
const LONGEST_SECRET: u64 = 4_096;

pub(super) fn from_hex(key: &SecretString) -> Result<PrivateKeySigner, Error> {
    let text = key.expose_secret().trim();
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let mut bytes = Zeroizing::new([0_u8; 32]);
    alloy::hex::decode_to_slice(digits, bytes.as_mut_slice()).map_err(|_| Error::Key)?;
    PrivateKeySigner::from_slice(bytes.as_slice()).map_err(|_| Error::Key)
}

/// The text of a secret's file without the white space around it.
pub(super) fn read_secret(path: PathBuf) -> Result<SecretString, Error> {
    let read = || -> std::io::Result<Zeroizing<String>> {
        if std::fs::metadata(&path)?.len() > LONGEST_SECRET {
            return Err(std::io::Error::other("longer than a secret"));
        }
        Ok(Zeroizing::new(std::fs::read_to_string(&path)?))
    };
    match read() {
        Ok(text) => Ok(SecretString::from(text.trim())),
        Err(source) => Err(Error::File { path, source }),
    }
}

pub(super) fn from_keystore(path: PathBuf, password: &SecretString) -> Result<PrivateKeySigner, Error> {
    // The library's error would tell a wrong password from a damaged file; neither is worth a leak.
    PrivateKeySigner::decrypt_keystore(&path, password.expose_secret()).map_err(|_| Error::Keystore { path })
}
