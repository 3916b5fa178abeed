//! A name that stands for several replicas: each is called by itself, and each proves to be that name.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use causeway_grpc::{Caller, Code, Group, GroupSettings, Lookup, Member, Metrics, Names, Table, Tls};
use causeway_proto::oracle::v1::{SetSourceStateRequest, oracle_service_client::OracleServiceClient};
use tokio_util::sync::CancellationToken;

use crate::{
    authority::Authority,
    harness::{GENEROUS, Running, SET_SOURCE_STATE, Setup, refusal},
};

/// A replica that proves to be this name, and does what this caller wants.
async fn replica(certificate: Tls, obeys: &str) -> Running {
    let table = Table::default().allow(SET_SOURCE_STATE, [Caller::Named(obeys.to_owned())]);
    let mut setup = Setup { table, ..Setup::default() };
    setup.settings.tls = Some(certificate);
    Running::start(setup).await
}

/// Names of which each stands for these addresses.
fn lookup(found: &Arc<Mutex<Vec<SocketAddr>>>) -> Lookup {
    let found = Arc::clone(found);
    Arc::new(move |_, _| Box::pin(std::future::ready(Ok::<_, io::Error>(found.lock().unwrap().clone()))))
}

async fn said(member: &Member) -> Option<Code> {
    let mut oracle = OracleServiceClient::new(member.client.clone());
    let answer = oracle.set_source_state(SetSourceStateRequest::default()).await;
    answer.err().map(|status| refusal::<()>(Err(status)).code)
}

#[tokio::test]
async fn ops_10_each_replica_behind_a_name_is_called_and_proves_to_be_that_name() {
    let authority = Authority::new();
    let name = authority.sign("localhost");
    let standby = replica(name.clone(), "nobody").await;
    let leader = replica(name, "ops-console").await;
    let impostor = replica(authority.sign("somebody-else"), "ops-console").await;
    let addresses = [&standby, &leader, &impostor].map(|one| one.address);
    let found = Arc::new(Mutex::new(addresses.to_vec()));
    let (places, names) = Names::new(&["https://localhost:1".to_owned()], lookup(&found)).unwrap();
    let settings = GroupSettings { call_timeout: GENEROUS, tls: Some(authority.sign("ops-console")) };
    let group = Group::new(places, settings, Metrics::default()).unwrap();
    assert_eq!(group.now().len(), 1, "a name that nobody looked up is a place itself");

    let (mut news, token) = (group.news(), CancellationToken::new());
    let looking = tokio::spawn(names.run(token.clone()));
    news.changed().await.unwrap();
    let members = group.now();
    assert_eq!(members.len(), 3);
    for (address, expected) in addresses.into_iter().zip([Some(Code::PermissionDenied), None, Some(Code::Unavailable)])
    {
        let member = members.iter().find(|one| one.address == format!("https://{address}")).unwrap();
        assert_eq!(said(member).await, expected, "{address}");
    }
    token.cancel();
    looking.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn ops_10_a_replica_that_comes_is_called_without_a_restart_and_one_that_is_gone_is_not() {
    let addresses: Vec<SocketAddr> = ["127.0.0.2:7", "127.0.0.1:7"].map(|one| one.parse().unwrap()).into();
    let found = Arc::new(Mutex::new(addresses[..1].to_vec()));
    let (places, names) = Names::new(&["http://oracle.example:7".to_owned()], lookup(&found)).unwrap();
    let settings = GroupSettings { call_timeout: GENEROUS, tls: None };
    let group = Group::new(places, settings, Metrics::default()).unwrap();
    let (mut news, token) = (group.news(), CancellationToken::new());
    let looking = tokio::spawn(names.run(token.clone()));
    let shown = || group.now().into_iter().map(|member| member.address).collect::<Vec<_>>();
    news.changed().await.unwrap();
    assert_eq!(shown(), ["http://127.0.0.2:7"]);
    found.lock().unwrap().clone_from(&addresses);
    news.changed().await.unwrap();
    assert_eq!(shown(), ["http://127.0.0.1:7", "http://127.0.0.2:7"]);
    found.lock().unwrap().truncate(0);
    found.lock().unwrap().push(addresses[1]);
    news.changed().await.unwrap();
    assert_eq!(shown(), ["http://127.0.0.1:7"]);
    token.cancel();
    looking.await.unwrap().unwrap();
}
