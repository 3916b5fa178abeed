//! `report` on the command line.

use causeway_testkit::{
    ccip::{Family, Side},
    monitor::Plan,
};
use serde_json::{Value, json};

use super::stage::Stage;

#[tokio::test]
async fn ccip_12_a_report_of_the_command_line_says_the_same_to_people_and_to_machines() {
    let stage = Stage::new(Plan { families: vec![Family::V1_6], ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    let first = stage.deliver(Family::V1_6, Side::Home, "reported").await;
    let second = stage.send(Family::V1_6, Side::Home, "on its way").await;
    let told = replica.status(&first.id, "executed").await;
    replica.status(&second.id, "sent").await;
    let from = told["sent_at"].as_str().unwrap();

    let (code, output) = stage.command(&["report", "--from", from, "--format", "json"]).await;
    assert_eq!(code, Some(0), "{output}");
    let document = output.find("{\n").map(|start| &output[start..]).expect("a document");
    let report: Value = serde_json::from_str(document.trim()).unwrap();
    let [all, lane] = <[Value; 2]>::try_from(report["volume"].as_array().unwrap().clone()).unwrap();
    assert_eq!((&all["lane"], &lane["lane"]), (&json!(null), &json!(first.lane())));
    for volume in [all, lane] {
        let figures = ["sent", "executed", "failed", "pending"].map(|field| volume[field].as_u64());
        assert_eq!(figures, [Some(2), Some(1), Some(0), Some(1)], "{volume:#}");
    }

    let (code, output) = stage.command(&["report", "--from", from, "--format", "md"]).await;
    assert_eq!(code, Some(0), "{output}");
    assert!(
        output.contains("# Cross-chain messages, ") && output.contains("| **all** | 2 | 1 | 0 | 0 | 1 |"),
        "{output}"
    );
    let (code, output) = stage.command(&["report", "--window", "month"]).await;
    assert_eq!((code, output.contains("# Cross-chain messages, ")), (Some(0), true), "{output}");
    let (code, output) = stage.command(&["report", "--window", "year"]).await;
    assert_ne!(code, Some(0), "{output}");
    stage.finish(vec![replica]).await;
}
