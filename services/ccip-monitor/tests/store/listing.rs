//! Pages: any filters, in both directions, without a gap or a double while messages come in.

use causeway_primitives::Bytes;
use ccip_monitor::{
    domain::{
        event::{LaneEvent, Sent},
        lane::Dialect,
        message::Status,
    },
    ports::{Direction, Filter, MessageView, PageKey, Records as _},
};

use super::stand::{
    Block, DESTINATION, SOURCE, Stand, account, at, chain_id, fail, lane, message_id, send, sent, succeed,
};

async fn list(stand: &Stand, filter: &Filter, from: Option<(PageKey, Direction)>, limit: u32) -> Vec<MessageView> {
    stand.store.list_messages(filter, from, limit).await.unwrap()
}

fn key(message: &MessageView) -> PageKey {
    PageKey { sent_at: message.sent_at, key: message.key }
}

async fn ids(stand: &Stand, filter: Filter) -> Vec<u64> {
    let messages = list(stand, &filter, None, 100).await;
    messages.iter().map(|message| (1..100).find(|id| message_id(*id) == message.id).unwrap()).collect()
}

fn of(id: u64, sender: u64, receiver: u64) -> LaneEvent {
    LaneEvent::Sent(Box::new(Sent {
        sender: account(sender),
        receiver: Bytes::from(account(receiver).to_vec()),
        ..sent(id)
    }))
}

#[tokio::test]
async fn ccip_8_pages_have_no_gap_and_no_double_while_messages_come_in() {
    let stand = Stand::new("listing_pages").await;
    for block in 1..=10 {
        // Three of one instant: the key tells them apart.
        let first = block * 3 - 2;
        stand.read(Block::source(block).with(send(first)).with(send(first + 1)).with(send(first + 2))).await;
    }
    stand.read(Block::destination(20).with(succeed(4)).with(fail(8)).with(succeed(17))).await;
    let mut seen = Vec::new();
    let mut from = None;
    loop {
        let page = list(&stand, &Filter::default(), from, 4).await;
        let Some(last) = page.last() else { break };
        from = Some((key(last), Direction::Older));
        seen.extend(page.iter().map(|message| message.id));
        let next = 31 + u64::try_from(seen.len()).unwrap();
        stand.read(Block::source(next).with(send(next))).await;
    }
    let expected: Vec<_> = (1..=30).rev().map(message_id).collect();
    let mut sorted = seen.clone();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(sorted, expected);
    let middle = list(&stand, &Filter::default(), None, 100).await;
    let newer = list(&stand, &Filter::default(), Some((key(&middle[20]), Direction::Newer)), 3).await;
    let expected: Vec<_> = middle[17..20].iter().rev().map(|message| message.id).collect();
    assert_eq!(newer.iter().map(|message| message.id).collect::<Vec<_>>(), expected, "oldest first");
}

#[tokio::test]
async fn ccip_8_all_filters_hold_together() {
    let stand = Stand::new("listing_filters").await;
    stand.read(Block::source(1).with(of(1, 0xA, 0xC)).with(of(2, 0xA, 0xD))).await;
    stand.read(Block::source(2).with(of(3, 0xB, 0xC)).with(of(4, 0xB, 0xD))).await;
    stand.read(Block::source(3).with(of(5, 0xA, 0xC))).await;
    stand.read(Block::destination(10).with(succeed(1)).with(fail(3)).with(succeed(4))).await;
    let receiver = |value: u64| Some(Bytes::from(account(value).to_vec()));
    let any = Filter::default();
    for (filter, expected) in [
        (any.clone(), vec![5, 4, 3, 2, 1]),
        (Filter { source_chain: Some(chain_id(SOURCE)), ..any.clone() }, vec![5, 4, 3, 2, 1]),
        (Filter { source_chain: Some(chain_id(DESTINATION)), ..any.clone() }, vec![]),
        (Filter { destination_chain: Some(chain_id(DESTINATION)), ..any.clone() }, vec![5, 4, 3, 2, 1]),
        (Filter { status: Some(Status::Executed), ..any.clone() }, vec![4, 1]),
        (Filter { status: Some(Status::Delivered), ..any.clone() }, vec![]),
        (Filter { sender: Some(account(0xA)), ..any.clone() }, vec![5, 2, 1]),
        (Filter { sender: Some(account(0xE)), ..any.clone() }, vec![]),
        (Filter { receiver: receiver(0xC), ..any.clone() }, vec![5, 3, 1]),
        (Filter { receiver: receiver(0xC), status: Some(Status::Sent), ..any.clone() }, vec![5]),
        (Filter { sender: Some(account(0xB)), receiver: receiver(0xC), ..any.clone() }, vec![3]),
        (Filter { sender: Some(account(0xA)), sent_before: Some(at(3)), ..any.clone() }, vec![2, 1]),
        (Filter { sent_from: Some(at(2)), sent_before: Some(at(3)), ..any.clone() }, vec![4, 3]),
        (Filter { lane: Some(lane(Dialect::V1_6).to_string()), ..any.clone() }, vec![5, 4, 3, 2, 1]),
        (Filter { lane: Some("another".to_owned()), ..any.clone() }, vec![]),
    ] {
        let shown = format!("{filter:?}");
        let mut found = ids(&stand, filter).await;
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found, expected, "{shown}");
    }
}

