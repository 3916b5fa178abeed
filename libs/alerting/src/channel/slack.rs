//! A Slack incoming webhook: one message per notification. The hook's URL is its credential and decides the
//! room, so `#incidents` and `#ops` are two channels.

use async_trait::async_trait;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    http::{Endpoint, Outgoing, SettingError},
    port::{Channel, Error},
    text::{Wording, cut},
};
use crate::notification::{ChannelId, Notification};

/// Slack's bound for the plain text of a header block.
const HEADER_CHARS: usize = 150;
/// Slack's bound for the text of a section block.
const SECTION_CHARS: usize = 3_000;
/// Slack's bound is 50 blocks with the header and the closing line; fewer are read.
const SECTIONS: usize = 20;

/// Posts to one room.
#[derive(Debug)]
pub struct Slack {
    id: ChannelId,
    outgoing: Outgoing,
    hook: Endpoint,
    wording: Wording,
}

impl Slack {
    /// A room by its hook.
    ///
    /// # Errors
    /// [`SettingError::Plaintext`] when the hook is not https.
    pub fn new(id: ChannelId, outgoing: Outgoing, hook: Endpoint, wording: Wording) -> Result<Self, SettingError> {
        hook.require_confidential()?;
        Ok(Self { id, outgoing, hook, wording })
    }

    fn message(&self, notification: &Notification) -> Value {
        let headline = self.wording.headline(notification);
        let title = json!({ "type": "plain_text", "text": cut(&headline, HEADER_CHARS), "emoji": false });
        let mut blocks = vec![json!({ "type": "header", "text": title })];
        for alert in notification.alerts.iter().take(SECTIONS) {
            let text = cut(&escape(&self.wording.paragraph(alert)), SECTION_CHARS);
            blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } }));
        }
        let left_out = notification.alerts.len().saturating_sub(SECTIONS);
        if left_out > 0 {
            let text = format!("and {left_out} more");
            blocks.push(json!({ "type": "context", "elements": [{ "type": "plain_text", "text": text }] }));
        }
        // `text` is what a phone shows before the app is opened.
        json!({ "text": escape(&headline), "blocks": blocks })
    }
}

/// Slack's three control characters. Without it, a summary with `<!channel>` in it would call everybody.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[async_trait]
impl Channel for Slack {
    fn id(&self) -> &ChannelId {
        &self.id
    }

    async fn deliver(&self, notification: &Notification) -> Result<(), Error> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        self.outgoing.post(&self.hook, headers, self.message(notification).to_string().into_bytes()).await
    }
}
