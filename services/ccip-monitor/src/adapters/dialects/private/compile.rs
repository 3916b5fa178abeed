//! From what an operator says to what decodes: everything that can be wrong about a dialect is found here, before the
//! first log is read.

use std::collections::BTreeMap;

use alloy::{
    dyn_abi::{DynSolType, Specifier, parser},
    json_abi::{Event, EventParam},
};
use causeway_primitives::Address;

use super::{
    description::{Description, Meaning},
    field::{Field, Form},
    layout::{Layout, Source},
};

/// Why a dialect cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name is that of a real CCIP.
    #[error("{0} is the name of a built-in dialect")]
    Reserved(String),
    /// Without this event nothing can be followed.
    #[error("the dialect {dialect} has no event for {meaning}")]
    NoEvent {
        /// The dialect.
        dialect: String,
        /// What is missing.
        meaning: Meaning,
    },
    /// Two descriptions are of one event.
    #[error("the events for {one} and for {other} are the same")]
    SameEvent {
        /// The first.
        one: Meaning,
        /// The second.
        other: Meaning,
    },
    /// No signature of an event.
    #[error("the event for {meaning} is no signature as Solidity writes it")]
    Signature {
        /// Which event.
        meaning: Meaning,
        /// What the parser says.
        #[source]
        source: parser::Error,
    },
    /// An anonymous event has no topic to know it by.
    #[error("the event {event} is anonymous, so its logs cannot be told from others")]
    Anonymous {
        /// The event.
        event: String,
    },
    /// Nobody knows the field.
    #[error("{event} maps {field}, which is no field; fields are {}", names())]
    UnknownField {
        /// The event.
        event: String,
        /// The field.
        field: String,
    },
    /// The field says nothing about an event of this meaning.
    #[error("{event} maps {field}, which an event for {meaning} does not have")]
    UnfitField {
        /// The event.
        event: String,
        /// The field.
        field: Field,
        /// What the event means.
        meaning: Meaning,
    },
    /// A field must be mapped.
    #[error("{event} does not map {field}, which an event for {meaning} needs")]
    MissingField {
        /// The event.
        event: String,
        /// The field.
        field: Field,
        /// What the event means.
        meaning: Meaning,
    },
    /// The event has no such parameter, or several.
    #[error("{event} maps {field} to {parameter}, and does not have exactly one parameter of that name")]
    UnknownParameter {
        /// The event.
        event: String,
        /// The field.
        field: Field,
        /// The parameter.
        parameter: String,
    },
    /// The parameter's type cannot mean the field.
    #[error("{event} maps {field} to {parameter}, which is {found} instead of {}", field.expected())]
    Type {
        /// The event.
        event: String,
        /// The field.
        field: Field,
        /// The parameter.
        parameter: String,
        /// Its type.
        found: String,
    },
}

fn names() -> String {
    Field::ALL.map(Field::as_str).join(", ")
}

/// Checks a description.
pub(super) fn compile(description: &Description) -> Result<Layout, Error> {
    let meaning = description.meaning;
    let event = Event::parse(&description.event).map_err(|source| Error::Signature { meaning, source })?;
    if event.anonymous {
        return Err(Error::Anonymous { event: event.name });
    }
    let parameters = parameters(&event).map_err(|source| Error::Signature { meaning, source })?;
    let mut sources = BTreeMap::new();
    for (name, parameter) in &description.fields {
        let field = field(&event, meaning, name)?;
        sources.insert(field, source(&event, field, parameter, &parameters)?);
    }
    let mut needed = Field::ALL.into_iter().filter(|field| field.is_needed(meaning));
    if let Some(field) = needed.find(|field| !sources.contains_key(field)) {
        return Err(Error::MissingField { event: event.name, field, meaning });
    }
    pair(&event, meaning, &sources)?;
    let topics = event.inputs.iter().filter(|input| input.indexed).count().saturating_add(1);
    Ok(Layout { meaning, topic: event.selector(), topics, sources, name: event.name })
}

