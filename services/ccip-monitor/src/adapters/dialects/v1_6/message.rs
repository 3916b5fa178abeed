//! A message as its event has it.

use causeway_primitives::{Address, MessageId, U256};

use crate::{
    adapters::dialects::abi::{Tuple, WORD, bytes_to_address, word_to_u64},
    ports::DecodeError,
};

/// `EVMExtraArgsV1`: the gas limit.
const EXTRA_ARGS_V1: [u8; 4] = [0x97, 0xa6, 0x57, 0xc9];
/// `GenericExtraArgsV2`, which EVM destinations get: the gas limit, and whether the order of messages is free.
const EXTRA_ARGS_V2: [u8; 4] = [0x18, 0x1d, 0xcf, 0x10];

/// A message as its event has it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) id: MessageId,
    pub(super) source: u64,
    pub(super) destination: u64,
    pub(super) sequence: u64,
    pub(super) nonce: u64,
    pub(super) sender: Address,
    pub(super) data: &'a [u8],
    pub(super) receiver: &'a [u8],
    pub(super) extra_args: &'a [u8],
    pub(super) fee_token: Address,
    pub(super) fee: U256,
    pub(super) fee_juels: U256,
    pub(super) tokens: Vec<Token<'a>>,
}

/// A token that travels along.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) source_pool: Address,
    pub(super) destination_token: &'a [u8],
    pub(super) extra_data: &'a [u8],
    pub(super) amount: U256,
    pub(super) execution_data: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn read(tuple: Tuple<'a>) -> Result<Self, DecodeError> {
        let tokens = tuple.array(12, 1)?.tuples().map(|item| Token::read(item?));
        Ok(Self {
            id: MessageId::new(tuple.b256(0)?),
            source: tuple.u64(1)?,
            destination: tuple.u64(2)?,
            sequence: tuple.u64(3)?,
            nonce: tuple.u64(4)?,
            sender: tuple.address(5)?,
            data: tuple.bytes(6)?,
            receiver: tuple.bytes(7)?,
            extra_args: tuple.bytes(8)?,
            fee_token: tuple.address(9)?,
            fee: tuple.u256(10)?,
            fee_juels: tuple.u256(11)?,
            tokens: tokens.collect::<Result<_, _>>()?,
        })
    }

    /// Gas for the receiver, where the destination is an EVM chain and the arguments say it.
    pub(super) fn gas_limit(&self) -> Option<U256> {
        let (tag, arguments) = self.extra_args.split_first_chunk::<4>()?;
        let known = matches!(*tag, EXTRA_ARGS_V1 | EXTRA_ARGS_V2);
        known.then(|| arguments.first_chunk::<WORD>().map(|word| U256::from_be_bytes(*word))).flatten()
    }
}

impl<'a> Token<'a> {
    fn read(tuple: Tuple<'a>) -> Result<Self, DecodeError> {
        Ok(Self {
            source_pool: tuple.address(0)?,
            destination_token: tuple.bytes(1)?,
            extra_data: tuple.bytes(2)?,
            amount: tuple.u256(3)?,
            execution_data: tuple.bytes(4)?,
        })
    }

    /// The token and its gas at an EVM destination; `None` where the bytes say something else.
    pub(super) fn at_destination(&self) -> Option<(Address, u32)> {
        let gas = word_to_u64(self.execution_data.first_chunk::<WORD>()?)?;
        Some((bytes_to_address(self.destination_token)?, u32::try_from(gas).ok()?))
    }
}
