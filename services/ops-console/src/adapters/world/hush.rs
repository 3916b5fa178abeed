//! What is worked on, told to a service: to its replicas one after the other, until the one that leads has taken it.

use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::{QuietWindow, SetMaintenanceRequest, ops_service_client::OpsServiceClient};
use tonic::Code;
use uuid::Uuid;

use super::Speaker;
use crate::domain::{
    maintenance::{LEASE, Window},
    text::inert,
};

/// Characters of what a service says.
const SENTENCE: usize = 300;

/// Tells a service which windows are open.
///
/// # Errors
/// What the last replica said that did not take it.
pub async fn hush(replicas: &[Speaker], windows: &[&(Uuid, Window)]) -> Result<(), String> {
    let request = SetMaintenanceRequest {
        windows: windows.iter().map(|(id, window)| quiet(*id, window)).collect(),
        lease: prost_types::Duration::try_from(LEASE).ok(),
    };
    let mut said = "it has no replica".to_owned();
    for replica in replicas {
        let call = OpsServiceClient::new(replica.client.clone()).set_maintenance(replica.ask(request.clone())).await;
        match call {
            Ok(_) => return Ok(()),
            Err(status) if status.code() == Code::Unimplemented => {
                return Err("it is older than this console, and does not know of maintenance".to_owned());
            }
            Err(status) => said = inert(&format!("{}: {}", status.code(), status.message()), SENTENCE),
        }
    }
    Err(said)
}

fn quiet(id: Uuid, window: &Window) -> QuietWindow {
    QuietWindow {
        window_id: id.to_string(),
        from: time(window.from),
        until: time(window.until),
        alerts: window.alerts.iter().cloned().collect(),
        reason: window.reason.clone(),
    }
}

fn time(at: Timestamp) -> Option<prost_types::Timestamp> {
    causeway_service::wire::timestamp(at)
}
