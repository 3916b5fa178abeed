//! What readers get over gRPC.

use std::collections::BTreeSet;

use causeway_proto::{
    oracle::v1::{
        ExplainRoundRequest, GetPriceRequest, ListFeedsRequest, ListRoundsRequest, PriceStatus, WatchPricesRequest,
        explain_round_request::Target,
    },
    types::v1::PageRequest,
};
use causeway_testkit::{oracle::Plan, wait::SOON};
use tonic::Code;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};

use super::{replica::Replica, stage::Stage};

async fn still() -> (Stage, Replica) {
    let stage = Stage::new(Plan { heartbeat_seconds: 600, ..Plan::default() }).await;
    stage.market("1.10000");
    let replica = stage.serve("replica-a").await;
    replica.first_round().await;
    (stage, replica)
}

#[tokio::test]
async fn ora_3_prices_tell_the_answer_on_chain_and_the_market_and_whether_to_use_it() {
    let (stage, replica) = still().await;
    let price = replica.priced("a fresh price", |price| price.status() == PriceStatus::Fresh).await;
    assert_eq!((price.pair.as_str(), price.decimals), ("EUR/USD", 8));
    assert_eq!(price.answer.unwrap().value, "110000000");
    assert_eq!(price.price.unwrap().value, "1.1");
    assert_eq!(price.round_id.unwrap().value, "1");
    assert!(price.venues_counted >= price.quorum && price.quorum == 3);
    let position = price.position.unwrap();
    assert_eq!((position.chain_id, position.block_hash.len()), (138, 66));

    let feeds = replica.oracle.clone().list_feeds(ListFeedsRequest {}).await.unwrap().into_inner().feeds;
    let ids: Vec<&str> =
        feeds.iter().filter_map(|feed| feed.price.as_ref()).map(|price| price.feed_id.as_str()).collect();
    assert_eq!(ids, ["eur-usd", "usd-eur", "usdt-usd"]);
    assert_eq!(feeds[1].derived_from, ["eur-usd"]);
    assert_eq!(feeds[2].aggregator_address, "", "it only serves others");
    let unknown = GetPriceRequest { feed_id: "gbp-usd".to_owned() };
    assert_eq!(replica.oracle.clone().get_price(unknown).await.unwrap_err().code(), Code::NotFound);
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_3_watchers_hear_of_a_round_when_it_lands_and_the_stream_ends_with_the_drain() {
    let (stage, replica) = still().await;
    let request = WatchPricesRequest { feed_ids: vec!["eur-usd".to_owned()] };
    let mut prices = replica.oracle.clone().watch_prices(request).await.unwrap().into_inner();
    let now = prices.message().await.unwrap().unwrap().price.unwrap();
    assert_eq!(now.feed_id, "eur-usd", "the price now comes first");
    stage.market("1.11000");
    let landed = async {
        loop {
            let price = prices.message().await.unwrap().unwrap().price.unwrap();
            assert_eq!(price.feed_id, "eur-usd", "nothing else was asked for");
            if price.answer.is_some_and(|answer| answer.value == "111000000") {
                return;
            }
        }
    };
    tokio::time::timeout(SOON, landed).await.unwrap();
    let unknown = WatchPricesRequest { feed_ids: vec!["gbp-usd".to_owned()] };
    assert_eq!(replica.oracle.clone().watch_prices(unknown).await.unwrap_err().code(), Code::NotFound);

    let ended = async {
        loop {
            match prices.message().await {
                Ok(Some(_)) => {}
                Ok(None) => return Code::Ok,
                Err(status) => return status.code(),
            }
        }
    };
    let (ended, ()) = tokio::join!(tokio::time::timeout(SOON, ended), stage.finish(vec![replica]));
    assert_eq!(ended.unwrap(), Code::Unavailable, "a watcher is told to come back, not that all was said");
}

#[tokio::test]
async fn ora_10_rounds_come_in_pages_newest_first_and_none_is_missed_or_told_twice() {
    let stage = Stage::new(Plan { deviation_percent: "0.01", ..Plan::default() }).await;
    let replica = stage.serve("replica-a").await;
    stage.rounds_beyond(4).await;
    let all = replica.rounds("eur-usd").await;
    let newest = all.first().unwrap().decision_id;
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let page = Some(PageRequest { size: 2, token });
        let request = ListRoundsRequest { feed_id: "eur-usd".to_owned(), page };
        let response = replica.oracle.clone().list_rounds(request).await.unwrap().into_inner();
        assert!(response.rounds.len() <= 2);
        seen.extend(response.rounds.into_iter().map(|round| round.decision_id));
        token = response.page.map(|page| page.next_token).unwrap_or_default();
        if token.is_empty() {
            break;
        }
    }
    assert!(seen.is_sorted_by(|left, right| left > right), "newest first: {seen:?}");
    let known: BTreeSet<u64> = all.iter().map(|round| round.decision_id).collect();
    let paged: BTreeSet<u64> = seen.into_iter().filter(|id| *id <= newest).collect();
    assert_eq!(paged, known);
    for (size, token) in [(501, ""), (1, "not a token of ours")] {
        let page = Some(PageRequest { size, token: token.to_owned() });
        let request = ListRoundsRequest { feed_id: String::new(), page };
        assert_eq!(replica.oracle.clone().list_rounds(request).await.unwrap_err().code(), Code::InvalidArgument);
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ora_10_a_round_is_explained_in_words_and_data_by_round_by_decision_and_by_default() {
    let (stage, replica) = still().await;
    let round = replica.first_round().await;
    let by_round = replica.explain("eur-usd", Some(Target::RoundId("1".to_owned()))).await;
    let position = by_round.position.clone().unwrap();
    assert_eq!((position.chain_id, position.block_hash.len()), (138, 66), "it names the block that it looked at");
    let by_decision = replica.explain("eur-usd", Some(Target::DecisionId(round.decision_id))).await;
    assert_eq!(by_round, by_decision);
    assert_eq!((by_round.kind.as_str(), by_round.reason.as_str()), ("publish", "first_round"));
    assert_eq!(by_round.answer.unwrap().value, "110000000");
    assert_eq!(by_round.previous_answer, None, "the feed was empty");
    assert_eq!(by_round.contributions.len(), 6, "every source, counted or not");
    let counted = by_round.contributions.iter().filter(|part| part.verdict == "counted").count();
    assert!(counted >= 3, "{:?}", by_round.contributions);
    assert!(!by_round.summary.is_empty() && !by_round.rules.is_empty());
    assert!(serde_json::from_str::<serde_json::Value>(&by_round.record_json).is_ok());
    assert_eq!(by_round.round.unwrap().tx_hash, round.tx_hash);

    let latest = replica.explain("eur-usd", None).await;
    assert!(latest.decision_id >= round.decision_id);
    for target in [Target::RoundId("99".to_owned()), Target::DecisionId(u64::from(u32::MAX))] {
        let request = ExplainRoundRequest { feed_id: "eur-usd".to_owned(), target: Some(target) };
        assert_eq!(replica.oracle.clone().explain_round(request).await.unwrap_err().code(), Code::NotFound);
    }
    stage.finish(vec![replica]).await;
}

#[tokio::test]
async fn ops_reflection_lists_the_services_with_nothing_but_the_port_known() {
    let (stage, replica) = still().await;
    let question = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = ServerReflectionClient::new(replica.channel.clone());
    let answers = client.server_reflection_info(tokio_stream::once(question)).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else { panic!("{answer:?}") };
    let names: BTreeSet<String> = list.service.into_iter().map(|service| service.name).collect();
    for name in ["causeway.oracle.v1.OracleService", "causeway.ops.v1.OpsService", "grpc.health.v1.Health"] {
        assert!(names.contains(name), "{names:?}");
    }
    stage.finish(vec![replica]).await;
}
