//! A message within whatever wraps it: the business application header, and the document.

use causeway_identifiers::Bic;

use crate::{
    Error, Fault, MessageId,
    document::{Element, Tree},
};

/// What the business application header says (head.001, all versions).
#[derive(Debug, Clone, PartialEq)]
pub struct Header<'d, 'a> {
    /// The header itself.
    pub element: Element<'d, 'a>,
    /// Who sent it, when it is a bank with a BIC.
    pub from: Option<Bic>,
    /// To whom.
    pub to: Option<Bic>,
    /// The sender's identifier of the message.
    pub message: Option<&'d str>,
    /// Which message it says it is; [`crate::validate`] compares it with the document's namespace.
    pub definition: Option<&'d str>,
    /// The service that it was sent in, `swift.cbprplus.02`.
    pub service: Option<&'d str>,
    /// When it was made, as it stands.
    pub created: Option<&'d str>,
    /// The sender says that it may have sent this before: a candidate for a duplicate, not one.
    pub is_possible_duplicate: bool,
}

/// A message: its header, if it has one, and its document.
#[derive(Debug, Clone, PartialEq)]
pub struct Message<'d, 'a> {
    /// The header.
    pub header: Option<Header<'d, 'a>>,
    /// The element `Document`.
    pub document: Element<'d, 'a>,
    /// The only element within the document: `FIToFICstmrCdtTrf` and its kin.
    pub body: Element<'d, 'a>,
    /// Which message, by the document's namespace.
    pub id: MessageId,
}

impl<'d, 'a> Message<'d, 'a> {
    /// Finds the message in a tree, whatever it is wrapped in (`Envelope`, `DataPDU`, `BusMsg`, `RequestPayload`, nothing).
    ///
    /// # Errors
    /// When there is no document of an ISO 20022 namespace, or more than one, or more than one header.
    pub fn find(tree: &'d Tree<'a>) -> Result<Self, Error> {
        let fail = |element: Element<'d, 'a>, fault| Error { at: element.position(), fault };
        let mut documents = tree.elements().filter_map(|element| {
            let id = (element.local() == "Document").then(|| MessageId::of_namespace(element.namespace()))?;
            Some((element, id?))
        });
        let (document, id) = documents.next().ok_or_else(|| fail(tree.root(), Fault::NoDocument))?;
        if let Some((second, _)) = documents.next() {
            return Err(fail(second, Fault::SeveralDocuments));
        }
        let is_header = |element: &Element<'d, 'a>| {
            let id = MessageId::of_namespace(element.namespace());
            element.local() == "AppHdr" && id.is_some_and(|id| id.kind() == ("head", 1))
        };
        let mut headers = tree.elements().filter(is_header);
        let header = headers.next();
        if let Some(second) = headers.next() {
            return Err(fail(second, Fault::SeveralDocuments));
        }
        let mut bodies = document.children().filter(|child| child.namespace() == document.namespace());
        let body = bodies.next().ok_or_else(|| fail(document, Fault::EmptyDocument))?;
        if let Some(second) = bodies.next() {
            return Err(fail(second, Fault::SeveralDocuments));
        }
        Ok(Self { header: header.map(read_header), document, body, id })
    }
}

fn read_header<'d, 'a>(element: Element<'d, 'a>) -> Header<'d, 'a> {
    let party = |role: &str| {
        let bank = element.child(role)?.at("FIId/FinInstnId")?;
        bank.text_at("BICFI").or_else(|| bank.text_at("BIC"))?.parse().ok()
    };
    Header {
        element,
        from: party("Fr"),
        to: party("To"),
        message: element.text_at("BizMsgIdr"),
        definition: element.text_at("MsgDefIdr"),
        service: element.text_at("BizSvc"),
        created: element.text_at("CreDt"),
        is_possible_duplicate: matches!(element.text_at("PssblDplct"), Some("true" | "1")),
    }
}
