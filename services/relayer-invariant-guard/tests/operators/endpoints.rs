//! An endpoint that fails, told by three timers that know nothing of each other. Hours pass because the test says so; the
//! endpoint is a real node behind a wire that lies on order.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use causeway_alerting::Alarms;
use causeway_chain::{
    endpoints::{CircuitPolicy, EndpointPolicy, EndpointSet, Metrics},
    finality::Finality,
    rpc::EndpointUrl,
};
use causeway_primitives::{ChainId, Timestamp};
use causeway_runtime::clock::ManualClock;
use causeway_testkit::{anvil::Anvil, fault::RpcProxy};
use relayer_invariant_guard::{
    adapters::chain::{ChainReader, Endpoint, Plan},
    app::alerts::Alerts,
};

use super::{alerting::firing, stand::Stand};

/// How alerts name the endpoint.
const SUBJECT: &str = "home/a";

const MINUTE: Duration = Duration::from_secs(60);

struct Watched {
    stand: Stand,
    clock: Arc<ManualClock>,
    alarms: Alarms,
    alerts: Alerts,
    proxy: RpcProxy,
    _node: Anvil,
}

impl Watched {
    async fn new(label: &str) -> Self {
        let node = Anvil::builder().start().await.unwrap();
        let proxy = RpcProxy::start(node.url()).await.unwrap();
        // The books of the stand are at block 11 when it looks first, and one further with each look.
        node.mine(60).await.unwrap();
        let endpoint = Endpoint { name: "a".parse().unwrap(), operator: "bank".parse().unwrap() };
        let plan = Plan {
            endpoints: vec![endpoint],
            finality: Finality::Instant,
            asks: Vec::new(),
            emitters: Vec::new(),
            assets: BTreeMap::new(),
            settlement: None,
            first_block: 0,
            log_blocks: 1_000,
            within: MINUTE,
        };
        // It is asked each time, however often it has failed: what is left alone for a while is not the matter here.
        let (cool_down, longest_cool_down) = (Duration::from_nanos(1), Duration::from_nanos(1));
        let circuit = CircuitPolicy { cool_down, longest_cool_down, ..CircuitPolicy::default() };
        let policy = EndpointPolicy { circuit, ..EndpointPolicy::default() };
        let (url, http) = (EndpointUrl::parse(&proxy.url().into()).unwrap(), reqwest::Client::new());
        let set = EndpointSet::new(vec![url], ChainId::new(138).unwrap(), policy, &http, &Metrics::default()).unwrap();
        let chains = BTreeMap::from([("home".parse().unwrap(), ChainReader::new(set, plan))]);
        let clock = Arc::new(ManualClock::at(Timestamp::from_secs(1_800_000_000).unwrap()));
        let stand = Stand::with(label, chains, clock.clone()).await;
        let alarms = Alarms::unattended(clock.clone());
        let alerts = Alerts::new(stand.guard.clone(), alarms.clone());
        Self { stand, clock, alarms, alerts, proxy, _node: node }
    }

    /// So many evaluations, and what fires about the endpoint after them.
    async fn looks(&mut self, times: usize) -> Vec<&'static str> {
        for _ in 0..times {
            // No rule speaks of the chain: whatever becomes of it, the verdict is a Pass.
            self.stand.pass().await;
        }
        self.alerts.round().await.unwrap();
        let firing = firing(&self.alarms);
        let names = ["GuardRpcTimeout", "GuardRpcFailuresMany", "GuardRpcOutage", "GuardRpcOutageLong"];
        names.into_iter().filter(|name| firing.contains(&format!("{name}/{SUBJECT}"))).collect()
    }
}

#[tokio::test]
async fn grd_2_three_failures_in_a_row_are_told_and_an_answer_ends_it() {
    let mut watched = Watched::new("guard_rpc_failures").await;
    assert_eq!(watched.looks(1).await, [""; 0]);
    watched.proxy.http_status(503);
    assert_eq!(watched.looks(2).await, [""; 0], "two are bad luck");
    assert_eq!(watched.looks(1).await, ["GuardRpcTimeout"]);
    watched.proxy.honest();
    assert_eq!(watched.looks(1).await, [""; 0], "over");
    watched.proxy.http_status(503);
    assert_eq!(watched.looks(2).await, [""; 0], "counted from the beginning");
}

#[tokio::test]
async fn grd_8_chat_hears_of_ten_failures_operations_of_five_minutes_and_mail_of_an_hour_each_by_itself() {
    let mut watched = Watched::new("guard_rpc_timers").await;
    watched.proxy.http_status(503);
    // Many failures in no time.
    assert_eq!(watched.looks(10).await, ["GuardRpcTimeout"]);
    assert_eq!(watched.looks(1).await, ["GuardRpcTimeout", "GuardRpcFailuresMany"]);
    watched.proxy.honest();
    assert_eq!(watched.looks(1).await, [""; 0]);
    // Few, but for long: nobody looked in between, and the clock alone makes the difference.
    watched.proxy.http_status(503);
    assert_eq!(watched.looks(1).await, [""; 0]);
    watched.clock.advance(MINUTE * 5);
    assert_eq!(watched.looks(0).await, [""; 0], "to the second");
    watched.clock.advance(Duration::from_secs(1));
    assert_eq!(watched.looks(0).await, ["GuardRpcOutage"]);
    watched.clock.advance(MINUTE * 55);
    assert_eq!(watched.looks(0).await, ["GuardRpcOutage", "GuardRpcOutageLong"]);
    watched.proxy.honest();
    assert_eq!(watched.looks(1).await, [""; 0], "all of them are over with one answer");
}
