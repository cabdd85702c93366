//! A private world per test: a data directory, an engine that outlives the control plane, and shorthand.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use control::account::Caller;
use control::config::{ControlConfig, FirstKey, OpenError, Opened, Options, Patience};
use control::engine::Engine;
use control::fail::FailPoints;
use control::group::GroupCreate;
use control::ids::{AccountId, GroupName, InstanceId, Region, TopicName};
use control::instance::{
    Billing, Instance, InstanceOrder, InstanceRelease, InstanceStart, InstanceState, Limits, Settings,
};
use control::testing::FakeEngine;
use control::topic::{Page, Topic, TopicCreate};
use control::{Control, Fault};
use machine::clock::Clock;
use machine::disk::RealDisk;
use machine::random::Random;
use machine::secret::Secret;
use serde_json::json;
use tempfile::TempDir;

pub const ALL: Page = Page { skip: 0, take: usize::MAX };

/// How long a test waits for something that takes milliseconds.
const SOON: Duration = Duration::from_secs(20);

/// What a test's control plane is opened with. Survives the control plane.
pub struct World {
    pub directory: TempDir,
    pub engine: Arc<FakeEngine>,
    pub clock: Clock,
    pub random: Random,
    pub options: Options,
    pub first_key: Option<FirstKey>,
    pub master_key: [u8; 32],
}

impl World {
    pub fn new() -> Self {
        let options = Options {
            slots: 20,
            wait: Duration::from_secs(10),
            patience: Patience {
                pause_first: Duration::from_millis(1),
                pause_max: Duration::from_millis(5),
                attempts: 3,
            },
            // Only when a test asks.
            reconcile_every: Duration::from_secs(86_400),
            fail_points: FailPoints::armed(),
            ..Options::default()
        };
        Self {
            directory: tempfile::tempdir().unwrap(),
            engine: Arc::new(FakeEngine::new()),
            clock: Clock::system(),
            random: Random::system(),
            options,
            first_key: None,
            master_key: [42; 32],
        }
    }

    pub fn database(&self) -> PathBuf {
        self.directory.path().join("weir.db")
    }

    pub fn config(&self) -> ControlConfig {
        ControlConfig {
            database: self.database(),
            disk: Arc::new(RealDisk),
            master_key: Secret::new(self.master_key),
            clock: self.clock.clone(),
            random: self.random.clone(),
            engine: self.engine.clone() as Arc<dyn Engine>,
            first_key: self.first_key.clone(),
            options: self.options.clone(),
        }
    }

    pub async fn try_open(&self) -> Result<Opened, OpenError> {
        Control::open(self.config()).await
    }

    pub async fn open(&self) -> Tenant {
        let opened = self.try_open().await.unwrap();
        Tenant::new(opened.control, opened.first_key.account, "region-a")
    }

    /// Opens it again as a new process would: the engine's clusters are closed.
    pub async fn reopen(&self, before: &Tenant) -> Tenant {
        before.control.close().await;
        self.engine.restart();
        self.open().await
    }
}

/// A control plane as one account in one region sees it.
#[derive(Clone)]
pub struct Tenant {
    pub control: Control,
    pub caller: Caller,
    pub region: Region,
}

impl Tenant {
    pub fn new(control: Control, account: AccountId, region: &str) -> Self {
        let caller = Caller {
            account,
            access_key_id: "test-key".into(),
            request_id: "test-request".into(),
            address: "127.0.0.1".into(),
        };
        Self { control, caller, region: Region::new(region) }
    }

    pub fn in_region(&self, region: &str) -> Self {
        Self { region: Region::new(region), ..self.clone() }
    }

    pub fn of_account(&self, account: &str) -> Self {
        Self::new(self.control.clone(), AccountId::new(account), self.region.as_str())
    }

    pub fn an_order(&self) -> InstanceOrder {
        InstanceOrder {
            region: self.region.clone(),
            id_prefix: "kind-".into(),
            billing: Billing::Postpaid,
            expires_ms: 4_000_000_000_000,
            limits: Limits { topics: 5, partitions: 30, groups: 3 },
            settings: settings(),
            tags: Vec::new(),
            details: json!({ "from": "order" }),
        }
    }

    pub fn a_start(&self, id: &InstanceId) -> InstanceStart {
        InstanceStart {
            region: self.region.clone(),
            id: id.clone(),
            name: None,
            version: "2.2.0".into(),
            settings: settings(),
            details: json!({ "from": "start" }),
        }
    }

