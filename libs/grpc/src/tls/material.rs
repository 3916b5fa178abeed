//! From the three files to what both ends of a handshake need.

use std::{path::Path, sync::Arc};

use tokio_rustls::rustls::{
    self, ClientConfig, RootCertStore, ServerConfig,
    client::Resumption,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use x509_parser::{certificate::Validity, parse_x509_certificate};

use super::{Error, Tls};

/// HTTP/2, which is all that gRPC speaks.
const ALPN: &[u8] = b"h2";

/// The files as they lie there, for telling whether they are others now. Holds a key: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authority: Vec<u8>,
}

impl Files {
    /// Blocks for as long as the disk does.
    pub(super) fn read(tls: &Tls) -> Result<Self, Error> {
        let read =
            |path: &Path| std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source });
        Ok(Self { certificate: read(&tls.certificate)?, key: read(&tls.key)?, authority: read(&tls.authority)? })
    }

    pub(super) fn parse(&self, tls: &Tls) -> Result<Material, Error> {
        let chain = certificates(&self.certificate, &tls.certificate)?;
        let own = chain.first().ok_or_else(|| Error::NotACertificate { path: tls.certificate.clone() })?;
        let own = validity(own, &tls.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|source| Error::NotPem {
            path: tls.key.clone(),
            expected: "a private key",
            source,
        })?;
        let (mut authorities, mut authorities_until) = (RootCertStore::empty(), i64::MIN);
        for authority in certificates(&self.authority, &tls.authority)? {
            authorities_until = authorities_until.max(validity(&authority, &tls.authority)?.not_after.timestamp());
            authorities.add(authority).map_err(Error::Unusable)?;
        }
        Ok(Material { chain, key, authorities: Arc::new(authorities), own, authorities_until })
    }
}

/// What the files say.
pub(super) struct Material {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authorities: Arc<RootCertStore>,
    own: Validity,
    /// When the last of the authorities ends, in seconds since 1970.
    authorities_until: i64,
}

impl Material {
    /// When our certificate ends, and when the last of the authorities does, in seconds since 1970.
    pub(super) fn ends(&self) -> (i64, i64) {
        (self.own.not_after.timestamp(), self.authorities_until)
    }

    /// Whether our certificate is valid now, by the clock by which rustls judges that of the other end.
    pub(super) fn is_valid_now(&self) -> bool {
        let now = i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX);
        self.own.not_before.timestamp() <= now && now <= self.own.not_after.timestamp()
    }

    /// A caller without a certificate of an authority is refused in the handshake. No session is resumed: who calls is
    /// checked in every handshake, by the authorities of that time.
    pub(super) fn server(self) -> Result<ServerConfig, Error> {
        let verifier = WebPkiClientVerifier::builder_with_provider(self.authorities, provider()).build();
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(Error::Unusable)?
            .with_client_cert_verifier(verifier.map_err(Error::Verifier)?)
            .with_single_cert(self.chain, self.key)
            .map_err(Error::Unusable)?;
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        config.alpn_protocols.push(ALPN.into());
        Ok(config)
    }

    /// No other authority is trusted, least of all the public ones.
    pub(super) fn client(self) -> Result<ClientConfig, Error> {
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(Error::Unusable)?
            .with_root_certificates(self.authorities)
            .with_client_auth_cert(self.chain, self.key)
            .map_err(Error::Unusable)?;
        config.resumption = Resumption::disabled();
        config.alpn_protocols.push(ALPN.into());
        Ok(config)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// At least one.
fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let not_pem = |source| Error::NotPem { path: path.to_owned(), expected: "a certificate", source };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(not_pem)?;
    if found.is_empty() {
        return Err(not_pem(rustls::pki_types::pem::Error::NoItemsFound));
    }
    Ok(found)
}

fn validity(certificate: &CertificateDer<'_>, path: &Path) -> Result<Validity, Error> {
    match parse_x509_certificate(certificate) {
        Ok((_, parsed)) => Ok(parsed.validity().clone()),
        Err(_) => Err(Error::NotACertificate { path: path.to_owned() }),
    }
}
