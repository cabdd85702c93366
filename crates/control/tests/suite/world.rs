//! A private world per test: a data directory, an engine that outlives the control plane, and shorthand.

use std::collections::BTreeMap;
use std::future::Future;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use control::account::Caller;
use control::allowed::{AllowedAddress, AllowedChange, AllowedEdit};
use control::client::{ClientQuery, ClientSubject, SeenClients};
use control::config::{ControlConfig, FirstKey, OpenError, Opened, Options, Patience};
use control::engine::Engine;
use control::fail::FailPoints;
use control::fault::Absent;
use control::group::{GroupCreate, GroupReset, ResetTo};
use control::ids::{AccountId, GroupName, InstanceId, OrderId, Region, TopicName, UserName};
use control::instance::{
    Access, Billing, Instance, InstanceConfigure, InstanceConvert, InstanceOrder, InstanceRelease,
    InstanceStart, InstanceState, Limits, Resources, Settings, Traffic,
};
use control::message::{Message, MessageLimits, MessageQuery, MessagesFrom};
use control::rule::{
    Rule, RuleFilter, RuleNames, RuleOperation, RulePattern, RulePermission, RuleResource, RuleUser,
    RulesGrant, RulesWithdraw, WrittenRule,
};
use control::testing::FakeEngine;
use control::topic::{Page, Topic, TopicConfigure, TopicCreate, TopicGrow, TopicNote};
use control::user::{LoginKind, User, UserPut, UserRef};
use control::{Committed, Control, Fault};
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
            user: None,
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
            limits: Limits {
                topics: 5,
                partitions: 30,
                groups: 3,
                resources: Resources {
                    disk_bytes: Some(500),
                    traffic: Traffic { sent: NonZeroU64::new(500), ..Traffic::default() },
                },
            },
            settings: settings(),
            resource_group: None,
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
            placement: control::placement::PlacementQuery::default(),
            first_user: None,
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

    /// Changes the settings of an instance as it is now.
    pub async fn configure(&self, id: &InstanceId, change: impl FnOnce(&mut Settings)) -> Result<(), Fault> {
        let seen = self.find(id).await?;
        let mut settings = seen.settings.clone();
        change(&mut settings);
        let details = json!({ "from": "configure" });
        let configure = InstanceConfigure { seen, settings, details };
        self.control.instance_configure(&self.caller, configure).await.map(Committed::into_inner)
    }

    pub async fn convert(&self, id: &InstanceId) -> Result<OrderId, Fault> {
        let convert =
            InstanceConvert { region: self.region.clone(), id: id.clone(), expires_ms: 4_000_000_000_000 };
        self.control.instance_convert(&self.caller, convert).await.map(Committed::into_inner)
    }

    pub async fn remark(&self, id: &InstanceId, topic: &str, remark: &str) -> Result<(), Fault> {
        let note = TopicNote {
            region: self.region.clone(),
            instance: id.clone(),
            topic: TopicName::new(topic),
            remark: remark.into(),
        };
        self.control.topic_remark(&self.caller, note).await.map(Committed::into_inner)
    }

    pub async fn stop(&self, id: &InstanceId) -> Result<(), Fault> {
        self.control.instance_stop(&self.caller, &self.region, id).await.map(Committed::into_inner)
    }

    pub async fn reopen(&self, id: &InstanceId) -> Result<(), Fault> {
        self.control.instance_reopen(&self.caller, &self.region, id).await.map(Committed::into_inner)
    }

    pub async fn release(&self, id: &InstanceId, force: bool) -> Result<(), Fault> {
        let release = InstanceRelease { region: self.region.clone(), id: id.clone(), force };
        self.control.instance_release(&self.caller, release).await.map(|done| done.into_inner())
    }

    pub async fn delete(&self, id: &InstanceId) -> Result<(), Fault> {
        self.control.instance_delete(&self.caller, &self.region, id).await.map(|done| done.into_inner())
    }

    pub async fn allow(&self, id: &InstanceId, access: Access, edit: AllowedEdit) -> Result<(), Fault> {
        let change = AllowedChange { region: self.region.clone(), instance: id.clone(), access, edit };
        self.control.allowed_change(&self.caller, change).await.map(Committed::into_inner)
    }

    /// The list of one way in.
    pub async fn allowed(&self, id: &InstanceId, access: Access) -> Vec<String> {
        let lists = self.control.allowed_list(&self.caller, &self.region, id).await.unwrap();
        lists[&access].iter().map(ToString::to_string).collect()
    }

    /// Makes a user who logs in with a password, or gives one another.
    pub async fn user_put(&self, id: &InstanceId, name: &str, password: &str) -> Result<(), Fault> {
        let put = self.a_user(id, name, LoginKind::Plain, password);
        self.control.user_put(&self.caller, put).await.map(Committed::into_inner)
    }

    pub fn a_user(&self, id: &InstanceId, name: &str, kind: LoginKind, password: &str) -> UserPut {
        UserPut {
            region: self.region.clone(),
            instance: id.clone(),
            name: UserName::new(name),
            kind,
            mechanism: None,
            password: Secret::new(password.into()),
        }
    }

    pub async fn user_delete(&self, id: &InstanceId, name: &str, kind: LoginKind) -> Result<(), Fault> {
        let (region, instance) = (self.region.clone(), id.clone());
        let user = UserRef { region, instance, name: UserName::new(name), kind };
        self.control.user_delete(&self.caller, &user).await.map(Committed::into_inner)
    }

    /// The users of an instance, as `name mechanism password`.
    pub async fn users(&self, id: &InstanceId) -> Vec<String> {
        let users = self.control.user_list(&self.caller, &self.region, id).await.unwrap();
        let shown = |user: User| format!("{} {:?} {}", user.name, user.mechanism, user.password.expose());
        users.into_iter().map(shown).collect()
    }

    pub async fn grant(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), Fault> {
        let written = |rule: &Rule| WrittenRule { rule: rule.clone(), spelling: json!("as written") };
        let rules = rules.iter().map(written).collect();
        let grant = RulesGrant { region: self.region.clone(), instance: id.clone(), rules };
        self.control.rules_grant(&self.caller, grant).await.map(Committed::into_inner)
    }

    pub async fn withdraw(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), Fault> {
        self.withdraw_met(id, rules.iter().map(RuleFilter::exactly).collect()).await
    }

    pub async fn withdraw_met(&self, id: &InstanceId, filters: Vec<RuleFilter>) -> Result<(), Fault> {
        let (region, instance) = (self.region.clone(), id.clone());
        let withdraw = RulesWithdraw { region, instance, filters };
        self.control.rules_withdraw(&self.caller, withdraw).await.map(Committed::into_inner)
    }

    /// All rules that mean something now.
    pub async fn rules(&self, id: &InstanceId) -> Vec<Rule> {
        let filter = RuleFilter::default();
        let listed = self.control.rules_list(&self.caller, &self.region, id, &filter).await.unwrap();
        listed.into_iter().map(|written| written.rule).collect()
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

    pub async fn grow(&self, id: &InstanceId, topic: &str, more: u32) -> Result<(), Fault> {
        let grow = TopicGrow {
            region: self.region.clone(),
            instance: id.clone(),
            topic: TopicName::new(topic),
            more,
            limit: 20,
        };
        self.control.topic_grow(&self.caller, grow).await.map(Committed::into_inner)
    }

    /// Gives a topic one setting, and takes from it what it had from its owner.
    pub async fn topic_configure(
        &self,
        id: &InstanceId,
        topic: &str,
        name: &str,
        value: &str,
    ) -> Result<(), Fault> {
        let configure = self.a_configure(id, topic, name, value).await?;
        self.control.topic_configure(&self.caller, configure).await.map(Committed::into_inner)
    }

    /// As it is worked out from what is seen now.
    pub async fn a_configure(
        &self,
        id: &InstanceId,
        topic: &str,
        name: &str,
        value: &str,
    ) -> Result<TopicConfigure, Fault> {
        let topic = TopicName::new(topic);
        let listed = self.control.topic_list(&self.caller, Some(&self.region), id, Some(&topic), ALL).await?;
        let seen = listed.items().first().cloned().ok_or_else(|| Absent::Topic(topic.to_string()))?;
        let before: BTreeMap<String, String> = serde_json::from_str(&seen.config_text).unwrap();
        let with = BTreeMap::from([(name.to_owned(), value.to_owned())]);
        Ok(TopicConfigure {
            region: self.region.clone(),
            instance: id.clone(),
            seen,
            without: before.into_keys().collect(),
            config_text: serde_json::to_string(&with).unwrap(),
            with,
        })
    }

    pub async fn reset(
        &self,
        id: &InstanceId,
        group: &str,
        topic: Option<&str>,
        to: ResetTo,
    ) -> Result<(), Fault> {
        let reset = GroupReset {
            region: self.region.clone(),
            instance: id.clone(),
            group: GroupName::new(group),
            topic: topic.map(TopicName::new),
            to,
        };
        self.control.group_reset(&self.caller, reset).await.map(Committed::into_inner)
    }

    pub async fn messages(
        &self,
        id: &InstanceId,
        topic: &str,
        from: MessagesFrom,
    ) -> Result<Vec<Message>, Fault> {
        let query = MessageQuery {
            region: self.region.clone(),
            instance: id.clone(),
            topic: TopicName::new(topic),
            from,
            limits: MessageLimits { messages: 4, bytes: 100, excerpt_bytes: 5 },
        };
        self.control.message_list(&self.caller, query).await
    }

    pub async fn clients(&self, id: &InstanceId) -> Result<Vec<SeenClients>, Fault> {
        let query = ClientQuery {
            region: self.region.clone(),
            instance: id.clone(),
            subject: ClientSubject::Instance,
            from_ms: 0,
            to_ms: i64::MAX,
        };
        self.control.client_list(&self.caller, query).await
    }

    pub async fn topics(&self, id: &InstanceId) -> Vec<Topic> {
        let list = self.control.topic_list(&self.caller, Some(&self.region), id, None, ALL);
        list.await.unwrap().items().to_vec()
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

pub fn address(text: &str) -> AllowedAddress {
    AllowedAddress::parse(text).unwrap()
}

/// Lets a user read a topic.
pub fn rule(user: &str, topic: &str) -> Rule {
    Rule {
        user: RuleUser::new(user),
        resource: RuleResource::Topic,
        names: RuleNames::new(RulePattern::Literal, topic),
        operation: RuleOperation::Read,
        permission: RulePermission::Allow,
        host: None,
    }
}

pub fn settings() -> Settings {
    Settings {
        acl_enabled: false,
        private_tls_enabled: false,
        public_tls_enabled: false,
        retention_hours: 72,
        message_bytes_max: 1_048_576,
        extra: BTreeMap::new(),
        automatic_groups: false,
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
