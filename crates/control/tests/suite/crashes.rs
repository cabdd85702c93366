//! Every operation, broken at every step: before it, after its effect, after its record.
//!
//! The steps come from the crate itself, so a new one is covered the day it appears (or this fails for want of
//! a scenario).

use control::allowed::AllowedEdit;
use control::engine::EngineError;
use control::fail::{Break, Place};
use control::group::ResetTo;
use control::ids::InstanceId;
use control::instance::{Access, Billing, InstanceOrder, InstanceState};
use control::operation_steps;
use control::testing::FakeEngine;
use control::user::LoginKind;
use serde_json::json;

use crate::audit::outcomes;
use crate::world::{Tenant, World, address, eventually, rule};

const PLACES: [Place; 3] = [Place::Before, Place::AfterEffect, Place::AfterRecord];

/// Something that sets an operation off, and what has to be true when it has ended.
struct Scenario {
    world: World,
    id: Option<InstanceId>,
    kind: &'static str,
    step: &'static str,
}

impl Scenario {
    fn new(kind: &'static str, step: &'static str) -> Self {
        let mut world = World::new();
        world.options.renewal = false;
        Self { world, id: None, kind, step }
    }

    /// Everything before the operation.
    async fn prepare(&mut self, tenant: &Tenant) {
        let id = match self.kind {
            "instance_start" => {
                if self.step == "choose_slot" {
                    self.world.engine.port_take(FakeEngine::PORT_BASE);
                }
                tenant.order().await
            }
            "instance_start_undo" => tenant.order().await,
            "instance_expire" => {
                let order = InstanceOrder { billing: Billing::Prepaid, expires_ms: 1, ..tenant.an_order() };
                let ordered = tenant.control.instance_order(&tenant.caller, order).await.unwrap();
                let id = ordered.into_inner().instance_id;
                tenant.start(&id).await.unwrap();
                tenant.until(&id, InstanceState::Running).await;
                id
            }
            _ => tenant.running().await,
        };
        match self.kind {
            "instance_configure" | "instance_configure_undo" => {
                tenant.topic_create(&id, "events").await.unwrap();
            }
            "instance_stop" => tenant.topic_create(&id, "events").await.unwrap(),
            "instance_reopen" | "instance_reopen_undo" => {
                tenant.topic_create(&id, "events").await.unwrap();
                tenant.stop(&id).await.unwrap();
            }
            "topic_delete"
            | "topic_grow"
            | "topic_grow_undo"
            | "topic_configure"
            | "topic_configure_undo"
            | "instance_release" => {
                tenant.topic_create(&id, "events").await.unwrap();
            }
            "group_delete" => {
                tenant.group_create(&id, "readers").await.unwrap();
                tenant.topic_create(&id, "events").await.unwrap();
                self.world.engine.commit(&id, "readers", "events", 0, 5, 1_000);
            }
            "group_reset" => {
                tenant.topic_create(&id, "events").await.unwrap();
                self.world.engine.commit(&id, "readers", "events", 0, 5, 1_000);
                self.world.engine.produce(&id, "events", 1, 9, 1_000);
            }
            "instance_delete" => tenant.release(&id, false).await.unwrap(),
            "user_delete" => {
                tenant.user_put(&id, "writer", "before").await.unwrap();
                tenant.user_put(&id, "reader", "stays").await.unwrap();
            }
            "rules_change" => {
                tenant.topic_create(&id, "events").await.unwrap();
                tenant.configure(&id, |settings| settings.acl_enabled = true).await.unwrap();
            }
            _ => {}
        }
        self.id = Some(id);
    }

