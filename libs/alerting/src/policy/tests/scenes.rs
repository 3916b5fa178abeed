//! Scenes: the operators' sentences, played second by second.

use super::*;
use crate::policy::{Matcher, Window, WindowId};

#[test]
fn grd_8_slack_if_more_than_10_failures() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nfailures_above = 10\nchannels = ['slack']");
    for _ in 0..10 {
        assert_eq!(scene.raise(&error("rpc")), [""; 0]);
    }
    assert_eq!(scene.raise(&error("rpc")), ["slack fired rpc"], "the eleventh");
    assert_eq!(scene.raise(&error("rpc")), [""; 0], "said once");
}

#[test]
fn grd_8_slack_if_sustained_over_5_minutes() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nlasting_over_seconds = 300\nchannels = ['slack']");
    scene.raise(&error("rpc"));
    assert_eq!(scene.until(400), ["301s slack fired rpc"], "over five minutes is more than five minutes");
}

#[test]
fn grd_8_email_if_over_1_hour_and_not_when_it_ended_before() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nlasting_over_seconds = 3600\nchannels = ['email']");
    let (short, long) = (error("short"), error("long"));
    scene.raise(&short);
    scene.raise(&long);
    assert_eq!(scene.until(3_600), [""; 0]);
    assert_eq!(scene.clear(&short), [""; 0], "who heard nothing hears no end");
    assert_eq!(scene.until(3_700), ["3601s email fired long"]);
}

#[test]
fn grd_8_a_failure_that_ends_and_returns_is_counted_and_timed_afresh() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nlasting_over_seconds = 300\nchannels = ['slack']");
    scene.raise(&error("rpc"));
    scene.until(250);
    scene.clear(&error("rpc"));
    scene.raise(&error("rpc"));
    assert_eq!(scene.until(560), ["551s slack fired rpc"]);
}

#[test]
fn grd_8_alerts_of_one_group_share_a_message_and_the_next_one_waits() {
    let rule = "[[rule]]\nname = 'a'\nchannels = ['slack']\ngroup_by = ['name']\ngroup_wait_seconds = 30\n\
                group_interval_seconds = 100";
    let mut scene = Scene::new(rule);
    scene.raise(&error("one"));
    scene.until(20);
    scene.raise(&error("two"));
    assert_eq!(scene.until(31), ["30s slack fired one,two"]);
    scene.raise(&error("three"));
    assert_eq!(scene.until(200), ["130s slack fired three"]);
}

#[test]
fn an_alert_that_ends_within_its_wait_is_not_worth_a_message() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']\ngroup_wait_seconds = 30");
    scene.raise(&error("blip"));
    scene.until(10);
    assert_eq!(scene.clear(&error("blip")), [""; 0]);
    assert_eq!(scene.until(100), [""; 0]);
}

#[test]
fn grd_8_what_halts_is_said_at_once_and_through_every_window() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['pager']\ngroup_wait_seconds = 30");
    scene.event(Event::WindowOpened(window("all", 0, 1_000, Matcher::default())));
    let halt = alert(Severity::Critical, Tier::Halt, "supply");
    assert_eq!(scene.raise(&halt), ["pager fired supply"]);
    assert_eq!(scene.clear(&halt), ["pager resolved supply"], "and so is its end");
}

#[test]
fn grd_8_escalates_while_nobody_acknowledges() {
    let rule = "[[rule]]\nname = 'a'\nchannels = ['pager']\nescalate = [{ after_seconds = 300, channels = ['sms'] }, \
                { after_seconds = 900, channels = ['email', 'phone'] }]";
    let mut scene = Scene::new(rule);
    assert_eq!(scene.raise(&error("rpc")), ["pager fired rpc"]);
    assert_eq!(
        scene.until(2_000),
        ["300s sms escalated-1 rpc", "900s email escalated-2 rpc", "900s phone escalated-2 rpc"]
    );
    assert_eq!(
        scene.clear(&error("rpc")),
        ["email resolved rpc", "pager resolved rpc", "phone resolved rpc", "sms resolved rpc"],
        "everybody who was told hears the end"
    );
}

#[test]
fn grd_8_an_acknowledgement_ends_repeats_and_escalation_until_it_gets_worse() {
    let rule = "[[rule]]\nname = 'a'\nchannels = ['pager']\nrepeat_seconds = 60\n\
                escalate = [{ after_seconds = 300, channels = ['sms'] }]";
    let mut scene = Scene::new(rule);
    scene.raise(&error("rpc"));
    assert_eq!(scene.until(61), ["60s pager repeated rpc"]);
    assert_eq!(scene.acknowledge(&error("rpc")), ["pager acknowledged rpc"]);
    assert_eq!(scene.acknowledge(&error("rpc")), [""; 0], "taken once");
    assert_eq!(scene.until(1_000), [""; 0]);
    let worse = alert(Severity::Critical, Tier::Alert, "rpc");
    assert_eq!(scene.raise(&worse), ["pager repeated rpc", "sms escalated-1 rpc"]);
}

#[test]
fn escalations_that_fall_due_together_are_one_message() {
    let rule = "[[rule]]\nname = 'a'\nchannels = ['pager']\nescalate = [{ after_seconds = 60, channels = ['sms'] }]";
    let mut scene = Scene::new(rule);
    for subject in ["a", "b", "c"] {
        scene.raise(&error(subject));
    }
    let heard = scene.until(60);
    assert_eq!(heard.len(), 1, "{heard:?}");
}

