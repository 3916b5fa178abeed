//! EVM access for services that must not be wrong: endpoints with two faces, finality as configuration,
//! signers that never leak, a transaction sender that survives anything, price aggregators, a log scanner.
//!
//! Nothing here stores anything: what must survive a crash goes through [`journal::Journal`], which a
//! service implements in its own database. Wall time is an argument, waiting follows tokio's clock.

pub mod aggregator;
pub mod endpoints;
pub mod finality;
pub mod intent;
pub mod journal;
pub mod logs;
pub mod revert;
pub mod rpc;
pub mod sender;
pub mod signer;
pub mod transaction;
