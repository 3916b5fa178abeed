//! Slack.

use std::time::Duration;

use causeway_alerting::{
    Channel, Kind, Text,
    channel::{Endpoint, Error, SettingError, Slack},
};

use crate::support::{Receiver, about, alert, fired, id, outgoing, patient, wording};

async fn slack(receiver: &Receiver) -> Slack {
    Slack::new(id("slack-ops"), patient(), receiver.endpoint("/services/T0/B0/secret"), wording()).unwrap()
}

#[tokio::test]
async fn grd_8_slack_gets_a_title_and_what_to_do() {
    let receiver = Receiver::start().await;
    slack(&receiver).await.deliver(&fired()).await.unwrap();

    let request = &receiver.requests()[0];
    assert_eq!((request.path.as_str(), request.header("content-type")), ("/services/T0/B0/secret", "application/json"));
    let message = request.json();
    let title = "[CRITICAL] FIRING: OracleQuorumLost eur-usd (oracle-publisher)";
    assert_eq!(message["text"], title);
    assert_eq!(message["blocks"][0]["text"]["text"], title);
    assert_eq!(
        message["blocks"][1]["text"]["text"],
        "critical OracleQuorumLost eur-usd (chain=138), since 2026-11-20T10:00:00Z\n2 of 3 venues count\n\
         Do first: see which sources are quarantined &amp; why\n\
         Runbook: https://docs.example.com/docs/runbooks/OracleQuorumLost.md"
    );
}

#[tokio::test]
async fn a_summary_cannot_call_everybody() {
    let receiver = Receiver::start().await;
    let mut hostile = alert("eur-usd");
    hostile.summary = Text::clean("<!channel> <https://evil.example|click>");
    slack(&receiver).await.deliver(&about(Kind::Fired, vec![hostile])).await.unwrap();
    let text = receiver.requests()[0].json()["blocks"][1]["text"]["text"].as_str().unwrap().to_owned();
    assert!(!text.contains(['<', '>']), "{text}");
}

#[tokio::test]
async fn slack_messages_stay_within_its_bounds() {
    let receiver = Receiver::start().await;
    let many = (0..50).map(|n| alert(&format!("{}{n}", "long".repeat(100)))).collect();
    slack(&receiver).await.deliver(&about(Kind::Fired, many)).await.unwrap();
    let message = receiver.requests()[0].json();
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= 50);
    assert_eq!(blocks.last().unwrap()["elements"][0]["text"], "and 30 more");
    for block in blocks.iter().filter(|block| block["type"] == "section") {
        assert!(block["text"]["text"].as_str().unwrap().chars().count() <= 3_000);
    }
}

#[tokio::test]
async fn slack_asks_for_a_pause_and_gets_it() {
    let receiver = Receiver::start().await;
    receiver.answer_with_header(429, "retry-after", "7");
    let error = slack(&receiver).await.deliver(&fired()).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_revoked_hook_is_not_retried() {
    let receiver = Receiver::start().await;
    receiver.answer(&[404]);
    let error = slack(&receiver).await.deliver(&fired()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 404 }) && !error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_our_message() {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    receiver.answer_with_header(307, "location", elsewhere.url());
    let error = slack(&receiver).await.deliver(&fired()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 307 }), "{error}");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_dead_channel_says_so_without_its_secret() {
    // A port that was free a moment ago and has no listener.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let hook = Endpoint::parse(&format!("http://127.0.0.1:{port}/services/T0/B0/secret")).unwrap();
    let slack = Slack::new(id("slack-ops"), patient(), hook, wording()).unwrap();
    let error = slack.deliver(&fired()).await.unwrap_err();
    assert!(error.is_retryable());

    let mut told = format!("{slack:?} {error:?}");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(one) = cause {
        told.push_str(&one.to_string());
        cause = one.source();
    }
    assert!(!told.contains("secret") && !told.contains("/services"), "{told}");
}

#[tokio::test]
async fn a_channel_that_never_answers_costs_its_timeout_and_no_more() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hook = Endpoint::parse(&format!("http://{}/", silent.local_addr().unwrap())).unwrap();
    let slack = Slack::new(id("slack-ops"), outgoing(Duration::from_millis(50)), hook, wording()).unwrap();
    let error = slack.deliver(&fired()).await.unwrap_err();
    assert!(matches!(error, Error::Timeout), "{error}");
}

#[test]
fn a_hook_is_not_sent_in_the_clear() {
    let hook = Endpoint::parse("http://hooks.example.com/services/T0").unwrap();
    let refused = Slack::new(id("slack-ops"), patient(), hook, wording());
    assert!(matches!(refused, Err(SettingError::Plaintext)));
}
