//! The log scanner against generated chains whose endpoints are honest, each within its own limits.

use std::time::Duration;

use causeway_chain::logs::{Error, ScanPolicy, Step};
use causeway_testkit::blocks::{Behaviour, Wording};

use crate::support::{Generated, QUICK, Stored};

#[tokio::test]
async fn ccip_17_every_log_is_read_once_whatever_the_endpoint_limits_and_how_it_says_so() {
    let limits = [
        ("none", Behaviour::default()),
        ("width, Besu", Behaviour { range_cap: 7, ..Behaviour::default() }),
        ("width, reth", Behaviour { range_cap: 33, wording: Wording::Reth, ..Behaviour::default() }),
        ("width, unknown words", Behaviour { range_cap: 5, wording: Wording::Strange, ..Behaviour::default() }),
        ("one block", Behaviour { range_cap: 1, ..Behaviour::default() }),
        ("logs, Infura", Behaviour { most_logs: Some(9), wording: Wording::Infura, ..Behaviour::default() }),
        ("logs, reth", Behaviour { most_logs: Some(9), wording: Wording::Reth, ..Behaviour::default() }),
        ("logs, Besu", Behaviour { most_logs: Some(4), ..Behaviour::default() }),
        ("logs, unknown words", Behaviour { most_logs: Some(4), wording: Wording::Strange, ..Behaviour::default() }),
        ("no batches", Behaviour { takes_batches: false, ..Behaviour::default() }),
        ("times in logs", Behaviour { times_in_logs: true, ..Behaviour::default() }),
        ("times that cannot be", Behaviour { times_in_logs: true, false_time: Some(0), ..Behaviour::default() }),
    ];
    for (name, behaviour) in limits {
        let generated = Generated::new(400, [behaviour]).await;
        let mut stored = Stored::default();
        stored.read_all(&mut generated.scanner_with(QUICK)).await.unwrap();
        assert_eq!(stored.logs(), generated.expected(0..=400), "{name}");
        assert_eq!(stored.position().unwrap().hash, generated.chain.hash(400), "{name}");
        assert!(stored.0.iter().all(|window| window.time.as_secs() == generated.chain.seconds(*window.range.end())));
    }
}

#[tokio::test]
async fn ccip_17_headers_are_read_only_for_blocks_with_logs_and_not_where_the_log_tells_the_time() {
    for (times_in_logs, takes_batches) in [(true, true), (false, true), (false, false)] {
        let behaviour = Behaviour { times_in_logs, takes_batches, ..Behaviour::default() };
        let generated = Generated::new(400, [behaviour]).await;
        let mut stored = Stored::default();
        stored.read_all(&mut generated.scanner_with(QUICK)).await.unwrap();
        let mut holders: Vec<u64> = stored.logs().into_iter().map(|log| log.0).collect();
        holders.dedup();
        // The head before and after, and three for each of the two windows; one refused batch more if there was one.
        let own = if takes_batches { 8 } else { 11 };
        let told_by_window = holders.iter().filter(|block| [0, 99, 100, 400].contains(*block)).count();
        let looked_up = if times_in_logs { 0 } else { holders.len() - told_by_window };
        let expected = own + u64::try_from(looked_up).unwrap();
        assert_eq!(generated.servers[0].calls("eth_getBlockByNumber"), expected, "{times_in_logs} {takes_batches}");
    }
}

#[tokio::test]
async fn ccip_17_an_endpoint_that_refused_one_batch_is_asked_call_by_call_from_then_on() {
    let generated = Generated::new(400, [Behaviour { takes_batches: false, ..Behaviour::default() }]).await;
    let mut scanner = generated.scanner();
    let mut stored = Stored::default();
    stored.read_all(&mut scanner).await.unwrap();
    let asked = generated.servers[0].calls("eth_getLogs");
    assert_eq!(asked, u64::try_from(stored.0.len()).unwrap() + 1, "one of them was the batch that was refused");
}

#[tokio::test]
async fn ccip_17_a_block_with_more_logs_than_the_endpoint_tells_is_read_by_hash_or_by_receipts() {
    let tight = Behaviour { most_logs: Some(2), ..Behaviour::default() };
    for behaviour in [
        Behaviour { limits_by_hash: false, ..tight.clone() },
        Behaviour { serves_receipts: true, ..tight.clone() },
        Behaviour { serves_receipts: true, takes_batches: false, wording: Wording::Strange, ..tight.clone() },
    ] {
        let generated = Generated::new(100, [behaviour]).await;
        let mut stored = Stored::default();
        stored.read_all(&mut generated.scanner()).await.unwrap();
        assert_eq!(stored.logs(), generated.expected(0..=100));
    }
    let generated = Generated::new(100, [tight]).await;
    let mut stored = Stored::default();
    let refused = stored.read_all(&mut generated.scanner()).await.unwrap_err();
    let Error::BlockRefused { block, .. } = refused else { panic!("{refused:?}") };
    assert_eq!(generated.expected(block..=block).len(), 3, "the first block with three logs of ours");
    assert_eq!(stored.logs(), generated.expected(0..=block - 1), "everything before it was handed out");
}

