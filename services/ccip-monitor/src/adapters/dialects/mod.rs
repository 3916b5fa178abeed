//! The dialects of cross-chain messages: logs in, neutral events out.
//!
//! Real CCIP is code ([`V1_5`], [`V1_6`], [`V2_0`]), operators' own contracts are data ([`Private`]); a [`Registry`] has
//! those of a deployment side by side. Beside the decoders stand what explains and proves: [`returndata`], [`merkle`],
//! [`selectors`]. All of it is pure, and holds against logs that anybody may have written.

mod abi;
mod event;
mod hash;
pub mod merkle;
pub mod private;
mod registry;
pub mod returndata;
pub mod selectors;
mod settings;
mod shared;
mod v1_5;
mod v1_6;
pub mod v2_0;

pub use self::{
    private::Private,
    registry::{Error as RegistryError, Reading, Registry},
    v1_5::V1_5,
    v1_6::V1_6,
    v2_0::V2_0,
};
