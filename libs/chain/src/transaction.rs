//! Transactions before and after signing: every field stated, nothing filled in by anybody else.

use std::fmt;

use alloy::{
    consensus::{SignableTransaction, Transaction, TxEip1559, TxEnvelope, TxLegacy, TypedTransaction},
    eips::{Decodable2718, Encodable2718},
    primitives::{Address, B256, Bytes, Signature, TxKind, U256},
};
use causeway_primitives::ChainId;
use serde::{Deserialize, Serialize};

/// What a transaction offers for gas, in wei per unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fees {
    /// One price, before London or where gas is free.
    Legacy {
        /// The price; 0 where gas is free.
        gas_price: u128,
    },
    /// A ceiling and a tip.
    Eip1559 {
        /// The most that is paid, tip included.
        max_fee: u128,
        /// What the proposer gets.
        max_priority_fee: u128,
    },
}

impl Fees {
    /// Free gas: offers not a wei, since the account may own none.
    pub const FREE: Self = Self::Legacy { gas_price: 0 };

    /// The most that a unit of gas can cost.
    pub const fn ceiling(self) -> u128 {
        match self {
            Self::Legacy { gas_price } => gas_price,
            Self::Eip1559 { max_fee, .. } => max_fee,
        }
    }
}

/// A transaction that is ready to be signed. Always a call, never a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedTx {
    /// The chain that it is for; no other chain takes it.
    pub chain_id: ChainId,
    /// The sender's nonce.
    pub nonce: u64,
    /// The contract.
    pub to: Address,
    /// The value in wei.
    pub value: U256,
    /// The call data.
    pub data: Bytes,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// What it offers for gas.
    pub fees: Fees,
}

impl UnsignedTx {
    /// As alloy's type.
    pub fn to_typed(&self) -> TypedTransaction {
        let (to, input) = (TxKind::Call(self.to), self.data.clone());
        match self.fees {
            Fees::Legacy { gas_price } => TypedTransaction::Legacy(TxLegacy {
                chain_id: Some(self.chain_id.get()),
                nonce: self.nonce,
                gas_price,
                gas_limit: self.gas_limit,
                to,
                value: self.value,
                input,
            }),
            Fees::Eip1559 { max_fee, max_priority_fee } => TypedTransaction::Eip1559(TxEip1559 {
                chain_id: self.chain_id.get(),
                nonce: self.nonce,
                gas_limit: self.gas_limit,
                max_fee_per_gas: max_fee,
                max_priority_fee_per_gas: max_priority_fee,
                to,
                value: self.value,
                access_list: alloy::eips::eip2930::AccessList::default(),
                input,
            }),
        }
    }

    /// The hash that a key signs.
    pub fn signature_hash(&self) -> B256 {
        self.to_typed().signature_hash()
    }

    /// With its signature.
    pub fn with_signature(&self, signature: Signature) -> SignedTx {
        SignedTx::of(&TxEnvelope::from(self.to_typed().into_signed(signature)))
    }
}

/// Why signed bytes are not the transaction that was to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MismatchError {
    /// No transaction, or bytes behind it.
    #[error("the signed bytes are no transaction")]
    Malformed,
    /// The signature belongs to another key.
    #[error("the transaction is signed by another account")]
    Signer,
    /// A field was changed, or the type.
    #[error("the signed transaction is not the one that was to be signed")]
    Content,
}

/// Signed bytes and their hash. The bytes are what is journaled and sent, and sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedTx {
    /// The bytes of `eth_sendRawTransaction`.
    pub raw: Bytes,
    /// The transaction's hash.
    pub hash: B256,
}

impl SignedTx {
    fn of(envelope: &TxEnvelope) -> Self {
        Self { raw: envelope.encoded_2718().into(), hash: *envelope.tx_hash() }
    }

