//! The fake and PostgreSQL, asked the same of the same rows.

use causeway_primitives::{Bytes, MessageId};

use self::stand::{
    Block, DESTINATION, SOURCE, Stand, account, at, chain_id, fail, hash, message_id, send, sent, succeed,
};
use super::*;
use crate::domain::{event::Sent, message::Status};

#[allow(dead_code, clippy::expect_used, reason = "the store's own tests use all of it; helpers of tests stop the test")]
#[path = "../../../tests/store/stand.rs"]
mod stand;

const ALL: u32 = 1_000;

fn of(id: u64, sender: u64, receiver: u64) -> crate::domain::event::LaneEvent {
    let receiver = Bytes::from(account(receiver).to_vec());
    crate::domain::event::LaneEvent::Sent(Box::new(Sent { sender: account(sender), receiver, ..sent(id) }))
}

/// Messages of every fate, one of them taken back, in a store; and a fake of its rows.
async fn both() -> (Stand, FakeStore) {
    let stand = Stand::new("fake_and_store").await;
    stand.read(Block::source(1).with(of(1, 0xA, 0xC)).with(of(2, 0xA, 0xD)).with(of(3, 0xB, 0xC))).await;
    stand.read(Block::source(2).with(of(4, 0xB, 0xD)).with(send(5))).await;
    let forked = Block::source(3).with(send(6));
    stand.read(forked.clone()).await;
    stand.read(Block::destination(10).with(succeed(1)).with(fail(3)).with(succeed(4))).await;
    stand.unwind(SOURCE, Some(&Block::source(2).with(of(4, 0xB, 0xD)).with(send(5)))).await;
    stand.read(Block::source(3).fork(1).with(send(7))).await;
    let store = &stand.store;
    let mut messages = store.list_messages(&Filter::default(), None, ALL).await.unwrap();
    messages.extend(store.find_message(message_id(6)).await.unwrap());
    messages.reverse();
    let fake = FakeStore {
        messages,
        findings: store.list_all_findings(None, ALL).await.unwrap(),
        changes: Mutex::new(store.list_changes(0, ALL).await.unwrap().changes),
        ..FakeStore::default()
    };
    (stand, fake)
}

fn filters(lane: &str) -> Vec<Filter> {
    let any = Filter::default;
    let receiver = |value: u64| Some(Bytes::from(account(value).to_vec()));
    let statuses = [Status::Sent, Status::Executed, Status::Failed].map(|one| Filter { status: Some(one), ..any() });
    let others = [
        any(),
        Filter { source_chain: Some(chain_id(SOURCE)), ..any() },
        Filter { source_chain: Some(chain_id(DESTINATION)), ..any() },
        Filter { destination_chain: Some(chain_id(DESTINATION)), ..any() },
        Filter { sender: Some(account(0xA)), ..any() },
        Filter { receiver: receiver(0xC), ..any() },
        Filter { sender: Some(account(0xA)), receiver: receiver(0xC), status: Some(Status::Executed), ..any() },
        Filter { lane: Some(lane.to_owned()), ..any() },
        Filter { lane: Some("no-such-lane".to_owned()), ..any() },
        Filter { sent_from: Some(at(2)), ..any() },
        Filter { sent_before: Some(at(2)), ..any() },
        Filter { sent_from: Some(at(1)), sent_before: Some(at(3)), ..any() },
    ];
    statuses.into_iter().chain(others).collect()
}

#[tokio::test]
async fn ccip_8_the_fake_lists_finds_and_pages_as_the_store_does() {
    let (stand, fake) = both().await;
    let store = &stand.store;
    assert!(fake.messages.len() == 7 && fake.messages.iter().any(|view| view.orphaned));
    let pages = fake.messages.iter().flat_map(|view| {
        let key = PageKey { sent_at: view.sent_at, key: view.key };
        [Some((key, Direction::Older)), Some((key, Direction::Newer))]
    });
    let pages: Vec<_> = std::iter::once(None).chain(pages).collect();
    for filter in filters(&fake.messages[0].lane_name) {
        for from in &pages {
            for limit in [1, 2, ALL] {
                let [faked, stored] = [
                    fake.list_messages(&filter, *from, limit).await.unwrap(),
                    store.list_messages(&filter, *from, limit).await.unwrap(),
                ];
                assert_eq!(faked, stored, "{filter:?} {from:?} {limit}");
            }
        }
    }
    for id in (1..=8).map(message_id).chain([MessageId::new(hash(0))]) {
        assert_eq!(fake.find_message(id).await.unwrap(), store.find_message(id).await.unwrap());
    }
    for side in fake.messages.iter().flat_map(|view| [&view.source, &view.destination]) {
        let (Some(chain), Some(tx)) = (side.chain_id, side.tx) else { continue };
        let mut faked = fake.list_messages_of_transaction(chain, tx).await.unwrap();
        let mut stored = store.list_messages_of_transaction(chain, tx).await.unwrap();
        faked.sort_by_key(|view| view.key);
        stored.sort_by_key(|view| view.key);
        assert_eq!(faked, stored, "{chain} {tx}");
    }
}

#[tokio::test]
async fn ccip_8_the_fake_tells_changes_and_findings_as_the_store_does() {
    let (stand, fake) = both().await;
    let store = &stand.store;
    let mut told = Vec::new();
    for watch in [&fake as &dyn Watch, store] {
        let (mut after, mut all) = (0, Vec::new());
        loop {
            let Changes { changes, up_to } = watch.list_changes(after, 3).await.unwrap();
            all.extend(changes);
            // The number that was asked with: there is no more.
            if up_to == after {
                break;
            }
            after = up_to;
        }
        let last = watch.last_change().await.unwrap();
        assert_eq!(watch.list_changes(last, ALL).await.unwrap().changes, [], "nothing is behind the last one");
        told.push(all);
    }
    assert!(told[0].len() > 6 && told[0] == told[1], "{told:?}");
    let keys: Vec<_> = fake.messages.iter().map(|view| view.key).collect();
    let mut faked = fake.list_messages_by_key(&keys).await.unwrap();
    let mut stored = store.list_messages_by_key(&keys).await.unwrap();
    faked.sort_by_key(|view| view.key);
    stored.sort_by_key(|view| view.key);
    assert_eq!(faked, stored);
    for limit in [1, ALL] {
        assert_eq!(fake.list_findings(limit).await.unwrap(), store.list_findings(limit).await.unwrap());
    }
}
