//! An explanation for programs.

use causeway_mapping::Mapped;
use serde_json::{Value, json};

use super::{Explanation, Told, table::standard};
use crate::{
    domain::order::Order,
    intake::{Finding, Read, Refusal},
};

/// The explanation as one JSON document.
pub fn to_json(explanation: &Explanation) -> Value {
    let (messages, refusal) = match &explanation.ordered {
        Ok(messages) => (messages.iter().map(message).collect(), Value::Null),
        Err(refused) => (Vec::new(), refusal(refused)),
    };
    json!({
        "standard": standard(explanation.standard),
        "messages": messages,
        "refusal": refusal,
        "other_standard": explanation.told.iter().map(told).collect::<Vec<_>>(),
    })
}

fn message(message: &Read) -> Value {
    json!({
        "type": message.message_type,
        "sender": message.sender,
        "reference": message.reference,
        "orders": message.orders.iter().map(order).collect::<Vec<_>>(),
    })
}

fn order(order: &Order) -> Value {
    let name = |key: &crate::domain::identity::BusinessKey| json!({ "scheme": key.scheme().as_str(), "digest": key.digest().to_string() });
    json!({
        "position": order.position,
        "kind": order.kind.as_str(),
        "denomination": order.denomination.as_str(),
        "amount": order.amount.to_string(),
        "from": order.from,
        "to": order.to,
        "value_date": order.value_date.map(|day| day.to_string()),
        "uetr": order.uetr,
        "names": order.keys.iter().map(name).collect::<Vec<_>>(),
    })
}

fn refusal(refused: &Refusal) -> Value {
    let findings: &[Finding] = match refused {
        Refusal::Malformed(finding) => std::slice::from_ref(finding),
        Refusal::Invalid { findings, .. } => findings,
        Refusal::Unwanted { .. } => &[],
    };
    let finding = |finding: &Finding| {
        json!({
            "rule": finding.rule,
            "line": finding.line,
            "column": finding.column,
            "place": finding.place,
            "text": finding.text,
        })
    };
    json!({
        "reason": refused.reason(),
        "text": refused.to_string(),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn told(told: &Told) -> Value {
    match told {
        Told::Mapped(mapped) => Value::Array(mapped.iter().map(mapping).collect()),
        Told::NotMapped(why) => json!({ "not_mapped": why }),
    }
}

fn mapping(mapped: &Mapped) -> Value {
    let line = |line: &causeway_mapping::Line| {
        json!({
            "target": line.target,
            "value": line.value,
            "origin": line.origin.to_string(),
            "rule": line.rule,
            "original": line.original,
        })
    };
    let loss = |loss: &causeway_mapping::Loss| json!({ "origin": loss.origin.to_string(), "value": loss.value });
    json!({
        "type": mapped.kind,
        "text": mapped.text,
        "lossless": mapped.is_lossless(),
        "lines": mapped.lines.iter().map(line).collect::<Vec<_>>(),
        "losses": mapped.losses.iter().map(loss).collect::<Vec<_>>(),
    })
}
