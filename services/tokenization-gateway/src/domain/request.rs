//! A request as it is stored: an instruction, whose it is, and where it stands.

use std::{fmt, str::FromStr};

use causeway_primitives::{B256, ChainId, Timestamp};

use super::{
    actor::Actor, authorise::Approval, identity::Role, instruction::Instruction, order::Basis, saga::Saga,
    valuation::Valuation,
};

/// Not the name of a request or a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID: 32 hexadecimal digits, in groups of 8, 4, 4, 4 and 12")]
pub struct IdError;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// A UUID as its number.
            pub const fn new(value: u128) -> Self {
                Self(value)
            }

            /// The number.
            pub const fn get(self) -> u128 {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                read(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

uuid_id! {
    /// A request.
    RequestId
}
uuid_id! {
    /// A message that came in.
    MessageId
}
uuid_id! {
    /// An answer that goes out.
    AnswerId
}

fn read(text: &str) -> Result<u128, IdError> {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    let digits = groups.concat();
    // `from_str_radix` takes a sign.
    if lengths != [8, 4, 4, 4, 12] || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(IdError);
    }
    u128::from_str_radix(&digits, 16).map_err(|_| IdError)
}

fn write(value: u128, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let digits = format!("{value:032x}");
    let mut rest = digits.as_str();
    for (place, length) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        let (group, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        write!(f, "{}{group}", if place == 0 { "" } else { "-" })?;
        rest = left;
    }
    Ok(())
}

/// The message that a request came in, and what answers name it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The message.
    pub message: MessageId,
    /// `MT103`, `pacs.008.001.08`.
    pub message_type: String,
    /// The sender's reference of the whole message.
    pub message_reference: String,
    /// Which of its transactions, from 1.
    pub position: u32,
    /// What the message does.
    pub role: Role,
    /// BIC of the sender; empty when the message names none.
    pub sender: String,
    /// The sender's reference.
    pub reference: String,
    /// End-to-end reference.
    pub end_to_end: Option<String>,
    /// UETR.
    pub uetr: Option<String>,
    /// The accounts that give and get, as the message wrote them.
    pub accounts: [Option<String>; 2],
}

/// Where an effect is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnChain {
    /// The chain.
    pub chain: ChainId,
    /// The transaction.
    pub tx_hash: B256,
    /// The block's height.
    pub block_number: u64,
    /// The block.
    pub block_hash: B256,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its name.
    pub id: RequestId,
    /// Where it stands.
    pub saga: Saga,
    /// What is wanted.
    pub instruction: Instruction,
    /// The amount as it was written, for people and answers: `EUR 1234.50` of a message, `1234.50` of a direct call.
    pub amount: String,
    /// How firm it is.
    pub basis: Basis,
    /// Who asked.
    pub maker: Actor,
    /// Leave that was given.
    pub approvals: Vec<Approval>,
    /// The beginning of the day that its message names: nothing of it is done before. `None` when it names none.
    pub not_before: Option<Timestamp>,
    /// The price that it was valued at.
    pub valuation: Option<Valuation>,
    /// Where its effect is.
    pub on_chain: Option<OnChain>,
    /// The message; `None` for a direct request.
    pub origin: Option<Origin>,
    /// The trace in which it was taken, as W3C's `traceparent`; every later step belongs to it.
    pub traceparent: Option<String>,
    /// When it was taken.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

impl Request {
    /// The id of its trace, 32 hexadecimal digits.
    pub fn trace_id(&self) -> Option<&str> {
        trace_id(self.traceparent.as_deref()?)
    }
}

/// The trace that a `traceparent` names: the second of its fields, after the version.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1).filter(|id| id.len() == 32)
}

#[cfg(test)]
pub(crate) mod samples {
    //! Requests for the tests of other modules.

    use super::*;
    use crate::domain::{
        instruction::{Kind, samples::instruction},
        saga::State,
    };

    pub(crate) fn request(kind: Kind) -> Request {
        let at = Timestamp::from_secs(1_780_000_000).unwrap();
        Request {
            id: RequestId::new(1),
            saga: Saga { state: State::Mapped, attempt: 1 },
            instruction: instruction(kind, 1_000_000),
            amount: "EUR 1".to_owned(),
            basis: Basis::Instructed,
            maker: "bank".parse().unwrap(),
            approvals: Vec::new(),
            not_before: None,
            valuation: None,
            on_chain: None,
            origin: None,
            traceparent: None,
            created_at: at,
            updated_at: at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_named_by_its_traceparent() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        assert_eq!(trace_id(&format!("00-{id}-b7ad6b7169203331-01")), Some(id));
        assert_eq!((trace_id(""), trace_id("00-1-2-01")), (None, None));
    }

    #[test]
    fn ids_are_written_and_read_as_uuids() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        assert_eq!(text.parse::<RequestId>().unwrap().to_string(), text);
        assert_eq!(RequestId::new(1).to_string(), "00000000-0000-0000-0000-000000000001");
        for bad in ["", "1", &text.replace('-', ""), &text.replace('f', "g"), "+0112233-4455-6677-8899-aabbccddeeff"] {
            assert_eq!(bad.parse::<RequestId>(), Err(IdError), "{bad:?}");
        }
    }
}