/// A token without an amount says nothing, and neither does an amount of nothing.
fn pair(event: &Event, meaning: Meaning, sources: &BTreeMap<Field, Source>) -> Result<(), Error> {
    let missing = match (sources.contains_key(&Field::Token), sources.contains_key(&Field::Amount)) {
        (true, false) => Field::Amount,
        (false, true) => Field::Token,
        (true, true) | (false, false) => return Ok(()),
    };
    Err(Error::MissingField { event: event.name.clone(), field: missing, meaning })
}

fn field(event: &Event, meaning: Meaning, name: &str) -> Result<Field, Error> {
    let unknown = || Error::UnknownField { event: event.name.clone(), field: name.to_owned() };
    let field = Field::from_name(name).ok_or_else(unknown)?;
    if field.fits(meaning) { Ok(field) } else { Err(Error::UnfitField { event: event.name.clone(), field, meaning }) }
}

fn source(event: &Event, field: Field, name: &str, parameters: &[Parameter<'_>]) -> Result<Source, Error> {
    if let (Field::FeeToken | Field::Token, Ok(account)) = (field, name.parse::<Address>()) {
        return Ok(Source::Constant(account));
    }
    let mut named = parameters.iter().filter(|parameter| parameter.input.name == name);
    let (Some(parameter), None) = (named.next(), named.next()) else {
        return Err(Error::UnknownParameter { event: event.name.clone(), field, parameter: name.to_owned() });
    };
    let usable = parameter.form.filter(|form| field.forms().contains(form));
    usable.map(|form| parameter.source(form)).ok_or_else(|| Error::Type {
        event: event.name.clone(),
        field,
        parameter: name.to_owned(),
        found: format!("{}{}", if parameter.input.indexed { "indexed " } else { "" }, parameter.input.selector_type()),
    })
}

/// A parameter and where it stands.
struct Parameter<'a> {
    input: &'a EventParam,
    /// The topic of an indexed one, the first slot of another.
    index: usize,
    /// `None` for a type that no field takes, and for an indexed one of which the log has the hash only.
    form: Option<Form>,
}

impl Parameter<'_> {
    const fn source(&self, form: Form) -> Source {
        if self.input.indexed { Source::Topic(self.index, form) } else { Source::Slot(self.index, form) }
    }
}

fn parameters(event: &Event) -> Result<Vec<Parameter<'_>>, parser::Error> {
    let (mut topic, mut slot) = (1_usize, 0_usize);
    let mut parameters = Vec::with_capacity(event.inputs.len());
    for input in &event.inputs {
        let ty = input.resolve().map_err(|error| parser::Error::new(error.to_string()))?;
        let form = form(&ty).filter(|form| !input.indexed || !matches!(form, Form::Bytes | Form::Tokens));
        let next = if input.indexed { &mut topic } else { &mut slot };
        parameters.push(Parameter { input, index: *next, form });
        // A static type stands in the head with all of its words, a dynamic one with its offset.
        let words = if input.indexed || ty.is_dynamic() { 1 } else { ty.minimum_words() };
        *next = next.saturating_add(words);
    }
    Ok(parameters)
}

fn form(ty: &DynSolType) -> Option<Form> {
    match ty {
        DynSolType::Address => Some(Form::Address),
        DynSolType::Uint(_) => Some(Form::Number),
        DynSolType::Bool => Some(Form::Bool),
        DynSolType::FixedBytes(32) => Some(Form::Word),
        DynSolType::Bytes | DynSolType::String => Some(Form::Bytes),
        DynSolType::Array(item) => is_token(item).then_some(Form::Tokens),
        DynSolType::Int(_)
        | DynSolType::FixedBytes(_)
        | DynSolType::Function
        | DynSolType::FixedArray(..)
        | DynSolType::Tuple(_) => None,
    }
}

fn is_token(item: &DynSolType) -> bool {
    matches!(item, DynSolType::Tuple(parts) if matches!(**parts, [DynSolType::Address, DynSolType::Uint(256)]))
}
