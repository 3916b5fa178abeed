//! How much a reader takes before it refuses.

/// Caps on what one input may hold. The defaults are wide for anything a bank sends and small for a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a whole file.
    pub bytes: usize,
    /// Bytes of the text of one message. FIN itself takes 10,000 characters, MT535 and its kin too.
    pub message_bytes: usize,
    /// Fields of one message.
    pub fields: usize,
    /// Tags of one block of tags.
    pub tags: usize,
}

impl Default for Limits {
    /// A file of 16 MiB, messages of 64 KiB, 4,000 fields, 64 tags.
    fn default() -> Self {
        Self { bytes: 16 << 20, message_bytes: 64 << 10, fields: 4_000, tags: 64 }
    }
}
