//! Execution on the 1.6 off-ramp: by the oracle network, and by hand.

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::SolValue,
};

use super::{Lane, contracts::CONFIG_DIGEST, messages::Leaf};
use crate::ccip::{
    Error, Executed, Outcome, Role, State, Transaction, Tree,
    abi::v1_6::{
        ExecutionReport, GasOverride,
        OffRamp::{self, CommitReportAccepted, ExecutionStateChanged},
    },
    transact::{Call, attempt, emitted, history, transact},
};

impl Lane<'_> {
    /// Executes messages of one commit, ascending, as the oracle network does: once, and a receiver that fails
    /// does not stop the others.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] when no one root covers them; [`Error::Reverted`].
    pub async fn execute(&self, sequence_numbers: &[u64]) -> Result<Executed, Error> {
        let (report, _) = self.execution(sequence_numbers).await?;
        self.execute_report(report).await
    }

    /// Executes a message with other data than was sent; the ramp refuses, since no root has that leaf.
    ///
    /// # Errors
    /// [`Error::Reverted`], unless the off-ramp is broken.
    pub async fn execute_tampered(&self, sequence_number: u64, data: Bytes) -> Result<Executed, Error> {
        let (mut report, leaves) = self.execution(&[sequence_number]).await?;
        report.messages = leaves.into_iter().map(|leaf| leaf.tampered(data.clone()).message).collect();
        self.execute_report(report).await
    }

    async fn execute_report(&self, report: ExecutionReport) -> Result<Executed, Error> {
        let report = Bytes::from(vec![report].abi_encode());
        let call = OffRamp::executeCall { context: [CONFIG_DIGEST, B256::ZERO], report };
        let transaction = self.destination.transact(Role::Executor, self.off_ramp(), &call).await?;
        self.executed(transaction)
    }

    /// Executes one message as the user: allowed after a failure, or eight hours after the commit. `gas` replaces
    /// the message's limit and must not be below it.
    ///
    /// # Errors
    /// [`Error::Reverted`] also when the receiver of a message that had failed before fails again.
    pub async fn manually_execute(&self, sequence_number: u64, gas: Option<u64>) -> Result<Executed, Error> {
        let call = self.manual_call(sequence_number, gas).await?;
        let transaction = transact(&self.destination.anvil, call).await?;
        self.executed(transaction)
    }

    /// As [`Lane::manually_execute`], but a revert is no error: it is mined, as users' failed attempts are.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] or [`Error::Chain`].
    pub async fn attempt_manually(&self, sequence_number: u64, gas: Option<u64>) -> Result<Transaction, Error> {
        let call = self.manual_call(sequence_number, gas).await?;
        attempt(&self.destination.anvil, &call).await
    }

    async fn manual_call(&self, sequence_number: u64, gas: Option<u64>) -> Result<Call, Error> {
        let (report, leaves) = self.execution(&[sequence_number]).await?;
        let overrides = leaves
            .iter()
            .map(|leaf| GasOverride {
                receiverExecutionGasLimit: gas.map(U256::from).unwrap_or_else(|| leaf.gas_limit()),
                tokenGasOverrides: vec![0; leaf.tokens()],
            })
            .collect();
        let call = OffRamp::manuallyExecuteCall { reports: vec![report], overrides: vec![overrides] };
        Ok(Call::new(self.destination.account(Role::User), self.off_ramp(), &call))
    }

    /// The report that executes these messages, with its proof under the root that covers them.
    async fn execution(&self, sequence_numbers: &[u64]) -> Result<(ExecutionReport, Vec<Leaf>), Error> {
        let first = sequence_numbers.first().copied().unwrap_or_default();
        let commits = history::<CommitReportAccepted>(&self.destination.anvil, self.off_ramp(), &[]).await?;
        let covering = commits
            .into_iter()
            .flat_map(|(_, event)| event.unblessed)
            .filter(|root| root.sourceChainSelector == self.source.selector)
            .find(|root| sequence_numbers.iter().all(|number| (root.minSeqNr..=root.maxSeqNr).contains(number)))
            .ok_or(Error::NotCommitted(first))?;
        let batch = self.leaves(covering.minSeqNr..=covering.maxSeqNr).await?;
        let (positions, leaves): (Vec<_>, Vec<_>) = batch
            .iter()
            .enumerate()
            .filter(|(_, leaf)| sequence_numbers.contains(&leaf.message.header.sequenceNumber))
            .map(|(position, leaf)| (position, leaf.clone()))
            .unzip();
        let proof = Tree::new(batch.iter().map(|leaf| leaf.hash).collect()).prove(&positions);
        let report = ExecutionReport {
            sourceChainSelector: self.source.selector,
            messages: leaves.iter().map(|leaf| leaf.message.clone()).collect(),
            offchainTokenData: leaves.iter().map(|leaf| vec![Bytes::new(); leaf.tokens()]).collect(),
            proofs: proof.hashes,
            proofFlagBits: proof.flags,
        };
        Ok((report, leaves))
    }

    fn executed(&self, transaction: Transaction) -> Result<Executed, Error> {
        let outcomes = emitted::<ExecutionStateChanged>(&transaction, self.off_ramp())?
            .into_iter()
            .map(|(_, event)| {
                Ok(Outcome {
                    sequence_number: event.sequenceNumber,
                    message_id: event.messageId,
                    message_hash: event.messageHash,
                    state: State::from_number(event.state)?,
                    return_data: event.returnData,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Executed { transaction, outcomes })
    }
}
