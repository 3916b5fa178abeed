//! Mail over SMTP. TLS is the default; plain text exists for a relay on the same host.

use std::{
    fmt,
    net::IpAddr,
    time::{Duration, UNIX_EPOCH},
};

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart, header},
    transport::smtp::{
        authentication::Credentials,
        client::{Tls, TlsParameters},
        extension::ClientId,
    },
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    http::SettingError,
    port::{Channel, Error},
    text::Wording,
};
use crate::notification::{ChannelId, Notification};

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte (usually port 465).
    Tls,
    /// By STARTTLS, and never without it (usually port 587).
    StartTls,
    /// Not at all; accepted for a server on loopback only.
    None,
}

/// Who we are to the mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// Name of the account.
    pub user: String,
    /// Its password.
    pub password: SecretString,
}

/// The mail server that takes our messages.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Name or address; with TLS, the name in its certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub encryption: Encryption,
    /// Account, when it wants one.
    pub login: Option<Login>,
    /// Bound for one message, connection included.
    pub timeout: Duration,
}

/// Mails a fixed list of people.
pub struct Smtp {
    id: ChannelId,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    timeout: Duration,
    from: Mailbox,
    to: Vec<Mailbox>,
    wording: Wording,
}

impl Smtp {
    /// Mail from one address to some (`Name <user@host>` or `user@host`).
    ///
    /// # Errors
    /// [`SettingError`] for an address that is none, nobody to write to, or a server elsewhere without TLS.
    pub fn new(
        id: ChannelId,
        relay: &Relay,
        from: &str,
        to: &[String],
        wording: Wording,
    ) -> Result<Self, SettingError> {
        let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|_| SettingError::Recipient);
        let to = to.iter().map(|address| mailbox(address)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(SettingError::Recipient);
        }
        let (transport, timeout) = (transport(relay)?, relay.timeout);
        Ok(Self { id, transport, timeout, from: mailbox(from)?, to, wording })
    }

    fn message(&self, notification: &Notification) -> Result<Message, Error> {
        let host = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(self.wording.headline(notification))
            .date(UNIX_EPOCH + Duration::from_millis(notification.at.as_millis()))
            // The same in every attempt: mail programs show a message that came twice once.
            .message_id(Some(format!("<{}@{host}>", notification.key)))
            .header(header::MIME_VERSION_1_0);
        for recipient in &self.to {
            builder = builder.to(recipient.clone());
        }
        let paragraphs: Vec<_> = notification.alerts.iter().map(|alert| self.wording.paragraph(alert)).collect();
        let body = MultiPart::mixed().singlepart(lettre::message::SinglePart::plain(paragraphs.join("\n\n")));
        builder.multipart(body).map_err(|cause| Error::Form(cause.into()))
    }
}

fn transport(relay: &Relay) -> Result<AsyncSmtpTransport<Tokio1Executor>, SettingError> {
    let tls = || TlsParameters::new(relay.host.clone()).map_err(SettingError::Mail);
    let tls = match relay.encryption {
        Encryption::Tls => Tls::Wrapper(tls()?),
        Encryption::StartTls => Tls::Required(tls()?),
        Encryption::None if is_loopback(&relay.host) => Tls::None,
        Encryption::None => return Err(SettingError::Plaintext),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(relay.host.as_str())
        .port(relay.port)
        .tls(tls)
        .timeout(Some(relay.timeout))
        .hello_name(ClientId::default());
    if let Some(login) = &relay.login {
        let password = login.password.expose_secret().to_owned();
        builder = builder.credentials(Credentials::new(login.user.clone(), password));
    }
    Ok(builder.build())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[async_trait]
impl Channel for Smtp {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let message = self.message(notification)?;
        // The transport's own timeout is per command; a server that answers each slowly is bounded here.
        match tokio::time::timeout(self.timeout, self.transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(Error::Mail),
            Err(_) => Err(Error::Timeout),
        }
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("id", &self.id).field("recipients", &self.to.len()).finish_non_exhaustive()
    }
}
