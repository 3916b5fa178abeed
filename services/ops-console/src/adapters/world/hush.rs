//! What is worked on, told to a service: to its replicas one after the other, until the one that leads has taken it.

use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::{QuietWindow, SetMaintenanceRequest, ops_service_client::OpsServiceClient};
use tonic::{Code, Status};
use uuid::Uuid;

use super::Speaker;
use crate::domain::{
    maintenance::{LEASE, Window},
    telling::Heard,
    text::inert,
};

/// Characters of what a service says.
const SENTENCE: usize = 300;

/// Tells a service which windows are open. A replica that says no says it for all; one that only does not lead does not.
pub async fn hush(replicas: &[Speaker], windows: &[&(Uuid, Window)]) -> Heard {
    let request = SetMaintenanceRequest {
        windows: windows.iter().map(|(id, window)| quiet(*id, window)).collect(),
        lease: prost_types::Duration::try_from(LEASE).ok(),
    };
    let mut heard = Heard::NotReached("it has no replica".to_owned());
    for replica in replicas {
        let call = OpsServiceClient::new(replica.client.clone()).set_maintenance(replica.ask(request.clone())).await;
        match (call, &heard) {
            (Ok(_), _) => return Heard::Taken,
            (Err(_), Heard::Refused(_)) => {}
            (Err(status), Heard::Taken | Heard::NotReached(_)) => heard = of(&status),
        }
    }
    heard
}

fn of(status: &Status) -> Heard {
    let words = || inert(&format!("{}: {}", status.code(), status.message()), SENTENCE);
    match status.code() {
        Code::Unimplemented => {
            Heard::Refused("it is older than this console, and does not know of maintenance".to_owned())
        }
        Code::PermissionDenied | Code::Unauthenticated | Code::InvalidArgument => Heard::Refused(words()),
        // Which is what a replica says that does not lead.
        Code::FailedPrecondition
        | Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::Aborted
        | Code::OutOfRange
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Heard::NotReached(words()),
    }
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
