//! People with certificates of one authority, as mutual TLS sees them.

use std::{fs, path::PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use super::Error;

/// A private authority with the files of those that it has signed.
#[derive(Debug)]
pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Somebody's files, all PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Who signs.
    pub authority: PathBuf,
}

impl Authority {
    /// One that has signed nobody yet.
    ///
    /// # Errors
    /// [`Error::Certificate`] or [`Error::Io`].
    pub fn new() -> Result<Self, Error> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("authority.pem"), issuer.pem())?;
        Ok(Self { folder, issuer })
    }

    /// Makes somebody's certificate.
    ///
    /// # Errors
    /// [`Error::Certificate`] or [`Error::Io`].
    pub fn sign(&self, name: &str) -> Result<Papers, Error> {
        self.sign_names(name, &[])
    }

    /// Makes a certificate of this name first, and of others behind it.
    ///
    /// # Errors
    /// [`Error::Certificate`] or [`Error::Io`].
    pub fn sign_names(&self, name: &str, others: &[&str]) -> Result<Papers, Error> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = [name].iter().chain(others).map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.issuer)?;
        let file = |name: String| self.folder.path().join(name);
        let papers = Papers {
            certificate: file(format!("{name}.pem")),
            key: file(format!("{name}.key")),
            authority: file("authority.pem".to_owned()),
        };
        fs::write(&papers.certificate, certificate.pem())?;
        fs::write(&papers.key, key.serialize_pem())?;
        Ok(papers)
    }
}
