//! A private authority with the files of those it has signed, and another one that takes over from it.

use std::{fs, sync::Arc};

use causeway_grpc::Tls;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::TempDir;

/// The year in which certificates end unless a test says otherwise.
const FAR: i32 = 2090;

pub(crate) struct Authority {
    folder: Arc<TempDir>,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Trusted by whoever reads its folder.
    pub(crate) fn new() -> Self {
        // An error only says that another test was first.
        let _already_installed = rustls::crypto::ring::default_provider().install_default();
        let first = Self::named("the first", Arc::new(tempfile::tempdir().unwrap()));
        first.trust(&[&first]);
        first
    }

    /// Another one in the same folder, trusted by nobody yet.
    pub(crate) fn successor(&self) -> Self {
        Self::named("the second", Arc::clone(&self.folder))
    }

    fn named(name: &str, folder: Arc<TempDir>) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        Self { folder, issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Makes everybody who reads the folder trust these and no others.
    pub(crate) fn trust(&self, authorities: &[&Self]) {
        let bundle: String = authorities.iter().map(|one| one.pem()).collect();
        fs::write(self.files("").authority, bundle).unwrap();
    }

    /// Where the files of a name are.
    pub(crate) fn files(&self, name: &str) -> Tls {
        let file = |name: &str| self.folder.path().join(name);
        let (certificate, key) = (file(&format!("{name}.pem")), file(&format!("{name}.key")));
        Tls { certificate, key, authority: file("authority.pem") }
    }

    pub(crate) fn sign(&self, name: &str) -> Tls {
        self.sign_until(name, FAR)
    }

    pub(crate) fn sign_until(&self, name: &str, year: i32) -> Tls {
        self.write(name, &[name], year)
    }

    /// Several names in this order; the files are of the first.
    pub(crate) fn sign_names(&self, names: &[&str]) -> Tls {
        self.write(names[0], names, FAR)
    }

    /// Writes one file after the other, as people do: whoever looks in between sees what does not go together.
    fn write(&self, name: &str, names: &[&str], year: i32) -> Tls {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let tls = self.files(name);
        fs::write(&tls.certificate, certificate.pem()).unwrap();
        fs::write(&tls.key, key.serialize_pem()).unwrap();
        tls
    }
}
