//! The names of the relayer's tables and columns, as its operators have them.

use std::{fmt, str::FromStr};

/// Not a name that can be put into a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an identifier is 1 to 63 letters, digits and underscores and begins with no digit; a table may have a schema before a point"
)]
pub struct IdentifierError;

/// The name of a table or a column, quoted: what PostgreSQL takes for that name and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier(String);

impl FromStr for Identifier {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let plain = |part: &str| {
            (1..=63).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !part.starts_with(|first: char| first.is_ascii_digit())
        };
        let parts: Vec<&str> = text.split('.').collect();
        let fine = parts.len() <= 2 && parts.iter().all(|part| plain(part));
        if fine { Ok(Self(format!("\"{}\"", parts.join("\".\"")))) } else { Err(IdentifierError) }
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! mapping {
    ($($(#[$doc:meta])* $name:ident = $default:literal,)*) => {
        /// Our word for each name, and theirs. The defaults are those of the operators' documents.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Mapping {
            $($(#[$doc])* pub $name: Identifier,)*
        }

        impl Mapping {
            /// The defaults, with these names instead: our word and theirs.
            ///
            /// # Errors
            /// The word that is none of ours, or whose name is no identifier.
            pub fn with<'a>(changes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, &'a str> {
                $(let mut $name: &str = $default;)*
                for (word, name) in changes {
                    match word {
                        $(stringify!($name) => $name = name,)*
                        _ => return Err(word),
                    }
                    name.parse::<Identifier>().map_err(|_| word)?;
                }
                Ok(Self { $($name: $name.parse().map_err(|_| stringify!($name))?,)* })
            }
        }
    };
}

mapping! {
    /// How far each chain is indexed: `chain_id`, `block_number`, `block_hash`.
    watermarks = "indexer_watermark",
    /// What was locked.
    deposits = "deposit_confirmed",
    /// What was released.
    withdrawals = "withdrawal_confirmed",
    /// What was minted.
    mints = "mint_confirmed",
    /// What was burned.
    burns = "burn_confirmed",
    /// The batches.
    batches = "settlement_batch",
    /// Their members.
    members = "settlement_batch_message",
    /// Proofs that were shown to a contract.
    proofs = "proof_executions",
    /// The accounts that sign.
    accounts = "relayer_account",
    /// What they signed.
    operations = "relayer_operations",
    /// Of all tables of value.
    amount = "amount",
    /// Of all tables of value: the token's address.
    asset = "asset",
    /// Of most tables: the EIP-155 id.
    chain_id = "chain_id",
    /// Of most tables.
    block_number = "block_number",
    /// Of the watermarks.
    block_hash = "block_hash",
    /// Of deposits and burns: the contract's message number.
    message_nonce = "nonce",
    /// Of batches and proofs.
    batch_number = "batch_number",
    /// Of batches.
    merkle_root = "merkle_root",
    /// Of batches: where the root stands.
    anchor_block = "anchor_block",
    /// Of members: the batch's row.
    batch_id = "batch_id",
    /// Of members and proofs.
    message_id = "message_id",
    /// Of the tables with rows of their own number.
    row_id = "id",
    /// Of members and proofs: the hashed leaf.
    leaf = "leaf",
    /// Of proofs.
    proof = "proof",
    /// Of proofs.
    root = "root",
    /// Of proofs: `accepted` or `rejected`.
    outcome = "outcome",
    /// Of accounts and operations.
    account = "account",
    /// Of accounts.
    next_nonce = "next_nonce",
    /// Of operations: the account's.
    account_nonce = "nonce",
    /// Of operations: `refused` took no nonce.
    status = "status",
    /// Of operations.
    created_at = "created_at",
}

impl Mapping {
    /// The tables.
    pub(super) const fn tables(&self) -> [&Identifier; 10] {
        [
            &self.watermarks,
            &self.deposits,
            &self.withdrawals,
            &self.mints,
            &self.burns,
            &self.batches,
            &self.members,
            &self.proofs,
            &self.accounts,
            &self.operations,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grd_5_names_are_quoted_and_nothing_else_gets_into_a_statement() {
        assert_eq!("Deposits".parse::<Identifier>().unwrap().to_string(), "\"Deposits\"");
        assert_eq!("relayer.deposits".parse::<Identifier>().unwrap().to_string(), "\"relayer\".\"deposits\"");
        for bad in ["", "a b", "a\"b", "a;b", "1a", "a.b.c", ".a", "a.", "ä", "a-b", &"a".repeat(64)] {
            assert_eq!(bad.parse::<Identifier>(), Err(IdentifierError), "{bad:?}");
        }
    }

    #[test]
    fn grd_5_tables_and_columns_are_mapped_by_our_words() {
        let mapping = Mapping::with([("deposits", "bridge.deposit"), ("amount", "value")]).unwrap();
        assert_eq!(
            (mapping.deposits.to_string().as_str(), mapping.amount.to_string().as_str()),
            ("\"bridge\".\"deposit\"", "\"value\"")
        );
        assert_eq!(mapping.withdrawals.to_string(), "\"withdrawal_confirmed\"");
        assert_eq!(Mapping::with([("deposit", "x")]), Err("deposit"), "no word of ours");
        assert_eq!(Mapping::with([("deposits", "x; DROP TABLE y")]), Err("deposits"));
    }
}
