//! The oracle network of a world: four keys, of which two sign a report, as a network that tolerates one liar.

use alloy::{
    primitives::{Address, B256, keccak256},
    signers::{SignerSync, local::PrivateKeySigner},
};

use super::Error;

/// How many members may lie.
pub(super) const FAULTY: u8 = 1;
/// One more than may lie must sign.
const SIGNATURES: usize = 2;
/// The contracts want more than three times as many members as may lie.
const MEMBERS: u8 = 4;

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
        for (member, v) in self.members.iter().take(SIGNATURES).zip(signatures.v.iter_mut()) {
            let signature = member.sign_hash_sync(&digest).map_err(Error::Signing)?;
            signatures.r.push(signature.r().into());
            signatures.s.push(signature.s().into());
            *v = u8::from(signature.v());
        }
        Ok(signatures)
    }
}
