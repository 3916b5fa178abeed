//! Movements as calls of our contracts, and what the contracts remember of them.

use std::collections::BTreeMap;

use alloy::{
    primitives::{Address, B256, Bytes},
    sol_types::{SolCall, SolEvent, SolValue},
};
use causeway_chain::intent::EventPattern;
use causeway_primitives::{AssetId, ChainSelector, keccak256};

use super::abi::{SettlementToken, TokenBridge};
use crate::{
    domain::{
        instruction::{Instruction, Movement},
        reference::Reference,
    },
    ports::NoEffect,
};

/// How an asset gets to another chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By a contract that burns, and sends a CCIP message to its peer, which mints.
    Ccip {
        /// The contract on this chain.
        bridge: Address,
    },
    /// By Cacti, out of an account that holds what it may take.
    Cacti {
        /// The account.
        escrow: Address,
    },
}

/// The token of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its contract.
    pub address: Address,
    /// How it gets to other chains.
    pub routes: BTreeMap<ChainSelector, Route>,
}

/// The tokens of all assets.
pub type Tokens = BTreeMap<AssetId, Token>;

/// A value that a function takes, with its name and type in the ABI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Argument {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    /// Numbers in decimal digits, everything else as 0x-hex.
    pub(crate) value: String,
}

/// A call that carries a movement out. The same call whoever sends it: as bytes, and by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What is called.
    pub(crate) contract: Address,
    /// What remembers the reference.
    pub(crate) token: Address,
    pub(crate) data: Bytes,
    pub(crate) method: &'static str,
    pub(crate) arguments: Vec<Argument>,
    /// What its receipt shows when it took effect.
    pub(crate) expect: EventPattern,
}

impl Operation {
    /// The call of an instruction.
    ///
    /// # Errors
    /// [`NoEffect`] where there is no such token or no way.
    pub(crate) fn of(instruction: &Instruction, tokens: &Tokens) -> Result<Self, NoEffect> {
        let token = tokens.get(&instruction.asset).ok_or(NoEffect::Asset)?;
        let amount = ("amount", "uint256", instruction.units.to_string());
        let reference = ("businessReference", "bytes32", instruction.reference.to_string());
        let account = |name, account: Address| (name, "address", account.to_string());
        let data = encoded(instruction, token)?;
        let performed = |from, to| performed(token.address, instruction.reference, from, to);
        let (method, arguments, expect) = match instruction.movement {
            Movement::Mint { to } => {
                ("mintWithReference", vec![account("to", to), amount, reference], performed(Address::ZERO, to))
            }
            Movement::Redeem { from } => {
                ("burnWithReference", vec![account("from", from), amount, reference], performed(from, Address::ZERO))
            }
            Movement::Transfer { from, to } => {
                let arguments = vec![account("from", from), account("to", to), amount, reference];
                ("transferWithReference", arguments, performed(from, to))
            }
            Movement::Bridge { from, to, destination } => match token.route(destination)? {
                Route::Cacti { escrow } => {
                    let arguments = vec![account("from", from), account("to", escrow), amount, reference];
                    ("transferWithReference", arguments, performed(from, escrow))
                }
                Route::Ccip { bridge } => {
                    let destination = ("destination", "uint64", destination.to_string());
                    let arguments = vec![account("from", from), account("to", to), amount, destination, reference];
                    let topics = vec![Some(TokenBridge::Departed::SIGNATURE_HASH), Some(instruction.reference.get())];
                    ("bridgeWithReference", arguments, EventPattern { address: bridge, topics })
                }
            },
        };
        let contract = if method == "bridgeWithReference" { expect.address } else { token.address };
        let arguments = arguments.into_iter().map(|(name, kind, value)| Argument { name, kind, value }).collect();
        Ok(Self { contract, token: token.address, data, method, arguments, expect })
    }
}

impl Token {
    /// # Errors
    /// [`NoEffect::Kind`] when nothing leads there.
    pub(crate) fn route(&self, destination: ChainSelector) -> Result<Route, NoEffect> {
        self.routes.get(&destination).copied().ok_or(NoEffect::Kind)
    }
}

fn performed(token: Address, reference: Reference, from: Address, to: Address) -> EventPattern {
    let ends = [from, to].map(|end| Some(end.into_word()));
    let event = [Some(SettlementToken::Performed::SIGNATURE_HASH), Some(reference.get())];
    EventPattern { address: token, topics: event.into_iter().chain(ends).collect() }
}

