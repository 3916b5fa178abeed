//! Execution on a 1.5 off-ramp: by the oracle network, and by hand.

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::SolValue,
};

use super::Lane;
use crate::ccip::{
    Error, Executed, Outcome, Role, State, Transaction, Tree,
    abi::v1_5::{
        CommitStore::ReportAccepted,
        ExecutionReport, GasOverride, Message, Ocr2,
        OffRamp::{self, ExecutionStateChanged},
    },
    transact::{Call, attempt, emitted, history, transact},
};

impl Lane<'_> {
    /// Executes messages of one commit, ascending, as the oracle network does: once, and a receiver that fails
    /// does not stop the others.
    ///
    /// # Errors
    /// [`Error::NotCommitted`] when no one root covers them; [`Error::Reverted`], also without the blessing.
    pub async fn execute(&self, sequence_numbers: &[u64]) -> Result<Executed, Error> {
        let report = Bytes::from(self.execution(sequence_numbers).await?.abi_encode());
        let context = self.context(self.off_ramp()).await?;
        let call = Ocr2::transmitCall { context, report, r: Vec::new(), s: Vec::new(), v: B256::ZERO };
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
        let report = self.execution(&[sequence_number]).await?;
        let keep_or_replace = |message: &Message| GasOverride {
            receiverExecutionGasLimit: gas.map_or(message.gasLimit, U256::from),
            tokenGasOverrides: vec![0; message.tokenAmounts.len()],
        };
        let overrides = report.messages.iter().map(keep_or_replace).collect();
        let call = OffRamp::manuallyExecuteCall { report, overrides };
        Ok(Call::new(self.destination.account(Role::User), self.off_ramp(), &call))
    }

    /// The report that executes these messages, with its proof under the root that covers them.
    async fn execution(&self, sequence_numbers: &[u64]) -> Result<ExecutionReport, Error> {
        let first = sequence_numbers.first().copied().unwrap_or_default();
        let store = self.destination.v1_5.commit_store;
        // The last one: a root may have been removed and committed again.
        let covering = history::<ReportAccepted>(&self.destination.anvil, store, &[])
            .await?
            .into_iter()
            .rev()
            .map(|(_, event)| event.report.interval)
            .find(|root| sequence_numbers.iter().all(|number| (root.min..=root.max).contains(number)))
            .ok_or(Error::NotCommitted(first))?;
        let batch = self.messages(covering.min..=covering.max).await?;
        let leaves = batch.iter().map(|message| message.messageId).collect();
        let (positions, messages): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .enumerate()
            .filter(|(_, message)| sequence_numbers.contains(&message.sequenceNumber))
            .unzip();
        let proof = Tree::new(leaves).prove(&positions);
        Ok(ExecutionReport {
            offchainTokenData: messages.iter().map(|message| vec![Bytes::new(); message.tokenAmounts.len()]).collect(),
            messages,
            proofs: proof.hashes,
            proofFlagBits: proof.flags,
        })
    }

    fn executed(&self, transaction: Transaction) -> Result<Executed, Error> {
        let outcomes = emitted::<ExecutionStateChanged>(&transaction, self.off_ramp())?
            .into_iter()
            .map(|(_, event)| {
                Ok(Outcome {
                    sequence_number: event.sequenceNumber,
                    message_id: event.messageId,
                    message_hash: event.messageId,
                    state: State::from_number(event.state)?,
                    return_data: event.returnData,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Executed { transaction, outcomes })
    }
}
