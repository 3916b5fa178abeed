//! Text of a request → checked values. Each refusal names the field and what it must be.

use std::time::Duration;

use causeway_primitives::{Address, B256, Bytes, ChainId, MessageId, Timestamp};

use crate::{
    domain::{message::Status, report::Window},
    error::Error,
};

/// Items of a page when the caller names no number.
const DEFAULT_SIZE: u32 = 50;
/// The largest page: about a megabyte of JSON.
const MAX_SIZE: u32 = 500;
/// Bytes of an account at most: 20 on an EVM chain, 32 elsewhere.
const MAX_ACCOUNT: usize = 64;
/// What stands before an address in a word.
const PADDING: [u8; 12] = [0; 12];
/// Characters of a lane's name at most: names made from selectors are longer than configured ones.
const MAX_LANE: usize = 128;
/// Characters of an operator's reason: it goes into the audit and into chat messages.
const MAX_REASON: usize = 500;

/// A message id: `0x` and 64 hexadecimal digits, in either case.
///
/// # Errors
/// [`Error::Invalid`].
pub fn message_id(text: &str) -> Result<MessageId, Error> {
    text.parse().map_err(|_| Error::Invalid { field: "message_id", expected: "0x and 64 hexadecimal digits" })
}

/// A transaction's hash.
///
/// # Errors
/// [`Error::Invalid`].
pub fn tx_hash(text: &str) -> Result<B256, Error> {
    let invalid = Error::Invalid { field: "tx_hash", expected: "0x and 64 hexadecimal digits" };
    // A hash without 0x may be anything; the same rule as for message ids.
    text.parse().map(MessageId::get).map_err(|_| invalid)
}

/// A chain id above zero.
///
/// # Errors
/// [`Error::Invalid`].
pub fn chain_id(field: &'static str, text: &str) -> Result<ChainId, Error> {
    let invalid = Error::Invalid { field, expected: "a chain id: a whole number above 0" };
    text.parse().ok().and_then(|id| ChainId::new(id).ok()).ok_or(invalid)
}

/// An address of an EVM chain: `0x` and 40 hexadecimal digits; capitals are not checked against a checksum.
///
/// # Errors
/// [`Error::Invalid`].
pub fn address(field: &'static str, text: &str) -> Result<Address, Error> {
    let bytes = account(field, text)?;
    Address::try_from(bytes.as_ref())
        .map_err(|_| Error::Invalid { field, expected: "an address: 0x and 40 hexadecimal digits" })
}

/// An account of any chain: `0x` and an even number of hexadecimal digits, 1 to 64 bytes. An EVM address that is padded
/// to a word, as events of 1.6 write it, is the address: so it is stored.
///
/// # Errors
/// [`Error::Invalid`].
pub fn account(field: &'static str, text: &str) -> Result<Bytes, Error> {
    let invalid = || Error::Invalid { field, expected: "0x and the hexadecimal digits of 1 to 64 bytes" };
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() <= 2 * MAX_ACCOUNT).ok_or_else(invalid)?;
    let bytes = hex::decode(digits).map_err(|_| invalid())?;
    let address = bytes.strip_prefix(&PADDING).filter(|address| address.len() == 20);
    if bytes.is_empty() { Err(invalid()) } else { Ok(Bytes::copy_from_slice(address.unwrap_or(&bytes))) }
}

/// A status by its name.
///
/// # Errors
/// [`Error::Invalid`].
pub fn status(text: &str) -> Result<Status, Error> {
    let expected = "sent, delivered, executing, executed, failed or expired";
    Status::from_name(text).ok_or(Error::Invalid { field: "status", expected })
}

