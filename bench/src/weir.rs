//! The server under test, and signed requests for it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use api::client::{Signature, sign_rpc_request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::Value as Json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::Failure;

const REGION: (&str, &str) = ("RegionId", "cn-hangzhou");
const KEY_ID: &str = "bench";
const SECRET: &str = "bench-secret";

/// A running server; killed when dropped.
pub(crate) struct Weir {
    pub(crate) address: SocketAddr,
    _child: Child,
    _directory: TempDir,
}

impl Weir {
    /// Starts one without rate limits and waits until it is ready.
    pub(crate) async fn start(binary: &Path) -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let address = free_port()?;
        let config = directory.path().join("weir.toml");
        // The rates of the vendor and of what is bought would be what is measured.
        std::fs::write(&config, "[aliyun]\nrate_limits = false\n\n[kafka]\ntraffic_limits = \"off\"\n")?;
        let mut child = Command::new(binary)
            .arg("serve")
            .args(["--listen", &address.to_string(), "--kafka-port-base", "22092"])
            .arg("--data-dir")
            .arg(directory.path().join("data"))
            .arg("--config")
            .arg(&config)
            .env("WEIR_LOG", "error")
            .env("WEIR_ACCESS_KEY_ID", KEY_ID)
            .env("WEIR_ACCESS_KEY_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no standard error")?).lines();
        while lines.next_line().await?.ok_or("the server ended before it was ready")? != "Ready." {}
        // A pipe that nobody reads would stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { address, _child: child, _directory: directory })
    }

    /// A signed request that nobody has sent yet.
    pub(crate) fn request(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let host = self.address.to_string();
        let signer = Signature {
            access_key_id: KEY_ID,
            secret: SECRET.as_bytes(),
            nonce: &Uuid::new_v4().to_string(),
            timestamp: &Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        };
        let signed = sign_rpc_request(&host, action, parameters, &signer);
        Ok(Request::post("/")
            .header(header::HOST, host)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Full::new(Bytes::from(signed.body)))?)
    }

    /// Calls and requires success.
    pub(crate) async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Json, Failure> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move { connection.await.ok() });
        let response = sender.send_request(self.request(action, parameters)?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        match status.as_u16() {
            200 => Ok(serde_json::from_slice(&body)?),
            _ => Err(format!("{action}: {status}: {}", String::from_utf8_lossy(&body)).into()),
        }
    }

    /// An instance in service that may hold so many topics.
    pub(crate) async fn instance(&self, topics: u32) -> Result<String, Failure> {
        let partitions = topics.saturating_sub(1_000).max(1).to_string();
        let order = [
            REGION,
            ("PartitionNum", &partitions),
            ("DiskType", "1"),
            ("DiskSize", "500"),
            ("DeployType", "5"),
            ("IoMaxSpec", "alikafka.hw.2xlarge"),
        ];
        let ordered = self.call("CreatePostPayOrder", &order).await?;
        let order_id = ordered["OrderId"].as_str().ok_or("no OrderId")?.to_owned();
        let by_order = [REGION, ("OrderId", &order_id)];
        let id = self.first(&by_order).await?["InstanceId"].as_str().ok_or("no InstanceId")?.to_owned();
        let start = [REGION, ("InstanceId", &id), ("VpcId", "vpc-1"), ("VSwitchId", "vsw-1")];
        self.call("StartInstance", &start).await?;
        while self.first(&by_order).await?["ServiceStatus"] != 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(id)
    }

    async fn first(&self, filter: &[(&str, &str)]) -> Result<Json, Failure> {
        Ok(self.call("GetInstanceList", filter).await?["InstanceList"]["InstanceVO"][0].clone())
    }

    /// Makes so many topics of one partition each.
    pub(crate) async fn topics(&self, instance: &str, many: usize) -> Result<(), Failure> {
        for number in 0..many {
            let name = format!("topic-{number:05}");
            let create = [
                REGION,
                ("InstanceId", instance),
                ("Topic", &name),
                ("Remark", "bench"),
                ("PartitionNum", "1"),
            ];
            self.call("CreateTopic", &create).await?;
        }
        Ok(())
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
