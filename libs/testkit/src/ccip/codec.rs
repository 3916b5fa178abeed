//! Encodings that both versions share: words, padded addresses, and the arguments for an EVM destination.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::SolValue,
};

/// `bytes4(keccak256("CCIP EVMExtraArgsV2"))`.
const EXTRA_ARGS_V2: [u8; 4] = [0x18, 0x1d, 0xcf, 0x10];

/// The separator before a leaf: 32 zero bytes; an inner node has a one.
pub(super) const LEAF: B256 = B256::ZERO;

/// Gas limit and whether order may be broken, as a sender gives them and as the 1.6 on-ramp emits them.
pub(super) fn extra_args(gas_limit: u64, out_of_order: bool) -> Bytes {
    [EXTRA_ARGS_V2.as_slice(), &(U256::from(gas_limit), out_of_order).abi_encode()].concat().into()
}

/// The gas limit in such arguments.
pub(super) fn gas_limit(extra_args: &[u8]) -> Option<U256> {
    let arguments = extra_args.strip_prefix(&EXTRA_ARGS_V2)?;
    let (gas_limit, _) = <(U256, bool)>::abi_decode(arguments).ok()?;
    Some(gas_limit)
}

/// An address as other chains write it: in 32 bytes.
pub(super) fn padded(address: Address) -> Bytes {
    address.abi_encode().into()
}

/// The address in such 32 bytes; `None` when they are none.
pub(super) fn unpadded(bytes: &[u8]) -> Option<Address> {
    Address::abi_decode(bytes).ok()
}

/// `keccak256(abi.encode(…))`.
pub(super) fn hash<T: SolValue>(values: &T) -> B256 {
    keccak256(values.abi_encode())
}
