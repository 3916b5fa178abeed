//! The pages of prices.

use causeway_proto::{
    oracle::v1::{
        Contribution, ExplainRoundRequest, ExplainRoundResponse, Feed, FeedPrice, ListFeedsResponse,
        ListRoundsResponse, ListSourcesResponse, Round, Source, WatchPricesResponse, explain_round_request::Target,
    },
    types::v1::{BigInteger, Decimal, PageResponse},
};
use futures_util::StreamExt as _;
use prost_types::{Duration, Timestamp};

use super::{canned::Canned, stand::Stand};

const TRACE: &str = "0123456789abcdef0123456789abcdef";

fn decimal(text: &str) -> Option<Decimal> {
    Some(Decimal { value: text.to_owned() })
}

fn number(text: &str) -> Option<BigInteger> {
    Some(BigInteger { value: text.to_owned() })
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: 1_790_000_000 + seconds, nanos: 0 })
}

fn source(id: &str, state: &str) -> Source {
    Source {
        source_id: id.to_owned(),
        venue_id: "kraken".to_owned(),
        feed_id: "eur-usd".to_owned(),
        state: state.to_owned(),
        last_price: decimal("1.08291"),
        credential_days_left: Some(6),
        ..Source::default()
    }
}

fn told() -> ExplainRoundResponse {
    let voice = |id: &str, price: &str, verdict: &str| Contribution {
        source_id: id.to_owned(),
        converted_price: decimal(price),
        verdict: verdict.to_owned(),
        sentence: format!("{id} was {verdict}"),
        ..Contribution::default()
    };
    ExplainRoundResponse {
        decision_id: 41,
        feed_id: "eur-usd".to_owned(),
        decided_at: at(60),
        kind: "publish".to_owned(),
        reason: "deviation".to_owned(),
        summary: "the median moved by 0.999 %".to_owned(),
        rules: vec!["at least 3 venues".to_owned()],
        contributions: vec![voice("a", "1.08291", "counted"), voice("b", "1.2", "outlier")],
        answer: number("108291000"),
        previous_answer: number("107219000"),
        record_json: "{\"x\":\"<script>\"}".to_owned(),
        ..ExplainRoundResponse::default()
    }
}

pub(super) fn whole(oracle: &Canned) {
    let price = FeedPrice {
        feed_id: "eur-usd".to_owned(),
        pair: "EUR/USD".to_owned(),
        status: 1,
        decimals: 8,
        price: decimal("1.07219"),
        market_price: decimal("1.08291"),
        updated_at: at(0),
        venues_counted: 2,
        quorum: 3,
        decision: "no_quorum".to_owned(),
        ..FeedPrice::default()
    };
    let feed = Feed {
        price: Some(price),
        heartbeat: Some(Duration { seconds: 3_600, nanos: 0 }),
        breaker_state: "open".to_owned(),
        breaker_forced: "forced_open".to_owned(),
        deviation_threshold_percent: decimal("0.5"),
        ..Feed::default()
    };
    oracle.answer("ListFeeds", &ListFeedsResponse { feeds: vec![feed] });
    let sources = vec![source("kraken-eur-usd", "quarantined"), source("ecb", "excluded")];
    oracle.answer("ListSources", &ListSourcesResponse { sources });
    let round = |id: u64, answer: &str| Round {
        feed_id: "eur-usd".to_owned(),
        round_id: number(&id.to_string()),
        answer: number(answer),
        reason: "deviation".to_owned(),
        state: "confirmed".to_owned(),
        decision_id: id,
        decided_at: at(i64::try_from(id).unwrap()),
        trace_id: TRACE.to_owned(),
        ..Round::default()
    };
    let page = Some(PageResponse { next_token: "t".to_owned() });
    oracle.answer(
        "ListRounds",
        &ListRoundsResponse { rounds: vec![round(41, "108291000"), round(40, "107219000")], page },
    );
    oracle.answer("ExplainRound", &told());
}

#[tokio::test]
async fn ops_1_feeds_say_price_age_heartbeat_deviation_breaker_and_each_source_its_state() {
    let stand = Stand::whole("console_oracle").await;
    whole(&stand.oracle.calls);
    let page = stand.page("/oracle").await;
    for shown in [
        "EUR/USD",
        "1.07219",
        "+0.999 % off, written at 0.5 %",
        "2026-09-21 15:13:20 UTC",
        "<strong>2 of 3 needed</strong>",
        "■</span> open",
        "as it was told to be",
        "action=breaker.clear&#38;feed_id=eur-usd",
        "quarantined",
        "its credential lasts 6 days",
        "action=source.exclude&#38;source_id=kraken-eur-usd",
        "action=source.reinstate&#38;source_id=ecb",
    ] {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
}

#[tokio::test]
async fn ops_1_a_feed_draws_its_answers_against_its_sources_and_explains_each_decision() {
    let stand = Stand::whole("console_feed").await;
    let oracle = &stand.oracle.calls;
    whole(oracle);
    let page = stand.page("/oracle/eur-usd").await;
    let trace = format!("http://127.0.0.1:16686/trace/{TRACE}");
    for shown in
        ["Answers against sources", "<polyline", "path class=\"dot b\"", "1.2</span>", "page=t", trace.as_str()]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    let page = stand.page("/oracle/eur-usd/decisions/41").await;
    for shown in
        ["the median moved by 0.999 %", "at least 3 venues", "b was outlier", "1.08291", "1.07219", "&#60;script&#62;"]
    {
        assert!(page.contains(shown), "no {shown}: {page}");
    }
    let asked: ExplainRoundRequest = oracle.last("ExplainRound");
    assert_eq!((asked.feed_id.as_str(), asked.target), ("eur-usd", Some(Target::DecisionId(41))));
    stand.page("/oracle/eur-usd/decisions/latest").await;
    assert_eq!(oracle.last::<ExplainRoundRequest>("ExplainRound").target, None);
    for nothing in ["/oracle/usd-chf", "/oracle/%3Cb%3E", "/oracle/eur-usd/decisions/x"] {
        assert_eq!(stand.get(nothing).await.status(), 404, "{nothing}");
    }
    oracle.refuse("ListFeeds", tonic::Code::Internal, "no feeds today");
    let parts = ["no feeds today. Answers are in its smallest units", "108,291,000 units", "b was outlier"];
    stand.shows("/oracle/eur-usd/decisions/41", &parts).await;
    whole(oracle);
    oracle.hang("ListSources");
    stand.shows("/oracle", &["EUR/USD", "This could not be asked now: no answer"]).await;
    oracle.refuse("ListRounds", tonic::Code::Internal, "no rounds today");
    stand.shows("/oracle/eur-usd", &["1.07219", "the service failed", "no rounds today", "no answer"]).await;
}

#[tokio::test]
async fn ops_1_a_price_rings_on_the_pages_of_prices() {
    let stand = Stand::whole("console_prices_live").await;
    stand.oracle.calls.answer("WatchPrices", &WatchPricesResponse::default());
    let mut live = stand.get("/live?of=/oracle/eur-usd").await.bytes_stream();
    let rings = async {
        let mut told = String::new();
        while !told.contains("data: oracle-publisher") {
            told.push_str(std::str::from_utf8(&live.next().await.unwrap().unwrap()).unwrap());
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), rings).await.unwrap();
}
