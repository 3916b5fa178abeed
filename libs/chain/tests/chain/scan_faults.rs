//! The log scanner when endpoints lie, lag, die and are busy, and when the chain changes its mind.

use std::time::Duration;

use causeway_chain::{
    endpoints::{CircuitPolicy, EndpointPolicy, EndpointSet, Metrics},
    logs::{Error, Fault, ScanPolicy, Scanner, Selection, Step, newest_on_chain},
};
use causeway_primitives::ChainId;
use causeway_testkit::blocks::{Behaviour, BlockServer, Busy};
use tokio::time::Instant;

use crate::support::{CONTRACT, Generated, IMPATIENT, QUICK, Stored, TOPIC, dead_url, endpoints, http, seen, url};

#[tokio::test]
async fn ccip_17_an_incomplete_range_is_read_again_from_another_endpoint() {
    let leaky = Behaviour { omits: Some(30..=70), ..Behaviour::default() };
    let generated = Generated::new(200, [leaky, Behaviour { range_cap: 9, ..Behaviour::default() }]).await;
    let mut scanner = generated.scanner();
    let mut stored = Stored::default();
    stored.read_all(&mut scanner).await.unwrap();
    let outside_of_the_hole: Vec<_> =
        generated.expected(0..=200).into_iter().filter(|log| !(30..=70).contains(&log.0)).collect();
    assert_eq!(stored.logs(), outside_of_the_hole, "nothing shows the hole");
    assert!(stored.0.iter().all(|window| window.endpoint == 0));
    let reread = scanner.reread(20..=90, 0).await.unwrap();
    assert_eq!(reread.logs.iter().map(seen).collect::<Vec<_>>(), generated.expected(20..=90));
    assert_eq!((reread.endpoint, reread.range), (1, 20..=90));
    assert_eq!(reread.parent, generated.chain.hash(19));
    assert_eq!((reread.position.number, reread.position.hash), (90, generated.chain.hash(90)));
    assert_eq!(scanner.position(), stored.position(), "the scan stays where it is");
}

#[tokio::test]
async fn ccip_17_without_another_endpoint_nothing_can_be_read_again() {
    let generated = Generated::new(10, [Behaviour::default()]).await;
    let alone = generated.scanner().reread(0..=5, 0).await.unwrap_err();
    assert!(matches!(alone, Error::NoOtherEndpoint), "{alone:?}");
    let behind = [Behaviour::default(), Behaviour { behind: 8, ..Behaviour::default() }];
    let generated = Generated::new(10, behind).await;
    let lagging = generated.scanner().reread(0..=5, 0).await.unwrap_err();
    assert!(matches!(lagging, Error::NotServed { block: 5 }), "{lagging:?}");
}

#[tokio::test]
async fn ccip_17_logs_that_nobody_asked_for_are_refused_and_another_endpoint_is_asked() {
    let liar = Behaviour { strays: 45, ..Behaviour::default() };
    let generated = Generated::new(200, [liar.clone()]).await;
    let mut stored = Stored::default();
    let refused = stored.read_all(&mut generated.scanner()).await.unwrap_err();
    let Error::Inconsistent { endpoint: 0, fault: Fault::OutOfRange { .. } } = refused else { panic!("{refused:?}") };
    let generated = Generated::new(200, [liar, Behaviour::default()]).await;
    let mut stored = Stored::default();
    stored.read_all(&mut generated.scanner()).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=200));
}

#[tokio::test]
async fn ccip_17_an_endpoint_that_falls_behind_in_the_middle_is_left_for_another() {
    let generated = Generated::new(600, [Behaviour::default(), Behaviour::default()]).await;
    let mut scanner = generated.scanner();
    let mut stored = Stored::default();
    let Step::Window(first) = scanner.next(u64::MAX).await.unwrap() else { panic!("no window") };
    stored.push(first);
    generated.servers[0].change(|behaviour| behaviour.behind = 560);
    stored.read_all(&mut scanner).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=600));
    assert_eq!(stored.0.last().unwrap().endpoint, 1);
}

