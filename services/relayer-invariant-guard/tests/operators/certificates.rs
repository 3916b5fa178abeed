//! People with certificates of one authority, as mutual TLS sees them.

use std::{fs, path::PathBuf};

use causeway_grpc::Tls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// A private authority with the files of those it has signed.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        // An error only says that another test was first.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn sign(&self, name: &str) -> Tls {
        self.sign_names(&[name])
    }

    /// Several names in this order; the files are of the first.
    pub(crate) fn sign_names(&self, names: &[&str]) -> Tls {
        let (key, name) = (KeyPair::generate().unwrap(), names[0]);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let tls = Tls {
            certificate: self.file(&format!("{name}.pem")),
            key: self.file(&format!("{name}.key")),
            authority: self.file("authority.pem"),
        };
        fs::write(&tls.certificate, certificate.pem()).unwrap();
        fs::write(&tls.key, key.serialize_pem()).unwrap();
        tls
    }
}
