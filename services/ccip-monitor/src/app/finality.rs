//! Up to where a chain is final, asked at each head. A chain that does not say it has nothing final for now; that is never
//! an error of the reading, and is said once each time that it begins.

use causeway_chain::{
    endpoints::{EndpointSet, Session},
    finality::Finality,
};
use causeway_primitives::ChainName;

/// Asks, and remembers whether there was an answer.
#[derive(Debug)]
pub(super) struct Final {
    rule: Finality,
    chain: ChainName,
    is_silent: bool,
}

impl Final {
    pub(super) const fn new(rule: Finality, chain: ChainName) -> Self {
        Self { rule, chain, is_silent: false }
    }

    /// The last final block under a head; `None`: there is none yet, or nobody said it.
    pub(super) async fn height(&mut self, endpoints: &EndpointSet, head: u64) -> Option<u64> {
        let rule = self.rule;
        let read = |session: Session| async move { rule.read(&session, head).await };
        let height = endpoints.liveness().run(read).await;
        let was_silent = std::mem::replace(&mut self.is_silent, height.is_err());
        if let Err(error) = &height
            && !was_silent
        {
            tracing::warn!(
                chain = %self.chain, error = %causeway_telemetry::Chain(error),
                "a chain does not say what is final; nothing that is read now counts as final"
            );
        }
        height.ok().flatten()
    }
}
