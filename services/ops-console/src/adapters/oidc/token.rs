//! An ID token, read: its signature is checked here with the provider's key, what it says is judged by the domain.

use causeway_primitives::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::Jwk};
use serde::Deserialize;
use serde_json::{Map, Number, Value};

use super::{error::Error, signature};
use crate::domain::oidc::Claims;

/// Characters of a token; one with thousands of groups is none that a browser's sign-in needs.
const LONGEST: usize = 64 * 1024;
/// Groups that are looked at.
const GROUPS: usize = 1_000;

/// What is written above a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: Algorithm,
    /// Which key; `None`: the provider has one only.
    pub(super) key: Option<String>,
}

/// Where a provider puts what the console wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// What somebody is called.
    pub name: String,
    /// What he is in: a claim, or a path into one with points between.
    pub groups: String,
}

#[derive(Deserialize)]
struct Wire {
    iss: String,
    sub: String,
    aud: OneOrMore,
    exp: Number,
    iat: Number,
    nbf: Option<Number>,
    azp: Option<String>,
    nonce: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// What is written above a token, and whether it can count at all.
///
/// # Errors
/// [`Error::Token`]; [`Error::Algorithm`]; [`Error::Strange`] when it is too long.
pub(super) fn head(token: &str) -> Result<Head, Error> {
    if token.len() > LONGEST {
        return Err(Error::Strange("a token that is too long"));
    }
    // An algorithm `none` is none that the reader knows.
    let header = decode_header(token).map_err(Error::Token)?;
    // What must be understood and is not makes a token void (RFC 7515, section 4.1.11).
    if !signature::counts(header.alg) || header.crit.is_some() {
        return Err(Error::Algorithm);
    }
    Ok(Head { algorithm: header.alg, key: header.kid })
}

/// What a token says that was signed with this key.
///
/// # Errors
/// [`Error::Token`] when it was not; [`Error::Strange`] when what it says has another shape.
pub(super) fn read(token: &str, head: &Head, key: &Jwk, places: &Places) -> Result<Claims, Error> {
    signature::install();
    let key = DecodingKey::from_jwk(key).map_err(Error::Token)?;
    let mut validation = Validation::new(head.algorithm);
    // All of this is judged by the domain, on the console's own clock.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let wire: Wire = decode(token, &key, &validation).map_err(Error::Token)?.claims;
    claims(wire, places)
}

fn claims(wire: Wire, places: &Places) -> Result<Claims, Error> {
    let time = |seconds: &Number| timestamp(seconds).ok_or(Error::Strange("a token with a time that no clock shows"));
    let name = match places.name.as_str() {
        "sub" => Some(wire.sub.clone()),
        claim => find(&wire.rest, claim).and_then(Value::as_str).map(str::to_owned),
    };
    Ok(Claims {
        issuer: wire.iss,
        audience: match wire.aud {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(all) => all,
        },
        asked_by: wire.azp,
        subject: wire.sub,
        expires_at: time(&wire.exp)?,
        issued_at: time(&wire.iat)?,
        begins_at: wire.nbf.as_ref().map(time).transpose()?,
        nonce: wire.nonce,
        name,
        groups: groups(find(&wire.rest, &places.groups)),
    })
}

/// Seconds since 1970, of which some providers write parts.
fn timestamp(seconds: &Number) -> Option<Timestamp> {
    let text = seconds.to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    Timestamp::from_secs(whole.parse().ok()?).ok()
}

/// The claim of this name, or what lies at the end of a path with points between.
fn find<'a>(claims: &'a Map<String, Value>, place: &str) -> Option<&'a Value> {
    if let Some(found) = claims.get(place) {
        return Some(found);
    }
    let (first, rest) = place.split_once('.')?;
    find(claims.get(first)?.as_object()?, rest)
}

/// A list of words, or one.
fn groups(found: Option<&Value>) -> Vec<String> {
    match found {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().take(GROUPS).filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(rest: Value) -> Claims {
        let mut whole = json!({"iss": "i", "sub": "s", "aud": "c", "exp": 1_790_000_300, "iat": 1_790_000_000.5});
        whole.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        let places = Places { name: "preferred_username".to_owned(), groups: "realm_access.roles".to_owned() };
        claims(serde_json::from_value(whole).unwrap(), &places).unwrap()
    }

    #[test]
    fn ops_9_claims_are_found_where_providers_put_them() {
        let keycloak = read(json!({"preferred_username": "anna", "realm_access": {"roles": ["a", 7, "b"]}}));
        assert_eq!((keycloak.name.as_deref(), keycloak.groups), (Some("anna"), vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(keycloak.issued_at, Timestamp::from_secs(1_790_000_000).unwrap());
        let flat = read(json!({"aud": ["c", "d"], "azp": "c", "realm_access.roles": "a"}));
        assert_eq!((flat.audience.len(), flat.groups), (2, vec!["a".to_owned()]));
        assert!(read(json!({"realm_access": {"roles": {"a": true}}})).groups.is_empty());
        assert!(read(json!({"realm_access": "a"})).groups.is_empty());
    }

    #[test]
    fn ops_9_what_anybody_can_sign_is_no_token() {
        let with = |header: &str| {
            use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
            head(&format!("{}.e30.", URL_SAFE_NO_PAD.encode(header)))
        };
        assert!(matches!(with(r#"{"alg":"none"}"#), Err(Error::Token(_))));
        assert!(matches!(with(r#"{"alg":"HS256"}"#), Err(Error::Algorithm)));
        assert!(matches!(with(r#"{"alg":"RS256","crit":["exp"]}"#), Err(Error::Algorithm)));
        assert_eq!(with(r#"{"alg":"ES256","kid":"7"}"#).unwrap().key.as_deref(), Some("7"));
        assert!(matches!(head(&"x".repeat(LONGEST + 1)), Err(Error::Strange(_))));
        assert!(matches!(head("x.y"), Err(Error::Token(_))));
    }
}