    /// Asks for the operation. What the caller is told does not matter here.
    async fn act(&self, tenant: &Tenant) {
        let id = self.id.as_ref().unwrap();
        let engine = &self.world.engine;
        let refuse = |call| {
            for _ in 0..3 {
                engine.fail_next(call, true, || EngineError::Failed("no answer".into()));
            }
        };
        let _ = match self.kind {
            "instance_start" => tenant.start(id).await,
            "instance_start_undo" => {
                refuse("cluster_open");
                tenant.start(id).await
            }
            "instance_configure" => tenant.configure(id, |settings| settings.retention_hours = 24).await,
            "instance_configure_undo" => {
                refuse("cluster_configure");
                tenant.configure(id, |settings| settings.retention_hours = 24).await
            }
            "instance_stop" => tenant.stop(id).await,
            "instance_reopen" => tenant.reopen(id).await,
            "instance_reopen_undo" => {
                refuse("cluster_open");
                tenant.reopen(id).await
            }
            "instance_release" => tenant.release(id, true).await,
            "instance_expire" => tenant.control.reconcile().await,
            "instance_delete" => tenant.delete(id).await,
            "topic_create" => tenant.topic_create(id, "events").await,
            "topic_create_undo" => {
                refuse("topic_create");
                tenant.topic_create(id, "events").await
            }
            "topic_delete" => tenant.topic_delete(id, "events").await,
            "topic_grow" => tenant.grow(id, "events", 3).await,
            "topic_grow_undo" => {
                refuse("topic_grow");
                tenant.grow(id, "events", 3).await
            }
            "topic_configure" => tenant.topic_configure(id, "events", "retention.ms", "5").await,
            "topic_configure_undo" => {
                refuse("topic_configure");
                tenant.topic_configure(id, "events", "retention.ms", "5").await
            }
            "group_delete" => tenant.group_delete(id, "readers").await,
            "group_reset" => tenant.reset(id, "readers", None, ResetTo::Latest).await,
            "allowed_change" => {
                let both = ["10.1.2.3/8", "127.0.0.1"].map(address).to_vec();
                tenant.allow(id, Access::Plain, AllowedEdit::Add(both)).await
            }
            "user_put" => tenant.user_put(id, "writer", "after").await,
            "user_delete" => tenant.user_delete(id, "writer", LoginKind::Plain).await,
            "rules_change" => tenant.grant(id, &[rule("alice", "events"), rule("*", "events")]).await,
            unknown => panic!("write a scenario for {unknown}"),
        };
    }

