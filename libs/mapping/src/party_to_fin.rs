//! Parties of ISO 20022 as FIN fields 50 to 59.

use causeway_identifiers::{Bic, Country};
use causeway_iso20022::Element;

use crate::{
    fin_sheet::FinSheet,
    party_to_iso::CLEARING,
    text::{cut, to_x, wrap},
};

/// A field made of a party: option, value, the elements it was made of, the original when something is missing.
struct Told<'d, 'a> {
    option: &'static str,
    value: String,
    elements: Vec<Element<'d, 'a>>,
    original: Option<String>,
}

/// The account of a party: `{name}Acct` beside it.
fn account<'d, 'a>(parent: Element<'d, 'a>, name: &str) -> Option<(String, Element<'d, 'a>)> {
    let id = parent.child(&format!("{name}Acct"))?.child("Id")?;
    let leaf = id.child("IBAN").or_else(|| id.at("Othr/Id"))?;
    Some((cut(&to_x(leaf.text()), 34), leaf))
}

/// Writes a bank as `{number}A` by its BIC, else as `{number}D` by its name; nothing when there is neither.
pub(crate) fn bank(sheet: &mut FinSheet, parent: Element<'_, '_>, name: &str, number: &str) -> bool {
    let Some(agent) = parent.child(name).and_then(|agent| agent.child("FinInstnId")) else { return false };
    let clearing = agent.child("ClrSysMmbId").and_then(clearing);
    let account = account(parent, name);
    let first = match (&clearing, &account) {
        (Some((line, _)), _) => format!("/{line}\n"),
        (None, Some((text, _))) => format!("/{text}\n"),
        (None, None) => String::new(),
    };
    let mut elements: Vec<_> = clearing.iter().flat_map(|(_, found)| found.clone()).collect();
    if clearing.is_none() {
        elements.extend(account.map(|(_, leaf)| leaf));
    }
    let bic = agent.child("BICFI").or_else(|| agent.child("BIC"));
    let told = match bic.and_then(|leaf| Some((leaf, leaf.text().parse::<Bic>().ok()?))) {
        Some((leaf, bic)) => {
            elements.insert(0, leaf);
            Told { option: "A", value: format!("{first}{bic}"), elements, original: None }
        }
        None => match named(agent) {
            Some(told) => {
                elements.extend(told.elements);
                Told { option: "D", value: format!("{first}{}", told.value), elements, original: told.original }
            }
            None => return false,
        },
    };
    put(sheet, number, told, "a bank: option A with its BIC, else option D with its name");
    true
}

/// Writes a customer: numbered lines (option F) where country and account are known, else name and address.
pub(crate) fn customer(sheet: &mut FinSheet, parent: Element<'_, '_>, name: &str, number: &str) -> bool {
    let Some(party) = parent.child(name) else { return false };
    // Statements wrap a party once more since version 8.
    let party = party.child("Pty").unwrap_or(party);
    let account = account(parent, name);
    let first = account.as_ref().map(|(text, _)| format!("/{text}\n")).unwrap_or_default();
    let mut elements: Vec<_> = account.map(|(_, leaf)| leaf).into_iter().collect();
    let plain = if number == "50" { "K" } else { "" };
    let bic = party.at("Id/OrgId/AnyBIC").or_else(|| party.at("Id/OrgId/BICOrBEI"));
    if let Some((leaf, bic)) =
        bic.and_then(|leaf| Some((leaf, leaf.text().parse::<Bic>().ok()?))).filter(|_| party.child("Nm").is_none())
    {
        elements.insert(0, leaf);
        let told = Told { option: "A", value: format!("{first}{bic}"), elements, original: None };
        put(sheet, number, told, "a customer without a name: option A with its BIC");
        return true;
    }
    let told = numbered(party).map(|told| Told { option: "F", ..told });
    // 50F must have an identifier in its first line; banks write that there is none. 59F may go without.
    let needs_identifier = number == "50" && first.is_empty() && told.is_some();
    let first = if needs_identifier { "/NOTPROVIDED\n".to_owned() } else { first };
    let Some(told) = told.or_else(|| named(party).map(|told| Told { option: plain, ..told })) else { return false };
    // The name comes first, because it is what people look for.
    let elements = told.elements.into_iter().chain(elements).collect();
    let told = Told { value: format!("{first}{}", told.value), elements, ..told };
    put(sheet, number, told, "a customer: option F where the country is known, else name and address");
    true
}

