//! Rules that raise what is reserved for a serverless instance.

use std::time::Duration;

use serde_json::{Value as Json, json};

use super::world::{NOW_MS, World};

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const RULE: (u16, &str) = (400, "BIZ_FIELD_CHECK_INVALID");
const MINUTE: Duration = Duration::from_secs(60);

fn of<'a>(id: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&[REGION, ("InstanceId", id)], more].concat()
}

/// A rule for the first hour that is allowed, with some parameters changed; an empty value takes one away.
fn rule<'a>(first: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut rule = vec![
        ("RuleName", "rush"),
        ("ScheduleType", "at"),
        ("FirstScheduledTime", first),
        ("DurationMinutes", "15"),
        ("TimeZone", "GMT+8"),
        ("ReservedPubFlow", "120"),
        ("ReservedSubFlow", "20"),
        ("Enable", "true"),
    ];
    rule.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    rule.extend(changes);
    rule
}

async fn reserved(world: &World, id: &str) -> [u64; 2] {
    let instance = world.instance(id).await;
    ["ReservedPublishCapacity", "ReservedSubscribeCapacity"].map(|name| instance[name].as_u64().unwrap())
}

async fn rules(world: &World, id: &str) -> Vec<Json> {
    let reply = world.ok("GetAutoScalingConfiguration", &of(id, &[])).await;
    reply["Data"]["ScheduledScalingRules"]["ScheduledScalingRules"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_rule_raises_what_is_reserved_for_its_time_and_no_longer() {
    let world = World::open().await;
    let id = world.serverless().await;
    let first = (NOW_MS + 30 * 60_000).to_string();
    let create = of(&id, &rule(&first, &[]));
    world.ok("CreateScheduledScalingRule", &create).await;
    world.refused("CreateScheduledScalingRule", &create, (400, "INVALID_PARAMETER_DATA_ALREADY_EXIST")).await;
    let shown = rules(&world, &id).await;
    let expected = json!({
        "RuleId": 1, "RuleName": "rush", "Enable": true, "ScheduleType": "at",
        "FirstScheduledTime": NOW_MS + 30 * 60_000, "DurationMinutes": 15, "TimeZone": "GMT+8",
        "RepeatType": "", "WeeklyTypes": { "WeeklyTypes": [] }, "ReservedPubFlow": 120, "ReservedSubFlow": 20,
        "EstimatedElasticScalingUpTimeSecs": 0, "EstimatedElasticScalingDownTimeSecs": 0,
    });
    assert_eq!(shown, [expected]);
    assert_eq!(reserved(&world, &id).await, [60, 60]);
    let named = of(&id, &[("RuleName", "rush")]);
    world.refused("DeleteScheduledScalingRule", &named, (400, "INVALID_PARAMETER_NOT_SUPPORT")).await;
    world.hand.advance(30 * MINUTE);
    assert_eq!(reserved(&world, &id).await, [120, 60], "what was bought is never taken away");
    world.hand.advance(15 * MINUTE);
    assert_eq!(reserved(&world, &id).await, [60, 60]);
    world.ok("DeleteScheduledScalingRule", &named).await;
    world.refused("DeleteScheduledScalingRule", &named, (404, "AUTH_RESOURCE_OWNER_ERROR")).await;
    assert_eq!(rules(&world, &id).await, Vec::<Json>::new());
}

#[tokio::test]
async fn a_rule_is_switched_off_and_on() {
    let world = World::open().await;
    let id = world.serverless().await;
    let now = NOW_MS.to_string();
    let changes =
        [("ScheduleType", "repeat"), ("RepeatType", "Weekly"), ("WeeklyTypes", "[\"Friday\",\"Sunday\"]")];
    world.ok("CreateScheduledScalingRule", &of(&id, &rule(&now, &changes))).await;
    assert_eq!(reserved(&world, &id).await, [120, 60], "it is a Friday");
    let switch = |enable| of(&id, &[("RuleName", "rush"), ("Enable", enable)]);
    for (enable, publish) in [("false", 60), ("false", 60), ("true", 120)] {
        world.ok("ModifyScheduledScalingRule", &switch(enable)).await;
        assert_eq!(reserved(&world, &id).await, [publish, 60]);
    }
    let shown = rules(&world, &id).await;
    assert_eq!(shown[0]["WeeklyTypes"]["WeeklyTypes"], json!(["Friday", "Sunday"]));
    assert_eq!((&shown[0]["RepeatType"], &shown[0]["Enable"]), (&json!("Weekly"), &json!(true)));
    // Without a word on it, a rule is made and not carried out.
    let silent =
        [("RuleName", "silent"), ("Enable", ""), ("ScheduleType", "repeat"), ("RepeatType", "Daily")];
    world.ok("CreateScheduledScalingRule", &of(&id, &rule(&now, &silent))).await;
    assert_eq!(rules(&world, &id).await[1]["Enable"], false);
    let both = of(&id, &[("RuleName", "silent"), ("Enable", "true")]);
    world.refused("ModifyScheduledScalingRule", &both, RULE).await;
    let unknown = of(&id, &[("RuleName", "nothing"), ("Enable", "true")]);
    world.refused("ModifyScheduledScalingRule", &unknown, (404, "AUTH_RESOURCE_OWNER_ERROR")).await;
    world.hand.advance(2 * 24 * 60 * MINUTE);
    assert_eq!(reserved(&world, &id).await, [120, 60], "it is a Sunday");
}

#[tokio::test]
async fn rules_on_rules() {
    let world = World::open().await;
    let id = world.serverless().await;
    let (soon, early) = ((NOW_MS + 30 * 60_000).to_string(), (NOW_MS + 30 * 60_000 - 1).to_string());
    for (changes, expected) in [
        (vec![("FirstScheduledTime", &*early)], RULE),
        (vec![("FirstScheduledTime", "-1")], RULE),
        (vec![("DurationMinutes", "14")], RULE),
        (vec![("DurationMinutes", "10081")], RULE),
        (vec![("TimeZone", "Asia/Shanghai")], RULE),
        (vec![("ReservedPubFlow", "59")], RULE),
        (vec![("ReservedSubFlow", "19")], RULE),
        (vec![("ReservedPubFlow", "60")], RULE),
        (vec![("RuleName", "a-name-of-sixty-five-characters-is-longer-than-any-that-is-allowed")], RULE),
        (vec![("ScheduleType", "repeat")], (400, "MissingRepeatType")),
        (vec![("ScheduleType", "repeat"), ("RepeatType", "Weekly")], (400, "MissingWeeklyTypes")),
        (vec![("ScheduleType", "repeat"), ("RepeatType", "Monthly")], RULE),
        (vec![("WeeklyTypes.1", "Someday")], RULE),
    ] {
        world.refused("CreateScheduledScalingRule", &of(&id, &rule(&soon, &changes)), expected).await;
    }
    assert_eq!(rules(&world, &id).await, Vec::<Json>::new());
    let specified = world.running(&[]).await;
    let unsupported = (400, "INVALID_PARAMETER_NOT_SUPPORT");
    world.refused("CreateScheduledScalingRule", &of(&specified, &rule(&soon, &[])), unsupported).await;
    assert_eq!(rules(&world, &specified).await, Vec::<Json>::new());
    // What is raised for good is the measure of what a rule has to raise, and rules stay with it.
    world.ok("CreateScheduledScalingRule", &of(&id, &rule(&soon, &[]))).await;
    let more = json!({ "ReservedPublishCapacity": 200, "ReservedSubscribeCapacity": 60 }).to_string();
    world.ok("UpgradePostPayOrder", &of(&id, &[("ServerlessConfig", &more)])).await;
    let second = (NOW_MS + 5 * 60 * 60_000).to_string();
    let another = rule(&second, &[("RuleName", "another")]);
    world.refused("CreateScheduledScalingRule", &of(&id, &another), RULE).await;
    world.ok("UpdateInstanceConfig", &of(&id, &[("Config", "{\"kafka.log.retention.hours\":30}")])).await;
    assert_eq!(rules(&world, &id).await.len(), 1);
    world.hand.advance(30 * MINUTE);
    assert_eq!(reserved(&world, &id).await, [200, 60]);
    world.ok("ReleaseInstance", &of(&id, &[])).await;
    let state = (400, "BIZ_INSTANCE_STATUS_ERROR");
    for (action, more) in [
        ("CreateScheduledScalingRule", another),
        ("ModifyScheduledScalingRule", vec![("RuleName", "rush"), ("Enable", "false")]),
        ("DeleteScheduledScalingRule", vec![("RuleName", "rush")]),
    ] {
        world.refused(action, &of(&id, &more), state).await;
    }
}