    pub fn a_topic(&self, id: &InstanceId, name: &str) -> TopicCreate {
        TopicCreate {
            region: self.region.clone(),
            instance: id.clone(),
            name: TopicName::new(name),
            partitions: 2,
            remark: "remark".into(),
            local: false,
            compact: false,
            config: BTreeMap::new(),
            config_text: "{}".into(),
            tags: Vec::new(),
        }
    }

    pub fn a_group(&self, id: &InstanceId, name: &str) -> GroupCreate {
        GroupCreate {
            region: self.region.clone(),
            instance: id.clone(),
            name: GroupName::new(name),
            remark: "remark".into(),
            tags: Vec::new(),
        }
    }

    pub async fn order(&self) -> InstanceId {
        let ordered = self.control.instance_order(&self.caller, self.an_order()).await.unwrap();
        ordered.into_inner().instance_id
    }

    pub async fn start(&self, id: &InstanceId) -> Result<(), Fault> {
        self.control.instance_start(&self.caller, self.a_start(id)).await.map(|done| done.into_inner())
    }

    /// An instance that runs.
    pub async fn running(&self) -> InstanceId {
        let id = self.order().await;
        self.start(&id).await.unwrap();
        self.until(&id, InstanceState::Running).await;
        id
    }

    pub async fn find(&self, id: &InstanceId) -> Result<Instance, Fault> {
        self.control.instance_find(&self.caller, &self.region, id).await
    }

    pub async fn until(&self, id: &InstanceId, state: InstanceState) -> Instance {
        eventually(|| async {
            let instance = self.find(id).await.unwrap();
            (instance.state == state).then_some(instance)
        })
        .await
    }

    pub async fn until_no_operation(&self) {
        eventually(|| async { (self.control.stats().await.unwrap().operations_running == 0).then_some(()) })
            .await;
    }

    pub async fn release(&self, id: &InstanceId, force: bool) -> Result<(), Fault> {
        let release = InstanceRelease { region: self.region.clone(), id: id.clone(), force };
        self.control.instance_release(&self.caller, release).await.map(|done| done.into_inner())
    }

    pub async fn delete(&self, id: &InstanceId) -> Result<(), Fault> {
        self.control.instance_delete(&self.caller, &self.region, id).await.map(|done| done.into_inner())
    }

    pub async fn topic_create(&self, id: &InstanceId, name: &str) -> Result<(), Fault> {
        let create = self.a_topic(id, name);
        self.control.topic_create(&self.caller, create).await.map(|done| done.into_inner())
    }

    pub async fn topic_delete(&self, id: &InstanceId, name: &str) -> Result<(), Fault> {
        let name = TopicName::new(name);
        let delete = self.control.topic_delete(&self.caller, &self.region, id, &name);
        delete.await.map(|done| done.into_inner())
    }

    pub async fn topics(&self, id: &InstanceId) -> Vec<Topic> {
        let list = self.control.topic_list(&self.caller, Some(&self.region), id, None, ALL);
        list.await.unwrap().items
    }

    pub async fn topic_names(&self, id: &InstanceId) -> Vec<String> {
        self.topics(id).await.into_iter().map(|topic| topic.name.into_string()).collect()
    }

    pub async fn group_create(&self, id: &InstanceId, name: &str) -> Result<(), Fault> {
        let create = self.a_group(id, name);
        self.control.group_create(&self.caller, create).await.map(|done| done.into_inner())
    }

    pub async fn group_delete(&self, id: &InstanceId, name: &str) -> Result<(), Fault> {
        let name = GroupName::new(name);
        let delete = self.control.group_delete(&self.caller, &self.region, id, &name);
        delete.await.map(|done| done.into_inner())
    }

    pub async fn group_names(&self, id: &InstanceId) -> Vec<String> {
        let list = self.control.group_list(&self.caller, &self.region, id, None).await.unwrap();
        list.into_iter().map(|group| group.name.into_string()).collect()
    }
}

pub fn settings() -> Settings {
    Settings {
        acl_enabled: false,
        private_tls_enabled: false,
        retention_hours: 72,
        message_bytes_max: 1_048_576,
        extra: BTreeMap::new(),
    }
}

/// Looks again until there is something, which has to be soon.
pub async fn eventually<T, F: Future<Output = Option<T>>>(look: impl Fn() -> F) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, looking).await.expect("it should have happened by now")
}
