//! The gateway on a real token: messages in, tokens on chain, answers out; halted, crashed and resumed on the way.

mod again;
mod bridge;
mod cacti;
mod contracts;
mod crash;
mod delivery;
mod fees;
mod firefly;
mod gateway;
mod grpc;
mod inbox;
mod interlocks;
mod messages;
mod names;
mod outsiders;
mod process;
mod sightings;
mod stand;
mod standby;
mod way;
