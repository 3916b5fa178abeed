//! How much a reader takes before it refuses.

/// Caps on what one input may hold, checked while it is read and before anything is built of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole input.
    pub bytes: usize,
    /// Elements within elements. The deepest message of the standard has about 30.
    pub depth: usize,
    /// Attributes of one element. The standard's elements have one or two, an envelope a handful.
    pub attributes: usize,
    /// Elements of the whole input.
    pub elements: usize,
}

impl Default for Limits {
    /// 8 MiB, depth 64, 32 attributes, 400,000 elements: room for a file of a few thousand payments.
    fn default() -> Self {
        Self { bytes: 8 << 20, depth: 64, attributes: 32, elements: 400_000 }
    }
}
