//! What is journaled of an errand: the request as it is posted, and what is needed to follow it on chain.

use causeway_chain::intent::EventPattern;
use causeway_primitives::{Address, Bytes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{adapters::issuer::Operation, domain::reference::Reference};

/// See the module. The form of a row: whoever changes it reads the old one as well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Body {
    /// The body of `contracts/invoke`.
    pub(super) invoke: Value,
    /// The call as bytes, to try it before it is sent.
    pub(super) data: Bytes,
    /// What the receipt shows.
    pub(super) expect: EventPattern,
    /// The token that remembers the reference.
    pub(super) token: Address,
    /// The reference, 0x-hex.
    pub(super) reference: String,
}

impl Body {
    pub(super) fn new(operation: &Operation, reference: Reference, signing_key: Address, key: &str) -> Self {
        let params: Vec<_> = operation.arguments.iter().map(|one| param(one.name, one.kind)).collect();
        let input: Map<_, _> =
            operation.arguments.iter().map(|one| (one.name.to_owned(), json!(one.value.clone()))).collect();
        let invoke = json!({
            "location": { "address": operation.contract.to_string() },
            "key": signing_key.to_string(),
            "method": { "name": operation.method, "params": params, "returns": [] },
            "input": input,
            "idempotencyKey": key,
        });
        Self {
            invoke,
            data: operation.data.clone(),
            expect: operation.expect.clone(),
            token: operation.token,
            reference: reference.to_string(),
        }
    }

    /// The contract that is called.
    pub(super) fn contract(&self) -> Option<Address> {
        self.invoke.pointer("/location/address")?.as_str()?.parse().ok()
    }

    /// Whether an operation of FireFly's is this errand: the same contract, method and arguments. Text is compared without
    /// regard to case, because addresses come back in small letters.
    pub(super) fn is_asked_by(&self, input: &Value) -> bool {
        let same = |pointer: &str| match (self.invoke.pointer(pointer), input.pointer(pointer)) {
            (Some(ours), Some(theirs)) => alike(ours, theirs),
            (None, _) | (_, None) => false,
        };
        ["/location/address", "/key", "/method/name", "/input"].into_iter().all(same)
    }
}

fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(ours), Value::String(theirs)) => ours.eq_ignore_ascii_case(theirs),
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(name, value)| theirs.get(name).is_some_and(|other| alike(value, other)))
        }
        (ours, theirs) => ours == theirs,
    }
}

/// A parameter as FireFly's interface format has it. Numbers go as text: JSON's lose digits.
fn param(name: &str, kind: &str) -> Value {
    let schema = if kind.starts_with("uint") {
        json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }], "details": { "type": kind } })
    } else {
        json!({ "type": "string", "details": { "type": kind } })
    };
    json!({ "name": name, "schema": schema })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::issuer::{Token, samples::eur};
    use crate::domain::instruction::{Kind, samples::instruction};

    fn body() -> Body {
        let wanted = instruction(Kind::Mint, 100);
        let tokens = [eur()].into_iter().collect::<std::collections::BTreeMap<_, Token>>();
        let operation = Operation::of(&wanted, &tokens).unwrap();
        Body::new(&operation, wanted.reference, Address::repeat_byte(9), "tg1:1")
    }

    #[test]
    fn tok_2_an_operation_is_ours_when_contract_signer_method_and_every_argument_are() {
        let ours = body();
        let mut input = ours.invoke.clone();
        input["location"]["address"] = json!(ours.contract().unwrap().to_string().to_lowercase());
        assert!(ours.is_asked_by(&input), "small letters are the same address");
        for (pointer, other) in [
            ("/input/amount", json!("101")),
            ("/input/to", json!(Address::repeat_byte(1).to_string())),
            ("/input/businessReference", json!("0x00")),
            ("/method/name", json!("burnWithReference")),
            ("/key", json!(Address::repeat_byte(8).to_string())),
            ("/location/address", json!(Address::repeat_byte(7).to_string())),
        ] {
            let mut changed = input.clone();
            *changed.pointer_mut(pointer).unwrap() = other;
            assert!(!ours.is_asked_by(&changed), "{pointer}");
        }
        input["input"].as_object_mut().unwrap().remove("amount");
        assert!(!ours.is_asked_by(&input), "something is missing");
    }

    #[test]
    fn tok_2_a_journaled_errand_is_read_as_it_was_written() {
        let ours = body();
        let read: Body = serde_json::from_str(&serde_json::to_string(&ours).unwrap()).unwrap();
        assert_eq!((read.invoke, read.data, read.expect), (ours.invoke, ours.data, ours.expect));
    }
}
