//! SIGTERM and SIGINT: the first asks for an orderly stop, the second for the end.
//!
//! A stop has two phases, because balancers learn late: first the process says that it is not ready and
//! goes on serving (lame duck), then it closes its doors. Kubernetes sends SIGTERM, a terminal SIGINT.

use std::{io, time::Duration};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The two phases of a stop, as tokens. The second is cancelled on its own when a task fails.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Not ready any more: answer "not ready", take no new leadership, go on serving.
    pub draining: CancellationToken,
    /// Close the doors and finish what is open.
    pub stop: CancellationToken,
}

/// The signals that stop a process, caught from the moment of construction.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// Which signal came. Its number plus 128 is the exit code that shells know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caught {
    Terminate,
    Interrupt,
}

impl Caught {
    const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
        }
    }

    const fn exit_code(self) -> i32 {
        match self {
            Self::Terminate => 143,
            Self::Interrupt => 130,
        }
    }
}

impl Signals {
    /// # Errors
    /// When the system refuses a handler.
    pub fn install() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for a signal, starts the stop, and ends the process at once on a second one: an operator who
    /// presses Ctrl-C twice means it.
    pub async fn drive(mut self, shutdown: Shutdown, lame_duck: Duration) {
        let first = self.next().await;
        tracing::info!(signal = first.name(), "stop requested");
        shutdown.draining.cancel();
        tokio::select! {
            () = tokio::time::sleep(lame_duck) => {}
            () = shutdown.stop.cancelled() => {}
            second = self.next() => end(second),
        }
        shutdown.stop.cancel();
        end(self.next().await);
    }

    async fn next(&mut self) -> Caught {
        tokio::select! {
            _ = self.terminate.recv() => Caught::Terminate,
            _ = self.interrupt.recv() => Caught::Interrupt,
        }
    }
}

fn end(second: Caught) {
    tracing::warn!(signal = second.name(), "stopped at once by a second signal");
    std::process::exit(second.exit_code());
}
