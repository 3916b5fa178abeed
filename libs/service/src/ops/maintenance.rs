//! What is worked on, as the console tells it: read, and handed to the service's alerts.

use std::{collections::BTreeSet, time::Duration};

use causeway_alerting::{
    Name, Text,
    policy::{Matcher, Window, WindowId},
};
use causeway_primitives::Timestamp;
use causeway_proto::ops::v1::{QuietWindow, SetMaintenanceRequest};

use super::{Error, reason};

/// Nobody's word is good for longer.
const LONGEST_LEASE: Duration = Duration::from_secs(300);
/// Windows at once, and alerts in one of them.
const MOST: usize = 100;
/// Characters of a window's name.
const ID: usize = 64;

fn invalid(field: &'static str, expected: &str) -> Error {
    Error::Invalid { field, expected: expected.to_owned() }
}

/// The windows of a request, and for how long they are good.
///
/// # Errors
/// [`Error::Invalid`].
pub(super) fn read(request: SetMaintenanceRequest) -> Result<(Vec<Window>, Duration), Error> {
    let lease = request.lease.and_then(|lease| Duration::try_from(lease).ok());
    let lease = lease.filter(|lease| (Duration::from_secs(1)..=LONGEST_LEASE).contains(lease));
    let lease = lease.ok_or_else(|| invalid("lease", "1 second to 5 minutes"))?;
    if request.windows.len() > MOST {
        return Err(invalid("windows", "at most 100"));
    }
    let windows = request.windows.into_iter().map(window).collect::<Result<_, _>>()?;
    Ok((windows, lease))
}

fn window(wire: QuietWindow) -> Result<Window, Error> {
    if wire.window_id.trim().is_empty() || wire.window_id.chars().count() > ID {
        return Err(invalid("windows.window_id", "1 to 64 characters"));
    }
    let from = time(wire.from.as_ref()).ok_or_else(|| invalid("windows.from", "a time"))?;
    let until = time(wire.until.as_ref()).filter(|until| *until > from);
    let until = until.ok_or_else(|| invalid("windows.until", "a time after the beginning"))?;
    let names: Option<BTreeSet<Name>> = wire.alerts.iter().map(|name| name.parse().ok()).collect();
    let names = names.filter(|names| names.len() <= MOST);
    let names = names.ok_or_else(|| invalid("windows.alerts", "at most 100 names of alerts"))?;
    let reason = Text::clean(reason(&wire.reason)?);
    let matcher = Matcher { names, ..Matcher::default() };
    Ok(Window { id: WindowId::new(&wire.window_id), from, until, matcher, reason })
}

fn time(wire: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    let wire = wire?;
    let seconds = u64::try_from(wire.seconds).ok()?;
    let millis = u64::try_from(wire.nanos).ok()?.checked_div(1_000_000)?;
    Timestamp::from_millis(seconds.checked_mul(1_000)?.checked_add(millis)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds: 1_790_000_000 + seconds, nanos: 0 })
    }

    fn request(change: impl FnOnce(&mut SetMaintenanceRequest)) -> Result<(Vec<Window>, Duration), Error> {
        let window = QuietWindow {
            window_id: "CHG-1".to_owned(),
            from: at(0),
            until: at(60),
            alerts: vec!["OracleRpcUnavailable".to_owned()],
            reason: "new disks".to_owned(),
        };
        let lease = Some(prost_types::Duration { seconds: 60, nanos: 0 });
        let mut request = SetMaintenanceRequest { windows: vec![window], lease };
        change(&mut request);
        read(request)
    }

    #[test]
    fn ops_5_a_window_is_read_and_what_is_none_is_refused_by_name() {
        let (windows, lease) = request(|_| {}).unwrap();
        assert_eq!((windows.len(), lease), (1, Duration::from_secs(60)));
        assert_eq!(windows[0].matcher.names.iter().next().map(Name::as_str), Some("OracleRpcUnavailable"));
        let refused = |change: fn(&mut SetMaintenanceRequest)| match request(change) {
            Err(Error::Invalid { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(|one| one.lease = None), "lease");
        assert_eq!(refused(|one| one.lease.as_mut().unwrap().seconds = 301), "lease");
        assert_eq!(refused(|one| one.windows[0].until = one.windows[0].from), "windows.until");
        assert_eq!(refused(|one| one.windows[0].from = None), "windows.from");
        assert_eq!(refused(|one| one.windows[0].window_id = " ".to_owned()), "windows.window_id");
        assert_eq!(refused(|one| one.windows[0].alerts = vec![".*".to_owned()]), "windows.alerts");
        assert_eq!(refused(|one| one.windows[0].reason.clear()), "reason");
        assert_eq!(refused(|one| one.windows = vec![one.windows[0].clone(); 101]), "windows");
    }
}
