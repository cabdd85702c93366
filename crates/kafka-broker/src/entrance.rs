//! The way in through a listener on which clients log in: bounded in time and memory, for anybody can come that far.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::apis::{Guest, Progress};
use crate::cluster::Cluster;
use crate::connection::{Ended, Peer};
use crate::frames::{FrameReader, FrameWriter};
use crate::login::Login;

/// The longest frame before a login, as in Kafka.
pub(crate) const FRAME_BYTES_MAX: usize = 512 * 1024;
/// Memory of all frames before a login.
pub(crate) const FRAMES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How long the answer to a failed login is held back, as in Kafka: who guesses is to be slow.
const FAILURE_DELAY: Duration = Duration::from_millis(100);

/// Has the client log in.
pub(crate) async fn log_in(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
) -> Result<Login, Ended> {
    reader.limit(FRAME_BYTES_MAX);
    let ended = timeout(cluster.limits().login_max, greet(cluster, peer, reader, writer)).await;
    let login = ended.unwrap_or_else(|_| Err(Ended::Broken("it did not log in in time".into())))?;
    reader.limit(cluster.limits().frame_bytes_max);
    Ok(login)
}

async fn greet(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
) -> Result<Login, Ended> {
    let mut guest = Guest::default();
    loop {
        let (frame, _share) = reader.next(cluster.login_budget()).await?;
        cluster.metrics().received(frame.len());
        let progress = guest.take(cluster, peer, frame).await;
        let (reply, ended) = match progress.map_err(|close| Ended::closed(close, cluster))? {
            Progress::Going(reply) => (Some(reply), None),
            Progress::In(reply, login) => (Some(reply), Some(Ok(login))),
            Progress::Out(reply, reason) => {
                cluster.metrics().login_failed();
                sleep(FAILURE_DELAY).await;
                (reply, Some(Err(Ended::Broken(reason))))
            }
        };
        if let Some(reply) = reply {
            writer.send(&reply).await?;
            cluster.metrics().sent(reply.len());
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}
