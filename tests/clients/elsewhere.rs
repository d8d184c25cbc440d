//! Clients that are not on the broker's machine: the broker in a network namespace of its own, the
//! client in another one, a pair of virtual interfaces between them.
//!
//! This binary starts itself again inside the client's namespace, where it may do all that without
//! leaving a trace on the machine.

use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::broker::{Broker, Settings};
use crate::client::CLIENTS;
use crate::process::Process;
use crate::runtime::Runtime;
use crate::seen;

/// Names the case that this process is to run.
const REQUESTED: &str = "KLAMM_TEST_ELSEWHERE";
const BROKER: &str = "172.30.0.3";
/// Where the broker's container reaches all others.
const GATEWAY: &str = "172.30.0.1";
const SIBLING: &str = "172.30.0.5";
const PORT: u16 = 19092;
/// Longer than a client waits for a finding.
const CASE_PATIENCE: Duration = Duration::from_secs(180);

/// A client somewhere, and what it is told.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Whether the broker is what a container was made for.
    container: bool,
    /// The address that the client comes from.
    from: &'static str,
    told: &'static str,
    id: &'static str,
    /// Who comes.
    client: &'static str,
    pub(crate) runtimes: &'static [Runtime],
}

/// All of them.
pub(crate) const CASES: [Case; 5] = [
    Case {
        name: "in_a_container_and_told_localhost",
        container: true,
        from: SIBLING,
        told: "localhost:19092",
        id: "L03",
        client: "rdkafka_rust",
        runtimes: &[Runtime::Namespaces],
    },
    Case {
        name: "on_the_host_and_told_a_service_name",
        container: true,
        from: GATEWAY,
        told: "kafka:19092",
        id: "L04",
        client: "rdkafka_rust",
        runtimes: &[Runtime::Namespaces],
    },
    Case {
        name: "on_the_host_where_another_port_is_published",
        container: true,
        from: GATEWAY,
        told: "localhost:19092",
        id: "L07",
        client: "kafkajs",
        runtimes: &[Runtime::Namespaces, Runtime::Node],
    },
    Case {
        name: "in_a_container_and_told_a_mapped_port",
        container: true,
        from: SIBLING,
        told: "localhost:63177",
        id: "L08",
        client: "rdkafka_rust",
        runtimes: &[Runtime::Namespaces],
    },
    Case {
        name: "on_another_machine_and_told_localhost",
        container: false,
        from: SIBLING,
        told: "localhost:19092",
        id: "L18",
        client: "rdkafka_rust",
        runtimes: &[Runtime::Namespaces],
    },
];

/// The case that this process is to run, if it is to run one.
pub(crate) fn requested() -> Option<String> {
    std::env::var(REQUESTED).ok()
}

/// Whether this user may make namespaces here.
pub(crate) fn check() -> Result<()> {
    let mut command = inside();
    command.args(["ip", "link", "set", "lo", "up"]);
    Process::run("unshare", &mut command, "")?;
    Ok(())
}

/// Runs a case in namespaces of its own.
pub(crate) fn start(case: &Case) -> Result<()> {
    let mut command = inside();
    command.arg(std::env::current_exe()?).env(REQUESTED, case.name);
    Process::spawn(case.name, &mut command)?.patient(CASE_PATIENCE).finish()?;
    Ok(())
}

/// A command in fresh namespaces; all that it starts ends with it.
fn inside() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "--mount", "--pid", "--fork"]);
    command.args(["--kill-child", "--mount-proc"]);
    command
}

/// Runs a case, in the namespaces.
pub(crate) fn run(name: &str) -> ExitCode {
    let case = CASES.iter().find(|case| case.name == name).context("no such case");
    match case.and_then(is_found) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = format!("{error:#}\n");
            let _closed = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn is_found(case: &Case) -> Result<()> {
    connect_namespaces(case)?;
    let property = |key: &str, value: String| (key.to_owned(), value);
    let client = CLIENTS.iter().find(|client| client.name == case.client).context("a client")?;
    let home = tempfile::tempdir()?;
    let shell = home.path().join("run.sh");
    std::fs::write(&shell, "\"$@\"\nexit $?\n")?;
    // The program of a container is its process 1; any other has a shell for a parent.
    let enter = "nsenter --net=/run/netns/broker";
    let wrapper = if case.container {
        format!("{enter} unshare --pid --fork env container=docker")
    } else {
        format!("{enter} sh {}", shell.display())
    };
    let mut broker = Broker::start(Settings {
        properties: vec![
            property("listeners", format!("PLAINTEXT://0.0.0.0:{PORT}")),
            property("advertised.listeners", format!("PLAINTEXT://{}", case.told)),
            property("klamm.http.host", "0.0.0.0".to_owned()),
        ],
        wrapper: wrapper.split(' ').map(str::to_owned).collect(),
        ..Settings::default()
    })?;
    let _trying = seen::trying(client, &format!("{BROKER}:{PORT}"))?;
    let console = broker.report().console.as_deref().and_then(|url| url.rsplit_once(':'));
    let console = format!("{BROKER}:{}", console.context("a port")?.1);
    let finding = seen::only_finding_in(&mut broker, |_| seen::report_at(&console), case.id)?;
    ensure!(finding["address"] == case.from, "{finding}");
    Ok(())
}

/// An interface of the client's on one side, `eth0` of the broker's on the other.
fn connect_namespaces(case: &Case) -> Result<()> {
    for command in [
        "mount -t tmpfs tmpfs /run",
        "ip link set lo up",
        "ip netns add broker",
        "ip link add client0 type veth peer name eth0 netns broker",
        &format!("ip addr add {}/24 dev client0", case.from),
        "ip link set client0 up",
        "ip -n broker link set lo up",
        &format!("ip -n broker addr add {BROKER}/24 dev eth0"),
        "ip -n broker link set eth0 up",
        &format!("ip -n broker route add default via {GATEWAY}"),
    ] {
        let mut words = command.split(' ');
        let mut process = Command::new(words.next().context("a program")?);
        Process::run(command, process.args(words), "")?;
    }
    Ok(())
}
