//! Compiles `proto/` with protox, so that no protoc is needed, and keeps the descriptors for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

#[allow(clippy::disallowed_methods, reason = "a build script is told its folders by Cargo through the environment")]
fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let files = [
        "causeway/types/v1/types.proto",
        "causeway/oracle/v1/oracle.proto",
        "causeway/ccip/v1/ccip.proto",
        "causeway/guard/v1/lease.proto",
        "causeway/guard/v1/guard.proto",
        "causeway/tokenization/v1/tokenization.proto",
        "causeway/ops/v1/ops.proto",
        "causeway/ops/v1/change.proto",
        "causeway/ops/v1/console.proto",
    ];
    // With source information, the comments of the contracts become the docs of the generated types.
    let descriptors = protox::Compiler::new([&root])?
        .include_source_info(true)
        .include_imports(true)
        .open_files(files)?
        .file_descriptor_set();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("causeway.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
