//! Each event at least once, in order, known by its name; nothing waits for a broker that is away.

use causeway_testkit::{observability::Nats, wait::eventually};

use crate::stand::{Stand, TRACE, nats_server, received, start};

#[tokio::test]
async fn ops_10_each_event_is_in_the_stream_once_in_order_and_whole() {
    let Some(binary) = nats_server() else { return };
    let (nats, _folder) = start(&binary).await;
    let stand = Stand::new("broker").await;
    stand.happen(3).await;
    let running = stand.offer(&nats.url());
    stand.comes_to(3).await;
    // More than one batch; what was there before the first leader is not told anew.
    stand.happen(250).await;
    stand.comes_to(253).await;
    running.stop().await;

    let received = received(&nats.url()).await;
    let sequences: Vec<u64> = received.iter().map(|one| one.event.sequence).collect();
    assert_eq!(sequences, (4..=253).collect::<Vec<_>>());
    let first = received.first().unwrap();
    assert_eq!(first.subject, "causeway.oracle-publisher.round_confirmed");
    assert_eq!((first.id.as_str(), first.event.subject.as_str()), ("oracle-publisher-4", "subject 4"));
    assert_eq!(first.traceparent, format!("00-{TRACE}-0000000000000004-01"));
    assert_eq!(first.event.trace_id, TRACE);
    assert!(stand.page().contains("broker_events_total{outcome=\"new\"} 250\n"), "{}", stand.page());
}

#[tokio::test]
async fn ops_10_what_is_offered_again_after_a_lost_acknowledgement_is_known_by_its_name() {
    let Some(binary) = nats_server() else { return };
    let (nats, _folder) = start(&binary).await;
    let stand = Stand::new("broker_again").await;
    stand.forget_to(0).await;
    stand.happen(20).await;
    let running = stand.offer(&nats.url());
    stand.comes_to(20).await;
    running.stop().await;

    // The stream has all twenty; of the last fifteen the service never heard.
    stand.forget_to(5).await;
    let running = stand.offer(&nats.url());
    stand.comes_to(20).await;
    running.stop().await;
    assert_eq!(received(&nats.url()).await.len(), 20);
    assert!(stand.page().contains("broker_events_total{outcome=\"known\"} 15\n"), "{}", stand.page());
}

#[tokio::test]
async fn ops_10_a_broker_that_goes_away_is_waited_for_and_told() {
    let Some(binary) = nats_server() else { return };
    let (nats, folder) = start(&binary).await;
    let (url, port) = (nats.url(), nats.port());
    let stand = Stand::new("broker_away").await;
    stand.forget_to(0).await;
    stand.happen(5).await;
    let running = stand.offer(&url);
    stand.comes_to(5).await;
    drop(nats);

    stand.happen(5).await;
    // The events are of 2023: whoever waits for them waits since then.
    let since = "broker_behind_seconds 0\n";
    eventually("somebody is told", async || !stand.page().contains(since) && stand.health().starts_with("degraded: "))
        .await;
    assert_eq!(stand.place().await, Some(5));

    let _nats = Nats::start(&binary, folder.path(), port).await.unwrap();
    stand.comes_to(10).await;
    stand.shows(since).await;
    running.stop().await;
    let sequences: Vec<u64> = received(&url).await.iter().map(|one| one.event.sequence).collect();
    assert_eq!(sequences, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn ops_10_whoever_was_deposed_does_not_move_the_place() {
    let Some(binary) = nats_server() else { return };
    let (nats, _folder) = start(&binary).await;
    let stand = Stand::new("broker_fenced").await;
    stand.forget_to(0).await;
    stand.depose().await;
    stand.happen(5).await;
    let running = stand.offer(&nats.url());
    eventually("it is fenced", async || stand.health().contains("is not held at epoch")).await;
    assert_eq!(stand.place().await, Some(0));
    running.stop().await;
}
