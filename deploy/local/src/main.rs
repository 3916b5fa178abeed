//! `cargo demo`: the system on this machine, with a tour; `cargo demo load` measures it instead.

mod build;
mod console;
mod gateway;
mod guard;
mod load;
mod monitor;
mod pictures;
mod publisher;
mod screen;
mod stage;
mod tour;
mod traffic;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{screen::Screen, stage::Options};

fn main() -> ExitCode {
    let options = Options::parse();
    let screen = Screen::new();
    let _installed_before = rustls::crypto::ring::default_provider().install_default().is_err();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            screen.failed("the runtime could not be started", &error.into());
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(options.play(&screen)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen.failed("the demo stopped", &error);
            ExitCode::FAILURE
        }
    }
}
