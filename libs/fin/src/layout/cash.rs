//! Layouts of payments, advices and statements (categories 1, 2 and 9, and the common messages n92, n96, n99).

use super::node::{
    Node::{self, Any},
    any, any_group, group, maybe, one, some, up_to,
};
use crate::Variant;

/// The layout of a message type.
pub(super) fn layout(message_type: &str, variant: Variant) -> Option<&'static [Node]> {
    Some(match (message_type, variant) {
        ("101", _) => MT101,
        ("103", Variant::Stp) => MT103_STP,
        ("103", Variant::Remit) => MT103_REMIT,
        ("103", Variant::Core | Variant::Cover | Variant::Other) => MT103,
        ("202", Variant::Cover) => MT202_COV,
        ("202", Variant::Core | Variant::Stp | Variant::Remit | Variant::Other) => MT202,
        ("205", Variant::Cover) => MT205_COV,
        ("205", Variant::Core | Variant::Stp | Variant::Remit | Variant::Other) => MT205,
        ("210", _) => MT210,
        ("900", _) => MT900,
        ("910", _) => MT910,
        ("940", _) => MT940,
        ("942", _) => MT942,
        ("950", _) => MT950,
        (common, _) => match common.get(1..)? {
            "92" => MTN92,
            "96" => MTN96,
            "99" => MTN99,
            _ => return None,
        },
    })
}

const MT101: &[Node] = &[
    one("20"),
    maybe("21R"),
    one("28D"),
    maybe("50CL"),
    maybe("50FGH"),
    maybe("52AC"),
    maybe("51A"),
    one("30"),
    maybe("25"),
    group(
        "B",
        1,
        u16::MAX,
        &[
            one("21"),
            maybe("21F"),
            any("23E"),
            one("32B"),
            maybe("50CL"),
            maybe("50FGH"),
            maybe("52AC"),
            maybe("56ACD"),
            maybe("57ACD"),
            one("59-AF"),
            maybe("70"),
            maybe("77B"),
            maybe("33B"),
            one("71A"),
            maybe("25A"),
            maybe("36"),
        ],
    ),
];

const MT103: &[Node] = &[
    one("20"),
    any("13C"),
    one("23B"),
    any("23E"),
    maybe("26T"),
    one("32A"),
    maybe("33B"),
    maybe("36"),
    one("50AFK"),
    maybe("51A"),
    maybe("52AD"),
    maybe("53ABD"),
    maybe("54ABD"),
    maybe("55ABD"),
    maybe("56ACD"),
    maybe("57ABCD"),
    one("59-AF"),
    maybe("70"),
    one("71A"),
    any("71F"),
    maybe("71G"),
    maybe("72"),
    maybe("77B"),
];

const MT103_STP: &[Node] = &[
    one("20"),
    any("13C"),
    one("23B"),
    any("23E"),
    maybe("26T"),
    one("32A"),
    maybe("33B"),
    maybe("36"),
    one("50AFK"),
    maybe("52A"),
    maybe("53AB"),
    maybe("54A"),
    maybe("55A"),
    maybe("56A"),
    maybe("57A"),
    one("59-AF"),
    maybe("70"),
    one("71A"),
    any("71F"),
    maybe("71G"),
    maybe("72"),
    maybe("77B"),
];

const MT103_REMIT: &[Node] = &[
    one("20"),
    any("13C"),
    one("23B"),
    any("23E"),
    maybe("26T"),
    one("32A"),
    maybe("33B"),
    maybe("36"),
    one("50AFK"),
    maybe("51A"),
    maybe("52AD"),
    maybe("53ABD"),
    maybe("54ABD"),
    maybe("55ABD"),
    maybe("56ACD"),
    maybe("57ABCD"),
    one("59-AF"),
    one("71A"),
    any("71F"),
    maybe("71G"),
    maybe("72"),
    maybe("77B"),
    one("77T"),
];

/// Sequence B of the covers: the customer transfer that is covered.
const COVERED: Node = group(
    "B",
    1,
    1,
    &[
        one("50AFK"),
        maybe("52AD"),
        maybe("56ACD"),
        maybe("57ABCD"),
        one("59-AF"),
        maybe("70"),
        maybe("72"),
        maybe("33B"),
    ],
);

const MT202: &[Node] = &[
    one("20"),
    one("21"),
    any("13C"),
    one("32A"),
    maybe("52AD"),
    maybe("53ABD"),
    maybe("54ABD"),
    maybe("56AD"),
    maybe("57ABD"),
    one("58AD"),
    maybe("72"),
];

const MT202_COV: &[Node] = &[
    one("20"),
    one("21"),
    any("13C"),
    one("32A"),
    maybe("52AD"),
    maybe("53ABD"),
    maybe("54ABD"),
    maybe("56AD"),
    maybe("57ABD"),
    one("58AD"),
    maybe("72"),
    COVERED,
];

const MT205: &[Node] = &[
    one("20"),
    one("21"),
    any("13C"),
    one("32A"),
    one("52AD"),
    maybe("53ABD"),
    maybe("56AD"),
    maybe("57ABD"),
    one("58AD"),
    maybe("72"),
];

const MT205_COV: &[Node] = &[
    one("20"),
    one("21"),
    any("13C"),
    one("32A"),
    one("52AD"),
    maybe("53ABD"),
    maybe("56AD"),
    maybe("57ABD"),
    one("58AD"),
    maybe("72"),
    COVERED,
];

const MT210: &[Node] = &[
    one("20"),
    maybe("25"),
    one("30"),
    group("B", 1, 10, &[one("21"), one("32B"), maybe("50-CF"), maybe("52AD"), maybe("56AD")]),
];

const MT900: &[Node] = &[one("20"), one("21"), one("25-P"), maybe("13D"), one("32A"), maybe("52AD"), maybe("72")];

const MT910: &[Node] = &[
    one("20"),
    one("21"),
    one("25-P"),
    maybe("13D"),
    one("32A"),
    maybe("50AFK"),
    maybe("52AD"),
    maybe("56AD"),
    maybe("72"),
];

const MT940: &[Node] = &[
    one("20"),
    maybe("21"),
    one("25-P"),
    one("28C"),
    one("60FM"),
    any_group("entry", &[one("61"), maybe("86")]),
    one("62FM"),
    maybe("64"),
    any("65"),
    maybe("86"),
];

const MT942: &[Node] = &[
    one("20"),
    maybe("21"),
    one("25-P"),
    one("28C"),
    up_to(2, "34F"),
    one("13D"),
    any_group("entry", &[one("61"), maybe("86")]),
    maybe("90D"),
    maybe("90C"),
    maybe("86"),
];

const MT950: &[Node] =
    &[one("20"), one("25-P"), one("28C"), one("60FM"), any_group("entry", &[one("61")]), one("62FM"), maybe("64")];

const MTN92: &[Node] = &[one("20"), one("21"), one("11S"), maybe("79"), Any];

const MTN96: &[Node] = &[one("20"), one("21"), one("76"), maybe("77A"), maybe("11RS"), maybe("79"), Any];

const MTN99: &[Node] = &[one("20"), maybe("21"), some("79")];
