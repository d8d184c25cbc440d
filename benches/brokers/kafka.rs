//! Apache Kafka as the thing to compare with: where its jars are, what its settings are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the jars, if there is one and a Java to run them.
pub fn libs() -> Option<PathBuf> {
    let folder = std::env::var_os("KAFKA_LIBS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/kafka-libs"),
        PathBuf::from,
    );
    let java = Command::new("java").arg("-version").stderr(Stdio::null()).status();
    (java.is_ok_and(|status| status.success()) && folder.is_dir()).then_some(folder)
}

/// Writes the settings of a single node and formats its directory.
pub fn prepare(libs: &Path, directory: &Path, port: u16, controller: u16) -> PathBuf {
    let properties = directory.join("server.properties");
    let text = format!(
        "process.roles=broker,controller\nnode.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         controller.listener.names=CONTROLLER\nlog.dirs={}\n\
         offsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\nshare.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n",
        directory.join("data").display()
    );
    fs::write(&properties, text).expect("the settings can be written");
    let status =
        java(libs, &["kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c"])
            .arg(&properties)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    assert!(status.is_ok_and(|status| status.success()), "kafka-storage format failed");
    properties
}

/// The command that runs a class of Kafka's, with the broker's own flags.
pub fn java(libs: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]);
    command.args(["-XX:InitiatingHeapOccupancyPercent=35", "-Djava.awt.headless=true"]);
    command.arg("-cp").arg(libs.join("*")).args(arguments);
    command
}
