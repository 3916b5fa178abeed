//! Block 3: what the network checks of the user header.
//!
//! That a payment must have a UETR (since November 2018) is left to the caller: archives hold older ones.

use causeway_identifiers::Uetr;

use crate::{
    Message, Variant,
    finding::{Finding, Rule},
};

const UETR: Rule = Rule { code: "U00", text: "tag 121 of block 3 is a version 4 UUID in lower case" };
const PRIORITY: Rule = Rule { code: "U01", text: "tag 113 of block 3 is four characters" };
const REFERENCE: Rule = Rule { code: "U02", text: "tag 108 of block 3 is at most 16 characters" };
const FLAG: Rule = Rule { code: "U08", text: "tag 119 of block 3 is a validation flag of at most 8 characters" };
const FLAG_TYPE: Rule = Rule { code: "U09", text: "this message type takes no such validation flag (tag 119)" };
const UNKNOWN: Rule = Rule { code: "U03", text: "block 3 holds a tag that the network does not know" };

/// What the network lets into a user header.
const KNOWN: [&str; 13] = ["103", "106", "108", "111", "113", "115", "119", "121", "165", "423", "424", "433", "434"];

/// Checks block 3, if there is one. The position is that of the message.
pub(crate) fn check(message: &Message<'_>, line: usize, findings: &mut Vec<Finding>) {
    let Some(list) = message.list('3') else { return };
    let mut require = |holds: bool, rule| {
        if !holds {
            findings.push(Finding { rule, line, column: 1, tag: None, expected: None });
        }
    };
    for item in list.iter() {
        match item.label {
            "121" => require(item.value.parse::<Uetr>().is_ok(), UETR),
            "108" => require((1..=16).contains(&item.value.len()), REFERENCE),
            "113" => require(item.value.len() == 4, PRIORITY),
            "119" => require((1..=8).contains(&item.value.len()), FLAG),
            other => require(KNOWN.contains(&other), UNKNOWN),
        }
    }
    let fits = match (message.variant(), message.message_type().unwrap_or_default()) {
        (Variant::Core | Variant::Other, _) => true,
        (Variant::Stp, kind) => matches!(kind, "102" | "103"),
        (Variant::Remit, kind) => kind == "103",
        (Variant::Cover, kind) => matches!(kind, "202" | "205"),
    };
    require(fits, FLAG_TYPE);
}
