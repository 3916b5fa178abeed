//! A batch is one trace from the logs to the commit, and a message is one from its send to its execution.

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

#[tokio::test]
async fn ops_8_the_send_and_the_execution_of_a_message_are_in_the_trace_that_rest_tells_of_it() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let message = stage.deliver(Family::V1_6, Side::Home, "followed").await;
    let told = replica.status(&message.id, "executed").await;
    let other = stage.send(Family::V1_6, Side::Home, "another").await;
    let of_other = replica.status(&other.id, "sent").await;
    let trace = told["trace_id"].as_str().expect("a trace").to_owned();
    assert_ne!(of_other["trace_id"], told["trace_id"], "each message is a trace of its own");

    // A batch's own span ends, and so comes, after those of what was in it.
    let is_complete = |spans: &[Span]| {
        ["message sent", "message executed"].into_iter().all(|name| {
            let told = spans.iter().find(|span| span.name == name && span.trace_id == trace);
            told.is_some_and(|told| spans.iter().any(|batch| batch.name == "ingest" && told.links_to(batch)))
        })
    };
    let found = stage.world.traces.wait_for(is_complete, SOON).await;
    let spans = found.unwrap_or_else(|error| panic!("{error}"));
    let of_message: Vec<&Span> = spans.iter().filter(|span| span.trace_id == trace).collect();
    for span in &of_message {
        let attribute = |name: &str| span.attributes.get(name).map(String::as_str);
        assert_eq!(attribute("message_id"), Some(message.id.as_str()), "{span:?}");
    }
    let executed = of_message.iter().find(|span| span.name == "message executed").unwrap();
    assert_eq!(executed.attributes.get("outcome").map(String::as_str), Some("succeeded"));
    let document = replica.json("/api/v1/openapi.json").await;
    assert!(document["components"]["schemas"]["Message"]["properties"]["trace_id"].is_object(), "it is documented");
    stage.finish(vec![replica]).await;
}
