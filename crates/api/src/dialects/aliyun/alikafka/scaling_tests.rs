use super::*;

const HOUR_MS: i64 = 60 * MINUTE_MS;
const BOUGHT: Capacity = Capacity { publish: 60, subscribe: 60 };
/// Friday, 24 June 2022, 08:00 at Greenwich and 16:00 in Hangzhou.
const NOW: i64 = 1_656_057_600_000;

fn schedule(first_ms: i64, minutes: u32, repeat: Repeat, zone: &str) -> Schedule {
    let zone = ZoneOffset { text: zone.to_owned(), ms: offset_ms(zone).unwrap() };
    Schedule::new(Moment(first_ms), minutes, repeat, zone)
}

fn rule(name: &str, schedule: Schedule) -> Rule {
    let capacity = Capacity { publish: 120, subscribe: 30 };
    Rule { id: 0, name: name.to_owned(), enabled: true, capacity, schedule }
}

fn misfit(result: Result<(), Trouble>) -> &'static str {
    match result {
        Err(Trouble::Misfit(Rejection::Rule { name, .. })) => name,
        other => panic!("{other:?}"),
    }
}

#[test]
fn offsets_of_time_zones() {
    for (text, minutes) in
        [("GMT", 0), ("UTC", 0), ("GMT+8", 480), ("GMT+08:00", 480), ("UTC-3:30", -210), ("GMT+14", 840)]
    {
        assert_eq!(offset_ms(text), Some(minutes * MINUTE_MS), "{text}");
    }
    for text in
        ["", "8", "GMT8", "GMT+", "GMT+15", "GMT+14:01", "GMT+8:60", "GMT+008", "GMT+-8", "Asia/Shanghai"]
    {
        assert_eq!(offset_ms(text), None, "{text}");
    }
}

#[test]
fn a_rule_for_once_is_carried_out_once_and_to_the_millisecond() {
    let mut scaling = Scaling::default();
    let start = NOW + NOTICE_MS;
    scaling.add(rule("once", schedule(start, 15, Repeat::Never, "GMT")), BOUGHT, NOW).unwrap();
    let at = |ms| scaling.reserved(BOUGHT, ms);
    // What was bought does not go down.
    let raised = Capacity { publish: 120, subscribe: 60 };
    let end = start + 15 * MINUTE_MS;
    assert_eq!([at(start - 1), at(start), at(end - 1), at(end)], [BOUGHT, raised, raised, BOUGHT]);
    assert_eq!(at(start + DAY_MS), BOUGHT);
    assert_eq!(at(start + 7 * DAY_MS), BOUGHT);
}

#[test]
fn days_are_those_of_the_time_zone() {
    // 20:00 on Friday at Greenwich is 04:00 on Saturday in Hangzhou.
    let first = NOW + 12 * HOUR_MS;
    let starts = |repeat, zone| {
        let schedule = schedule(first, 60, repeat, zone);
        schedule.starts(NOW, NOW + 14 * DAY_MS).map(|start| (start - first) / HOUR_MS).collect::<Vec<_>>()
    };
    let weekly = |day, zone| starts(Repeat::Weekly(vec![day]), zone);
    assert_eq!(weekly(Weekday::Friday, "GMT"), [0, 168]);
    assert_eq!(weekly(Weekday::Saturday, "GMT+8"), [0, 168]);
    assert_eq!(weekly(Weekday::Friday, "GMT+8"), [144, 312]);
    assert_eq!(weekly(Weekday::Monday, "GMT"), [72, 240]);
    assert_eq!(starts(Repeat::Daily, "GMT-11"), (0..14).map(|day| day * 24).collect::<Vec<_>>());
    assert_eq!(starts(Repeat::Never, "GMT"), [0]);
}

#[test]
fn what_began_on_the_day_before_still_lasts() {
    let nightly = schedule(NOW + 15 * HOUR_MS, 120, Repeat::Daily, "GMT");
    assert_eq!(nightly.first_ms.rem_euclid(DAY_MS), 23 * HOUR_MS);
    let midnight = nightly.first_ms + HOUR_MS;
    assert!(nightly.covers(midnight) && nightly.covers(midnight + 5 * DAY_MS));
    assert!(!nightly.covers(midnight + HOUR_MS) && !nightly.covers(midnight - DAY_MS));
    let days = Repeat::Weekly(vec![Weekday::Friday]);
    let long = schedule(NOW, 5 * 24 * 60, days, "GMT");
    assert!(long.covers(NOW + 5 * DAY_MS - 1) && !long.covers(NOW + 5 * DAY_MS));
    assert!(long.covers(NOW + 12 * DAY_MS - 1) && !long.covers(NOW + 7 * DAY_MS - 1));
}

