//! With certificates: whoever calls is known by the name that the settings let in, wherever it stands in his certificate.

use causeway_proto::ops::v1::ops_service_client::OpsServiceClient;
use causeway_testkit::guard::{Authority, Papers};
use serde_json::json;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

use super::{
    process::{BANK, Process, approval},
    stand::Stand,
};

/// The operators' calls, for whoever has these papers.
async fn operators(process: &Process, papers: &Papers) -> OpsServiceClient<Channel> {
    let [authority, certificate, key] =
        [&papers.authority, &papers.certificate, &papers.key].map(|file| std::fs::read(file).unwrap());
    let tls = ClientTlsConfig::new()
        .domain_name("localhost")
        .ca_certificate(Certificate::from_pem(authority))
        .identity(Identity::from_pem(certificate, key));
    let address = format!("https://{}", process.service.listening().grpc);
    let endpoint = Channel::from_shared(address).unwrap().tls_config(tls).unwrap();
    OpsServiceClient::new(endpoint.connect().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tok_8_an_approval_through_the_console_counts_also_where_its_certificate_has_another_name_first() {
    let stand = Stand::new("gateway_console_names").await;
    let authority = Authority::new().unwrap();
    let server = authority.sign("localhost").unwrap();
    let [certificate, key, ca] =
        [server.certificate, server.key, server.authority].map(|file| file.display().to_string());
    let settings = [
        ("GATEWAY__GRPC__TLS_CERTIFICATE_FILE", certificate.as_str()),
        ("GATEWAY__GRPC__TLS_KEY_FILE", key.as_str()),
        ("GATEWAY__GRPC__TLS_CLIENT_CA_FILE", ca.as_str()),
        ("GATEWAY__GRPC__OPERATORS", "[\"ops-console\"]"),
    ];
    let process = Process::start_with(&stand, &settings).await.unwrap();
    let order = json!({
        "asset": "eur", "amount": "1000.5", "to": stand.holder.to_string(), "business_reference": "B-1",
    });
    let (_, told) = process.try_post("/api/v1/tokens/mint", BANK, "m-1", order.to_string().into()).await.unwrap();
    let id = told["request_id"].as_str().unwrap();
    process.reaches(id, "held").await;
    let console = "ops-console.besu-network.svc.cluster.local";
    let mut ops = operators(&process, &authority.sign_names(console, &["ops-console"]).unwrap()).await;
    let refused = ops.run_action(approval(id, Some("carla"))).await.unwrap_err();
    assert!(refused.message().ends_with("its approvers do not name carla@ops-console"), "{refused:?}");
    ops.run_action(approval(id, Some("bert"))).await.unwrap();
    assert_eq!(process.reaches(id, "reported").await["approved_by"][0], "bert@ops-console");
}
