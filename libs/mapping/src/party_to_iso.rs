//! Parties of FIN fields 50 to 59 as elements.

use causeway_fin::{
    Field,
    view::{Identity, Party},
};
use causeway_identifiers::Iban;

use crate::iso_sheet::{IsoSheet, from};

/// Clearing codes of FIN and the systems that ISO 20022 names for them.
pub(crate) const CLEARING: [(&str, &str); 20] = [
    ("AT", "ATBLZ"),
    ("AU", "AUBSB"),
    ("BL", "DEBLZ"),
    ("CC", "CACPA"),
    ("CN", "CNAPS"),
    ("CP", "USPID"),
    ("ES", "ESNCC"),
    ("FW", "USABA"),
    ("GR", "GRBIC"),
    ("HK", "HKNCC"),
    ("IE", "IENCC"),
    ("IN", "INFSC"),
    ("IT", "ITNCC"),
    ("NZ", "NZNCC"),
    ("PL", "PLKNR"),
    ("PT", "PTNCC"),
    ("RU", "RUCBC"),
    ("SC", "GBDSC"),
    ("SW", "CHBCC"),
    ("ZA", "ZANCC"),
];

/// A bank: `{path}/FinInstnId/…`, and `{path}Acct` when there is an account.
pub(crate) fn bank(sheet: &mut IsoSheet, field: &Field<'_>, path: &str) {
    let Some(party) = Party::read(field) else { return };
    let inner = format!("{path}/FinInstnId");
    let clearing = party.account.and_then(clearing);
    if let Some(bic) = party.bic() {
        sheet.put(&format!("{inner}/BICFI"), bic.as_str(), from(field), "option A: the BIC");
    }
    if let Some((system, member)) = clearing {
        let rule = "a party identifier with two slashes is a clearing code";
        if let Some(system) = system {
            sheet.put(&format!("{inner}/ClrSysMmbId/ClrSysId/Cd"), system, from(field), rule);
        }
        sheet.put(&format!("{inner}/ClrSysMmbId/MmbId"), member, from(field), rule);
    }
    name(sheet, field, &party, &inner);
    if let Some(account) = party.account.filter(|_| clearing.is_none()) {
        account_id(sheet, field, account, &format!("{path}Acct"));
    }
}

/// A customer: `{path}/Nm …`, and `{path}Acct` when there is an account.
pub(crate) fn customer(sheet: &mut IsoSheet, field: &Field<'_>, path: &str) {
    customer_at(sheet, field, path, &format!("{path}Acct"));
}

/// A customer with its account elsewhere.
pub(crate) fn customer_at(sheet: &mut IsoSheet, field: &Field<'_>, path: &str, account_path: &str) {
    let Some(party) = Party::read(field) else { return };
    name(sheet, field, &party, path);
    if let Some(bic) = party.bic() {
        sheet.put(&format!("{path}/Id/OrgId/AnyBIC"), bic.as_str(), from(field), "option A: the BIC of a customer");
    }
    if let Some(account) = party.account {
        account_id(sheet, field, account, account_path);
    }
}

pub(crate) fn account_id(sheet: &mut IsoSheet, field: &Field<'_>, account: &str, path: &str) {
    match account.parse::<Iban>() {
        Ok(iban) => sheet.put(&format!("{path}/Id/IBAN"), iban.as_str(), from(field), "an account that is an IBAN"),
        Err(_) => sheet.put(&format!("{path}/Id/Othr/Id"), account, from(field), "an account that is no IBAN"),
    }
}

/// System, when it is known, and member of `/FW021000089`.
fn clearing(account: &str) -> Option<(Option<&'static str>, &str)> {
    let code = account.strip_prefix('/')?;
    let (letters, member) = code.split_at_checked(2)?;
    let system = CLEARING.iter().find(|(known, _)| *known == letters).map(|(_, system)| *system);
    Some(if system.is_some() { (system, member) } else { (None, code) })
}

fn name(sheet: &mut IsoSheet, field: &Field<'_>, party: &Party<'_>, path: &str) {
    match &party.identity {
        Identity::Lines(lines) => {
            let mut lines = lines.iter();
            if let Some(first) = lines.next() {
                sheet.put(&format!("{path}/Nm"), first, from(field), "the first line is the name");
            }
            for (index, line) in lines.enumerate() {
                let path = format!("{path}/PstlAdr/AdrLine[{}]", index + 1);
                sheet.put(&path, line, from(field), "further lines are the address");
            }
        }
        Identity::Numbered(lines) => numbered(sheet, field, lines, path),
        Identity::Bic(_) | Identity::AccountOnly => {}
    }
}

fn numbered(sheet: &mut IsoSheet, field: &Field<'_>, lines: &[(u8, &str)], path: &str) {
    let of = |wanted: u8| lines.iter().filter(move |(number, _)| *number == wanted).map(|(_, text)| *text);
    let joined = of(1).collect::<Vec<_>>().join(" ");
    let has_more = lines.iter().any(|(number, _)| *number > 3);
    let target = format!("{path}/Nm");
    if has_more {
        sheet.put_part(
            &target,
            &joined,
            field,
            "numbered lines: 1 is the name; what 4 to 8 say of a person is left out",
        );
    } else {
        sheet.put(&target, &joined, from(field), "numbered lines: 1 is the name");
    }
    let mut place = of(3);
    if let Some(first) = place.next() {
        let (country, town) = first.split_once('/').unwrap_or((first, ""));
        let town = [town].into_iter().chain(place).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
        if !town.is_empty() {
            sheet.put(&format!("{path}/PstlAdr/TwnNm"), &town, from(field), "numbered lines: 3 is country and town");
        }
        sheet.put(&format!("{path}/PstlAdr/Ctry"), country, from(field), "numbered lines: 3 is country and town");
    }
    for (index, line) in of(2).enumerate() {
        let path = format!("{path}/PstlAdr/AdrLine[{}]", index + 1);
        sheet.put(&path, line, from(field), "numbered lines: 2 is the address");
    }
}