#[test]
fn grd_8_a_window_mutes_what_it_names_and_nothing_else() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']");
    let matcher = Matcher { subjects: ["kraken".to_owned()].into(), ..Matcher::default() };
    scene.event(Event::WindowOpened(window("CHG-1", 0, 100, matcher)));
    assert_eq!(scene.raise(&error("kraken")), ["muted kraken by CHG-1"]);
    assert_eq!(scene.raise(&error("kraken")), [""; 0], "its silence is told once");
    assert_eq!(scene.raise(&error("binance")), ["slack fired binance"]);
    assert_eq!(scene.until(120), ["100s slack fired kraken"], "what outlasts the window is said when it closes");
}

#[test]
fn ops_5_no_window_keeps_quiet_what_is_critical_or_halts() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['pager']");
    scene.event(Event::WindowOpened(window("CHG-1", 0, 1_000, Matcher::default())));
    for (tier, subject) in [(Tier::Alert, "a"), (Tier::Track, "b"), (Tier::Halt, "c")] {
        assert_eq!(scene.raise(&alert(Severity::Critical, tier, subject)), [format!("pager fired {subject}")]);
    }
    assert_eq!(scene.raise(&alert(Severity::Info, Tier::Halt, "d")), ["pager fired d"]);
    assert_eq!(scene.raise(&error("e")), ["muted e by CHG-1"]);
    let worse = alert(Severity::Critical, Tier::Alert, "e");
    assert_eq!(scene.raise(&worse), ["pager fired e"], "what gets critical in a window is heard in it");
}

#[test]
fn ops_5_a_lease_that_nobody_renews_ends_by_itself_and_a_renewed_one_goes_on() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']");
    scene.event(Event::WindowOpened(window("CHG-1", 0, 60, Matcher::default())));
    assert_eq!(scene.raise(&error("kraken")), ["muted kraken by CHG-1"]);
    assert_eq!(scene.until(50), [""; 0]);
    assert_eq!(said(&scene.event(Event::WindowOpened(window("CHG-1", 0, 110, Matcher::default())))), [""; 0]);
    assert_eq!(scene.until(200), ["110s slack fired kraken"]);
}

#[test]
fn a_window_that_is_called_off_mutes_no_longer() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']");
    scene.event(Event::WindowOpened(window("CHG-1", 0, 1_000, Matcher::default())));
    scene.raise(&error("kraken"));
    assert_eq!(said(&scene.event(Event::WindowClosed(WindowId::new("CHG-1")))), ["slack fired kraken"]);
}

#[test]
fn a_window_that_opens_while_an_alert_waits_keeps_it_quiet_and_does_not_lose_it() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']\ngroup_wait_seconds = 30");
    scene.raise(&error("kraken"));
    scene.event(Event::WindowOpened(window("CHG-1", 0, 100, Matcher::default())));
    assert_eq!(scene.until(200), ["130s slack fired kraken"]);
}

#[test]
fn an_end_within_a_window_is_told_to_those_who_heard_the_beginning() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']");
    scene.raise(&error("kraken"));
    scene.event(Event::WindowOpened(window("CHG-1", 0, 1_000, Matcher::default())));
    assert_eq!(scene.clear(&error("kraken")), ["slack resolved kraken"]);
}

#[test]
fn grd_8_the_daily_report_lists_what_is_over_too() {
    let rule = "[[rule]]\nname = 'a'\nchannels = ['email']\nmode = 'digest'\ngroup_wait_seconds = 100\n\
                group_interval_seconds = 100";
    let mut scene = Scene::new(rule);
    scene.raise(&error("one"));
    scene.clear(&error("one"));
    scene.raise(&error("two"));
    assert_eq!(scene.until(250), ["100s email report one,two"]);
    assert_eq!(scene.clear(&error("two")), [""; 0], "a report has no ends");
}

#[test]
fn a_channel_hears_the_end_before_the_next_beginning() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['pager']");
    scene.policy = Policy::try_new(scene.policy.rules().to_vec(), Duration::from_secs(60)).unwrap();
    scene.raise(&error("rpc"));
    assert_eq!(scene.clear(&error("rpc")), [""; 0], "the end waits for others");
    assert_eq!(scene.raise(&error("rpc")), ["pager resolved rpc", "pager fired rpc"]);
}

#[test]
fn beyond_its_capacity_only_what_halts_gets_in() {
    let mut scene = Scene::new("[[rule]]\nname = 'a'\nchannels = ['pager']");
    scene.state = State::new(1);
    scene.raise(&error("one"));
    assert_eq!(scene.raise(&error("two")), ["refused two"]);
    let halt = alert(Severity::Critical, Tier::Halt, "supply");
    assert_eq!(scene.raise(&halt), ["pager fired supply"]);
}

#[test]
fn long_lists_become_several_messages() {
    let mut scene =
        Scene::new("[[rule]]\nname = 'a'\nchannels = ['slack']\ngroup_by = ['name']\ngroup_wait_seconds = 1");
    for number in 0..120 {
        scene.raise(&error(&number.to_string()));
    }
    scene.now = 1;
    let sizes: Vec<_> = notifications(scene.event(Event::Tick)).iter().map(|one| one.alerts.len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
}

fn window(id: &str, from: u64, until: u64, matcher: Matcher) -> Window {
    let (from, until) = (at(from).wall, at(until).wall);
    Window { id: WindowId::new(id), from, until, matcher, reason: Text::clean("upgrade") }
}
