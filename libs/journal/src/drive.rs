//! A sender that is driven by whoever leads.

use std::convert::Infallible;

use causeway_chain::sender::Sender;
use causeway_store::lease::Leadership;
use causeway_telemetry::Chain;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Drives a sender for as long as this replica leads, again and again, until it is told to stop.
///
/// # Errors
/// None: a fence ends a term, not the process.
pub async fn drive(
    sender: Sender,
    mut leadership: watch::Receiver<Option<Leadership>>,
    token: CancellationToken,
) -> Result<(), Infallible> {
    loop {
        let leads = leadership.wait_for(Option::is_some);
        match token.run_until_cancelled(leads).await {
            None | Some(Err(_)) => return Ok(()),
            Some(Ok(_)) => {}
        }
        let term = token.child_token();
        let ended = async {
            // A closed channel ends the term too: nobody says any more that we lead.
            let _ = leadership.wait_for(Option::is_none).await;
        };
        tokio::select! {
            driven = sender.drive(term.clone()) => match driven {
                Ok(()) => {}
                Err(error) => {
                    tracing::warn!(error = %Chain(&error), "sender stopped; another replica leads");
                    // The lease's loss reaches us within its life; until then nothing is driven.
                    let _ = token.run_until_cancelled(leadership.wait_for(Option::is_none)).await;
                }
            },
            () = ended => term.cancel(),
        }
    }
}