/// A lane's name. Whether there is such a lane is another question.
///
/// # Errors
/// [`Error::Invalid`].
pub fn lane(text: &str) -> Result<String, Error> {
    let is_name = (1..=MAX_LANE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name { Ok(text.to_owned()) } else { Err(Error::Invalid { field: "lane", expected: "the name of a lane" }) }
}

/// A time.
///
/// # Errors
/// [`Error::Invalid`].
pub fn time(field: &'static str, text: &str) -> Result<Timestamp, Error> {
    let expected = "a time such as 2026-03-01T00:00:00Z";
    Timestamp::from_rfc3339(text).map_err(|_| Error::Invalid { field, expected })
}

/// So long before, held at the start of the epoch.
pub fn earlier(time: Timestamp, span: Duration) -> Timestamp {
    let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_millis(time.as_millis().saturating_sub(millis)).unwrap_or(Timestamp::EPOCH)
}

/// A window of time.
///
/// # Errors
/// [`Error::Invalid`] when it is empty or longer than 366 days.
pub fn window(field: &'static str, from: Timestamp, before: Timestamp) -> Result<Window, Error> {
    let expected = "after the beginning of the window, and at most 366 days after it";
    Window::new(from, before).map_err(|_| Error::Invalid { field, expected })
}

/// A sequence number of a stream.
///
/// # Errors
/// [`Error::Invalid`].
pub fn sequence(field: &'static str, text: &str) -> Result<u64, Error> {
    text.parse().map_err(|_| Error::Invalid { field, expected: "the number of an event, as the stream gave it" })
}

/// An operator's reason, fit for the audit.
///
/// # Errors
/// [`Error::Invalid`] without one, or with one of more than 500 characters.
pub fn reason(text: &str) -> Result<&str, Error> {
    let reason = text.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(Error::Invalid { field: "reason", expected: "1 to 500 characters that say why" });
    }
    Ok(reason)
}

/// Items of a page: 0 is the default.
///
/// # Errors
/// [`Error::Invalid`] above 500.
pub const fn size(field: &'static str, asked: u32) -> Result<u32, Error> {
    match asked {
        0 => Ok(DEFAULT_SIZE),
        1..=MAX_SIZE => Ok(asked),
        _ => Err(Error::Invalid { field, expected: "1 to 500" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ccip_8_ids_hashes_and_accounts_have_one_form() {
        let digits = "aB".repeat(32);
        assert_eq!(message_id(&format!("0x{digits}")).unwrap().to_string(), format!("0x{}", "ab".repeat(32)));
        for bad in ["", "0x", "latest", digits.as_str(), &format!("0x{digits}0"), &format!("0x{}", "g".repeat(64))] {
            assert!(message_id(bad).is_err(), "{bad}");
            assert!(tx_hash(bad).is_err(), "{bad}");
        }
        for bad in ["", "0x", "0x0", "0xzz", "12", &format!("0x{}", "00".repeat(65))] {
            assert!(account("receiver", bad).is_err(), "{bad}");
        }
        assert!(address("sender", &format!("0x{}", "00".repeat(21))).is_err());
        let padded = format!("0x{}{}", "00".repeat(12), "11".repeat(20));
        assert_eq!(
            account("receiver", &padded).unwrap(),
            account("receiver", &format!("0x{}", "11".repeat(20))).unwrap()
        );
        assert_eq!(account("receiver", &format!("0x{}", "11".repeat(32))).unwrap().len(), 32, "of another family");
        assert_eq!(address("sender", &format!("0x{}", "11".repeat(20))).unwrap(), Address::repeat_byte(0x11));
    }

    #[test]
    fn ccip_8_numbers_names_and_times_are_checked() {
        for bad in ["0", "-1", "1.0", "", "99999999999999999999"] {
            assert!(chain_id("source_chain_id", bad).is_err(), "{bad}");
        }
        assert!(lane("").is_err() && lane("a b").is_err() && lane(&"x".repeat(129)).is_err());
        assert!(status("Executed").is_err() && status("executed").is_ok());
        assert!(time("sent_from", "2026-03-01").is_err() && time("sent_from", "2026-03-01T00:00:00+01:00").is_ok());
        assert!(size("limit", 501).is_err());
        assert_eq!((size("limit", 0).unwrap(), size("limit", 500).unwrap()), (50, 500));
        assert!(sequence("after", "-1").is_err());
        for bad in ["", "   ", "a\u{7}b", &"x".repeat(501)] {
            assert!(reason(bad).is_err(), "{bad}");
        }
    }
}
