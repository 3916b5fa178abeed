//! What the supervisor promises, on a paused clock.

use std::{
    convert::Infallible,
    future::pending,
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

fn group() -> TaskGroup {
    TaskGroup::new(CancellationToken::new())
}

async fn until_cancelled(token: CancellationToken) -> Result<(), Infallible> {
    token.cancelled().await;
    Ok(())
}

fn names(errors: &Errors) -> Vec<&str> {
    errors.iter().map(Error::task).collect()
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_told_to_stop_ends_well() {
    let group = group();
    group.spawn("reader", until_cancelled);
    group.spawn("writer", until_cancelled);
    group.token().cancel();
    group.supervise(LIMIT).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_first_error_cancels_the_others_and_keeps_its_cause() {
    let group = group();
    group.spawn("reader", |_| async { Err(io::Error::other("the disk is gone")) });
    group.spawn("writer", until_cancelled);
    let errors = group.supervise(LIMIT).await.unwrap_err();
    assert_eq!(names(&errors), ["reader"]);
    assert_eq!(errors.to_string(), "task reader failed");
    assert_eq!(errors.source().unwrap().to_string(), "the disk is gone");
    assert!(!errors.missed_deadline());
}

#[tokio::test(start_paused = true)]
async fn an_endless_task_that_ends_well_still_stops_the_group() {
    let group = group();
    group.spawn("poller", |_| async { Ok::<(), Infallible>(()) });
    group.spawn("writer", until_cancelled);
    let errors = group.supervise(LIMIT).await.unwrap_err();
    assert_eq!(errors.to_string(), "task poller ended by itself");
}

#[tokio::test(start_paused = true)]
async fn a_finite_task_may_finish_while_the_others_run_on() {
    let group = group();
    let finished = CancellationToken::new();
    let signal = finished.clone();
    group.spawn_finite("warm-up", move |_| async move {
        signal.cancel();
        Ok::<(), Infallible>(())
    });
    group.spawn("reader", until_cancelled);
    finished.cancelled().await;
    tokio::task::yield_now().await;
    assert!(!group.token().is_cancelled());
    group.drain(LIMIT).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_group_of_finite_tasks_is_over_with_the_last_of_them() {
    let group = group();
    group.spawn_finite("migration", |_| async { Ok::<(), Infallible>(()) });
    group.supervise(LIMIT).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_an_error_with_its_message() {
    let group = group();
    group.spawn("decider", |_| async {
        if true {
            panic!("left is not right");
        }
        Ok::<(), Infallible>(())
    });
    group.spawn("writer", until_cancelled);
    let errors = group.supervise(LIMIT).await.unwrap_err();
    assert_eq!(errors.to_string(), "task decider panicked: left is not right");
}

#[tokio::test(start_paused = true)]
async fn errors_during_the_drain_are_all_reported() {
    let group = group();
    for name in ["left", "right"] {
        group.spawn(name, |token| async move {
            token.cancelled().await;
            Err(io::Error::other("could not flush"))
        });
    }
    group.token().cancel();
    let errors = group.supervise(LIMIT).await.unwrap_err();
    assert_eq!(errors.iter().count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ignores_its_token_is_aborted_at_the_deadline_and_named() {
    let group = group();
    group.spawn("stuck", |_| pending::<Result<(), Infallible>>());
    group.spawn("polite", until_cancelled);
    let started = tokio::time::Instant::now();
    let errors = group.drain(LIMIT).await.unwrap_err();
    assert_eq!(started.elapsed(), LIMIT);
    assert_eq!(names(&errors), ["stuck"]);
    assert!(errors.missed_deadline());
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_childs_token_leaves_the_group_alone() {
    let group = group();
    group.spawn_finite("one connection", |token| async move {
        token.cancel();
        Ok::<(), Infallible>(())
    });
    tokio::task::yield_now().await;
    assert!(!group.token().is_cancelled());
    group.drain(LIMIT).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_dropped_group_leaves_no_task_behind() {
    struct Mark(Arc<AtomicBool>);
    impl Drop for Mark {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicBool::new(false));
    let mark = Mark(Arc::clone(&dropped));
    let group = group();
    group.spawn("orphan", |_| async move {
        let _mark = mark;
        pending::<Result<(), Infallible>>().await
    });
    tokio::task::yield_now().await;
    drop(group);
    tokio::task::yield_now().await;
    assert!(dropped.load(Ordering::SeqCst));
}
