//! The dialect of the operators' own router (CCIP-2), so that nobody has to write it down again.

use std::collections::BTreeMap;

use super::{
    compile::Error,
    decode::Private,
    description::{Description, Meaning},
};

/// The name under which lanes and contracts of it are configured.
const NAME: &str = "operators";

const SENT: &str = "MessageSent(address indexed sender, uint64 indexed destinationChainSelector, bytes receiver, \
                    bytes data, address feeToken, uint256 fee)";

const EXECUTED: &str =
    "MessageExecuted(bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data)";

impl Private {
    /// The dialect `operators`:
    ///
    /// * `MessageSent(address indexed sender, uint64 indexed destinationChainSelector, bytes receiver, bytes data,
    ///   address feeToken, uint256 fee)` is a send. It states no id, so the id is derived.
    /// * `MessageExecuted(bytes32 indexed messageId, uint64 indexed sourceChainSelector, bytes sender, bytes data)` is a
    ///   successful execution. It repeats sender and data, by which the message is found when its id is another than
    ///   the derived one.
    ///
    /// There is no event for an arrival or a failure.
    ///
    /// # Errors
    /// None with these texts, which a test holds; the type is that of every dialect.
    pub fn operators() -> Result<Self, Error> {
        let map = |fields: &[(&str, &str)]| -> BTreeMap<String, String> {
            fields.iter().map(|(field, parameter)| ((*field).to_owned(), (*parameter).to_owned())).collect()
        };
        let sent = map(&[
            ("sender", "sender"),
            ("destination_selector", "destinationChainSelector"),
            ("receiver", "receiver"),
            ("data", "data"),
            ("fee_token", "feeToken"),
            ("fee", "fee"),
        ]);
        let executed = map(&[
            ("message_id", "messageId"),
            ("source_selector", "sourceChainSelector"),
            ("sender", "sender"),
            ("data", "data"),
        ]);
        Self::new(
            NAME,
            &[
                Description { meaning: Meaning::Sent, event: SENT.to_owned(), fields: sent },
                Description { meaning: Meaning::Executed, event: EXECUTED.to_owned(), fields: executed },
            ],
        )
    }
}
