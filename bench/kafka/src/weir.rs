//! Weir, with one instance whose embedded broker is measured.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value as Json;

use crate::Failure;
use crate::process::Process;
use crate::subject::{Subject, eventually, free_port};

const KEY: [(&str, &str); 2] = [("WEIR_ACCESS_KEY_ID", "bench"), ("WEIR_ACCESS_KEY_SECRET", "bench-secret")];

/// Starts one, buys the largest instance there is, and waits until it serves.
pub(crate) fn start(binary: &Path) -> Result<Subject, Failure> {
    let directory = tempfile::tempdir()?;
    let listen = format!("127.0.0.1:{}", free_port()?);
    let began = Instant::now();
    let config = directory.path().join("weir.toml");
    std::fs::write(&config, "[aliyun]\nrate_limits = false\n\n[kafka]\ntraffic_limits = \"off\"\n")?;
    let mut command = Command::new(binary);
    command
        .args(["serve", "--listen", &listen, "--kafka-port-base"])
        .arg(free_port()?.min(60_000).to_string());
    command.arg("--data-dir").arg(directory.path().join("data")).arg("--config").arg(&config);
    command.env("WEIR_LOG", "error").envs(KEY);
    let mut process = Process::start(&mut command, &directory.path().join("log"))?;
    let call = |action: &str, parameters: &[&str]| -> Result<Json, Failure> {
        let mut command = Command::new(binary);
        command.args(["call", action]).args(parameters).args(["--endpoint", &format!("http://{listen}")]);
        let done = command.envs(KEY).output()?;
        if !done.status.success() {
            let text = [done.stdout, done.stderr].concat();
            return Err(format!("{action}: {}", String::from_utf8_lossy(&text)).into());
        }
        Ok(serde_json::from_slice(&done.stdout)?)
    };
    let order =
        ["DeployType=5", "DiskSize=6000", "DiskType=0", "IoMaxSpec=alikafka.hw.12xlarge", "TopicQuota=450"];
    let text = |reply: &Json, member: &str| {
        reply[member].as_str().map(str::to_owned).ok_or(format!("{member}: {reply}"))
    };
    let order = eventually(|| {
        process.check()?;
        call("CreatePostPayOrder", &order)
    })?;
    let order = format!("OrderId={}", text(&order, "OrderId")?);
    let row = || -> Result<Json, Failure> {
        Ok(call("GetInstanceList", &[&order])?["InstanceList"]["InstanceVO"][0].clone())
    };
    let instance = format!("InstanceId={}", text(&row()?, "InstanceId")?);
    call("StartInstance", &[&instance, "VpcId=vpc-bench", "VSwitchId=vsw-bench"])?;
    let bootstrap = eventually(|| match row()? {
        row if row["ServiceStatus"] == 5 => Ok(text(&row, "EndPoint")?),
        row => Err(format!("not in service: {row}").into()),
    })?;
    Ok(Subject { name: "weir", bootstrap, process, started: began.elapsed(), _directory: directory })
}
