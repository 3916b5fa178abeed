//! Calls with many answers.

use causeway_proto::ccip::v1::{WatchMessagesRequest, ccip_service_server::CcipService as _};
use futures_util::StreamExt as _;
use tonic::{Code, Request};

use super::ccip;
use crate::ports::{
    fake::FakeStore,
    samples::{id, message, pending},
};

#[tokio::test(start_paused = true)]
async fn ccip_18_a_watched_message_is_told_now_and_after_each_change() {
    let (service, store) = ccip(FakeStore { messages: vec![pending(1), message(2)], ..FakeStore::default() });
    store.change(9, &message(2));
    let request = WatchMessagesRequest { message_id: id(1).to_string(), ..WatchMessagesRequest::default() };
    let mut answers = service.watch_messages(Request::new(request)).await.unwrap().into_inner();
    let now = answers.next().await.unwrap().unwrap();
    assert_eq!((now.sequence, now.message.unwrap().message_id), (9, id(1).to_string()));
    store.change(10, &message(2));
    store.change(11, &pending(1));
    assert_eq!(answers.next().await.unwrap().unwrap().sequence, 11);
}

#[tokio::test(start_paused = true)]
async fn ccip_18_a_watcher_goes_on_where_it_stopped_and_is_told_of_the_drain() {
    let (service, store) = ccip(FakeStore { messages: (1..=3).map(message).collect(), ..FakeStore::default() });
    for number in 1..=3 {
        store.change(u64::from(number), &message(number));
    }
    let request = WatchMessagesRequest { after: 1, ..WatchMessagesRequest::default() };
    let mut answers = service.watch_messages(Request::new(request)).await.unwrap().into_inner();
    let (second, third) = (answers.next().await.unwrap().unwrap(), answers.next().await.unwrap().unwrap());
    assert_eq!((second.sequence, third.sequence), (2, 3));
    service.draining.cancel();
    assert_eq!(answers.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
    assert!(answers.next().await.is_none());
}

#[tokio::test]
async fn ccip_18_a_message_that_is_not_known_cannot_be_watched() {
    let (service, _) = ccip(FakeStore::default());
    for (message_id, code) in [(id(1).to_string(), Code::NotFound), ("x".to_owned(), Code::InvalidArgument)] {
        let request = WatchMessagesRequest { message_id, ..WatchMessagesRequest::default() };
        let refused = service.watch_messages(Request::new(request)).await.err().unwrap();
        assert_eq!(refused.code(), code);
    }
}
