//! How the certificates of the calls' port stand, as a part of the service's health: whether those that lie there are in
//! force, and for how long they are good. Prometheus hears the same from `tls_certificate_end_timestamp_seconds`.

use std::{convert::Infallible, sync::Arc, time::Duration};

use causeway_grpc::Standing;
use causeway_primitives::Timestamp;
use causeway_runtime::{
    CancellationToken,
    clock::Clock,
    health::{Component, State},
};
use tokio::sync::watch;

/// Time enough for people to mend what should have renewed it. As the alert `CertificateEndsSoon` has it.
const SOON: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Time passes without news, too.
const EVERY: Duration = Duration::from_secs(60);

/// Tells until it is stopped.
pub(crate) async fn watch(
    mut standing: watch::Receiver<Standing>,
    component: Component,
    clock: Arc<dyn Clock>,
    token: CancellationToken,
) -> Result<(), Infallible> {
    // Before the first news there is nothing to say.
    if token.run_until_cancelled(standing.changed()).await.is_none_or(|news| news.is_err()) {
        token.cancelled().await;
        return Ok(());
    }
    while !token.is_cancelled() {
        let (state, reason) = judge(&standing.borrow_and_update(), clock.now());
        component.report(state, reason);
        tokio::select! {
            () = token.cancelled() => {}
            Ok(()) = standing.changed() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    Ok(())
}

/// What operators are told, and since when they should look.
fn judge(standing: &Standing, now: Timestamp) -> (State, String) {
    let ends = u64::try_from(standing.ends).ok().and_then(|seconds| Timestamp::from_secs(seconds).ok());
    let Some(ends) = ends else {
        return (State::Unknown, "the certificate ends at no time that can be told".to_owned());
    };
    let left = ends.since(now);
    match &standing.refused {
        _ if left.is_zero() => (State::Down, format!("the certificate ended at {ends}")),
        Some(why) => (State::Degraded, format!("the certificates that lie there were not taken: {why}")),
        None if left <= SOON => (State::Degraded, format!("the certificate ends at {ends}")),
        None => (State::Ok, format!("the certificate ends at {ends}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: i64 = 1_800_000_000;

    fn state(seconds_before_its_end: i64, refused: Option<&str>) -> (State, String) {
        let standing = Standing { ends: END, authorities_end: END, refused: refused.map(str::to_owned) };
        let now = u64::try_from(END - seconds_before_its_end).unwrap();
        judge(&standing, Timestamp::from_secs(now).unwrap())
    }

    #[test]
    fn ops_9_a_certificate_is_in_order_until_a_week_before_its_end_and_down_from_its_end_on() {
        assert_eq!(state(8 * 86_400, None).0, State::Ok);
        assert_eq!(
            state(7 * 86_400, None),
            (State::Degraded, "the certificate ends at 2027-01-15T08:00:00Z".to_owned())
        );
        assert_eq!(state(1, None).0, State::Degraded);
        assert_eq!(state(0, None), (State::Down, "the certificate ended at 2027-01-15T08:00:00Z".to_owned()));
    }

    #[test]
    fn ops_9_certificates_that_were_not_taken_are_told_with_the_reason_and_serve_on() {
        let (state, reason) = state(8 * 86_400, Some("tls.key holds no PEM of a private key"));
        assert!(state.serves() && state != State::Ok);
        assert!(reason.ends_with("tls.key holds no PEM of a private key"), "{reason}");
    }

    #[test]
    fn a_certificate_that_has_ended_is_down_whatever_else_is_wrong() {
        assert_eq!(state(0, Some("unreadable")).0, State::Down);
    }
}
