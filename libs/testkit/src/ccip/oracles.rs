//! The oracle network of a world, which is 2.0's committee too: four keys, of which two sign, as a network that
//! tolerates one liar.

use alloy::{
    primitives::{Address, B256, U256, keccak256, uint},
    signers::{SignerSync, local::PrivateKeySigner},
};

use super::Error;

/// How many members may lie.
pub(super) const FAULTY: u8 = 1;
/// One more than may lie must sign.
pub(super) const SIGNATURES: u8 = 2;
/// The contracts want more than three times as many members as may lie.
const MEMBERS: u8 = 4;

/// The order of secp256k1: the other signature of a pair has this minus `s`.
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);

/// The members; the keys follow from their position and are worth nothing.
#[derive(Debug, Clone)]
pub(super) struct Oracles {
    members: Vec<PrivateKeySigner>,
}

/// Signatures as the contracts take them: one list per component.
pub(super) struct Signatures {
    pub(super) r: Vec<B256>,
    pub(super) s: Vec<B256>,
    /// Byte i is the recovery id of signature i.
    pub(super) v: B256,
}

impl Oracles {
    pub(super) fn new() -> Result<Self, Error> {
        let members = (0..MEMBERS)
            .map(|position| {
                PrivateKeySigner::from_bytes(&keccak256([b"causeway oracle ".as_slice(), &[position]].concat()))
            })
            .collect::<Result<_, _>>()
            .map_err(|source| Error::Signing(source.into()))?;
        Ok(Self { members })
    }

    pub(super) fn addresses(&self) -> Vec<Address> {
        self.members.iter().map(PrivateKeySigner::address).collect()
    }

    /// Signs `keccak256(keccak256(report) ‖ context)`, as OCR2 and OCR3 both do.
    pub(super) fn sign(&self, report: &[u8], context: &[B256]) -> Result<Signatures, Error> {
        let mut preimage = keccak256(report).to_vec();
        for word in context {
            preimage.extend_from_slice(word.as_slice());
        }
        let digest = keccak256(preimage);
        let mut signatures = Signatures { r: Vec::new(), s: Vec::new(), v: B256::ZERO };
        for (member, v) in self.members.iter().take(usize::from(SIGNATURES)).zip(signatures.v.iter_mut()) {
            let signature = member.sign_hash_sync(&digest).map_err(Error::Signing)?;
            signatures.r.push(signature.r().into());
            signatures.s.push(signature.s().into());
            *v = u8::from(signature.v());
        }
        Ok(signatures)
    }

    /// Signs a digest as the committees of 2.0 do: `r ‖ s` of each signature, by ascending address of the signer,
    /// and with `s` chosen so that the recovery id, which is not told, is always 27.
    pub(super) fn sign_as_committee(&self, digest: B256) -> Result<Vec<u8>, Error> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|member| member.address());
        let mut signatures = Vec::new();
        for member in members.into_iter().take(usize::from(SIGNATURES)) {
            let signature = member.sign_hash_sync(&digest).map_err(Error::Signing)?;
            let s = if signature.v() { ORDER.saturating_sub(signature.s()) } else { signature.s() };
            signatures.extend_from_slice(&signature.r().to_be_bytes::<32>());
            signatures.extend_from_slice(&s.to_be_bytes::<32>());
        }
        Ok(signatures)
    }
}
