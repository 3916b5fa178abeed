//! Block 2: which message type, to whom (input) or from whom and when (output).

use std::fmt;

use super::LogicalTerminal;

/// How urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// `N`
    Normal,
    /// `U`
    Urgent,
    /// `S`
    System,
}

impl Priority {
    fn read(text: &str) -> Option<Self> {
        match text {
            "N" => Some(Self::Normal),
            "U" => Some(Self::Urgent),
            "S" => Some(Self::System),
            _ => None,
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Normal => 'N',
            Self::Urgent => 'U',
            Self::System => 'S',
        }
    }
}

/// The application header. Input and output are the network's view: a bank's outgoing message is input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationHeader<'a> {
    /// On its way to the network.
    Input {
        /// Three digits.
        message_type: &'a str,
        /// To whom.
        receiver: LogicalTerminal<'a>,
        /// How urgent.
        priority: Priority,
        /// Delivery monitoring (`1` to `3`) and obsolescence period (three digits, units of five minutes), or nothing.
        delivery: &'a str,
    },
    /// Delivered by the network.
    Output {
        /// Three digits.
        message_type: &'a str,
        /// When the sender gave it to the network: `HHMM`, the sender's time.
        input_time: &'a str,
        /// Message input reference: date, sender, session and sequence, 28 characters.
        input_reference: &'a str,
        /// The sender, within the input reference.
        sender: LogicalTerminal<'a>,
        /// When the network delivered it: `YYMMDDHHMM`, the receiver's time.
        delivered: &'a str,
        /// System messages have none.
        priority: Option<Priority>,
    },
}

impl<'a> ApplicationHeader<'a> {
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        if !text.is_ascii() {
            return None;
        }
        let message_type = digits(text.get(1..4)?)?;
        match text.get(..1)? {
            "I" => {
                let delivery = digits(text.get(17..)?)?;
                Some(Self::Input {
                    message_type,
                    receiver: LogicalTerminal::new(text.get(4..16)?)?,
                    priority: Priority::read(text.get(16..17)?)?,
                    // Monitoring is one digit, the period three; the period never comes without the other in practice,
                    // but the format allows each.
                    delivery: matches!(delivery.len(), 0 | 1 | 3 | 4).then_some(delivery)?,
                })
            }
            "O" => {
                let rest = text.get(46..)?;
                let input_reference = text.get(8..36)?;
                digits(input_reference.get(..6)?)?;
                // The session is four digits by the book; test systems also write letters, and nothing depends on it.
                digits(input_reference.get(22..)?)?;
                alphanumeric(input_reference.get(18..22)?)?;
                Some(Self::Output {
                    message_type,
                    input_time: digits(text.get(4..8)?)?,
                    input_reference,
                    sender: LogicalTerminal::new(input_reference.get(6..18)?)?,
                    delivered: digits(text.get(36..46)?)?,
                    priority: if rest.is_empty() { None } else { Some(Priority::read(rest)?) },
                })
            }
            _ => None,
        }
    }

    /// Three digits, `103`.
    pub const fn message_type(&self) -> &'a str {
        match self {
            Self::Input { message_type, .. } | Self::Output { message_type, .. } => message_type,
        }
    }
}

fn alphanumeric(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).then_some(text)
}

fn digits(text: &str) -> Option<&str> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text)
}

impl fmt::Display for ApplicationHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input { message_type, receiver, priority, delivery } => {
                write!(f, "I{message_type}{receiver}{}{delivery}", priority.letter())
            }
            Self::Output { message_type, input_time, input_reference, delivered, priority, sender: _ } => {
                write!(f, "O{message_type}{input_time}{input_reference}{delivered}")?;
                priority.map_or(Ok(()), |priority| write!(f, "{}", priority.letter()))
            }
        }
    }
}
