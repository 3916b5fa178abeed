//! Mutual TLS: who gets in, and who may change something.

use std::{fs, path::PathBuf};

use causeway_grpc::{Caller, Client, ClientSettings, Code, Metrics, Table, Tls};
use causeway_proto::oracle::v1::{SetSourceStateRequest, oracle_service_client::OracleServiceClient};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::harness::{GENEROUS, Running, SET_SOURCE_STATE, Setup, ask, refusal};

/// A private authority with the files of those it has signed.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
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

    fn sign(&self, name: &str) -> Tls {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
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

/// A server that lets only the console set the state of a source.
async fn guarded(authority: &Authority) -> Running {
    let table = Table::default().allow(SET_SOURCE_STATE, [Caller::Named("ops-console".to_owned())]);
    let mut setup = Setup { table, ..Setup::default() };
    setup.settings.tls = Some(authority.sign("localhost"));
    Running::start(setup).await
}

fn caller(server: &Running, tls: Option<Tls>) -> OracleServiceClient<Client> {
    let address = format!("https://localhost:{}", server.address.port());
    let settings = ClientSettings { address, call_timeout: GENEROUS, tls };
    OracleServiceClient::new(Client::connect_lazy(settings, Metrics::default()).unwrap())
}

#[tokio::test]
async fn ora_5_the_named_caller_may_set_the_state_of_a_source_and_is_known_by_its_name() {
    let authority = Authority::new();
    let server = guarded(&authority).await;
    let mut console = caller(&server, Some(authority.sign("ops-console")));
    let answer = console.set_source_state(SetSourceStateRequest::default()).await.unwrap().into_inner();
    assert_eq!(answer.source.unwrap().source_id, "ops-console");
}

#[tokio::test]
async fn another_caller_of_the_same_authority_may_read_and_not_change() {
    let authority = Authority::new();
    let server = guarded(&authority).await;
    let mut gateway = caller(&server, Some(authority.sign("tokenization-gateway")));
    gateway.get_price(ask("any")).await.unwrap();
    let refused = refusal(gateway.set_source_state(SetSourceStateRequest::default()).await);
    assert_eq!((refused.code, refused.reason.as_ref()), (Code::PermissionDenied, "CALLER_NOT_ALLOWED"));
}

#[tokio::test]
async fn a_caller_of_another_authority_is_refused_before_it_can_ask() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = guarded(&authority).await;
    let mut impostor = other.sign("ops-console");
    impostor.authority = authority.file("authority.pem");
    let refused = refusal(caller(&server, Some(impostor)).get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn a_caller_without_tls_is_refused_before_it_can_ask() {
    let authority = Authority::new();
    let server = guarded(&authority).await;
    let refused = refusal(server.client().get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = guarded(&other).await;
    let refused = refusal(caller(&server, Some(authority.sign("ops-console"))).get_price(ask("any")).await);
    assert_eq!(refused.code, Code::Unavailable);
}

#[tokio::test]
async fn a_missing_certificate_file_stops_the_start_and_is_named() {
    let authority = Authority::new();
    let mut tls = authority.sign("localhost");
    tls.key = authority.file("lost.key");
    let mut setup = Setup::default();
    setup.settings.tls = Some(tls);
    let error = Running::start(setup).await.served.await.unwrap().unwrap_err();
    assert!(error.to_string().ends_with("lost.key"), "{error}");
}
