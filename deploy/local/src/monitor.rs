//! What the demo asks the running ccip-monitor, over its gRPC port like any operator's tool.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use causeway_proto::ccip::v1::{
    DiagnoseMessageRequest, DiagnoseMessageResponse, GetMessageRequest, GetMessageResponse, Message, MessageStatus,
    WatchMessagesRequest, WatchMessagesResponse, ccip_service_client::CcipServiceClient,
};
use tonic::{Streaming, transport::Channel};

use crate::screen::Screen;

/// How often a message is looked at.
const EVERY: Duration = Duration::from_millis(100);

/// A connection to one replica.
#[derive(Debug, Clone)]
pub(crate) struct Monitor {
    ccip: CcipServiceClient<Channel>,
}

impl Monitor {
    pub(crate) async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(format!("http://{address}"))?.connect().await?;
        Ok(Self { ccip: CcipServiceClient::new(channel) })
    }

    /// Follows a message until it is as wanted, and shows its ladder with each change.
    pub(crate) async fn follow(
        &self,
        screen: &Screen,
        id: &str,
        limit: Duration,
        is_there: impl Fn(&Message) -> bool,
    ) -> anyhow::Result<Message> {
        let (mut shown, mut last) = (String::new(), None);
        let found = async {
            loop {
                if let Some(message) = self.find(id).await {
                    let ladder = ladder(&message);
                    if ladder != shown {
                        screen.line(&ladder);
                        shown = ladder;
                    }
                    if is_there(&message) {
                        return message;
                    }
                    last = Some(message);
                }
                tokio::time::sleep(EVERY).await;
            }
        };
        let in_time = tokio::time::timeout(limit, found).await;
        in_time.with_context(|| format!("{id} did not get there in time; it was {last:?}"))
    }

    /// Follows a message until it has a status.
    pub(crate) async fn until(
        &self,
        screen: &Screen,
        id: &str,
        status: MessageStatus,
        limit: Duration,
    ) -> anyhow::Result<Message> {
        self.follow(screen, id, limit, |message| message.status() == status).await
    }

    async fn find(&self, id: &str) -> Option<Message> {
        let request = GetMessageRequest { message_id: id.to_owned() };
        self.ccip.clone().get_message(request).await.ok()?.into_inner().message
    }

    /// A message with its whole way.
    pub(crate) async fn whole(&self, id: &str) -> anyhow::Result<GetMessageResponse> {
        let request = GetMessageRequest { message_id: id.to_owned() };
        Ok(self.ccip.clone().get_message(request).await?.into_inner())
    }

    /// Waits for a diagnosis that says what is expected of it.
    pub(crate) async fn explained(
        &self,
        id: &str,
        limit: Duration,
        says: impl Fn(&DiagnoseMessageResponse) -> bool,
    ) -> anyhow::Result<DiagnoseMessageResponse> {
        let mut last = None;
        let found = async {
            loop {
                let request = DiagnoseMessageRequest { message_id: id.to_owned() };
                let told = self.ccip.clone().diagnose_message(request).await?.into_inner();
                if says(&told) {
                    return anyhow::Ok(told);
                }
                last = Some(told);
                tokio::time::sleep(EVERY).await;
            }
        };
        tokio::time::timeout(limit, found).await.with_context(|| format!("{id} is not explained: {last:?}"))?
    }

    /// Every change of every message from now on.
    pub(crate) async fn changes(&self) -> anyhow::Result<Streaming<WatchMessagesResponse>> {
        let request = WatchMessagesRequest { message_id: String::new(), lane: String::new(), after: 0 };
        Ok(self.ccip.clone().watch_messages(request).await?.into_inner())
    }
}

/// A message's way in one line: what was seen is full, what is ahead is empty.
pub(crate) fn ladder(message: &Message) -> String {
    let seen = |yes: bool| if yes { '●' } else { '○' };
    let status = message.status();
    let delivered = message.delivered_at.is_some();
    // A dialect without reports has no such step.
    let middle = match message.dialect.as_str() {
        "ccip-1.5" | "ccip-1.6" => format!("─{} delivered", seen(delivered)),
        _ => String::new(),
    };
    let end = match status {
        MessageStatus::Executed => "─\x1b[32m● executed\x1b[0m".to_owned(),
        MessageStatus::Failed => "─\x1b[31m✗ failed\x1b[0m".to_owned(),
        MessageStatus::Expired => "─\x1b[33m⧗ expired\x1b[0m".to_owned(),
        MessageStatus::Executing => "─\x1b[33m◐ executing\x1b[0m".to_owned(),
        MessageStatus::Unspecified | MessageStatus::Sent | MessageStatus::Delivered => "─○ executed".to_owned(),
    };
    let first = if message.orphaned { "\x1b[33m◌ undone\x1b[0m" } else { "● sent" };
    let id = message.message_id.get(..10).unwrap_or(&message.message_id);
    format!("\x1b[36m{:<24}\x1b[0m {id}…  {first}{middle}{end}", message.lane)
}
