//! Mail, against a small SMTP server that records one conversation at a time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use causeway_alerting::{
    Channel, Kind, Text,
    channel::{Encryption, Error, Login, Relay, SettingError, Smtp},
};
use secrecy::SecretString;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};

use crate::support::{about, alert, fired, id, spawn, wording};

/// A mail server that takes everything, or answers `RCPT` with what it is told.
struct MailServer {
    port: u16,
    lines: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl MailServer {
    async fn start(rcpt_answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let book = Arc::clone(&lines);
        let task = spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that hangs up in the middle ends its conversation, not the server.
                let _ended = converse(stream, &book, rcpt_answer).await;
            }
        });
        Self { port, lines, task }
    }

    fn heard(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(stream: TcpStream, book: &Mutex<Vec<String>>, rcpt_answer: &str) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 mail.example.com ESMTP\r\n").await?;
    let mut in_data = false;
    while let Some(line) = lines.next_line().await? {
        book.lock().unwrap().push(line.clone());
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            _ if in_data && line == "." => {
                in_data = false;
                "250 taken"
            }
            _ if in_data => continue,
            "EHLO" => "250-mail.example.com\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "RCPT" => rcpt_answer,
            "DATA" => {
                in_data = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn relay(port: u16) -> Relay {
    Relay {
        host: "127.0.0.1".to_owned(),
        port,
        encryption: Encryption::None,
        login: None,
        timeout: Duration::from_secs(20),
    }
}

fn smtp(relay: &Relay) -> Smtp {
    let to = ["Ops <ops@example.com>".to_owned(), "boss@example.com".to_owned()];
    Smtp::new(id("email"), relay, "Causeway <causeway@example.com>", &to, wording()).unwrap()
}

#[tokio::test]
async fn grd_8_mail_reaches_every_recipient_with_what_to_do() {
    let server = MailServer::start("250 ok").await;
    smtp(&relay(server.port)).deliver(&fired()).await.unwrap();

    let heard = server.heard();
    let has = |line: &str| assert!(heard.iter().any(|one| one == line), "{line} in {heard:#?}");
    has("MAIL FROM:<causeway@example.com>");
    has("RCPT TO:<ops@example.com>");
    has("RCPT TO:<boss@example.com>");
    has("Subject: [CRITICAL] FIRING: OracleQuorumLost eur-usd (oracle-publisher)");
    has(&format!("Message-ID: <{}@example.com>", fired().key));
    has("Date: Fri, 20 Nov 2026 10:05:00 +0000");
    has("Do first: see which sources are quarantined & why");
}

#[tokio::test]
async fn a_subject_cannot_add_a_header() {
    let server = MailServer::start("250 ok").await;
    let mut hostile = alert("eur-usd");
    hostile.subject = Text::clean("x\r\nBcc: evil@example.com");
    smtp(&relay(server.port)).deliver(&about(Kind::Fired, vec![hostile])).await.unwrap();
    assert!(!server.heard().iter().any(|line| line.starts_with("Bcc:")));
}

#[tokio::test]
async fn a_full_mailbox_is_tried_again_and_an_unknown_one_is_not() {
    for (answer, retryable) in [("452 mailbox full", true), ("550 no such user", false)] {
        let server = MailServer::start(answer).await;
        let error = smtp(&relay(server.port)).deliver(&fired()).await.unwrap_err();
        assert!(matches!(error, Error::Mail(_)), "{error}");
        assert_eq!(error.is_retryable(), retryable, "{answer}");
    }
}

#[tokio::test]
async fn we_log_in_when_the_server_wants_it_and_never_show_how() {
    let server = MailServer::start("250 ok").await;
    let login = Login { user: "causeway".to_owned(), password: SecretString::from("hunter2") };
    let channel = smtp(&Relay { login: Some(login), ..relay(server.port) });
    channel.deliver(&fired()).await.unwrap();
    assert!(server.heard().iter().any(|line| line.starts_with("AUTH PLAIN ")));
    assert!(!format!("{channel:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_server_that_never_speaks_costs_the_timeout_and_no_more() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let impatient = Relay { timeout: Duration::from_millis(50), ..relay(port) };
    let error = smtp(&impatient).deliver(&fired()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
}

#[test]
fn mail_to_another_host_is_encrypted_and_somebody_gets_it() {
    let elsewhere = Relay { host: "mail.example.com".to_owned(), ..relay(25) };
    let to = ["ops@example.com".to_owned()];
    let refused = Smtp::new(id("email"), &elsewhere, "causeway@example.com", &to, wording());
    assert!(matches!(refused, Err(SettingError::Plaintext)));
    for recipients in [&["not an address".to_owned()][..], &[]] {
        let refused = Smtp::new(id("email"), &relay(25), "causeway@example.com", recipients, wording());
        assert!(matches!(refused, Err(SettingError::Recipient)));
    }
}
