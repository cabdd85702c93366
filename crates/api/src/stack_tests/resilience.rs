//! What happens when callers hang up, handlers panic and disks fill, and what the log gets to see.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use machine::commit::Committer;
use machine::disk::Disk;
use machine::disk::sim::SimDisk;
use parking_lot::Mutex;
use tracing_subscriber::fmt::MakeWriter;

use super::world::{World, get, post, signer};
use crate::client::Signature;
use crate::replay::ReplayGuard;

const AT: (&str, &str) = ("RegionId", "cn-hangzhou");

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_stop_a_change_half_way() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    world.engine.hold("topic_create");
    let topic = [AT, ("InstanceId", id.as_str()), ("Topic", "orders"), ("Remark", "test")];
    let call = world.post("CreateTopic", &topic);
    // Dropped while the engine is at work, as when the connection breaks.
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    world.engine.release("topic_create");
    for _ in 0..10_000 {
        let listed = world.ok("GetTopicList", &topic[..2]).await;
        if listed["Total"] == 1 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the topic was never made");
}

#[tokio::test]
async fn a_panic_is_an_answer_and_is_counted() {
    let world = World::open().await;
    let id = world.running(&[]).await;
    let topic = [AT, ("InstanceId", id.as_str()), ("Topic", "orders"), ("Remark", "test")];
    world.ok("CreateTopic", &topic).await;
    world.engine.fail_next("topic_ends", false, || panic!("on purpose"));
    world.refused("GetTopicStatus", &topic[..3], (500, "InternalError")).await;
    assert_eq!(world.stack.metrics.panics.get(), 1);
    world.ok("GetTopicStatus", &topic[..3]).await;
}

#[tokio::test]
async fn without_room_for_the_nonce_nothing_is_done() {
    let mut world = World::open().await;
    let sim = SimDisk::new(3);
    let disk: Arc<dyn Disk> = Arc::new(sim.clone());
    let folder = std::path::Path::new("/data");
    disk.create_dir_all(folder).unwrap();
    let committer = Committer::start(disk.clone(), folder, world.clock.clone()).unwrap();
    world.stack.replay = Arc::new(ReplayGuard::open(&disk, &committer, folder, &world.stack.random).unwrap());
    world.ok("GetInstanceList", &[AT]).await;
    sim.set_capacity(Some(sim.used()));
    world.refused("GetInstanceList", &[AT], (503, "ServiceUnavailable")).await;
    sim.set_capacity(None);
    world.ok("GetInstanceList", &[AT]).await;
}

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_has_one_line_per_request_and_no_secret_in_it() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // While there is one subscriber only, a log statement that another test's thread meets first is judged by
    // that thread, which has none, and stays silent here too. A second one makes all of them be asked.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::open().await;
    let id = world.ordered(&[("DeployType", "4"), ("EipMax", "1")]).await;
    let start = [
        AT,
        ("InstanceId", id.as_str()),
        ("VpcId", "vpc-canary1"),
        ("VSwitchId", "vsw-1"),
        ("IsSetUserAndPassword", "true"),
        ("Username", "canary2"),
        ("Password", "canary3!"),
    ];
    let now = world.timestamp();
    let forged = Signature { secret: b"canary4", ..signer("canary5", &now) };
    for request in [post("StartInstance", &start, &forged), get("StartInstance", "XML", &start, &forged)] {
        let answer = world.send(request).await;
        assert!(answer.text.contains("canary3%2521"), "the string goes to the caller: {}", answer.text);
    }
    let stranger = Signature { access_key_id: "canary6", ..signer("n", &now) };
    world.send(post("StartInstance", &start, &stranger)).await;
    world.ok("StartInstance", &start).await;
    world.refused("StartInstance", &start, (400, "BIZ_INSTANCE_STATUS_ERROR")).await;

    let text = String::from_utf8(log.0.lock().clone()).unwrap();
    for secret in ["canary", "testsecret", "Y2FuYXJ5", "63616e617279"] {
        let found = text.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret}");
    }
    let lines: Vec<_> = text.lines().filter(|line| line.contains("action=\"StartInstance\"")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    for part in [" access: request id=", "key=\"testid\"", "code=OK", "status=200", "peer=127.0.0.1"] {
        assert!(lines[0].contains(part), "{part}: {}", lines[0]);
    }
    let unknown = text.lines().filter(|line| line.contains("code=SignatureDoesNotMatch")).count();
    assert_eq!(unknown, 2, "{text}");
}
