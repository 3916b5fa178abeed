//! The blob that a message travels as: 69 fixed bytes, then fields with a length before each (`MessageV1Codec` of the
//! contracts).
//!
//! Addresses of the source chain are padded to a word, those of the destination have as many bytes as its addresses.

use causeway_primitives::U256;

/// Why a blob is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It ends before what it announces, or goes on after it.
    #[error("the encoded message is shorter or longer than its fields")]
    Length,
    /// The first byte of the message or of its token transfer is not 1.
    #[error("the encoded message is of another version: {0}")]
    Version(u8),
}

/// A message; what has a length is a part of the blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageV1<'a> {
    /// The source chain's selector.
    pub source: u64,
    /// The destination chain's selector.
    pub destination: u64,
    /// Its number in the lane. Not unique before its block is final: with less than finality asked for, a
    /// reorganisation may give the number to another message.
    pub number: u64,
    /// Gas for the whole execution.
    pub execution_gas_limit: u32,
    /// Gas for the receiver.
    pub receiver_gas_limit: u32,
    /// What it waits for at the source, in the codec of the contracts; zero is finality.
    pub finality: u32,
    /// Hash over the verifiers and the executor that the sender chose.
    pub verifiers_hash: [u8; 32],
    /// Where it was sent.
    pub on_ramp: &'a [u8],
    /// Where it is executed.
    pub off_ramp: &'a [u8],
    /// Who sent it.
    pub sender: &'a [u8],
    /// Who gets it.
    pub receiver: &'a [u8],
    /// What only the destination's family of chains understands.
    pub destination_blob: &'a [u8],
    /// The token that travels along.
    pub token: Option<TokenTransfer<'a>>,
    /// What it says.
    pub data: &'a [u8],
}

/// A token that travels along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenTransfer<'a> {
    /// What arrives, in the token's smallest unit: after the pool's own fees.
    pub amount: U256,
    /// The pool at the source.
    pub source_pool: &'a [u8],
    /// The token at the source.
    pub source_token: &'a [u8],
    /// The token at the destination.
    pub destination_token: &'a [u8],
    /// Who gets the token.
    pub receiver: &'a [u8],
    /// What the pools say to each other.
    pub extra_data: &'a [u8],
}

impl<'a> MessageV1<'a> {
    /// Reads a blob to its last byte.
    ///
    /// # Errors
    /// [`Error`].
    pub fn parse(blob: &'a [u8]) -> Result<Self, Error> {
        let mut rest = Rest(blob);
        rest.version()?;
        let message = Self {
            source: rest.u64()?,
            destination: rest.u64()?,
            number: rest.u64()?,
            execution_gas_limit: rest.u32()?,
            receiver_gas_limit: rest.u32()?,
            finality: rest.u32()?,
            verifiers_hash: *rest.chunk()?,
            on_ramp: rest.short()?,
            off_ramp: rest.short()?,
            sender: rest.short()?,
            receiver: rest.short()?,
            destination_blob: rest.long()?,
            token: TokenTransfer::parse(rest.long()?)?,
            data: rest.long()?,
        };
        rest.end().map(|()| message)
    }
}

impl<'a> TokenTransfer<'a> {
    /// Nothing is no transfer; there is at most one.
    fn parse(bytes: &'a [u8]) -> Result<Option<Self>, Error> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let mut rest = Rest(bytes);
        rest.version()?;
        let transfer = Self {
            amount: U256::from_be_bytes(*rest.chunk::<32>()?),
            source_pool: rest.short()?,
            source_token: rest.short()?,
            destination_token: rest.short()?,
            receiver: rest.short()?,
            extra_data: rest.long()?,
        };
        rest.end().map(|()| Some(transfer))
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Error::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Error::Length)?;
        self.0 = rest;
        Ok(taken)
    }

    fn version(&mut self) -> Result<(), Error> {
        match self.chunk::<1>()? {
            [1] => Ok(()),
            [other] => Err(Error::Version(*other)),
        }
    }

    fn u32(&mut self) -> Result<u32, Error> {
        self.chunk().copied().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        self.chunk().copied().map(u64::from_be_bytes)
    }

    /// Up to 255 bytes.
    fn short(&mut self) -> Result<&'a [u8], Error> {
        let [length] = *self.chunk::<1>()?;
        self.take(usize::from(length))
    }

    /// Up to 65,535 bytes.
    fn long(&mut self) -> Result<&'a [u8], Error> {
        let length = self.chunk::<2>().copied().map(u16::from_be_bytes)?;
        self.take(usize::from(length))
    }

    const fn end(&self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Length) }
    }
}
