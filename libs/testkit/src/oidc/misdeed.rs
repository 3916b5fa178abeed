//! What a provider, or somebody who plays one, does wrong.

use serde_json::{Value, json};

/// One thing at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misdeed {
    /// The token is of another sign-in.
    OtherNonce,
    /// The token is for another client.
    OtherAudience,
    /// The token is for this client and another one, and does not say who asked.
    TwoAudiences,
    /// The token is another issuer's.
    OtherIssuer,
    /// The token ended ten minutes ago.
    Expired,
    /// The token begins in ten minutes.
    Early,
    /// The token has no signature, and says so.
    Unsigned,
    /// The token says that it is signed, and has no signature.
    Stripped,
    /// Somebody has changed the token after it was signed.
    Forged,
    /// The token is signed with the public key as if that were a secret.
    PublicKeyAsSecret,
    /// The token is signed with a key that is not shown.
    HiddenKey,
    /// The token names a key that is shown, and is signed with another one.
    OtherKey,
    /// The token endpoint does not answer.
    Slow,
    /// Everything is answered with 500.
    Broken,
    /// It calls itself by another name where it is found.
    Impostor,
    /// The answer that the browser brings says that it is of another provider.
    MixedUp,
}

impl Misdeed {
    /// Every one that ends in a token which nobody may take, or in none.
    pub const ALL: [Self; 16] = [
        Self::OtherNonce,
        Self::OtherAudience,
        Self::TwoAudiences,
        Self::OtherIssuer,
        Self::Expired,
        Self::Early,
        Self::Unsigned,
        Self::Stripped,
        Self::Forged,
        Self::PublicKeyAsSecret,
        Self::HiddenKey,
        Self::OtherKey,
        Self::Slow,
        Self::Broken,
        Self::Impostor,
        Self::MixedUp,
    ];

    /// What it puts into the token instead.
    pub(super) fn spoil(self, claims: &mut Value, now: u64) {
        let instead = match self {
            Self::OtherNonce => json!({"nonce": "of another sign-in"}),
            Self::OtherAudience => json!({"aud": "another client"}),
            Self::TwoAudiences => json!({"aud": [super::CLIENT, "another client"]}),
            Self::OtherIssuer => json!({"iss": "https://elsewhere.example"}),
            Self::Expired => json!({"exp": now.saturating_sub(600), "iat": now.saturating_sub(900)}),
            Self::Early => json!({"iat": now.saturating_add(600), "exp": now.saturating_add(900)}),
            Self::Unsigned
            | Self::Stripped
            | Self::Forged
            | Self::PublicKeyAsSecret
            | Self::HiddenKey
            | Self::OtherKey
            | Self::Slow
            | Self::Broken
            | Self::Impostor
            | Self::MixedUp => return,
        };
        if let (Some(claims), Value::Object(instead)) = (claims.as_object_mut(), instead) {
            claims.extend(instead);
        }
    }
}