    /// What has to be true at the end: finished, nothing left over, nothing twice.
    async fn check(&self, tenant: &Tenant) {
        let id = self.id.as_ref().unwrap();
        let engine = &self.world.engine;
        let state = tenant.find(id).await.map(|instance| instance.state).ok();
        let (action, outcome) = match self.kind {
            "instance_start" => {
                assert_eq!(state, Some(InstanceState::Running));
                assert_eq!(engine.clusters(), vec![id.clone()]);
                let slot = u16::from(self.step == "choose_slot");
                assert_eq!(engine.open_slot(id), Some(slot));
                ("instance_start", "done")
            }
            "instance_start_undo" => {
                assert_eq!(state, Some(InstanceState::Ordered));
                assert!(tenant.find(id).await.unwrap().failure.is_some());
                assert!(engine.clusters().is_empty());
                ("instance_start", "undone")
            }
            "instance_configure" | "instance_configure_undo" => {
                let instance = tenant.find(id).await.unwrap();
                let (hours, from, outcome) = match self.kind {
                    "instance_configure" => (24, "configure", "done"),
                    _ => (72, "start", "undone"),
                };
                assert_eq!((instance.state, instance.endpoints.len()), (InstanceState::Running, 1));
                assert_eq!(
                    (instance.settings.retention_hours, &instance.details["from"]),
                    (hours, &json!(from))
                );
                assert_eq!(engine.settings(id).unwrap().retention_hours, hours, "as the record says");
                assert_eq!(engine.topics(id).len(), 1);
                ("instance_configure", outcome)
            }
            "instance_stop" | "instance_reopen_undo" => {
                let instance = tenant.find(id).await.unwrap();
                assert_eq!((instance.state, instance.endpoints.len()), (InstanceState::Stopped, 0));
                assert_eq!((engine.open_slot(id), engine.topics(id).len()), (None, 1));
                assert_eq!(instance.failure.is_some(), self.kind == "instance_reopen_undo");
                // Its ports are kept: another instance gets others.
                let other = tenant.running().await;
                assert_eq!(engine.open_slot(&other), Some(1));
                match self.kind {
                    "instance_stop" => ("instance_stop", "done"),
                    _ => ("instance_reopen", "undone"),
                }
            }
            "instance_reopen" => {
                let instance = tenant.find(id).await.unwrap();
                assert_eq!((instance.state, instance.endpoints.len()), (InstanceState::Running, 1));
                assert_eq!((engine.open_slot(id), engine.topics(id).len()), (Some(0), 1));
                ("instance_reopen", "done")
            }
            "instance_release" => {
                assert_eq!(state, Some(InstanceState::Released));
                assert!(engine.clusters().is_empty());
                ("instance_release", "done")
            }
            "instance_expire" => {
                assert_eq!(state, Some(InstanceState::Expired));
                assert_eq!(engine.clusters(), vec![id.clone()]);
                assert_eq!(engine.open_slot(id), None);
                ("instance_expire", "done")
            }
            "instance_delete" => {
                assert_eq!(state, None);
                assert!(engine.clusters().is_empty());
                ("instance_delete", "done")
            }
            "topic_create" => {
                let topics = tenant.topics(id).await;
                assert_eq!(topics.len(), 1);
                assert!(!topics[0].automatic && topics[0].remark == "remark");
                assert_eq!(engine.topics(id).len(), 1);
                ("topic_create", "done")
            }
            "topic_create_undo" => {
                assert!(engine.topics(id).is_empty());
                // Nothing is left in the store either: the name is free.
                tenant.topic_create(id, "events").await.unwrap();
                tenant.topic_delete(id, "events").await.unwrap();
                ("topic_create", "undone")
            }
            "topic_delete" => {
                assert!(engine.topics(id).is_empty());
                tenant.topic_create(id, "events").await.unwrap();
                ("topic_delete", "done")
            }
            "topic_grow" => {
                assert_eq!(engine.topics(id)[0].partitions, 2 + 3, "added once");
                ("topic_grow", "done")
            }
            "topic_grow_undo" => {
                // The answers were lost, the partitions are there, and they count.
                assert_eq!(engine.topics(id)[0].partitions, 2 + 3);
                tenant.grow(id, "events", 1).await.unwrap();
                assert_eq!(engine.topics(id)[0].partitions, 2 + 3 + 1);
                ("topic_grow", "undone")
            }
            "topic_configure" | "topic_configure_undo" => {
                let (shown, outcome) = match self.kind {
                    "topic_configure" => (r#"{"retention.ms":"5"}"#, "done"),
                    _ => ("{}", "undone"),
                };
                assert_eq!(tenant.topics(id).await[0].config_text, shown);
                let held = json!(engine.topics(id)[0].config).to_string();
                assert_eq!(held, shown, "as the record says");
                ("topic_configure", outcome)
            }
            "group_delete" => {
                assert!(tenant.group_names(id).await.is_empty());
                tenant.group_create(id, "readers").await.unwrap();
                ("group_delete", "done")
            }
            "group_reset" => {
                let committed = |partition| engine.committed(id, "readers", "events", partition);
                assert_eq!((committed(0), committed(1)), (Some(0), Some(9)));
                ("group_reset", "done")
            }
            "allowed_change" => {
                assert_eq!(tenant.allowed(id, Access::Plain).await, ["0.0.0.0/0", "10.1.2.3/8", "127.0.0.1"]);
                assert_eq!(engine.allowed(id, Access::Plain), ["0.0.0.0/0", "10.0.0.0/8", "127.0.0.1/32"]);
                ("allowed_change", "done")
            }
            "user_put" => {
                assert_eq!(tenant.users(id).await, ["writer Plain after"]);
                assert_eq!(engine.users(id), ["writer Plain after"]);
                ("user_put", "done")
            }
            "user_delete" => {
                assert_eq!(tenant.users(id).await, ["reader Plain stays"]);
                assert_eq!(engine.users(id), ["reader Plain stays"]);
                ("user_delete", "done")
            }
            "rules_change" => {
                let both = [rule("alice", "events"), rule("*", "events")];
                assert_eq!(tenant.rules(id).await, both);
                assert_eq!(engine.rules(id), both);
                ("rules_change", "done")
            }
            unknown => panic!("say what is to be true after {unknown}"),
        };
        tenant.control.reconcile().await.unwrap();
        let stats = tenant.control.stats().await.unwrap();
        assert!(stats.stray.is_empty(), "{stats:?}");
        assert!(tenant.control.audit_verify().await.unwrap().damage.is_empty());
        tenant.control.close().await;
        let recorded = outcomes(&self.world, action).await;
        assert_eq!(recorded.iter().filter(|found| *found == outcome).count(), 1, "{action}: {recorded:?}");
    }
}

/// All steps of all operations.
fn steps() -> impl Iterator<Item = (&'static str, &'static str)> {
    operation_steps().into_iter().flat_map(|(kind, steps)| steps.into_iter().map(move |step| (kind, step)))
}

/// Waits until the break has come by.
async fn until_broken(scenario: &Scenario) {
    let points = &scenario.world.options.fail_points;
    eventually(|| async { (points.left() == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_crash_anywhere_is_finished_after_the_restart() {
    for (kind, step) in steps() {
        for place in PLACES {
            println!("{kind}.{step}, {place:?}");
            let mut scenario = Scenario::new(kind, step);
            let tenant = scenario.world.open().await;
            scenario.prepare(&tenant).await;
            scenario.world.options.fail_points.add(kind, step, place, Break::Crash, 1);
            scenario.act(&tenant).await;
            until_broken(&scenario).await;
            let tenant = scenario.world.reopen(&tenant).await;
            tenant.until_no_operation().await;
            scenario.check(&tenant).await;
        }
    }
}

#[tokio::test]
async fn a_crash_while_recovering_from_the_same_crash_is_finished_too() {
    for (kind, step) in steps() {
        for place in PLACES {
            println!("{kind}.{step}, {place:?}");
            let mut scenario = Scenario::new(kind, step);
            let points = scenario.world.options.fail_points.clone();
            let tenant = scenario.world.open().await;
            scenario.prepare(&tenant).await;
            points.add(kind, step, place, Break::Crash, 1);
            scenario.act(&tenant).await;
            until_broken(&scenario).await;

            points.add(kind, step, place, Break::Crash, 1);
            let tenant = scenario.world.reopen(&tenant).await;
            // After the last record there is nothing to recover, so it does not come by again.
            eventually(|| async {
                let idle = tenant.control.stats().await.unwrap().operations_running == 0;
                (points.left() == 0 || idle).then_some(())
            })
            .await;
            let tenant = scenario.world.reopen(&tenant).await;
            points.clear();
            tenant.until_no_operation().await;
            scenario.check(&tenant).await;
        }
    }
}

#[tokio::test]
async fn a_failure_anywhere_is_overcome() {
    for (kind, step) in steps() {
        for place in [Place::Before, Place::AfterEffect] {
            println!("{kind}.{step}, {place:?}");
            let mut scenario = Scenario::new(kind, step);
            let tenant = scenario.world.open().await;
            scenario.prepare(&tenant).await;
            // One less than an operation that can be undone puts up with.
            scenario.world.options.fail_points.add(kind, step, place, Break::Fail, 2);
            scenario.act(&tenant).await;
            until_broken(&scenario).await;
            tenant.until_no_operation().await;
            scenario.check(&tenant).await;
        }
    }
}
