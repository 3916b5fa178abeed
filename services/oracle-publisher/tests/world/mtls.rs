//! The gRPC port with certificates: who gets in, and who may change something, in the running service.

use std::{fs, path::PathBuf};

use causeway_proto::{
    ops::v1::{GetStatusRequest, RunActionRequest, ops_service_client::OpsServiceClient},
    oracle::v1::{GetPriceRequest, oracle_service_client::OracleServiceClient},
};
use causeway_testkit::{
    oracle::Plan,
    wait::{SOON, eventually},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::{
    Code,
    transport::{Certificate, Channel, ClientTlsConfig, Identity},
};

use super::stage::Stage;

/// A private authority, with the files of those it has signed.
struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
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

    /// Certificate and key of a name, as PEM.
    fn sign(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// How somebody of this name calls a server that `trusted` has signed.
    fn client(&self, name: &str, trusted: &Self) -> ClientTlsConfig {
        let (certificate, key) = self.sign(name);
        ClientTlsConfig::new()
            .domain_name("localhost")
            .ca_certificate(Certificate::from_pem(trusted.issuer.pem()))
            .identity(Identity::from_pem(certificate, key))
    }
}

async fn connect(address: &str, tls: Option<ClientTlsConfig>) -> Result<Channel, tonic::transport::Error> {
    let scheme = if tls.is_some() { "https" } else { "http" };
    let endpoint = Channel::from_shared(format!("{scheme}://{address}")).unwrap();
    match tls {
        Some(tls) => endpoint.tls_config(tls)?.connect().await,
        None => endpoint.connect().await,
    }
}

async fn force_open(channel: &Channel) -> Result<String, tonic::Status> {
    let parameters = [("feed_id".to_owned(), "eur-usd".to_owned())].into();
    let request = RunActionRequest { name: "breaker.force_open".to_owned(), parameters, reason: "a drill".to_owned() };
    Ok(OpsServiceClient::new(channel.clone()).run_action(request).await?.into_inner().summary)
}

#[tokio::test]
async fn ops_with_certificates_only_known_callers_get_in_and_only_operators_change_something() {
    // An error only says that another test was first.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.sign("localhost");
    fs::write(authority.file("server.pem"), certificate).unwrap();
    fs::write(authority.file("server.key"), key).unwrap();
    let path = |name: &str| authority.file(name).display().to_string();
    let (certificate, key, ca) = (path("server.pem"), path("server.key"), path("authority.pem"));
    let stage = Stage::new(Plan::default()).await;
    let service = stage
        .start(
            "replica-a",
            &[
                ("ORACLE__GRPC__TLS_CERTIFICATE_FILE", certificate.as_str()),
                ("ORACLE__GRPC__TLS_KEY_FILE", key.as_str()),
                ("ORACLE__GRPC__TLS_CLIENT_CA_FILE", ca.as_str()),
                ("ORACLE__GRPC__OPERATORS", "[\"ops-console\"]"),
            ],
        )
        .await;
    let address = service.listening().grpc.to_string();

    let console = connect(&address, Some(authority.client("ops-console", &authority))).await.expect("an operator");
    let gateway =
        connect(&address, Some(authority.client("tokenization-gateway", &authority))).await.expect("a reader");
    let leads = async || {
        let status = OpsServiceClient::new(gateway.clone()).get_status(GetStatusRequest {}).await.unwrap();
        status.into_inner().role == "leader"
    };
    eventually("the replica leads", leads).await;
    let priced = async || {
        let request = GetPriceRequest { feed_id: "eur-usd".to_owned() };
        OracleServiceClient::new(gateway.clone()).get_price(request).await
    };
    eventually("a reader reads", priced).await;
    assert_eq!(force_open(&gateway).await.unwrap_err().code(), Code::PermissionDenied);
    assert!(force_open(&console).await.unwrap().contains("force_open"));

    for (who, tls) in [
        ("a stranger with a name of ours", Some(other.client("ops-console", &authority))),
        ("one who trusts another server", Some(authority.client("ops-console", &other))),
        ("one without TLS", None),
    ] {
        let heard = match connect(&address, tls).await {
            Ok(channel) => OpsServiceClient::new(channel).get_status(GetStatusRequest {}).await.is_ok(),
            Err(_) => false,
        };
        assert!(!heard, "{who} was heard");
    }
    let (status, log) = service.terminate(SOON).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", log.tail(20));
}