/// Two accounts that are made to share a tag: here by hand, for their owner by some days of hashing.
#[tokio::test]
async fn ccip_8_accounts_that_share_a_tag_do_not_shorten_each_others_pages() {
    let stand = Stand::new("listing_tags").await;
    for block in 1..=12 {
        let (own, other) = (of(block * 2, 0xA, 0xC), of(block * 2 + 1, 0xB, 0xD));
        stand.read(Block::source(block).with(own).with(other)).await;
    }
    sqlx::query("UPDATE message SET (sender, receiver) = (SELECT sender, receiver FROM message LIMIT 1)")
        .execute(stand.pool.executor())
        .await
        .unwrap();
    let own = Filter { sender: Some(account(0xA)), ..Filter::default() };
    let receiver = Some(Bytes::from(account(0xC).to_vec()));
    for filter in [
        own.clone(),
        Filter { receiver: receiver.clone(), ..Filter::default() },
        Filter { receiver: receiver.clone(), ..own.clone() },
    ] {
        let page = list(&stand, &filter, None, 5).await;
        assert_eq!(page.iter().map(|view| view.id).collect::<Vec<_>>(), [24, 22, 20, 18, 16].map(message_id));
        let newer = list(&stand, &filter, Some((key(&page[4]), Direction::Newer)), 5).await;
        assert_eq!(newer.iter().map(|view| view.id).collect::<Vec<_>>(), [18, 20, 22, 24].map(message_id));
        let older = list(&stand, &filter, Some((key(&page[4]), Direction::Older)), 20).await;
        assert_eq!(older.len(), 7);
    }
    assert!(
        list(&stand, &Filter { receiver: Some(Bytes::from(account(0xD).to_vec())), ..own }, None, 5).await.is_empty()
    );
}

#[tokio::test]
async fn ccip_8_a_transaction_shows_its_messages_of_either_side() {
    let stand = Stand::new("listing_transaction").await;
    let block = Block::source(1).with(send(1));
    let (sending, chain) = (block.located()[0].place.tx, block.chain());
    stand.read(block).await;
    let block = Block::destination(9).with(succeed(1));
    let executing = block.located()[0].place.tx;
    stand.read(block).await;
    let of = |chain, tx| stand.store.list_messages_of_transaction(chain, tx);
    assert_eq!(of(chain, sending).await.unwrap()[0].id, message_id(1));
    assert_eq!(of(chain_id(DESTINATION), executing).await.unwrap()[0].id, message_id(1));
    assert!(of(chain_id(DESTINATION), sending).await.unwrap().is_empty());
}

#[tokio::test]
async fn ccip_7_a_message_that_was_sent_again_is_linked_and_never_merged() {
    let stand = Stand::new("listing_resend").await;
    let like = |id: u64| {
        let first = sent(1);
        LaneEvent::Sent(Box::new(Sent { id: message_id(id), sequence: Some(id), ..first }))
    };
    stand.read(Block::source(1).with(like(1))).await;
    stand.read(Block::source(5).with(like(2))).await;
    assert_eq!(stand.get(2).await.possible_resend_of, Some(message_id(1)));
    assert_eq!(stand.get(1).await.possible_resend_of, None);
    let mut executed = super::stand::attempted(2, ccip_monitor::domain::event::Outcome::Succeeded);
    executed.leaf = None;
    stand.read(Block::destination(6).with(LaneEvent::Attempted(Box::new(executed)))).await;
    stand.read(Block::source(9).with(like(3)).with(send(4))).await;
    assert_eq!(stand.get(3).await.possible_resend_of, None, "the one before it had arrived");
    assert_eq!(stand.get(4).await.possible_resend_of, None);
}