    /// Checks bytes that came from elsewhere (a remote signer) against what was asked for.
    ///
    /// # Errors
    /// [`MismatchError`]: then the bytes must not be sent.
    pub fn verified(raw: Bytes, expected: &UnsignedTx, signer: Address) -> Result<Self, MismatchError> {
        let mut rest = raw.as_ref();
        let envelope = TxEnvelope::decode_2718(&mut rest).map_err(|_| MismatchError::Malformed)?;
        if !rest.is_empty() {
            return Err(MismatchError::Malformed);
        }
        if TypedTransaction::from(envelope.clone()) != expected.to_typed() {
            return Err(MismatchError::Content);
        }
        let signature = envelope.signature();
        // A node refuses the upper half of `s` (EIP-2); better here than there.
        if signature.normalize_s().is_some() {
            return Err(MismatchError::Malformed);
        }
        let recovered = signature.recover_address_from_prehash(&expected.signature_hash());
        if recovered.map_err(|_| MismatchError::Malformed)? != signer {
            return Err(MismatchError::Signer);
        }
        Ok(Self { raw, hash: *envelope.tx_hash() })
    }

    /// The account that signed the bytes; `None` when they are no signed transaction.
    pub fn account_of(raw: &Bytes) -> Option<Address> {
        let envelope = TxEnvelope::decode_2718(&mut raw.as_ref()).ok()?;
        let hash = TypedTransaction::from(envelope.clone()).signature_hash();
        envelope.signature().recover_address_from_prehash(&hash).ok()
    }

    /// The nonce inside the bytes; `None` when they are no transaction.
    pub fn nonce_of(raw: &Bytes) -> Option<u64> {
        TxEnvelope::decode_2718(&mut raw.as_ref()).ok().map(|envelope| envelope.nonce())
    }
}

impl fmt::Debug for SignedTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedTx({})", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use alloy::signers::{SignerSync, local::PrivateKeySigner};

    use super::*;

    fn unsigned(fees: Fees) -> UnsignedTx {
        UnsignedTx {
            chain_id: ChainId::new(138).unwrap(),
            nonce: 7,
            to: Address::repeat_byte(0x11),
            value: U256::ZERO,
            data: Bytes::from_static(&[1, 2, 3, 4]),
            gas_limit: 100_000,
            fees,
        }
    }

    const EIP1559: Fees = Fees::Eip1559 { max_fee: 2_000, max_priority_fee: 1 };

    fn signed(tx: &UnsignedTx, key: &PrivateKeySigner) -> SignedTx {
        tx.with_signature(key.sign_hash_sync(&tx.signature_hash()).unwrap())
    }

    #[test]
    fn ora_11_signing_the_same_transaction_twice_gives_the_same_bytes() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        for fees in [Fees::FREE, EIP1559] {
            let tx = unsigned(fees);
            assert_eq!(signed(&tx, &key), signed(&tx, &key));
            assert_eq!(SignedTx::nonce_of(&signed(&tx, &key).raw), Some(7));
        }
    }

    #[test]
    fn ora_11_a_free_replacement_differs_in_hash_by_its_gas_limit_alone() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let first = unsigned(Fees::FREE);
        let second = UnsignedTx { gas_limit: first.gas_limit + 1, ..first.clone() };
        assert_ne!(signed(&first, &key).hash, signed(&second, &key).hash);
    }

    #[test]
    fn bytes_from_a_remote_signer_must_be_what_was_asked_for() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let other = PrivateKeySigner::from_bytes(&B256::repeat_byte(8)).unwrap();
        for fees in [Fees::FREE, EIP1559] {
            let tx = unsigned(fees);
            let good = signed(&tx, &key);
            assert_eq!(SignedTx::verified(good.raw.clone(), &tx, key.address()), Ok(good.clone()));
            let changed = UnsignedTx { to: Address::repeat_byte(0x22), ..tx.clone() };
            let check = |raw: Bytes| SignedTx::verified(raw, &tx, key.address());
            assert_eq!(check(signed(&changed, &key).raw), Err(MismatchError::Content));
            assert_eq!(check(signed(&tx, &other).raw), Err(MismatchError::Signer));
            assert_eq!(check(Bytes::from_static(b"nonsense")), Err(MismatchError::Malformed));
            let longer = [good.raw.as_ref(), &[0]].concat();
            assert_eq!(check(longer.into()), Err(MismatchError::Malformed));
        }
    }
}
