//! One of its two chains: burns and mints with its own account.

use alloy::primitives::{Address, B256, U256};

use crate::token::{SettlementToken, Token};

/// A token that it may burn and mint, and the account that it does so with, which has the issuer's role.
#[derive(Debug, Clone)]
pub struct End {
    /// The token.
    pub token: Token,
    /// The account.
    pub account: Address,
}

impl End {
    /// Whether it worked out.
    pub(super) async fn burn(&self, from: Address, amount: U256) -> bool {
        let call = SettlementToken::burnWithReferenceCall { from, amount, businessReference: made_up() };
        self.token.act(self.account, &call).await.is_ok()
    }

    /// Whether it worked out.
    pub(super) async fn mint(&self, to: Address, amount: U256) -> bool {
        let call = SettlementToken::mintWithReferenceCall { to, amount, businessReference: made_up() };
        self.token.act(self.account, &call).await.is_ok()
    }
}

fn made_up() -> B256 {
    B256::from(rand::random::<[u8; 32]>())
}
