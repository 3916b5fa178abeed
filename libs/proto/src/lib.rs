//! The contracts between Causeway services, generated from `proto/` at build time.
//!
//! Raw wire types only. Each service turns them into its own checked values at the edge (`grpc/convert.rs`);
//! nothing here validates anything.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::wildcard_enum_match_arm,
    clippy::allow_attributes_without_reason,
    reason = "generated code; its comments and shape come from the .proto files"
)]

/// Every message and service of all contracts, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/causeway.bin"));

/// `causeway.types.v1`: values that every contract shares.
pub mod types {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.types.v1");
    }
}

/// `causeway.oracle.v1`: prices and how they came to be.
pub mod oracle {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.oracle.v1");
    }
}

/// `causeway.ccip.v1`: cross-chain messages.
pub mod ccip {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.ccip.v1");
    }
}

/// `causeway.guard.v1`: the relayer's leases, the guard's verdicts, halts and incidents.
pub mod guard {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.guard.v1");
    }
}

/// `causeway.tokenization.v1`: financial messages, requests that become tokens, and the books.
pub mod tokenization {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.tokenization.v1");
    }
}

/// `causeway.ops.v1`: what every service tells its operators.
pub mod ops {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("causeway.ops.v1");
    }
}
