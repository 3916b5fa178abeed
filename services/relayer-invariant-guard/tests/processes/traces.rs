//! What the guard found and did, in one trace.

use causeway_testkit::{
    relayer::{ClearanceSettings, Misdeed, Settings as RelayerSettings},
    traces::{Span, TraceSink, tree},
    wait::{SOON, eventually},
};

use super::stage::{Stage, relay, whole};

#[tokio::test]
async fn ops_8_a_halt_is_on_record_with_the_trace_of_the_sweep_that_found_the_theft() {
    let traces = TraceSink::start().await.unwrap();
    let mut stage = Stage::new("guard_traces").await;
    stage.more = format!("[telemetry]\notlp_endpoint = \"{}\"", traces.endpoint());
    let guard = stage.serve("guard-0").await;
    // Nobody guards this relayer: it is here to index, so that there are new heights to pass at.
    let relayer = RelayerSettings { clearance: ClearanceSettings::Unguarded, ..stage.relayer(&[]) };
    let relayer = relay(&relayer).await;
    let store = stage.store();
    eventually("something passed", async || {
        stage.work(&relayer).await;
        store.find_last_verdict_at("pass").await.unwrap()
    })
    .await;
    stage.world.deposit(5).await.unwrap();
    relayer.misbehave(Misdeed::Steal { amount: whole(2) }).await.unwrap();
    let halt = eventually("the halt is on record", async || {
        stage.work(&relayer).await;
        let rows = store.list_audit(0, 500).await.unwrap();
        rows.into_iter().find(|row| row.kind == "halt")
    })
    .await;
    let trace = halt.trace_id.expect("a trace");
    let names = ["sweep", "gather", "evaluate", "halt", "record"];
    let of_halt =
        |spans: &[Span]| -> Vec<Span> { spans.iter().filter(|span| span.trace_id == trace).cloned().collect() };
    let whole = |spans: &[Span]| {
        let spans = of_halt(spans);
        names.iter().all(|name| spans.iter().any(|span| span.name == *name))
    };
    let spans = of_halt(&traces.wait_for(whole, SOON).await.unwrap_or_else(|error| panic!("{error}")));
    let sweep = spans.iter().find(|span| span.name == "sweep").unwrap();
    assert_eq!((sweep.parent_id.as_ref(), sweep.service.as_str()), (None, "relayer-invariant-guard"));
    for name in &names[1..] {
        let step = spans.iter().find(|span| span.name == *name).unwrap();
        assert_eq!(step.parent_id.as_ref(), Some(&sweep.span_id), "{}", tree(&spans));
    }
    guard.terminate(SOON).await.unwrap();
}