#[tokio::test]
async fn ccip_17_blocks_that_nobody_has_any_more_are_an_error_and_the_scan_goes_on_later() {
    let generated = Generated::new(600, [Behaviour::default()]).await;
    let mut scanner = generated.scanner_with(ScanPolicy { widest: 50, in_flight: 1, ..QUICK });
    let mut stored = Stored::default();
    let Step::Window(first) = scanner.next(u64::MAX).await.unwrap() else { panic!("no window") };
    stored.push(first);
    generated.servers[0].change(|behaviour| behaviour.behind = 520);
    let missing = stored.read_all(&mut scanner).await.unwrap_err();
    assert!(matches!(missing, Error::NotServed { .. }), "{missing:?}");
    generated.servers[0].change(|behaviour| behaviour.behind = 0);
    stored.read_all(&mut scanner).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=600));
}

#[tokio::test]
async fn ccip_17_a_dead_endpoint_costs_no_log_and_a_dead_set_is_an_error_that_passes() {
    let mut generated = Generated::new(300, [Behaviour::default()]).await;
    let alive = generated.servers[0].url().to_owned();
    let dead = dead_url().await;
    generated.endpoints = endpoints(&[&dead, &alive]);
    let mut stored = Stored::default();
    stored.read_all(&mut generated.scanner()).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=300));

    generated.endpoints = endpoints(&[&dead]);
    let error = generated.scanner().next(u64::MAX).await.unwrap_err();
    assert!(matches!(error, Error::Chain(_)), "{error:?}");
}

#[tokio::test]
async fn ccip_17_an_endpoint_that_stopped_answering_is_left_for_another() {
    let generated = Generated::new(300, [Behaviour::default(), Behaviour::default()]).await;
    let policy = EndpointPolicy { call_timeout: Duration::from_millis(500), ..IMPATIENT };
    let urls = generated.servers.iter().map(|server| url(server.url())).collect();
    let endpoints = EndpointSet::new(urls, ChainId::new(138).unwrap(), policy, &http(), &Metrics::default()).unwrap();
    let mut scanner = Scanner::new(endpoints, Selection::new([CONTRACT], [TOPIC]), None, 0, QUICK);
    let mut stored = Stored::default();
    let Step::Window(first) = scanner.next(20).await.unwrap() else { panic!("no window") };
    stored.push(first);
    generated.servers[0].change(|behaviour| behaviour.latency = Duration::from_secs(60));
    stored.read_all(&mut scanner).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=300));
    assert_eq!(stored.0.iter().map(|window| window.endpoint).collect::<Vec<_>>(), [0, 1], "in one piece");
}

#[tokio::test]
async fn ccip_17_a_busy_endpoint_is_left_alone_for_as_long_as_it_asks() {
    let generated = Generated::new(100, [Behaviour::default()]).await;
    let server = &generated.servers[0];
    // Circuits as they are in a service: the set waits, instead of trying at once as in the other tests.
    let policy = EndpointPolicy { circuit: CircuitPolicy::default(), ..IMPATIENT };
    let chain_id = ChainId::new(138).unwrap();
    let urls = vec![url(server.url())];
    let endpoints = EndpointSet::new(urls, chain_id, policy, &http(), &Metrics::default()).unwrap();
    let patient = ScanPolicy { rounds: 6, round_pause: Duration::from_millis(100), widest: 50, ..QUICK };
    let mut scanner = Scanner::new(endpoints, Selection::new([CONTRACT], [TOPIC]), None, 0, patient);
    let mut stored = Stored::default();
    let Step::Window(first) = scanner.next(20).await.unwrap() else { panic!("no window") };
    stored.push(first);
    let (started, before) = (Instant::now(), server.requests());
    server.change(|behaviour| behaviour.busy = Some(Busy { requests: 1, retry_after: Some(1) }));
    let Step::Window(second) = scanner.next(40).await.unwrap() else { panic!("no window") };
    stored.push(second);
    assert!(started.elapsed() >= Duration::from_secs(1), "{:?}", started.elapsed());
    // The refused one, the chain's id anew, the window, its headers.
    assert!(server.requests() - before <= 5, "{}", server.requests() - before);
    assert_eq!(stored.logs(), generated.expected(0..=40));
}

