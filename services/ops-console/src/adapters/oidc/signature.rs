//! Signatures of tokens, checked by ring, which is the house's one provider of cryptography (ADR 0004). `jsonwebtoken` takes
//! its own from whoever gives it, and panics where nobody did: so it is given before anything is checked.
//!
//! Only what a public key checks. A token that is signed with a shared secret could be made by whoever knows it, and the console is one of them.

use std::sync::Once;

use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result, new_error},
    signature::{Error as Unsigned, Verifier},
};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    // For making keys, which nothing here does.
    key_utils: KeyUtils::new_unimplemented(),
};

/// Gives `jsonwebtoken` its cryptography, once in a process.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    // An error says that there is one already, and nothing else in the process has one to give.
    ONCE.call_once(|| {
        let _ = PROVIDER.install_default();
    });
}

/// Whether a signature of this kind says who signed.
pub(super) fn counts(algorithm: Algorithm) -> bool {
    scheme(algorithm).is_some()
}

/// How a signature is checked.
enum Scheme {
    Rsa(&'static RsaParameters),
    Curve(&'static dyn VerificationAlgorithm),
}

fn scheme(algorithm: Algorithm) -> Option<Scheme> {
    let rsa = |parameters| Some(Scheme::Rsa(parameters));
    match algorithm {
        Algorithm::RS256 => rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Some(Scheme::Curve(&ECDSA_P256_SHA256_FIXED)),
        Algorithm::ES384 => Some(Scheme::Curve(&ECDSA_P384_SHA384_FIXED)),
        Algorithm::EdDSA => Some(Scheme::Curve(&ED25519)),
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        _ => None,
    }
}

struct Checked {
    algorithm: Algorithm,
    scheme: Scheme,
    key: DecodingKey,
}

impl Verifier<Vec<u8>> for Checked {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Unsigned> {
        let checked = match (&self.scheme, self.key.kind()) {
            (Scheme::Rsa(parameters), DecodingKeyKind::RsaModulusExponent { n, e }) => {
                RsaPublicKeyComponents { n, e }.verify(parameters, message, signature)
            }
            (Scheme::Curve(scheme), DecodingKeyKind::SecretOrDer(point)) => {
                UnparsedPublicKey::new(*scheme, point).verify(message, signature)
            }
            (Scheme::Rsa(_), DecodingKeyKind::SecretOrDer(_))
            | (Scheme::Curve(_), DecodingKeyKind::RsaModulusExponent { .. }) => return Err(Unsigned::new()),
        };
        checked.map_err(|_| Unsigned::new())
    }
}

impl JwtVerifier for Checked {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// A key of one family never checks a signature of another.
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let scheme = scheme(*algorithm).filter(|_| key.family() == algorithm.family());
    let scheme = scheme.ok_or_else(|| new_error(ErrorKind::InvalidAlgorithm))?;
    Ok(Box::new(Checked { algorithm: *algorithm, scheme, key: key.clone() }))
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(new_error(ErrorKind::UnsupportedAlgorithm))
}
