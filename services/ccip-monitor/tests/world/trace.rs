//! A batch is one trace from the logs to the commit.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
    traces::Span,
    wait::SOON,
};

use super::stage::Stage;

#[tokio::test]
async fn ops_8_a_batch_is_one_trace_from_the_logs_to_the_rows() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.send(Family::V1_6, Side::Home, "traced").await;
    let told = replica.status(&message.id, "sent").await;
    let block = told["source"]["block_number"].to_string();
    let holds = |span: &&Span| {
        let number = |name: &str| span.attributes.get(name).and_then(|text| text.parse::<u64>().ok());
        let (first, last, block) = (number("first"), number("last"), block.parse::<u64>().ok());
        span.name == "ingest"
            && span.attributes.get("chain").map(String::as_str) == Some("home")
            && first <= block
            && block <= last
    };
    let complete = |spans: &[Span]| {
        spans
            .iter()
            .find(holds)
            .is_some_and(|batch| spans.iter().any(|span| span.parent_id.as_ref() == Some(&batch.span_id)))
    };
    let spans = stage.world.traces.wait_for(complete, SOON).await.expect("the batch and its steps");
    let batch = spans.iter().find(holds).unwrap();
    assert_eq!(batch.service, "ccip-monitor");
    let of_batch: Vec<Span> = spans.iter().filter(|span| span.trace_id == batch.trace_id).cloned().collect();
    assert!(of_batch.iter().all(|span| !span.failed), "{}", causeway_testkit::traces::tree(&of_batch));
    stage.finish(vec![replica]).await;
}
