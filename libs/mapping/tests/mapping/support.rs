//! From texts to mappings, with what must hold of every one of them.

use causeway_fin::{parse, validate};
use causeway_iso20022::{Limits, Message, Schemas, Tree};
use causeway_mapping::{Context, Error, Mapped, Origin};

/// A FIN message around fields, one a line.
pub(crate) fn fin(kind: &str, user: &str, fields: &str) -> String {
    let user = if user.is_empty() { String::new() } else { format!("{{3:{user}}}") };
    let text = fields.trim().lines().map(str::trim).collect::<Vec<_>>().join("\r\n");
    format!("{{1:F01BANKBEBBAXXX0001000001}}{{2:I{kind}BANKUS33XXXXN}}{user}{{4:\r\n{text}\r\n-}}")
}

/// A document within an envelope, from one bank to another.
pub(crate) fn enveloped(id: &str, body: &str) -> String {
    let bank = |role: &str, bic: &str| {
        format!("<h:{role}><h:FIId><h:FinInstnId><h:BICFI>{bic}</h:BICFI></h:FinInstnId></h:FIId></h:{role}>")
    };
    format!(
        "<Envelope><h:AppHdr xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\">{}{}<h:MsgDefIdr>{id}</h:MsgDefIdr></h:AppHdr>{}</Envelope>",
        bank("Fr", "BANKBEBB"),
        bank("To", "BANKUS33"),
        if body.starts_with("<Document") {
            body.to_owned()
        } else {
            format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{id}\">{body}</Document>")
        }
    )
}

/// To ISO 20022, at a fixed time.
pub(crate) fn to_iso(text: &str) -> Result<Mapped, Error> {
    let message = parse(text.as_bytes()).unwrap();
    let validation = validate(&message);
    let context = Context { created: "2026-07-22T09:15:00+00:00".to_owned() };
    let mapped = causeway_mapping::to_iso(&validation, &context)?;
    // Every field is an origin or a loss, and none is both.
    for field in message.fields().iter().filter(|field| field.tag.number() != 16) {
        let origin = Origin::Field { tag: field.tag, line: field.line };
        let is_told = mapped.lines.iter().any(|line| line.origin == origin);
        let is_lost = mapped.losses.iter().any(|loss| loss.origin == origin);
        assert!(is_told != is_lost, "{origin} is told {is_told} and lost {is_lost}");
    }
    assert_sound(&mapped.text);
    Ok(mapped)
}

/// A document that is canonical and has nothing against it.
fn assert_sound(xml: &str) {
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
    assert_eq!(tree.root().canonical().text, xml);
    let message = Message::find(&tree).unwrap();
    let validation = causeway_iso20022::validate(&message, &Schemas::default());
    assert!(validation.is_valid(), "{xml}\n{:#?}", validation.findings());
}

/// To FIN, one message for each transaction.
pub(crate) fn to_fin(xml: &str) -> Result<Vec<Mapped>, Error> {
    let tree = Tree::parse(xml.as_bytes(), Limits::default()).unwrap();
    let mapped = causeway_mapping::to_fin(&Message::find(&tree).unwrap())?;
    for one in &mapped {
        let message = parse(one.text.as_bytes()).unwrap();
        assert!(validate(&message).is_valid());
        assert_eq!(message.message_type(), Some(one.kind.as_str()));
    }
    Ok(mapped)
}

/// The value at the end of a path of the new message.
pub(crate) fn value<'m>(mapped: &'m Mapped, target: &str) -> &'m str {
    let found = mapped.lines.iter().find(|line| line.target.ends_with(target));
    &found.unwrap_or_else(|| panic!("no {target} in {:#?}", mapped.lines)).value
}

/// The fields of a FIN message, `tag:value`, in their order.
pub(crate) fn fields(text: &str) -> Vec<String> {
    let message = parse(text.as_bytes()).unwrap();
    message.fields().iter().map(|field| format!("{}:{}", field.tag, field.value.replace("\r\n", "|"))).collect()
}
