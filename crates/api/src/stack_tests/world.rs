//! A front of its own for each test, and a client that signs for it.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use control::Control;
use control::config::{ControlConfig, FirstKey, Options};
use control::ids::InstanceId;
use control::testing::FakeEngine;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use machine::clock::{Clock, HeldClock};
use machine::commit::Committer;
use machine::disk::Disk;
use machine::disk::RealDisk;
use machine::random::Random;
use machine::secret::Secret;
use prometheus_client::registry::Registry;
use serde_json::Value as Json;
use tempfile::TempDir;

use super::pages;
use crate::client::{Signature, sign_rpc_request, sign_rpc_url};
use crate::dialects::aliyun::Regions;
use crate::dialects::aliyun::envelope::ListShape;
use crate::dialects::aliyun::policies::LANGUAGE;
use crate::metrics::Metrics;
use crate::rate::{RateLimiter, RateLimits};
use crate::replay::ReplayGuard;
use crate::stack::Stack;

pub(crate) const KEY_ID: &str = "testid";
pub(crate) const SECRET: &str = "testsecret";
/// 2022-06-24T08:00:30Z, the time of the recorded vectors.
pub(crate) const NOW_MS: i64 = 1_656_057_630_000;
pub(crate) const HOST: &str = "127.0.0.1:4680";

pub(crate) struct World {
    pub(crate) stack: Stack,
    pub(crate) engine: Arc<FakeEngine>,
    pub(crate) hand: HeldClock,
    pub(crate) clock: Clock,
    account: String,
    nonces: AtomicU64,
    folder: TempDir,
}

