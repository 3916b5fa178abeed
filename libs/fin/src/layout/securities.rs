//! Layouts of settlement instructions, confirmations, status advices and holdings (category 5).
//!
//! Two families share most of a layout: instructions (540 to 543) and confirmations (544 to 547). Not covered: the
//! penalties of MT548, which are refused as unexpected. Of MT549 only the blocks are checked, not what is in them.

use super::node::{
    Node::{self, Any},
    any, any_block, block, maybe, maybe_block, one, some, some_block,
};

/// The layout of a message type.
pub(super) fn layout(message_type: &str) -> Option<&'static [Node]> {
    Some(match message_type {
        "535" => MT535,
        "540" | "541" | "542" | "543" => INSTRUCTION,
        "544" | "545" | "546" | "547" => CONFIRMATION,
        "548" => MT548,
        "549" => MT549,
        _ => return None,
    })
}

const LINK: &[Node] = &[maybe("22F"), maybe("13AB"), one("20CU"), maybe("36BD")];

/// Attributes of an instrument.
const FIA: &[Node] = &[
    maybe("94B"),
    any("22F"),
    any("12ABC"),
    maybe("11A"),
    any("98A"),
    any("92AD"),
    any("13ABK"),
    any("17B"),
    any("90AB"),
    any("36BD"),
    any("35B"),
    maybe("70E"),
];

const BREAK: &[Node] = &[maybe("13B"), maybe("36BD"), maybe("98ACE"), maybe("90AB"), maybe("22H"), maybe("70D")];

/// The second leg of a repurchase.
const REPO: &[Node] = &[any("98ABC"), any("22F"), any("20C"), any("92AC"), any("99B"), any("19A"), maybe("70C")];

const PARTY: &[Node] = &[some("95CLPQRSV"), maybe("97ABE"), maybe("98AC"), maybe("20C"), any("70CDE")];

const AMOUNT: &[Node] = &[any("17B"), some("19A"), maybe("98AC"), maybe("92B")];

const SETDET: &[Node] = &[
    some("22F"),
    any_block("SETPRTY", PARTY),
    any_block("CSHPRTY", &[some("95LPQRS"), any("97AE"), any("70CE")]),
    any_block("AMT", AMOUNT),
];

const TRADE: &[Node] = &[
    any("94BHL"),
    some("98ABCE"),
    maybe("90AB"),
    maybe("99A"),
    one("35B"),
    maybe_block("FIA", FIA),
    any("22F"),
    maybe("11A"),
    any("25D"),
    any("70E"),
];

const INSTRUCTION: &[Node] = &[
    block("GENL", &[one("20C"), one("23G"), maybe("98ACE"), any("99BC"), any_block("LINK", LINK)]),
    block("TRADDET", TRADE),
    some_block(
        "FIAC",
        &[
            some("36BD"),
            any("19A"),
            maybe("70D"),
            any("13B"),
            maybe("95LPR"),
            some("97ABE"),
            any("94BCFHL"),
            any_block("BREAK", BREAK),
        ],
    ),
    maybe_block("REPO", REPO),
    block("SETDET", SETDET),
    any_block("OTHRPRTY", PARTY),
];

const CONFIRMATION: &[Node] = &[
    block("GENL", &[one("20C"), one("23G"), maybe("98ACE"), any("22FH"), some_block("LINK", LINK)]),
    block("TRADDET", TRADE),
    some_block(
        "FIAC",
        &[
            some("36BD"),
            any("19A"),
            maybe("70D"),
            any("13B"),
            maybe("95LPR"),
            some("97ABE"),
            any("94BCFHL"),
            any_block("BREAK", BREAK),
        ],
    ),
    maybe_block("REPO", REPO),
    block("SETDET", SETDET),
    any_block("OTHRPRTY", PARTY),
];

const MT548: &[Node] = &[
    block(
        "GENL",
        &[
            one("20C"),
            one("23G"),
            maybe("98ACE"),
            some_block("LINK", &[maybe("13AB"), one("20CU")]),
            some_block("STAT", &[one("25D"), any_block("REAS", &[one("24B"), maybe("70D")])]),
        ],
    ),
    maybe_block(
        "SETTRAN",
        &[
            any("94BCFHL"),
            one("35B"),
            some("36BD"),
            any("19A"),
            any("99A"),
            maybe("95LPR"),
            one("97AB"),
            some("22FH"),
            any("25D"),
            some("98ABCE"),
            any("13B"),
            any("70E"),
            any_block("SETPRTY", PARTY),
        ],
    ),
    maybe_block("ADDINFO", &[any("95CLPQRS")]),
];

const MT549: &[Node] = &[block("GENL", &[one("20C"), one("23G"), Any]), any_block("REF", &[Any]), Any];

const MT535: &[Node] = &[
    block(
        "GENL",
        &[
            one("28E"),
            maybe("13AJ"),
            one("20C"),
            one("23G"),
            some("98ACE"),
            some("22F"),
            any_block("LINK", &[maybe("13AB"), one("20CU")]),
            any("95LPR"),
            one("97AB"),
            some("17B"),
        ],
    ),
    any_block("SUBSAFE", &[any("95LPRV"), maybe("97AB"), maybe("94BCFHL"), maybe("17B"), any_block("FIN", HOLDING)]),
    maybe_block("ADDINFO", &[any("95LPQR"), any("19A")]),
];

/// One instrument that is held.
const HOLDING: &[Node] = &[
    one("35B"),
    maybe_block("FIA", FIA),
    maybe("22H"),
    any("90ABE"),
    any("94B"),
    any("98AC"),
    any("93BCD"),
    any_block(
        "SUBBAL",
        &[
            some("93BCD"),
            maybe("22H"),
            any("94BCFHL"),
            any("90ABE"),
            any("98AC"),
            maybe("99A"),
            any("19A"),
            any("92B"),
            maybe("70C"),
            any_block("BREAK", BREAK),
        ],
    ),
    maybe("99A"),
    any("19A"),
    any("92B"),
    any_block("BREAK", BREAK),
    any("70E"),
];
