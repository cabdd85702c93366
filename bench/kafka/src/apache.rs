//! Apache Kafka as it is released: one node, KRaft, the heap that its own start script gives it.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Failure;
use crate::client;
use crate::process::Process;
use crate::subject::{Subject, eventually, free_port};

/// Formats a folder, starts it, and waits until it answers.
pub(crate) fn start(jars: &Path) -> Result<Subject, Failure> {
    let directory = tempfile::tempdir()?;
    let (port, controller) = (free_port()?, free_port()?);
    let bootstrap = format!("127.0.0.1:{port}");
    let mut properties = String::new();
    for (name, value) in [
        ("process.roles", "broker,controller"),
        ("node.id", "1"),
        ("controller.quorum.voters", &format!("1@127.0.0.1:{controller}")),
        ("controller.listener.names", "CONTROLLER"),
        ("listeners", &format!("PLAINTEXT://{bootstrap},CONTROLLER://127.0.0.1:{controller}")),
        ("advertised.listeners", &format!("PLAINTEXT://{bootstrap}")),
        ("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
        ("log.dirs", &directory.path().join("data").display().to_string()),
        // What one node needs, and no waiting that Weir does not do.
        ("offsets.topic.replication.factor", "1"),
        ("transaction.state.log.replication.factor", "1"),
        ("transaction.state.log.min.isr", "1"),
        ("group.initial.rebalance.delay.ms", "0"),
    ] {
        writeln!(properties, "{name}={value}")?;
    }
    let config = directory.path().join("server.properties");
    std::fs::write(&config, properties)?;
    let java = || {
        let mut command = Command::new("java");
        command.arg("-cp").arg(jars.join("*"));
        command
    };
    let format = java()
        .args(["kafka.tools.StorageTool", "format", "-t", "bench-kafka-cluster-00", "-c"])
        .arg(&config)
        .output()?;
    if !format.status.success() {
        return Err(String::from_utf8_lossy(&[format.stdout, format.stderr].concat()).into());
    }
    let began = Instant::now();
    let mut command = java();
    // As kafka-server-start.sh has it.
    command.args(["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]);
    command.args(["-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"]);
    command.args(["-Djava.awt.headless=true", "kafka.Kafka"]).arg(&config);
    let mut process = Process::start(&mut command, &directory.path().join("log"))?;
    eventually(|| {
        process.check()?;
        client::is_there(&bootstrap)
    })?;
    Ok(Subject { name: "kafka", bootstrap, process, started: began.elapsed(), _directory: directory })
}
