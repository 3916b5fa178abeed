//! Standing for election under the service's name.

use causeway_store::lease::Settings;

use crate::config::Base;

/// One leader of the service; the holder's name is new with each start, so that a restarted process is nobody's heir.
pub fn lease(base: &Base) -> Settings {
    Settings {
        lease: base.telemetry.service.into(),
        holder: format!("{}-{}", base.telemetry.instance, uuid::Uuid::new_v4()).into(),
        ttl: base.lease,
    }
}
