//! Published OpenAPI files as the measure of what a simulation says, where they are on the machine.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::{Value, json};

use crate::tools;

/// How deep references are followed: none of the answers that are compared nests deeper.
const DEPTH: usize = 8;

/// A published file.
pub(crate) struct Published(Value);

impl Published {
    /// A file of the shared data; says so when it is not there.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
        let file = tools::variable("CAUSEWAY_DATA").map_or(beside, PathBuf::from);
        let file = file.join("tokenization/openapi").join(name);
        let Ok(text) = fs::read_to_string(&file) else {
            eprintln!("{} is not there: nothing compared", file.display());
            return None;
        };
        // YAML holds JSON.
        Some(Self(serde_norway::from_str(&text).unwrap()))
    }

    /// The schema of an answer.
    pub(crate) fn answer(&self, path: &str, method: &str, status: &str) -> Value {
        let schema = &self.0["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "no {method} {path}");
        self.resolved(schema, DEPTH)
    }

    /// The schema of a request's body.
    pub(crate) fn asked(&self, path: &str, method: &str) -> Value {
        self.resolved(&self.0["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"], DEPTH)
    }

    /// A schema with what it refers to in its place.
    fn resolved(&self, schema: &Value, depth: usize) -> Value {
        if depth == 0 {
            return Value::Null;
        }
        if let Some(reference) = schema["$ref"].as_str() {
            let found = self.0.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null);
            return self.resolved(found, depth);
        }
        let mut all = schema.clone();
        if let Some(items) = schema.get("items") {
            all["items"] = self.resolved(items, depth - 1);
        }
        let own = std::iter::once(schema);
        let parts = own.chain(schema["allOf"].as_array().into_iter().flatten());
        let mut properties = serde_json::Map::new();
        for part in parts {
            let part = if part["$ref"].is_string() { self.resolved(part, depth) } else { part.clone() };
            for (name, schema) in part["properties"].as_object().into_iter().flatten() {
                properties.insert(name.clone(), self.resolved(schema, depth - 1));
            }
        }
        if !properties.is_empty() {
            all["properties"] = properties.into();
        }
        all
    }
}

/// Every field of an answer that the schema does not have, and every text of another form.
pub(crate) fn strangers(schema: &Value, value: &Value, at: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match value {
        Value::Array(items) => {
            items.iter().for_each(|item| found.extend(strangers(&schema["items"], item, &format!("{at}[]"))));
        }
        // An object without properties takes any.
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|_| schema["properties"].is_object()) {
                let (at, schema) = (format!("{at}.{name}"), &schema["properties"][name]);
                if schema.is_null() {
                    found.insert(at);
                } else {
                    found.extend(strangers(schema, value, &at));
                }
            }
        }
        Value::String(text) => {
            let allowed = schema["enum"].as_array();
            let is_one = allowed.is_none_or(|allowed| allowed.contains(&json!(text)));
            let is_id = schema["format"] != "uuid" || uuid::Uuid::parse_str(text).is_ok();
            if !is_one || !is_id || !(schema["type"] == "string" || schema["type"].is_null()) {
                found.insert(format!("{at} = {text}"));
            }
        }
        Value::Bool(_) if schema["type"] != "boolean" => drop(found.insert(at.to_owned())),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    found
}
