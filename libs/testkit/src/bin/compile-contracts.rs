//! Compiles the Solidity sources under `contracts/src` and writes the artefacts to `contracts/out`.
//!
//! Run it after a change to a source; the test `the_committed_bytecode_is_what_the_sources_compile_to`
//! fails until the artefacts fit again.

use causeway_testkit::contracts::{Error, compile};

fn main() -> Result<(), Error> {
    compile::write(&compile::compile()?)
}