fn put(sheet: &mut FinSheet, number: &str, told: Told<'_, '_>, rule: &'static str) {
    sheet.put(&format!("{number}{}", told.option), &told.value, &told.elements, rule);
    if let Some(original) = told.original {
        sheet.changed(&original);
    }
}

/// `/FW021000089`, with the elements it is made of.
fn clearing<'d, 'a>(member: Element<'d, 'a>) -> Option<(String, Vec<Element<'d, 'a>>)> {
    let id = member.child("MmbId")?;
    let system = member.at("ClrSysId/Cd");
    let code =
        system.and_then(|system| CLEARING.iter().find(|(_, name)| *name == system.text())).map(|(code, _)| *code);
    let elements = [Some(id), system].into_iter().flatten().collect();
    Some((format!("/{}{}", code.unwrap_or_default(), cut(&to_x(id.text()), 30)), elements))
}

/// Name and address in at most four lines.
fn named<'d, 'a>(party: Element<'d, 'a>) -> Option<Told<'d, 'a>> {
    let name = party.child("Nm").filter(|name| !name.text().is_empty())?;
    let address = party.child("PstlAdr");
    let leaves: Vec<_> = address.iter().flat_map(Element::children).filter(|leaf| !leaf.text().is_empty()).collect();
    let (mut lines, mut fits) = wrap(name.text(), 2, 35, "");
    for leaf in &leaves {
        let (more, all) = wrap(leaf.text(), 4_usize.saturating_sub(lines.len()), 35, "");
        fits &= all;
        lines.extend(more);
    }
    let original = original(name, &leaves);
    let is_kept = fits && lines.join(" ") == original;
    let elements = [name].into_iter().chain(leaves).collect();
    Some(Told { option: "D", value: lines.join("\n"), elements, original: (!is_kept).then_some(original) })
}

fn original(name: Element<'_, '_>, leaves: &[Element<'_, '_>]) -> String {
    let texts = [name.text()].into_iter().chain(leaves.iter().map(Element::text));
    texts.collect::<Vec<_>>().join(" ")
}

/// Numbered lines, when the country is known: 1 the name, 2 the street, 3 country and town.
fn numbered<'d, 'a>(party: Element<'d, 'a>) -> Option<Told<'d, 'a>> {
    let name = party.child("Nm").filter(|name| !name.text().is_empty())?;
    let address = party.child("PstlAdr")?;
    let country: Country = address.text_at("Ctry")?.parse().ok()?;
    let leaves: Vec<_> = address.children().filter(|leaf| !leaf.text().is_empty()).collect();
    let is_town = |leaf: &&Element<'_, '_>| leaf.local() == "TwnNm";
    let town = leaves.iter().find(is_town).map(Element::text);
    let street = leaves.iter().filter(|leaf| !matches!(leaf.local(), "TwnNm" | "Ctry")).map(Element::text);
    let street = street.collect::<Vec<_>>().join(" ");
    let place = town.map_or_else(|| country.to_string(), |town| format!("{country}/{town}"));
    let (names, names_fit) = wrap(name.text(), if street.is_empty() { 3 } else { 2 }, 33, "");
    let (streets, streets_fit) = wrap(&street, 3_usize.saturating_sub(names.len()), 33, "");
    let (places, places_fit) = wrap(&place, 1, 33, "");
    let lines = [("1", &names), ("2", &streets), ("3", &places)];
    let lines: Vec<_> = lines
        .into_iter()
        .flat_map(|(number, texts)| texts.iter().map(move |text| format!("{number}/{text}")))
        .collect();
    let kept = [names.concat(), streets.concat(), places.concat()].concat();
    let said = [name.text(), &street, &place].concat();
    let is_kept = names_fit && streets_fit && places_fit && kept.replace(' ', "") == said.replace(' ', "");
    let original = (!is_kept).then(|| original(name, &leaves));
    let elements = [name].into_iter().chain(leaves).collect();
    Some(Told { option: "F", value: lines.join("\n"), elements, original })
}