/// A reply, taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) async fn open() -> Self {
        let off = RateLimits { off: true, ..RateLimits::default() };
        Self::open_with(off).await
    }

    pub(crate) async fn open_with(limits: RateLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::held(NOW_MS);
        let random = Random::seeded(7);
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let engine = Arc::new(FakeEngine::new());
        let control = Control::open(ControlConfig {
            database: folder.path().join("weir.db"),
            disk: disk.clone(),
            master_key: Secret::new([9; 32]),
            clock: clock.clone(),
            random: random.clone(),
            engine: engine.clone(),
            first_key: Some(FirstKey { id: KEY_ID.into(), secret: Secret::new(SECRET.into()) }),
            options: Options { language: LANGUAGE, ..Options::default() },
        });
        let opened = control.await.unwrap();
        let (control, account) = (opened.control, opened.first_key.account.into_string());
        let committer = Committer::start(disk.clone(), folder.path(), clock.clone()).unwrap();
        let stack = Stack {
            control,
            clock: clock.clone(),
            random: random.clone(),
            regions: Arc::new(Regions::new([])),
            replay: Arc::new(ReplayGuard::open(&disk, &committer, folder.path(), &random).unwrap()),
            rates: RateLimiter::new(limits, clock.clone()),
            metrics: Metrics::register(&mut Registry::default()),
            bodies: Stack::budget(),
            list_shape: ListShape::Sdk,
            hide_passwords: false,
        };
        Self { stack, engine, hand, clock, account, nonces: AtomicU64::new(0), folder }
    }

    /// The stack alone, and the folder that it needs as long as it is used.
    pub(crate) fn into_stack(self) -> (Stack, TempDir) {
        (self.stack, self.folder)
    }

    /// From now on replies have this shape.
    pub(crate) fn shape_lists(&mut self, shape: ListShape) {
        self.stack.list_shape = shape;
    }

    /// From now on replies show no passwords.
    pub(crate) fn hide_passwords(&mut self) {
        self.stack.hide_passwords = true;
    }

    /// Where the store is.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("weir.db")
    }

    /// The account that the world's key belongs to.
    pub(crate) fn account(&self) -> String {
        self.account.clone()
    }

    /// A nonce that this world has not used.
    pub(crate) fn nonce(&self) -> String {
        format!("nonce-{}", self.nonces.fetch_add(1, Ordering::Relaxed))
    }

    /// The time on this world's clock, as requests carry it.
    pub(crate) fn timestamp(&self) -> String {
        timestamp(self.clock.now_ms())
    }

    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        let response = self.stack.answer(request, IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let answer = Answer { status: head.status, headers: head.headers, text };
        assert!(pages::tell_of(&answer.outcome().1), "no page tells of this: {}", answer.text);
        answer
    }

    /// Calls with POST and asks for JSON.
    pub(crate) async fn post(&self, action: &str, parameters: &[(&str, &str)]) -> Answer {
        let (nonce, timestamp) = (self.nonce(), self.timestamp());
        self.send(post(action, parameters, &signer(&nonce, &timestamp))).await
    }

    /// Calls with GET and asks for `format`.
    pub(crate) async fn get(&self, action: &str, format: &str, parameters: &[(&str, &str)]) -> Answer {
        let (nonce, timestamp) = (self.nonce(), self.timestamp());
        self.send(get(action, format, parameters, &signer(&nonce, &timestamp))).await
    }

    /// Calls and must succeed.
    pub(crate) async fn ok(&self, action: &str, parameters: &[(&str, &str)]) -> Json {
        let answer = self.post(action, parameters).await;
        assert_eq!(answer.status, 200, "{action} {parameters:?}: {}", answer.text);
        answer.json()
    }

    /// Calls and must be refused with this status and code.
    pub(crate) async fn refused(&self, action: &str, parameters: &[(&str, &str)], expected: (u16, &str)) {
        let answer = self.post(action, parameters).await;
        assert_eq!(answer.outcome(), (expected.0, expected.1.to_owned()), "{action} {parameters:?}");
    }

    /// Calls an action of another product and must succeed.
    pub(crate) async fn ok_of(&self, version: &str, action: &str, parameters: &[(&str, &str)]) -> Json {
        self.ok(action, &[&[("Version", version)], parameters].concat()).await
    }

    /// Buys an instance and gives its id.
    pub(crate) async fn ordered(&self, changes: &[(&str, &str)]) -> String {
        let mut order = vec![
            ("RegionId", "cn-hangzhou"),
            ("TopicQuota", "50"),
            ("DiskType", "0"),
            ("DiskSize", "500"),
            ("DeployType", "5"),
            ("IoMax", "20"),
        ];
        order.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
        order.extend(changes);
        let order_id = self.ok("CreatePostPayOrder", &order).await["OrderId"].as_str().unwrap().to_owned();
        let filter = [("RegionId", "cn-hangzhou"), ("OrderId", order_id.as_str())];
        let listed = self.ok("GetInstanceList", &filter).await;
        listed["InstanceList"]["InstanceVO"][0]["InstanceId"].as_str().unwrap().to_owned()
    }

    /// Buys an instance, starts it and waits until it runs.
    pub(crate) async fn running(&self, changes: &[(&str, &str)]) -> String {
        let id = self.ordered(changes).await;
        let start =
            [("RegionId", "cn-hangzhou"), ("InstanceId", &id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        self.ok("StartInstance", &start).await;
        self.until_status(&id, 5).await;
        id
    }

    /// Buys and deploys a serverless instance with 60 MB/s reserved each way, and gives its id.
    pub(crate) async fn serverless(&self) -> String {
        let order = [
            ("RegionId", "cn-hangzhou"),
            ("DeployType", "5"),
            ("PaidType", "3"),
            ("ServerlessConfig", "{\"ReservedPublishCapacity\":60,\"ReservedSubscribeCapacity\":60}"),
        ];
        let bought = self.ok("CreatePostPayInstance", &order).await;
        let id = bought["Data"]["InstanceId"].as_str().unwrap().to_owned();
        let start =
            [("RegionId", "cn-hangzhou"), ("InstanceId", &id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        self.ok("StartInstance", &start).await;
        self.until_status(&id, 5).await;
        id
    }

    /// Asks until an instance has this ServiceStatus. The engine in memory is fast; no time has to pass.
    pub(crate) async fn until_status(&self, id: &str, status: u64) {
        for _ in 0..10_000 {
            if self.instance(id).await["ServiceStatus"] == status {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("{id} does not reach status {status}: {}", self.instance(id).await);
    }

    /// What GetInstanceList shows of an instance; null when it is not listed.
    pub(crate) async fn instance(&self, id: &str) -> Json {
        let listed = self.ok("GetInstanceList", &[("RegionId", "cn-hangzhou"), ("InstanceId.1", id)]).await;
        listed["InstanceList"]["InstanceVO"][0].clone()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Status, and code of a refusal or `OK`, from either format.
    pub(crate) fn outcome(&self) -> (u16, String) {
        let status = self.status.as_u16();
        if status == 200 {
            return (status, "OK".to_owned());
        }
        let code = match self.text.starts_with('{') {
            true => self.json()["Code"].as_str().expect("a code is text").to_owned(),
            false => between(&self.text, "<Code>", "</Code>").to_owned(),
        };
        (status, code)
    }
}

/// The text between two marks.
pub(crate) fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap_or_else(|| panic!("no {from} in {text}")) + from.len();
    let length = text[start..].find(to).unwrap_or_else(|| panic!("no {to} in {text}"));
    &text[start..start + length]
}

pub(crate) fn signer<'a>(nonce: &'a str, timestamp: &'a str) -> Signature<'a> {
    Signature { access_key_id: KEY_ID, secret: SECRET.as_bytes(), nonce, timestamp }
}

pub(crate) fn post(
    action: &str,
    parameters: &[(&str, &str)],
    signer: &Signature<'_>,
) -> Request<Full<Bytes>> {
    let signed = sign_rpc_request(HOST, action, parameters, signer);
    form(signed.body)
}

/// A form, as it is.
pub(crate) fn form(body: String) -> Request<Full<Bytes>> {
    Request::post("/")
        .header("host", HOST)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)))
        .unwrap()
}

pub(crate) fn get(
    action: &str,
    format: &str,
    parameters: &[(&str, &str)],
    signer: &Signature<'_>,
) -> Request<Full<Bytes>> {
    let url = sign_rpc_url(HOST, action, format, parameters, signer);
    address(url.strip_prefix("http://127.0.0.1:4680").unwrap())
}

/// A GET of a path and query, as it is.
pub(crate) fn address(path_and_query: &str) -> Request<Full<Bytes>> {
    Request::get(path_and_query).header("host", HOST).body(Full::default()).unwrap()
}

pub(crate) fn timestamp(now_ms: i64) -> String {
    Timestamp::from_millisecond(now_ms).unwrap().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// An id of the kind that the API takes.
pub(crate) fn instance_id(id: &str) -> InstanceId {
    InstanceId::new(id)
}
