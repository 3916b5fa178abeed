//! PagerDuty and text messages.

use causeway_alerting::{
    Channel, Kind, Text,
    channel::{Error, Gateway, PagerDuty, SettingError, Sms, SmsBody},
};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{Receiver, about, alert, fired, id, patient, wording};

const ROUTING_KEY: &str = "0123456789abcdef0123456789abcdef";

fn pagerduty(receiver: &Receiver) -> PagerDuty {
    let key = SecretString::from(ROUTING_KEY);
    PagerDuty::new(id("pagerduty"), patient(), &receiver.endpoint(""), key, wording()).unwrap()
}

#[tokio::test]
async fn grd_8_pagerduty_gets_an_event_as_its_api_documents_it() {
    let receiver = Receiver::start().await;
    receiver.answer(&[202]);
    pagerduty(&receiver).deliver(&fired()).await.unwrap();

    let request = &receiver.requests()[0];
    assert_eq!(request.path, "/v2/enqueue");
    let expected = json!({
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": alert("eur-usd").fingerprint().to_string(),
        "client": "oracle-publisher",
        "links": [{ "href": "https://docs.example.com/docs/runbooks/OracleQuorumLost.md", "text": "Runbook" }],
        "payload": {
            "summary": "OracleQuorumLost eur-usd: 2 of 3 venues count",
            "source": "oracle-publisher",
            "severity": "critical",
            "timestamp": "2026-11-20T10:00:00Z",
            "component": "eur-usd",
            "class": "OracleQuorumLost",
            "custom_details": {
                "chain": "138",
                "next_step": "see which sources are quarantined & why",
                "runbook": "docs/runbooks/OracleQuorumLost.md",
            },
        },
    });
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn grd_8_an_end_closes_the_incident_that_the_beginning_opened() {
    let receiver = Receiver::start().await;
    let channel = pagerduty(&receiver);
    let by = Text::clean("ann");
    for kind in [Kind::Fired, Kind::Escalated { step: 1 }, Kind::Acknowledged { by }, Kind::Resolved] {
        channel.deliver(&about(kind, vec![alert("eur-usd")])).await.unwrap();
    }
    let events: Vec<_> = receiver.requests().iter().map(|request| request.json()).collect();
    let actions: Vec<_> = events.iter().map(|event| event["event_action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["trigger", "trigger", "acknowledge", "resolve"]);
    assert!(events.iter().all(|event| event["dedup_key"] == events[0]["dedup_key"]));
}

#[tokio::test]
async fn each_alert_of_a_group_is_an_incident_of_its_own() {
    let receiver = Receiver::start().await;
    pagerduty(&receiver).deliver(&about(Kind::Fired, vec![alert("eur-usd"), alert("eth-usd")])).await.unwrap();
    let events: Vec<_> = receiver.requests().iter().map(|request| request.json()).collect();
    assert_eq!(events.len(), 2);
    assert_ne!(events[0]["dedup_key"], events[1]["dedup_key"]);
}

#[tokio::test]
async fn nobody_is_paged_with_a_report() {
    let receiver = Receiver::start().await;
    let error = pagerduty(&receiver).deliver(&about(Kind::Report, vec![alert("eur-usd")])).await.unwrap_err();
    assert!(matches!(error, Error::TakesNoReports) && !error.is_retryable());
    assert_eq!(receiver.requests().len(), 0);
}

#[tokio::test]
async fn pagerduty_is_asked_again_when_it_is_busy_and_not_when_it_refuses() {
    let receiver = Receiver::start().await;
    receiver.answer(&[429, 500, 400]);
    let channel = pagerduty(&receiver);
    let mut retryable = Vec::new();
    for _ in 0..3 {
        retryable.push(channel.deliver(&fired()).await.unwrap_err().is_retryable());
    }
    assert_eq!(retryable, [true, true, false]);
}

#[tokio::test]
async fn a_routing_key_has_32_characters_and_is_never_shown() {
    let receiver = Receiver::start().await;
    let short = SecretString::from("0123");
    let refused = PagerDuty::new(id("pagerduty"), patient(), &receiver.endpoint(""), short, wording());
    assert!(matches!(refused, Err(SettingError::Credential)));
    assert!(!format!("{:?}", pagerduty(&receiver)).contains(ROUTING_KEY));
}

fn gateway(receiver: &Receiver, body: SmsBody) -> Gateway {
    let authorization = Some(SecretString::from("Basic c2lkOnRva2Vu"));
    Gateway { endpoint: receiver.endpoint("/Messages.json"), authorization, body, max_chars: 60 }
}

fn sms(gateway: Gateway, recipients: &[&str]) -> Result<Sms, SettingError> {
    let recipients = recipients.iter().map(|number| (*number).to_owned()).collect();
    Sms::new(id("sms"), patient(), gateway, recipients, wording())
}

#[tokio::test]
async fn grd_8_a_text_message_goes_to_every_number_in_the_gateways_form() {
    let receiver = Receiver::start().await;
    let form = [("To", "{to}"), ("From", "+15005550006"), ("Body", "{text}")];
    let form = SmsBody::Form(form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
    sms(gateway(&receiver, form), &["+4917012345678", "+4917012345679"]).unwrap().deliver(&fired()).await.unwrap();

    let requests = receiver.requests();
    assert_eq!(requests[0].header("authorization"), "Basic c2lkOnRva2Vu");
    assert_eq!(requests[0].header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(
        std::str::from_utf8(&requests[0].body).unwrap(),
        "To=%2B4917012345678&From=%2B15005550006&\
         Body=%5BCRITICAL%5D+FIRING%3A+OracleQuorumLost+eur-usd+%28oracle-publish%E2%80%A6"
    );
    assert!(requests[1].body.starts_with(b"To=%2B4917012345679"));
}

#[tokio::test]
async fn one_wrong_number_keeps_nobody_else_asleep() {
    let receiver = Receiver::start().await;
    receiver.answer(&[400, 201]);
    let body = SmsBody::Json(json!({ "to": ["{to}"], "text": "{text}", "id": "{key}", "flash": true }));
    let channel = sms(gateway(&receiver, body), &["+4917012345678", "+4917012345679"]).unwrap();
    let error = channel.deliver(&fired()).await.unwrap_err();
    assert!(matches!(error, Error::Refused { status: 400 }));
    let second = receiver.requests()[1].json();
    assert_eq!((&second["to"][0], &second["flash"]), (&json!("+4917012345679"), &json!(true)));
    assert_eq!(second["id"], alert("eur-usd").fingerprint().to_string());
}

#[tokio::test]
async fn a_number_that_is_none_stops_the_start() {
    let receiver = Receiver::start().await;
    for recipients in [&["017012345678"][..], &[]] {
        let refused = sms(gateway(&receiver, SmsBody::Json(json!("{text}"))), recipients);
        assert!(matches!(refused, Err(SettingError::Recipient)));
    }
}
