//! The intake: all of a message or nothing, each name once.

use causeway_primitives::B256;
use causeway_testkit::wait::eventually;
use tokenization_gateway::{
    adapters::store::{Filter, NewMessage, Taken},
    domain::{
        identity::{BusinessKey, Role, Said, Scheme},
        instruction::Kind,
        reference::Reference,
        request::{MessageId, Origin, Request},
        saga::{Event, Hold},
    },
};
use tokio::task::JoinSet;

use super::stand::{Stand, actor, at, new_request};

fn message(mark: u8) -> NewMessage<'static> {
    NewMessage {
        id: MessageId::new(u128::from(mark)),
        message_type: "MT103",
        digest: B256::repeat_byte(mark),
        sender: "BANKBEBB",
        reference: "PAY-1",
        file_name: "a.fin",
        content: b"{1:...}",
        refused: Vec::new(),
    }
}

fn origin(mark: u8) -> Origin {
    Origin {
        message: MessageId::new(u128::from(mark)),
        message_type: "MT103".into(),
        message_reference: "PAY-1".into(),
        position: 1,
        role: Role::CustomerTransfer,
        sender: "BANKBEBB".into(),
        reference: "PAY-1".into(),
        end_to_end: Some("E-1".into()),
        uetr: Some("174c245f-2682-4291-ad67-2a41e530cd27".into()),
        accounts: [None, Some("DE89370400440532013000".into())],
    }
}

#[tokio::test]
async fn tok_7_a_request_is_found_by_each_of_its_names() {
    let stand = Stand::new("gateway_names").await;
    let uetr = BusinessKey::uetr(Role::CustomerTransfer, "174c245f-2682-4291-ad67-2a41e530cd27");
    let own = BusinessKey::sender(Role::CustomerTransfer, "BANKBEBB", "PAY-1", "2026-07-22", "EUR 1").unwrap();
    let mut new = new_request(1, Kind::Mint, 100);
    new.keys = vec![uetr, own];
    new.request.origin = Some(origin(1));
    new.said = Said { detail: B256::repeat_byte(7), ..new.said };
    let said = new.said;
    let request = new.request.clone();
    let taken = stand.store.insert_requests(Some(&message(1)), &[new], &actor("anna"), at(0)).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    for key in [uetr, own] {
        let known = stand.store.find_known(&[key, BusinessKey::content(B256::ZERO, 1)]).await.unwrap();
        assert_eq!(known.len(), 1, "{:?}", key.scheme());
        let (name, found) = known[0];
        assert_eq!(
            (name, found.request, found.scheme, found.content),
            (key, request.id, key.scheme(), said.under(key.scheme()))
        );
    }
    let stored = stand.store.find_request(request.id).await.unwrap().unwrap();
    assert_eq!(stored, request);
}

#[tokio::test]
async fn tok_7_one_name_is_given_once_however_many_call_at_once() {
    let stand = Stand::new("gateway_once").await;
    let calls = (1..=8_u8).map(|mark| {
        let store = stand.store.clone();
        async move {
            let mut new = new_request(mark, Kind::Mint, 100);
            new.keys = vec![BusinessKey::new(Scheme::Uetr, B256::repeat_byte(7))];
            store.insert_requests(None, &[new], &actor("anna"), at(0)).await.unwrap()
        }
    });
    let mut set = JoinSet::new();
    calls.for_each(|call| drop(set.spawn(call)));
    let stored = set.join_all().await.into_iter().filter(|taken| *taken == Taken::Stored).count();
    assert_eq!(stored, 1);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(1));
}

#[tokio::test]
async fn tok_10_of_a_message_all_is_stored_or_nothing() {
    let stand = Stand::new("gateway_whole").await;
    stand.take(new_request(1, Kind::Mint, 100)).await;
    // The second of the two takes a reference that is taken.
    let mut clash = new_request(3, Kind::Mint, 100);
    clash.request.instruction.reference = new_request(1, Kind::Mint, 100).request.instruction.reference;
    let both = [new_request(2, Kind::Mint, 5), clash];
    let taken = stand.store.insert_requests(Some(&message(9)), &both, &actor("anna"), at(0)).await.unwrap();
    assert_eq!(taken, Taken::Overtaken);
    assert_eq!(stand.store.list_requests(&Default::default(), None, 10).await.unwrap().len(), 1);
    assert_eq!(stand.tamper("SELECT 1 FROM message").await.unwrap(), 0);
    let reference = Reference::new(B256::repeat_byte(3));
    let mut free = new_request(3, Kind::Mint, 100);
    free.request.instruction.reference = reference;
    let both = [new_request(2, Kind::Mint, 5), free];
    let taken = stand.store.insert_requests(Some(&message(9)), &both, &actor("anna"), at(0)).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    let listed = stand.store.list_requests(&Default::default(), None, 10).await.unwrap();
    assert_eq!(listed.len(), 3);
    let page = stand.store.list_requests(&Default::default(), Some(&listed[0]), 1).await.unwrap();
    assert_eq!(page, [listed[1].clone()]);
}

