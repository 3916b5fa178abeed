//! The webhook, Alertmanager, and the log.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway_alerting::{
    Alert, Channel, Kind, Severity,
    channel::{Alertmanager, Log, Webhook},
    wire,
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Receiver, about, alert, fired, id, patient, wording};

#[tokio::test]
async fn grd_8_a_webhook_gets_the_whole_notification_signed() {
    let receiver = Receiver::start().await;
    let webhook =
        Webhook::new(id("tickets"), patient(), receiver.endpoint("/hook"), Some(SecretString::from("shared")));
    webhook.deliver(&fired()).await.unwrap();

    let request = &receiver.requests()[0];
    assert_eq!(wire::decode(&request.body).unwrap(), fired());
    assert_eq!(request.header("idempotency-key"), fired().key.to_string());
    assert_eq!(request.header("x-causeway-timestamp"), "1795169100");

    // As a receiver would check it.
    let mut mac = Hmac::<Sha256>::new_from_slice(b"shared").unwrap();
    mac.update(b"1795169100.");
    mac.update(&request.body);
    let claimed = hex::decode(request.header("x-causeway-signature").strip_prefix("v1=").unwrap()).unwrap();
    mac.verify_slice(&claimed).unwrap();
    assert!(!format!("{webhook:?}").contains("shared"));
}

#[tokio::test]
async fn a_webhook_without_a_secret_is_not_signed() {
    let receiver = Receiver::start().await;
    let webhook = Webhook::new(id("tickets"), patient(), receiver.endpoint("/hook"), None);
    webhook.deliver(&fired()).await.unwrap();
    assert_eq!(receiver.requests()[0].header("x-causeway-signature"), "");
}

#[tokio::test]
async fn every_attempt_carries_the_same_bytes() {
    let receiver = Receiver::start().await;
    receiver.answer(&[500]);
    let webhook =
        Webhook::new(id("tickets"), patient(), receiver.endpoint("/hook"), Some(SecretString::from("shared")));
    webhook.deliver(&fired()).await.unwrap_err();
    webhook.deliver(&fired()).await.unwrap();
    let requests = receiver.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(requests[0].header("x-causeway-signature"), requests[1].header("x-causeway-signature"));
}

fn alertmanager(receiver: &Receiver) -> Alertmanager {
    let hold = Duration::from_secs(600);
    Alertmanager::new(id("alertmanager"), patient(), &receiver.endpoint("/am/"), wording(), hold).unwrap()
}

#[tokio::test]
async fn alertmanager_gets_alerts_that_end_by_themselves_when_we_fall_silent() {
    let receiver = Receiver::start().await;
    alertmanager(&receiver).deliver(&fired()).await.unwrap();
    let request = &receiver.requests()[0];
    assert_eq!(request.path, "/am/api/v2/alerts");
    let expected = json!([{
        "labels": {
            "alertname": "OracleQuorumLost",
            "severity": "critical",
            "tier": "alert",
            "subject": "eur-usd",
            "service": "oracle-publisher",
            "chain": "138",
        },
        "annotations": {
            "summary": "2 of 3 venues count",
            "next_step": "see which sources are quarantined & why",
            "runbook": "https://docs.example.com/docs/runbooks/OracleQuorumLost.md",
        },
        "startsAt": "2026-11-20T10:00:00Z",
        "endsAt": "2026-11-20T10:15:00Z",
    }]);
    assert_eq!(request.json(), expected);
}

#[tokio::test]
async fn alertmanager_hears_the_end_when_it_is_over() {
    let receiver = Receiver::start().await;
    alertmanager(&receiver).deliver(&about(Kind::Resolved, vec![alert("eur-usd")])).await.unwrap();
    assert_eq!(receiver.requests()[0].json()[0]["endsAt"], "2026-11-20T10:05:00Z");
}

#[tokio::test]
async fn a_label_does_not_displace_the_alerts_own() {
    let receiver = Receiver::start().await;
    let mut odd = alert("eur-usd");
    odd.labels = odd.labels.with("severity", "none").unwrap();
    alertmanager(&receiver).deliver(&about(Kind::Fired, vec![odd])).await.unwrap();
    assert_eq!(receiver.requests()[0].json()[0]["labels"]["severity"], "critical");
}

#[tokio::test]
async fn the_logs_level_says_who_must_look() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let log = Log::new(id("log"));
    let warning = Alert { severity: Severity::Warning, ..alert("eth-usd") };
    log.deliver(&about(Kind::Fired, vec![alert("eur-usd"), warning])).await.unwrap();
    log.deliver(&about(Kind::Resolved, vec![alert("eur-usd")])).await.unwrap();

    let seen: Vec<_> = lines.read().iter().map(|line| (line["level"].clone(), line["fields"].clone())).collect();
    let told: Vec<_> = seen.iter().map(|(level, fields)| (level, &fields["message"], &fields["subject"])).collect();
    let (error, warn, info) = (json!("ERROR"), json!("WARN"), json!("INFO"));
    let (firing, resolved) = (json!("alert firing"), json!("alert resolved"));
    let (eur, eth) = (json!("eur-usd"), json!("eth-usd"));
    assert_eq!(told, [(&error, &firing, &eur), (&warn, &firing, &eth), (&info, &resolved, &eur)]);
    assert_eq!(seen[0].1["runbook"], "docs/runbooks/OracleQuorumLost.md");
}

/// What was logged, as JSON lines.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn read(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap().clone();
        bytes
            .split(|b| *b == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
