//! Answers as files in a folder that a gateway to a payment network empties.
//!
//! A file has its whole content when it has its name: it is written under another one, brought to disk, and renamed. The same
//! answer again is the same name with the same content, so a repetition changes nothing.

use std::{io, path::PathBuf};

use async_trait::async_trait;
use causeway_store::outbox::{Failure, Handler, Message};
use tokio::io::AsyncWriteExt as _;

use super::answer::Outgoing;

/// A folder of answers.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A folder that is there.
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    async fn put(&self, outgoing: &Outgoing) -> io::Result<()> {
        let kind = if outgoing.message_type.starts_with("MT") { "fin" } else { "xml" };
        let name = format!("{}-{}.{kind}", outgoing.message_type, outgoing.answer_id);
        // Readers of such folders pass over names that begin with a point.
        let (whole, part) = (self.path.join(&name), self.path.join(format!(".{name}.part")));
        let mut file = tokio::fs::File::create(&part).await?;
        file.write_all(outgoing.content.as_bytes()).await?;
        file.sync_all().await?;
        tokio::fs::rename(&part, &whole).await?;
        // The name is on disk when the folder is.
        tokio::fs::File::open(&self.path).await?.sync_all().await
    }
}

#[async_trait]
impl Handler for Folder {
    async fn deliver(&self, message: &Message) -> Result<(), Failure> {
        let outgoing = Outgoing::of(message)?;
        // They become a file's name, and are ours; a row that somebody wrote by hand leads nowhere else.
        let is_name = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if !is_name(&outgoing.message_type) || !is_name(&outgoing.answer_id) {
            return Err(Failure::Reject { detail: "the answer's name is no file's name".to_owned() });
        }
        let written = self.put(&outgoing).await;
        written.map_err(|error| Failure::Retry { detail: format!("not written: {}", error.kind()), after: None })
    }
}
