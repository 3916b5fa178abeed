//! The explanation itself, from the libraries that read, validate and map.

use causeway_fin::Messages;
use causeway_iso20022::{Message, Schemas, Tree};
use causeway_mapping::{Context, Error as MappingError, Mapped, to_fin, to_iso};

use crate::intake::{Read, Refusal, Standard, read, standard};

/// How a message is told in the other standard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// As these messages, with the origin of every value and everything that was lost.
    Mapped(Vec<Mapped>),
    /// It is not, and why.
    NotMapped(String),
}

/// What is known of what was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which standard; `None` when it is neither.
    pub standard: Option<Standard>,
    /// What it orders, or why it orders nothing.
    pub ordered: Result<Vec<Read>, Refusal>,
    /// Each message of it in the other standard.
    pub told: Vec<Told>,
}

/// Explains what was handed in. `created` stands for the moment at which a new message would be made.
pub fn explain(bytes: &[u8], schemas: &Schemas, created: &str) -> Explanation {
    let standard = standard(bytes);
    let told = match standard {
        Some(Standard::Fin) => in_iso(bytes, created),
        Some(Standard::Iso20022) => vec![in_fin(bytes)],
        None => Vec::new(),
    };
    Explanation { standard, ordered: read(bytes, schemas), told }
}

/// Each message of a file. What cannot be read is said by the intake, with its place.
fn in_iso(bytes: &[u8], created: &str) -> Vec<Told> {
    let context = Context { created: created.to_owned() };
    let Ok(messages) = Messages::new(bytes, causeway_fin::Limits::default()) else { return Vec::new() };
    let readable = messages.map_while(Result::ok).filter(|message| !message.basic().is_acknowledgement());
    let tell = readable.map(|message| told(to_iso(&causeway_fin::validate(&message), &context).map(|one| vec![one])));
    tell.collect()
}

fn in_fin(bytes: &[u8]) -> Told {
    let tree = match Tree::parse(bytes, causeway_iso20022::Limits::default()) {
        Ok(tree) => tree,
        Err(error) => return Told::NotMapped(error.to_string()),
    };
    match Message::find(&tree) {
        Ok(message) => told(to_fin(&message)),
        Err(error) => Told::NotMapped(error.to_string()),
    }
}

fn told(mapped: Result<Vec<Mapped>, MappingError>) -> Told {
    match mapped {
        Ok(mapped) => Told::Mapped(mapped),
        Err(MappingError::Fin(causeway_fin::DraftError::Rules(findings))) => {
            let rules: Vec<_> = findings.iter().map(ToString::to_string).collect();
            Told::NotMapped(format!("the FIN message would not be valid: {}", rules.join("; ")))
        }
        Err(error) => Told::NotMapped(error.to_string()),
    }
}
