//! Why a provider did not vouch for somebody.

use jsonwebtoken::errors::Error as TokenError;

/// See the module. None of them holds a code, a token or a secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was not reached, took too long, or broke off.
    #[error("the provider does not answer")]
    Unreachable(#[source] reqwest::Error),
    /// It did not answer a moment ago, and is not asked again yet.
    #[error("the provider did not answer a moment ago")]
    Silent,
    /// It answered with a failure.
    #[error("the provider answered {0}")]
    Failed(u16),
    /// What it answered makes no sense.
    #[error("the provider's answer makes no sense: {0}")]
    Strange(&'static str),
    /// It says no, in a word of OAuth 2.0.
    #[error("the provider says no: {0}")]
    Refused(String),
    /// A token that cannot be read, or that it did not sign.
    #[error("the token is not the provider's")]
    Token(#[source] TokenError),
    /// A token with a signature that nobody else can check, or that anybody can make.
    #[error("the token is signed in a way that does not count")]
    Algorithm,
    /// A token that was signed with a key which is not the provider's.
    #[error("the token is signed with a key that the provider does not show")]
    Key,
    /// Too many come in at once.
    #[error("too many sign in at once")]
    Busy,
    /// The client could not be made.
    #[error("the HTTP client of the provider cannot be made")]
    Client(#[source] reqwest::Error),
}

impl Error {
    /// Metric label and log field.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unreachable(_) | Self::Silent => "unreachable",
            Self::Failed(_) => "failed",
            Self::Strange(_) => "strange",
            Self::Refused(_) => "refused",
            Self::Token(_) => "token",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Busy => "busy",
            Self::Client(_) => "client",
        }
    }

    /// Whether it is the provider that fails, and not what somebody brought.
    pub const fn is_of_the_provider(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::Silent | Self::Failed(_) | Self::Strange(_) | Self::Client(_) => true,
            Self::Refused(_) | Self::Token(_) | Self::Algorithm | Self::Key | Self::Busy => false,
        }
    }
}
