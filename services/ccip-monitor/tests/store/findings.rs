//! Open findings as alerts take them: by kind and lane, whatever their number.

use ccip_monitor::{
    domain::{
        finding::{Finding, Kind},
        lane::Dialect,
    },
    ports::{Ledger as _, OpenFindings, Records as _, Upkeep as _},
};

use super::stand::{Block, SOURCE, Stand, chain_id, lane, message_id, send};

/// More than anybody lists.
const CHEAP: u64 = 600;

/// Of one kind no more are named in one transaction.
const AT_ONCE: u64 = 100;

fn finding(kind: Kind, number: u64) -> Finding {
    Finding {
        kind,
        chain: chain_id(SOURCE),
        lane: Some(lane(Dialect::V1_6)),
        message: Some(message_id(number)),
        subject: format!("number {number}"),
        detail: format!("words of {number}"),
        place: None,
    }
}

#[tokio::test]
async fn ccip_13_many_findings_of_one_kind_hide_none_of_another() {
    let stand = Stand::new("findings_many").await;
    stand.read(Block::source(10).with(send(1))).await;
    let insert = async |findings: Vec<Finding>| stand.store.insert_holes(&stand.leader, &[], &findings).await.unwrap();
    insert(vec![finding(Kind::LeafMismatch, 0)]).await;
    for first in (1..=CHEAP).step_by(usize::try_from(AT_ONCE).unwrap()) {
        insert((first..first + AT_ONCE).map(|number| finding(Kind::SenderNotAllowed, number)).collect()).await;
    }
    let listed = stand.store.list_findings(500).await.unwrap();
    assert!(listed.iter().all(|view| view.kind == Kind::SenderNotAllowed), "a list shows the newest only");

    let told = |open: OpenFindings| (open.kind, open.lane_name.is_some(), open.count, open.detail);
    let open = async || stand.store.count_findings().await.unwrap().into_iter().map(told).collect::<Vec<_>>();
    let tampered = (Kind::LeafMismatch, true, 1, "words of 0".to_owned());
    assert_eq!(open().await, [tampered.clone(), (Kind::SenderNotAllowed, true, CHEAP, format!("words of {CHEAP}"))]);
    insert(vec![Finding { lane: None, ..finding(Kind::SenderNotAllowed, CHEAP + 1) }]).await;
    assert_eq!(open().await.last().unwrap(), &(Kind::SenderNotAllowed, false, 1, format!("words of {}", CHEAP + 1)));
}