#[test]
fn executions_stay_an_hour_apart() {
    let nine_to_ten = || schedule(NOW + HOUR_MS, 60, Repeat::Daily, "GMT");
    let beside = |first_ms, minutes, repeat| {
        let mut scaling = Scaling::default();
        scaling.add(rule("daily", nine_to_ten()), BOUGHT, NOW).unwrap();
        scaling.add(rule("other", schedule(first_ms, minutes, repeat, "GMT")), BOUGHT, NOW)
    };
    let eleven = NOW + 3 * HOUR_MS;
    assert_eq!(beside(eleven, 60, Repeat::Never), Ok(()));
    assert_eq!(misfit(beside(eleven - 1, 60, Repeat::Never)), "FirstScheduledTime");
    // A week later the daily one is still there, and from eleven to eight there is room.
    assert_eq!(misfit(beside(eleven - 1 + 7 * DAY_MS, 60, Repeat::Never)), "FirstScheduledTime");
    assert_eq!(beside(eleven + 9 * DAY_MS, 21 * 60, Repeat::Never), Ok(()));
    assert_eq!(misfit(beside(eleven + 9 * DAY_MS, 21 * 60 + 1, Repeat::Never)), "FirstScheduledTime");
    assert_eq!(misfit(beside(NOW + HOUR_MS, 60, Repeat::Daily)), "FirstScheduledTime", "at the same time");
    let sunday = || Repeat::Weekly(vec![Weekday::Sunday]);
    assert_eq!(beside(eleven, 60, sunday()), Ok(()));
    assert_eq!(misfit(beside(NOW, 15, sunday())), "FirstScheduledTime");
    // One that is over before the daily one begins is in nobody's way.
    let mut early = Scaling::default();
    early.add(rule("once", schedule(NOW + HOUR_MS, 60, Repeat::Never, "GMT")), BOUGHT, NOW).unwrap();
    let late = schedule(NOW + HOUR_MS + 30 * DAY_MS, 60, Repeat::Daily, "GMT");
    assert_eq!(early.add(rule("daily", late), BOUGHT, NOW), Ok(()));
    // A rule can be in its own way.
    let daily = |minutes| {
        let schedule = schedule(NOW, minutes, Repeat::Daily, "GMT");
        Scaling::default().add(rule("long", schedule), BOUGHT, NOW)
    };
    assert_eq!(daily(23 * 60), Ok(()));
    assert_eq!(misfit(daily(23 * 60 + 1)), "FirstScheduledTime");
}

#[test]
fn rules_are_checked_when_they_are_switched_on() {
    let mut scaling = Scaling::default();
    let soon = || schedule(NOW + NOTICE_MS - 1, 15, Repeat::Never, "GMT");
    assert_eq!(misfit(scaling.add(rule("soon", soon()), BOUGHT, NOW)), "FirstScheduledTime");
    scaling.add(Rule { enabled: false, ..rule("soon", soon()) }, BOUGHT, NOW).unwrap();
    assert_eq!(misfit(scaling.switch("soon", true, NOW)), "FirstScheduledTime");
    assert_eq!(scaling.switch("soon", true, NOW - 1), Ok(()));
    assert_eq!(scaling.switch("soon", true, NOW), Ok(()), "it is on already");
    assert_eq!(scaling.reserved(BOUGHT, NOW + NOTICE_MS).publish, 120);
    scaling.switch("soon", false, NOW).unwrap();
    assert_eq!(scaling.reserved(BOUGHT, NOW + NOTICE_MS), BOUGHT);
    assert_eq!(scaling.switch("later", true, NOW), Err(Trouble::Absent("later".into())));
}

#[test]
fn what_is_still_to_come_is_not_removed() {
    let mut scaling = Scaling::default();
    let start = NOW + NOTICE_MS;
    scaling.add(rule("once", schedule(start, 15, Repeat::Never, "GMT")), BOUGHT, NOW).unwrap();
    scaling.add(rule("daily", schedule(NOW + 5 * HOUR_MS, 15, Repeat::Daily, "GMT")), BOUGHT, NOW).unwrap();
    let end = start + 15 * MINUTE_MS;
    assert_eq!(scaling.remove("once", end - 1), Err(Trouble::Pending("once".into())));
    assert_eq!(scaling.remove("once", end), Ok(()));
    assert_eq!(scaling.remove("once", end), Err(Trouble::Absent("once".into())));
    assert_eq!(scaling.remove("daily", end), Err(Trouble::Pending("daily".into())));
    scaling.switch("daily", false, end).unwrap();
    assert_eq!(scaling.remove("daily", end), Ok(()));
    scaling.add(rule("third", schedule(NOW, 15, Repeat::Daily, "GMT")), BOUGHT, NOW).unwrap();
    assert_eq!(scaling.rules[0].id, 3, "numbers are given once");
}

#[test]
fn a_rule_raises_something_and_has_a_name_of_its_own() {
    let off = |name: &str, publish, subscribe| Rule {
        enabled: false,
        capacity: Capacity { publish, subscribe },
        ..rule(name, schedule(NOW, 15, Repeat::Daily, "GMT"))
    };
    let mut scaling = Scaling::default();
    assert_eq!(misfit(scaling.add(off("same", 60, 60), BOUGHT, NOW)), "ReservedPubFlow");
    assert_eq!(scaling.add(off("publish", 61, 20), BOUGHT, NOW), Ok(()));
    assert_eq!(scaling.add(off("subscribe", 60, 61), BOUGHT, NOW), Ok(()));
    let again = scaling.add(off("publish", 61, 20), BOUGHT, NOW);
    assert_eq!(again, Err(Trouble::Exists("publish".into())));
    for number in 2..RULES_MAX {
        scaling.add(off(&format!("rule-{number}"), 70, 70), BOUGHT, NOW).unwrap();
    }
    assert_eq!(scaling.add(off("one-more", 70, 70), BOUGHT, NOW), Err(Trouble::TooMany));
}