#[tokio::test]
async fn tok_10_requests_are_listed_by_state_reason_and_name_newest_first() {
    let stand = Stand::new("gateway_places").await;
    let ids = |found: Vec<Request>| found.iter().map(|request| request.id.get()).collect::<Vec<_>>();
    let mut named = new_request(1, Kind::Mint, 5);
    named.request.origin = Some(origin(9));
    let uetr = named.request.origin.as_ref().unwrap().uetr.clone();
    assert_eq!(
        stand.store.insert_requests(Some(&message(9)), &[named], &actor("anna"), at(0)).await.unwrap(),
        Taken::Stored
    );
    stand.minted(2, 5).await;
    let holds = [Hold::ValueDate, Hold::Duplicate, Hold::ValueDate];
    for (mark, hold) in (3..).zip(holds) {
        let request = stand.take(new_request(mark, Kind::Mint, 5)).await;
        stand.play(request, &[Event::Held(hold)]).await;
    }
    let held = Filter { state: Some("held"), ..Filter::default() };
    let cases = [
        (Filter::default(), vec![5, 4, 3, 2, 1]),
        (held.clone(), vec![5, 4, 3]),
        (Filter { reasons: vec!["value_date"], ..held.clone() }, vec![5, 3]),
        (Filter { except: vec!["value_date"], ..held.clone() }, vec![4]),
        (Filter { reasons: vec!["value_date"], state: Some("mapped"), ..Filter::default() }, vec![]),
        (Filter { uetr: uetr.clone(), ..Filter::default() }, vec![1]),
        (Filter { uetr, ..held }, vec![]),
        (Filter { asset: Some("usd".parse().unwrap()), ..Filter::default() }, vec![]),
    ];
    for (filter, expected) in cases {
        let (mut seen, mut before) = (Vec::new(), None);
        // Page by page, each of two.
        loop {
            let page = stand.store.list_requests(&filter, before.as_ref(), 2).await.unwrap();
            let Some(last) = page.last().cloned() else { break };
            seen.extend(ids(page));
            before = Some(last);
        }
        assert_eq!(seen, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn tok_7_requests_of_one_message_are_stored_together_each_as_it_is() {
    let stand = Stand::new("gateway_together").await;
    let mut news: Vec<_> =
        (1..).zip(Kind::EVERY).map(|(mark, kind)| new_request(mark, kind, u64::from(mark))).collect();
    news[1].request.origin = Some(origin(9));
    news[2].request.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    let requests: Vec<_> = news.iter().map(|new| new.request.clone()).collect();
    let taken = stand.store.insert_requests(Some(&message(9)), &news, &actor("anna"), at(0)).await.unwrap();
    assert_eq!(taken, Taken::Stored);
    for request in requests {
        assert_eq!(stand.store.find_request(request.id).await.unwrap().unwrap(), request);
        let steps = stand.store.list_steps(request.id).await.unwrap();
        let told: Vec<_> = steps.iter().map(|step| step.event.as_str()).collect();
        assert_eq!(told, ["received", "parsed", "validated", "mapped"]);
    }
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(4));
}

#[tokio::test]
async fn tok_7_whoever_waits_for_a_name_holds_up_nobody_else() {
    let stand = Stand::new("gateway_names_wait").await;
    stand.take(new_request(1, Kind::Mint, 100)).await;
    let name = BusinessKey::new(Scheme::Uetr, B256::repeat_byte(7));
    // Somebody has begun to take a request of this name, and is slow.
    let mut slow = stand.pool.begin().await.unwrap();
    let begun = "INSERT INTO business_key (scheme, digest, request_id, content)
                 SELECT 'uetr', decode(repeat('07', 32), 'hex'), request_id, decode(repeat('00', 32), 'hex') FROM request";
    sqlx::raw_sql(begun).execute(&mut *slow).await.unwrap();
    let store = stand.store.clone();
    let mut waiting = JoinSet::new();
    waiting.spawn(async move {
        let mut new = new_request(2, Kind::Mint, 100);
        new.keys = vec![name];
        store.insert_requests(None, &[new], &actor("anna"), at(0)).await
    });
    eventually("somebody waits for the name", async || {
        let waiting =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'";
        stand.tamper(waiting).await.unwrap() > 0
    })
    .await;
    stand.take(new_request(3, Kind::Mint, 100)).await;
    slow.commit().await.unwrap();
    assert_eq!(waiting.join_all().await.remove(0).unwrap(), Taken::Overtaken);
    assert_eq!(stand.store.verify_audit(None).await.unwrap(), Ok(2));
}
