//! One trace from the tick to the receipt.

use causeway_testkit::{
    observability::{Jaeger, find},
    oracle::Plan,
    traces::Span,
    wait::SOON,
};

use super::stage::Stage;

#[tokio::test]
async fn ops_8_a_round_is_one_trace_from_the_price_tick_to_the_receipt() {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    let round = replica.first_round().await;
    assert_eq!(round.trace_id.len(), 32, "the round names its trace");

    let names = ["price_tick", "decide", "record", "send transaction", "receipt"];
    let of_round = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter(|span| span.trace_id == round.trace_id).cloned().collect()
    };
    let complete = |spans: &[Span]| {
        let spans = of_round(spans);
        names.iter().all(|name| spans.iter().any(|span| span.name == *name))
    };
    let spans = of_round(&stage.world.traces.wait_for(complete, SOON).await.unwrap());
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let tick = named("price_tick");
    assert_eq!((tick.parent_id.as_ref(), tick.service.as_str()), (None, "oracle-publisher"));
    assert_eq!(tick.attributes.get("feed_id").map(String::as_str), Some("eur-usd"));
    for name in ["decide", "record"] {
        assert_eq!(named(name).parent_id.as_ref(), Some(&tick.span_id), "{name} is a step of the tick");
    }
    assert_eq!(named("send transaction").attributes.get("tx_hash"), Some(&round.tx_hash));
    assert!(spans.iter().all(|span| !span.failed), "{}", causeway_testkit::traces::tree(&spans));
    let starts: Vec<u64> = names.iter().map(|name| named(name).started_nanos).collect();
    assert!(starts.is_sorted(), "the steps began in their order: {starts:?}");
    match find("jaeger") {
        None => eprintln!("there is no jaeger here: the trace was read from the sink only (docs/operations.md)"),
        Some(binary) => {
            let jaeger = Jaeger::start(&binary).await.unwrap();
            stage.world.traces.hand_over(&jaeger).await.unwrap();
            let told = jaeger.names_of(&round.trace_id, spans.len()).await.unwrap();
            assert!(names.iter().all(|name| told.iter().any(|known| known == name)), "{told:?}");
        }
    }
    stage.finish(vec![replica]).await;
}