#[tokio::test]
async fn ccip_16_after_any_reorganisation_what_is_stored_is_what_is_on_the_chain() {
    for (seen_before, from, height) in [
        (1, 40, 300),
        (3, 149, 300),
        (3, 150, 300),
        (3, 151, 300),
        (2, 0, 300),
        (5, 299, 300),
        (9, 300, 300),
        (9, 10, 305),
        (9, 280, 297),
        (2, 60, 298),
    ] {
        let generated = Generated::new(300, [Behaviour::default()]).await;
        let (mut scanner, mut stored) = (generated.scanner(), Stored::default());
        while stored.0.len() < seen_before
            && let Step::Window(window) = scanner.next(u64::MAX).await.unwrap()
        {
            stored.push(window);
        }
        generated.chain.reorganise_to(from, height);
        follow(&generated, &mut scanner, &mut stored).await;
        // A chain that became shorter than the position, by as much as an endpoint may lag, shows its new blocks
        // once it is long enough.
        generated.chain.grow(20);
        follow(&generated, &mut scanner, &mut stored).await;
        assert_eq!(stored.logs(), generated.expected(0..=height + 20), "from {from} to {height}");
        let ends = stored.0.iter().map(|window| (window.position.number, window.position.hash));
        assert!(ends.clone().all(|(number, hash)| generated.chain.hash(number) == hash), "from {from} to {height}");
    }
}

/// What a service does: stores windows, undoes what is not on the chain any more, goes on.
async fn follow(generated: &Generated, scanner: &mut Scanner, stored: &mut Stored) {
    loop {
        match scanner.next(u64::MAX).await.unwrap() {
            Step::Window(window) => stored.push(window),
            Step::CaughtUp { .. } => return,
            Step::Reorganised => {
                let session = generated.endpoints.liveness().run(|session| async move { Ok(session) }).await.unwrap();
                let common = newest_on_chain(&session, &stored.positions()).await.unwrap();
                stored.undo_above(common);
                scanner.rewind(common);
            }
        }
    }
}

#[tokio::test]
async fn ccip_16_reorganisations_while_windows_are_on_their_way_leave_nothing_behind() {
    let behaviour = Behaviour { latency: Duration::from_millis(1), ..Behaviour::default() };
    let generated = Generated::new(500, [behaviour.clone(), behaviour]).await;
    let mut scanner = generated.scanner_with(ScanPolicy { widest: 15, ..QUICK });
    let (mut stored, mut windows, mut reorganised) = (Stored::default(), 0_u64, 0);
    loop {
        match scanner.next(u64::MAX).await.unwrap() {
            Step::Window(window) => {
                stored.push(window);
                windows += 1;
                // Now behind the position, now among the windows on their way; the last one some time before the end.
                if windows % 5 == 0 && windows < 60 {
                    let position = stored.position().unwrap().number;
                    generated.chain.reorganise(position.saturating_sub(20) + windows);
                }
            }
            Step::CaughtUp { .. } => break,
            Step::Reorganised => {
                reorganised += 1;
                let session = generated.endpoints.liveness().run(|session| async move { Ok(session) }).await.unwrap();
                let common = newest_on_chain(&session, &stored.positions()).await.unwrap();
                stored.undo_above(common);
                scanner.rewind(common);
            }
        }
    }
    assert_eq!(stored.logs(), generated.expected(0..=500));
    assert!(reorganised > 0, "none of them was noticed");
}

#[tokio::test]
async fn an_endpoint_of_another_chain_gives_no_log() {
    let other = causeway_testkit::blocks::Chain::builder().chain_id(7).height(100).build(|_: u64| Vec::new());
    let server = BlockServer::start(&other, Behaviour::default()).await.unwrap();
    let mut scanner = Scanner::new(endpoints(&[server.url()]), Selection::new([CONTRACT], [TOPIC]), None, 0, QUICK);
    assert!(matches!(scanner.next(u64::MAX).await, Err(Error::Chain(_))));
    assert_eq!(server.calls("eth_getLogs"), 0);
}
