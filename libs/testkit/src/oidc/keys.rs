//! The provider's keys: one of RSA, which lies in the repository and is nobody's, and as many of P-256 as it likes.

use std::io;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};

use super::Misdeed;

/// PKCS#1. Made for tests, and good for nothing else: everybody has it.
const RSA: &[u8] = include_bytes!("../../data/oidc-rsa.der");

/// What signs.
#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    Curve(Box<EcdsaKeyPair>),
}

/// A key with its name.
#[derive(Debug)]
pub(super) struct Key {
    id: String,
    pair: Pair,
}

fn unusable(what: impl ToString) -> io::Error {
    io::Error::other(what.to_string())
}

impl Key {
    /// The one of RSA.
    pub(super) fn rsa(id: &str) -> io::Result<Self> {
        let pair = RsaKeyPair::from_der(RSA).map_err(unusable)?;
        Ok(Self { id: id.to_owned(), pair: Pair::Rsa(Box::new(pair)) })
    }

    /// A new one of P-256.
    pub(super) fn curve(id: &str) -> io::Result<Self> {
        let (random, scheme) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(scheme, &random).map_err(unusable)?;
        let pair = EcdsaKeyPair::from_pkcs8(scheme, document.as_ref(), &random).map_err(unusable)?;
        Ok(Self { id: id.to_owned(), pair: Pair::Curve(Box::new(pair)) })
    }

    /// What everybody may see of it (RFC 7517).
    pub(super) fn shown(&self) -> Value {
        match &self.pair {
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
                json!({"kty": "RSA", "use": "sig", "kid": self.id, "n": encoded(&n), "e": encoded(&e)})
            }
            Pair::Curve(pair) => {
                // An uncompressed point: a byte that says so, and two halves.
                let (x, y) = pair.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
                json!({
                    "kty": "EC", "use": "sig", "alg": "ES256", "kid": self.id, "crv": "P-256",
                    "x": encoded(x), "y": encoded(y),
                })
            }
        }
    }

    const fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::Curve(_) => "ES256",
        }
    }

    /// A token in compact form (RFC 7515), or something that looks like one.
    pub(super) fn sign(&self, claims: &Value, misdeed: Option<Misdeed>) -> io::Result<String> {
        let (mut head, mut stranger) = (json!({"alg": self.algorithm(), "kid": self.id, "typ": "JWT"}), None);
        match misdeed {
            Some(Misdeed::Unsigned) => head = json!({"alg": "none"}),
            Some(Misdeed::PublicKeyAsSecret) => head = json!({"alg": "HS256", "kid": self.id}),
            Some(Misdeed::HiddenKey) => {
                head = json!({"alg": "ES256", "kid": "hidden"});
                stranger = Some(Self::curve("hidden")?);
            }
            Some(Misdeed::OtherKey) => {
                head = json!({"alg": "ES256", "kid": self.id});
                stranger = Some(Self::curve("other")?);
            }
            Some(_) | None => {}
        }
        let message = format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(claims.to_string().as_bytes()));
        let signature = match misdeed {
            Some(Misdeed::Unsigned | Misdeed::Stripped) => Vec::new(),
            Some(Misdeed::PublicKeyAsSecret) => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.shown().to_string().as_bytes());
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
            Some(_) | None => stranger.as_ref().unwrap_or(self).signature(message.as_bytes())?,
        };
        if misdeed == Some(Misdeed::Forged) {
            let mut forged = claims.clone();
            if let Some(claims) = forged.as_object_mut() {
                claims.insert("groups".to_owned(), json!(["admins"]));
            }
            let body = format!("{}.{}", encoded(head.to_string().as_bytes()), encoded(forged.to_string().as_bytes()));
            return Ok(format!("{body}.{}", encoded(&signature)));
        }
        Ok(format!("{message}.{}", encoded(&signature)))
    }

    fn signature(&self, message: &[u8]) -> io::Result<Vec<u8>> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(unusable)?;
                Ok(signature)
            }
            Pair::Curve(pair) => Ok(pair.sign(&random, message).map_err(unusable)?.as_ref().to_vec()),
        }
    }
}

pub(super) fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
