//! What people do about an incident. Each step is the domain's to allow, and is written with its line and its record.

use causeway_store::Error as StoreError;

use super::{Error, Guard};
use crate::{
    adapters::store::{EntryRow, IncidentChange, IncidentRow, InvestigationRow, Known, Line},
    domain::{
        incident::{Decision, Event, State, next},
        latch::HaltId,
        resume::Operator,
    },
};

/// An incident with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The incident.
    pub incident: IncidentRow,
    /// Its timeline behind the halt.
    pub entries: Vec<EntryRow>,
    /// What was looked up.
    pub investigations: Vec<InvestigationRow>,
    /// What was known when it was latched; `None` where an operator's word was enough.
    pub evidence: Option<Known>,
}

impl Guard {
    /// Incidents, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn list_incidents(
        &self,
        state: Option<State>,
        after: Option<HaltId>,
        limit: u32,
    ) -> Result<Vec<IncidentRow>, StoreError> {
        self.parts.store.list_incidents(state, after, limit).await
    }

    /// An incident as a whole.
    ///
    /// # Errors
    /// [`Error::IncidentUnknown`], or of the store.
    pub async fn incident(&self, halt: HaltId) -> Result<Dossier, Error> {
        let store = &self.parts.store;
        let incident = store.find_incident(halt).await?.ok_or(Error::IncidentUnknown)?;
        let snapshot = store.find_evidence(halt).await?;
        Ok(Dossier {
            incident,
            entries: store.list_incident_entries(halt).await?,
            investigations: store.list_investigations(halt).await?,
            evidence: snapshot.map(|snapshot| snapshot.read()).transpose()?,
        })
    }

    /// Somebody takes it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn acknowledge(&self, halt: HaltId, operator: &Operator, comment: &str) -> Result<(), Error> {
        let text = if comment.is_empty() { "taken" } else { comment };
        let by = operator.as_str();
        let change = IncidentChange { acknowledged_by: Some(by), ..IncidentChange::default() };
        self.change(halt, &Event::Acknowledged(operator.clone()), change, &[("acknowledged", by, text)]).await
    }

    /// Somebody says why it happened, and what is done.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn decide_incident(
        &self,
        halt: HaltId,
        operator: &Operator,
        root_cause: &str,
        decision: Decision,
    ) -> Result<(), Error> {
        let by = operator.as_str();
        let change =
            IncidentChange { decision: Some(decision), root_cause: Some(root_cause), ..IncidentChange::default() };
        let lines = [("root_cause", by, root_cause), ("decision", by, decision.as_str())];
        self.change(halt, &Event::Decided(operator.clone(), decision), change, &lines).await
    }

    /// Somebody adds what is worth knowing.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn note(&self, halt: HaltId, operator: &Operator, text: &str) -> Result<(), Error> {
        let lines = [("note", operator.as_str(), text)];
        self.change(halt, &Event::Note(operator.clone()), IncidentChange::default(), &lines).await
    }

    /// Somebody has written what was learned, which closes it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn post_mortem(&self, halt: HaltId, operator: &Operator, text: &str) -> Result<(), Error> {
        let lines = [("post_mortem", operator.as_str(), text)];
        self.change(halt, &Event::PostMortem(operator.clone()), IncidentChange::default(), &lines).await
    }

    async fn change(
        &self,
        halt: HaltId,
        event: &Event,
        change: IncidentChange<'_>,
        lines: &[(&'static str, &str, &str)],
    ) -> Result<(), Error> {
        let work = self.parts.store.open_incident(halt).await?.ok_or(Error::IncidentUnknown)?;
        let state = next(work.state, event)?;
        let at = self.parts.clock.now();
        let lines: Vec<_> = lines.iter().map(|(kind, actor, text)| Line { at, kind, actor, text }).collect();
        work.write(&IncidentChange { state: Some(state), ..change }, &lines).await?;
        Ok(())
    }
}
