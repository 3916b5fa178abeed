//! Reports on their way to the guard: two bounded queues that never make the relayer wait.
//!
//! Operations are figures: when the guard is away for long, the newest are dropped and counted. Violations are not: one
//! that was queued is tried until it is delivered.

use std::sync::atomic::{AtomicU64, Ordering};

use causeway_proto::guard::v1::{Operation, ReportViolationRequest};
use tokio::sync::mpsc;

/// Violations that wait. More of them say nothing new.
const VIOLATIONS: usize = 64;
/// Operations in one call, as the contract allows.
const AT_ONCE: usize = 200;

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the queue of reports is full")]
pub struct Full;

/// What was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lost {
    /// Operations.
    pub operations: u64,
    /// Violations that found the queue full, or that the guard called malformed.
    pub violations: u64,
}

/// Where reports are put.
#[derive(Debug)]
pub(crate) struct Outbox {
    operations: mpsc::Sender<Operation>,
    violations: mpsc::Sender<ReportViolationRequest>,
    lost_operations: AtomicU64,
    lost_violations: AtomicU64,
}

/// Where they are taken from.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) operations: mpsc::Receiver<Operation>,
    pub(crate) violations: mpsc::Receiver<ReportViolationRequest>,
}

impl Outbox {
    pub(crate) fn new(capacity: usize) -> (Self, Inbox) {
        let (operations, of_operations) = mpsc::channel(capacity);
        let (violations, of_violations) = mpsc::channel(VIOLATIONS);
        let (lost_operations, lost_violations) = Default::default();
        let inbox = Inbox { operations: of_operations, violations: of_violations };
        (Self { operations, violations, lost_operations, lost_violations }, inbox)
    }

    pub(crate) fn operation(&self, operation: Operation) -> Result<(), Full> {
        self.operations.try_send(operation).map_err(|_| {
            self.lose_operations(1);
            Full
        })
    }

    pub(crate) fn violation(&self, violation: ReportViolationRequest) -> Result<(), Full> {
        self.violations.try_send(violation).map_err(|_| {
            self.lose_violation();
            Full
        })
    }

    pub(crate) fn lose_operations(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.lost_operations.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn lose_violation(&self) {
        self.lost_violations.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn lost(&self) -> Lost {
        Lost {
            operations: self.lost_operations.load(Ordering::Relaxed),
            violations: self.lost_violations.load(Ordering::Relaxed),
        }
    }
}

impl Inbox {
    /// The next operations, at least one; empty when no handle is left.
    pub(crate) async fn next_operations(queue: &mut mpsc::Receiver<Operation>) -> Vec<Operation> {
        let mut batch = Vec::new();
        queue.recv_many(&mut batch, AT_ONCE).await;
        batch
    }
}
