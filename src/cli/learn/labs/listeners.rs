//! The labs in which a client is told where to go, and cannot go there.

use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::cli::client::Endpoint;
use crate::cli::learn::bench::{Bench, Outcome, Scene, is_loopback, local, socket};
use crate::cli::learn::clients::{self, Said};
use crate::cli::learn::draw;
use crate::cli::learn::forwarder;
use crate::cli::learn::process::Started;
use crate::cli::learn::screen::Tone;
use crate::cli::learn::visit::{End, Visit};

/// How long a connection on loopback may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A client here, and a broker that tells it a port where nobody is.
pub(super) fn bootstrap(bench: &Bench<'_>) -> Result<Outcome> {
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let visit = bench.visit(&local(1, bench.port("port")), &|_| true);
    Ok(bench.judge(bench.say("scene-client", &[]), &visit))
}

/// One client on the host, which reaches 127.0.0.1 alone, and one in a container, which reaches
/// the broker as 127.0.0.2 and for which 127.0.0.1 is itself.
pub(super) fn container(bench: &Bench<'_>) -> Result<Outcome> {
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let on_host = bench.visit(&local(1, bench.port("port")), &|at| is_loopback(&at.host));
    let settings = bench.folder.properties("container.properties")?;
    let bootstrap = settings.get("bootstrap.servers").map_or("", String::as_str);
    let bootstrap = match Endpoint::parse(bootstrap) {
        Ok(bootstrap) => bootstrap,
        Err(error) => return Ok(Outcome::because(format!("container.properties: {error:#}"))),
    };
    let inside = bench.visit(&bootstrap, &|at| at.host == "127.0.0.2");
    let host = bench.judge(bench.say("scene-host", &[]), &on_host);
    let container = bench.judge(bench.say("scene-container", &[]), &inside);
    let mut outcome = Outcome::default();
    for (who, part) in [("who-host", host), ("who-container", container)] {
        let reasons = part.reasons.iter();
        outcome.reasons.extend(reasons.map(|reason| format!("{} {reason}", bench.word(who))));
        outcome.scenes.extend(part.scenes);
        if outcome.said.is_empty() {
            outcome.said = part.said;
        }
    }
    Ok(outcome)
}

/// A port forward from 127.0.0.1 into the container, 127.0.0.2; nothing else leads there.
pub(super) fn published_port(bench: &Bench<'_>) -> Result<Outcome> {
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let (inner, published) = (bench.port("inner"), bench.port("published"));
    forwarder::forward(socket(1, published), socket(2, inner))
        .with_context(|| format!("cannot publish port {published}"))?;
    let leads = |at: &Endpoint| is_loopback(&at.host) && at.port == published;
    let visit = bench.visit(&local(1, published), &leads);
    Ok(bench.judge(bench.say("scene-published", &[]), &visit))
}

/// Every interface to listen on, none to advertise. 127.0.0.2 plays another interface.
pub(super) fn wildcard(bench: &Bench<'_>) -> Result<Outcome> {
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let port = bench.port("port");
    let visit = bench.visit(&local(1, port), &|_| true);
    let mut outcome = bench.judge(bench.say("scene-client", &[]), &visit);
    let is_open = TcpStream::connect_timeout(&socket(2, port), PATIENCE).is_ok();
    if !is_open {
        outcome.reasons.push(bench.say("only-one-interface", &[]));
    }
    Ok(outcome)
}

/// `localhost` as a client resolves it that takes the first address, which is ::1, and as one
/// does that knows IPv4 only.
pub(super) fn ipv6(bench: &Bench<'_>) -> Result<Outcome> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return Ok(Outcome::because(bench.say("no-ipv6", &[])));
    }
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let port = bench.port("port");
    let mut outcome = Outcome::default();
    let six = Endpoint { host: Ipv6Addr::LOCALHOST.to_string(), port };
    for (key, at) in [("scene-ipv6", six), ("scene-ipv4", local(1, port))] {
        let is_four = key == "scene-ipv4";
        let visit = bench.visit(&at, &|at| !(is_four && at.host.contains(':')));
        let part = bench.judge(bench.say(key, &[]), &visit);
        outcome.scenes.extend(part.scenes);
        outcome.reasons.extend(part.reasons);
        if outcome.said.is_empty() {
            outcome.said = by_name(&visit, part.said);
        }
    }
    Ok(outcome)
}

/// What clients say who were given the name `localhost`. Java tries every address of a name, and
/// goes on without a word.
fn by_name(visit: &Visit, said: Vec<Said>) -> Vec<Said> {
    if visit.end == End::Works {
        return said;
    }
    let said = said.into_iter().filter(|said| said.who != clients::JAVA);
    let renamed = said.map(|mut said| {
        for line in &mut said.lines {
            let (numeric, name) =
                (visit.bootstrap.to_string(), format!("localhost:{}", visit.bootstrap.port));
            if let Some(rest) = line.strip_prefix(&numeric) {
                *line = format!("{name}{rest}");
            }
        }
        said
    });
    renamed.collect()
}

/// Two listeners of which one is not advertised: who asks there hears of no leader.
pub(super) fn leaders(bench: &Bench<'_>) -> Result<Outcome> {
    let _broker = match bench.broker()? {
        Started::Up(broker) => broker,
        Started::Refused(refusal) => return Ok(bench.refused(refusal)),
    };
    let (app, admin) = (local(1, bench.port("app")), local(1, bench.port("admin")));
    // The topic comes from whoever administers the cluster.
    let by_admin = bench.visit(&admin, &|_| true);
    let by_app = bench.visit(&app, &|_| true);
    let mut outcome = Outcome::default();
    let visits = [("scene-admin", "who-admin", &by_admin), ("scene-app", "who-app", &by_app)];
    for (scene, who, visit) in visits {
        let part = bench.judge(bench.say(scene, &[]), visit);
        outcome.scenes.extend(part.scenes);
        outcome.scenes.extend(partitions(bench, visit));
        let reasons = part.reasons.iter();
        outcome.reasons.extend(reasons.map(|reason| format!("{} {reason}", bench.word(who))));
        if outcome.said.is_empty() {
            outcome.said = part.said;
        }
    }
    let strays = by_app.told.iter().find(|(_, at)| by_app.end == End::Works && *at != app);
    if let Some((_, at)) = strays {
        outcome.reasons.push(bench.say("strays", &[("address", &at.to_string())]));
    }
    Ok(outcome)
}

/// Who leads which partition, and where that is.
fn partitions(bench: &Bench<'_>, visit: &Visit) -> Option<Scene> {
    let line = |&(partition, leader): &(i32, i32)| {
        let at = visit.told.iter().find(|(node, _)| *node == leader);
        let (partition, leader) = (partition.to_string(), leader.to_string());
        match at {
            Some((_, at)) => {
                let at = at.to_string();
                let values = [("partition", &*partition), ("leader", &leader), ("address", &at)];
                draw::note(Tone::Plain, bench.say("partition-led", &values))
            }
            None => {
                let words = bench.say("partition-lost", &[("partition", &partition)]);
                draw::note(Tone::Bad, words)
            }
        }
    };
    let lines: Vec<_> = visit.leaders.iter().map(line).collect();
    (!lines.is_empty()).then(|| Scene { heading: bench.say("scene-partitions", &[]), lines })
}