#[tokio::test]
async fn ccip_17_windows_are_fetched_ahead_and_handed_out_in_order() {
    let behaviour = Behaviour { latency: Duration::from_millis(5), ..Behaviour::default() };
    let generated = Generated::new(2_000, [behaviour.clone()]).await;
    let mut stored = Stored::default();
    stored.read_all(&mut generated.scanner_with(ScanPolicy { widest: 20, in_flight: 4, ..QUICK })).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=2_000));
    // A window may ask for its headers in up to four requests.
    assert!((4..=16).contains(&generated.servers[0].most_at_once()), "{}", generated.servers[0].most_at_once());

    let generated = Generated::new(200, [Behaviour { times_in_logs: true, ..behaviour }]).await;
    let mut stored = Stored::default();
    let frugal = ScanPolicy { widest: 20, ahead_bytes: 0, ..QUICK };
    stored.read_all(&mut generated.scanner_with(frugal)).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=200));
    assert_eq!(generated.servers[0].most_at_once(), 1, "no memory to fetch ahead into");
}

#[tokio::test]
async fn ccip_17_windows_are_as_wide_as_an_answer_may_be_long() {
    let generated = Generated::new(3_000, [Behaviour { times_in_logs: true, ..Behaviour::default() }]).await;
    let mut stored = Stored::default();
    let short = ScanPolicy { answer_bytes: 16 * 1024, widest: 400, ..QUICK };
    stored.read_all(&mut generated.scanner_with(short)).await.unwrap();
    assert_eq!(stored.logs(), generated.expected(0..=3_000));
    // A log is some 600 bytes here, so some 27 of them.
    let longest = stored.0.iter().skip(4).map(|window| window.logs.len()).max().unwrap();
    assert!((10..200).contains(&longest), "{longest} logs in a window");
    assert!(stored.0.len() > 20);
}

#[tokio::test]
async fn ccip_17_nothing_above_the_limit_is_read() {
    let generated = Generated::new(300, [Behaviour::default()]).await;
    let mut scanner = generated.scanner();
    let mut stored = Stored::default();
    for limit in [57, 57, 58, 200, 150, 300] {
        loop {
            match scanner.next(limit).await.unwrap() {
                Step::Window(window) => stored.push(window),
                Step::CaughtUp { head } => break assert_eq!(head.number, 300),
                Step::Reorganised => panic!("nothing was reorganised"),
            }
        }
        assert!(stored.position().unwrap().number <= limit.max(200));
    }
    assert_eq!(stored.logs(), generated.expected(0..=300));
}

#[tokio::test]
async fn ccip_17_a_caller_that_stops_waiting_loses_nothing_and_gets_nothing_twice() {
    let behaviour = Behaviour { latency: Duration::from_millis(3), ..Behaviour::default() };
    let generated = Generated::new(600, [behaviour]).await;
    let (mut scanner, mut stored, mut given_up) = (generated.scanner(), Stored::default(), 0);
    loop {
        match tokio::time::timeout(Duration::from_millis(1), scanner.next(u64::MAX)).await {
            Err(_) => given_up += 1,
            Ok(Ok(Step::Window(window))) => stored.push(window),
            // The question for the head is the one thing that starts anew each time.
            Ok(step) => panic!("{step:?}"),
        }
        if given_up > 5 && stored.0.is_empty() {
            let Step::Window(first) = scanner.next(u64::MAX).await.unwrap() else { panic!("no window") };
            stored.push(first);
        }
        if stored.position().is_some_and(|position| position.number == 600) {
            break;
        }
    }
    assert_eq!(stored.logs(), generated.expected(0..=600));
    assert!(given_up > 5);
}

#[tokio::test]
async fn ccip_17_the_head_is_followed_block_by_block() {
    let generated = Generated::new(3, [Behaviour::default()]).await;
    let (mut scanner, mut stored) = (generated.scanner(), Stored::default());
    for height in 3..60 {
        stored.read_all(&mut scanner).await.unwrap();
        assert_eq!(stored.position().unwrap().number, height);
        generated.chain.grow(1);
    }
    assert_eq!(stored.logs(), generated.expected(0..=59));
}
