//! An explanation for people: one fact a line, aligned where it helps.

use std::fmt::Write as _;

use causeway_mapping::Mapped;

use super::{Explanation, Told};
use crate::{
    domain::order::Order,
    intake::{Finding, Read, Refusal, Standard},
};

/// The explanation as text. It ends with a line end.
pub fn to_table(explanation: &Explanation) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "standard   {}", standard(explanation.standard));
    match &explanation.ordered {
        Ok(messages) => messages.iter().for_each(|message| orders(message, &mut text)),
        Err(refused) => refusal(refused, &mut text),
    }
    for told in &explanation.told {
        match told {
            Told::Mapped(mapped) => mapped.iter().for_each(|one| mapping(one, &mut text)),
            Told::NotMapped(why) => {
                let _ = writeln!(text, "\nin the other standard: {why}");
            }
        }
    }
    text
}

/// Its word, here and in JSON.
pub(super) const fn standard(standard: Option<Standard>) -> &'static str {
    match standard {
        Some(Standard::Fin) => "SWIFT FIN",
        Some(Standard::Iso20022) => "ISO 20022",
        None => "unknown",
    }
}

fn orders(message: &Read, text: &mut String) {
    let sender = if message.sender.is_empty() { "nobody" } else { &message.sender };
    let _ = writeln!(text, "message    {} {} from {sender}", message.message_type, message.reference);
    for order in &message.orders {
        let _ = writeln!(text, "order {:<4} {}", order.position, told(order));
        for key in &order.keys {
            let _ = writeln!(text, "           named by {} {}", key.scheme(), key.digest());
        }
    }
}

fn told(order: &Order) -> String {
    let mut told = format!("{} {} {}", order.kind, order.denomination, order.amount);
    for (word, account) in [("from", &order.from), ("to", &order.to)] {
        if let Some(account) = account {
            let _ = write!(told, " {word} {account}");
        }
    }
    if let Some(day) = order.value_date {
        let _ = write!(told, " for {day}");
    }
    told
}

fn refusal(refused: &Refusal, text: &mut String) {
    let _ = writeln!(text, "orders     nothing: {refused}");
    let findings: &[Finding] = match refused {
        Refusal::Malformed(finding) => std::slice::from_ref(finding),
        Refusal::Invalid { findings, .. } => findings,
        Refusal::Unwanted { .. } => &[],
    };
    for finding in findings {
        let Finding { rule, line, column, place, text: words } = finding;
        let _ = writeln!(text, "  line {line}, column {column} {place} {rule}: {words}");
    }
}

fn mapping(mapped: &Mapped, text: &mut String) {
    let _ = writeln!(text, "\nas {}", mapped.kind);
    for line in &mapped.lines {
        let _ = writeln!(text, "  {line}");
    }
    for loss in &mapped.losses {
        let _ = writeln!(text, "  lost: {} ← {}", loss.value.replace("\r\n", " | ").replace('\n', " | "), loss.origin);
    }
}
