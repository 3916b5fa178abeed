//! Banks and customers, in payments and in statements (fields 50 to 59).

use super::{
    part::Part::{Account, Bic, NameAddress, NumberedLines, PartyIdentifier, PartyMark},
    table::{Spec, row},
};

const BANK_A: &str = "[[/1!a][/34x]$]4!a2!a2!c[3!c]";
const BANK_B: &str = "[/1!a][/34x][$35x]";
const BANK_B_PLACE: &str = "35x";
const BANK_D: &str = "[[/1!a][/34x]$]4*35x";

pub(super) const FIELDS: &[Spec] = &[
    row("50", "4*35x", &[NameAddress]),
    row("50A", "[/34x$]4!a2!a2!c[3!c]", &[Account, Bic]),
    row("50C", "4!a2!a2!c[3!c]", &[Bic]),
    row("50F", "/34x$4*35x", &[Account, NumberedLines]),
    row("50F", "4!a/30x$4*35x", &[PartyIdentifier, PartyIdentifier, NumberedLines]),
    row("50G", "/34x$4!a2!a2!c[3!c]", &[Account, Bic]),
    row("50H", "/34x$4*35x", &[Account, NameAddress]),
    row("50K", "[/34x$]4*35x", &[Account, NameAddress]),
    row("50L", "35x", &[PartyIdentifier]),
    row("51A", BANK_A, &[PartyMark, Account, Bic]),
    row("52A", BANK_A, &[PartyMark, Account, Bic]),
    row("52B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("52B", BANK_B_PLACE, &[NameAddress]),
    row("52C", "/34x", &[Account]),
    row("52D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("53A", BANK_A, &[PartyMark, Account, Bic]),
    row("53B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("53B", BANK_B_PLACE, &[NameAddress]),
    row("53C", "/34x", &[Account]),
    row("53D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("54A", BANK_A, &[PartyMark, Account, Bic]),
    row("54B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("54B", BANK_B_PLACE, &[NameAddress]),
    row("54D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("55A", BANK_A, &[PartyMark, Account, Bic]),
    row("55B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("55B", BANK_B_PLACE, &[NameAddress]),
    row("55D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("56A", BANK_A, &[PartyMark, Account, Bic]),
    row("56B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("56B", BANK_B_PLACE, &[NameAddress]),
    row("56C", "/34x", &[Account]),
    row("56D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("57A", BANK_A, &[PartyMark, Account, Bic]),
    row("57B", BANK_B, &[PartyMark, Account, NameAddress]),
    row("57B", BANK_B_PLACE, &[NameAddress]),
    row("57C", "/34x", &[Account]),
    row("57D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("58A", BANK_A, &[PartyMark, Account, Bic]),
    row("58D", BANK_D, &[PartyMark, Account, NameAddress]),
    row("59", "[/34x$]4*35x", &[Account, NameAddress]),
    row("59A", "[/34x$]4!a2!a2!c[3!c]", &[Account, Bic]),
    row("59F", "[/34x$]4*35x", &[Account, NumberedLines]),
];
