//! What a process has used, as Linux tells it under `/proc`.

use std::{fs, time::Duration};

use anyhow::Context as _;

/// Length of the clock tick of `/proc/<pid>/stat`: `USER_HZ` is 100 on every architecture that we run on.
const TICK: Duration = Duration::from_millis(10);

/// Where `utime` and `stime` stand behind the command's name, counted from the state as 0 (proc(5), fields 14 and 15).
const USER_TIME: usize = 11;
const SYSTEM_TIME: usize = 12;

/// One look at a process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    pub(super) user: Duration,
    pub(super) system: Duration,
    pub(super) resident_kib: u64,
    pub(super) peak_kib: u64,
}

impl Usage {
    pub(super) fn of(pid: u32) -> anyhow::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("/proc is needed; this is for Linux")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let (user, system) = times(&stat).context("/proc/<pid>/stat is not what proc(5) describes")?;
        let memory = |name| kibibytes(&status, name).with_context(|| format!("/proc/<pid>/status has no {name}"));
        Ok(Self { user, system, resident_kib: memory("VmRSS")?, peak_kib: memory("VmHWM")? })
    }

    pub(super) fn processor(&self) -> Duration {
        self.user.saturating_add(self.system)
    }
}

/// The command's name may hold blanks and brackets, so fields are counted from its last bracket.
fn times(stat: &str) -> Option<(Duration, Duration)> {
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let time = |index: usize| Some(TICK.saturating_mul(fields.get(index)?.parse().ok()?));
    Some((time(USER_TIME)?, time(SYSTEM_TIME)?))
}

fn kibibytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_behind_a_name_with_brackets_and_memory_by_name() {
        let stat = "77 (a) b (c)) S 1 77 77 0 -1 4194560 900 0 0 0 250 30 0 0 20 0 9 0 12345 1 2";
        assert_eq!(times(stat), Some((Duration::from_millis(2_500), Duration::from_millis(300))));
        assert_eq!(times("77 (short) S 1"), None);
        let status = "VmPeak:\t  9 kB\nVmHWM:\t   2048 kB\nVmRSS:\t   1024 kB\n";
        assert_eq!((kibibytes(status, "VmHWM"), kibibytes(status, "VmRSS")), (Some(2_048), Some(1_024)));
        assert_eq!(kibibytes(status, "VmSwap"), None);
    }

    #[test]
    fn this_process_has_memory() {
        let usage = Usage::of(std::process::id()).expect("Linux");
        assert!(usage.resident_kib > 0 && usage.peak_kib >= usage.resident_kib);
    }
}