fn encoded(instruction: &Instruction, token: &Token) -> Result<Bytes, NoEffect> {
    let (amount, reference) = (instruction.units.get(), instruction.reference.get());
    let moved = |from, to| {
        SettlementToken::transferWithReferenceCall { from, to, amount, businessReference: reference }.abi_encode()
    };
    let data = match instruction.movement {
        Movement::Mint { to } => {
            SettlementToken::mintWithReferenceCall { to, amount, businessReference: reference }.abi_encode()
        }
        Movement::Redeem { from } => {
            SettlementToken::burnWithReferenceCall { from, amount, businessReference: reference }.abi_encode()
        }
        Movement::Transfer { from, to } => moved(from, to),
        Movement::Bridge { from, to, destination } => match token.route(destination)? {
            Route::Cacti { escrow } => moved(from, escrow),
            Route::Ccip { .. } => {
                let destination = destination.get();
                TokenBridge::bridgeWithReferenceCall { from, to, amount, destination, businessReference: reference }
                    .abi_encode()
            }
        },
    };
    Ok(data.into())
}

/// What the token remembers of an instruction that was carried out here.
pub(crate) fn remembered(instruction: &Instruction, token: &Token) -> Result<B256, NoEffect> {
    let ends = match instruction.movement {
        Movement::Mint { to } => (Address::ZERO, to),
        Movement::Redeem { from } => (from, Address::ZERO),
        Movement::Transfer { from, to } => (from, to),
        Movement::Bridge { from, destination, .. } => match token.route(destination)? {
            Route::Ccip { .. } => (from, Address::ZERO),
            Route::Cacti { escrow } => (from, escrow),
        },
    };
    Ok(digest(ends, instruction))
}

/// What the destination's token remembers of what arrived.
pub(crate) fn arrived(instruction: &Instruction, to: Address) -> B256 {
    digest((Address::ZERO, to), instruction)
}

/// What the bridge remembers of what it sent.
pub(crate) fn departed(instruction: &Instruction, (from, to): (Address, Address), destination: ChainSelector) -> B256 {
    keccak256((from, to, instruction.units.get(), destination.get()).abi_encode())
}

fn digest((from, to): (Address, Address), instruction: &Instruction) -> B256 {
    keccak256((from, to, instruction.units.get()).abi_encode())
}

#[cfg(test)]
pub(crate) mod samples {
    //! A token for the tests of other modules.

    use super::*;
    use crate::domain::instruction::{Kind, samples::movement};

    pub(crate) fn eur() -> (AssetId, Token) {
        let Movement::Bridge { destination, .. } = movement(Kind::Bridge) else { unreachable!("a bridge") };
        let routes = BTreeMap::from([(destination, Route::Ccip { bridge: Address::repeat_byte(0xc1) })]);
        ("eur".parse().unwrap(), Token { address: Address::repeat_byte(0xe0), routes })
    }
}

#[cfg(test)]
mod tests {
    use super::{samples::eur, *};
    use crate::domain::instruction::{Kind, samples::instruction};

    #[test]
    fn tok_3_a_bridge_is_called_where_there_is_a_way_and_nowhere_else() {
        let tokens = Tokens::from([eur()]);
        let bridge = Operation::of(&instruction(Kind::Bridge, 5), &tokens).unwrap();
        assert_eq!((bridge.contract, bridge.method), (Address::repeat_byte(0xc1), "bridgeWithReference"));
        assert_eq!(bridge.expect.address, bridge.contract);
        let names: Vec<_> = bridge.arguments.iter().map(|one| one.name).collect();
        assert_eq!(names, ["from", "to", "amount", "destination", "businessReference"], "as the contract has them");
        let (asset, token) = eur();
        let nowhere = Tokens::from([(asset, Token { routes: BTreeMap::new(), ..token })]);
        assert!(matches!(Operation::of(&instruction(Kind::Bridge, 5), &nowhere), Err(NoEffect::Kind)));
        assert!(matches!(Operation::of(&instruction(Kind::Mint, 5), &Tokens::new()), Err(NoEffect::Asset)));
    }

    #[test]
    fn tok_7_what_a_token_remembers_follows_from_everything_in_the_instruction() {
        let (_, token) = eur();
        let of = |kind, units| remembered(&instruction(kind, units), &token).unwrap();
        let all = Kind::EVERY.map(|kind| of(kind, 5));
        assert_eq!(of(Kind::Bridge, 5), of(Kind::Redeem, 5), "here a bridge burns; the bridge knows the rest");
        assert!(all[0] != all[1] && all[1] != all[2] && all[0] != of(Kind::Mint, 6));
    }
}
