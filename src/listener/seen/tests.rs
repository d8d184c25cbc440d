use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

use expect_test::{Expect, expect};

use super::*;
use crate::base::NodeId;
use crate::listener::{
    Advertised, Answer, Facts, ListenerSettings, Listeners, Network, Syntax, advertised,
};

mod here;

/// A broker's settings and machine, and what happens to it, line by line:
///
/// `1s orders@127.0.0.1 asks` is a connection of the client `orders` that asks for metadata, one
/// second after the start. `asks t` names a topic that exists, `again` asks on the same
/// connection, `works` sends a produce request, `goes` closes, `tls`, `http` and `nothing` are
/// strangers, `judge` looks at all stories.
struct World {
    listeners: Listeners,
    advertised: Advertised,
    facts: Facts,
    seen: Seen,
    /// The client and the count of metadata requests of each connection.
    connections: BTreeMap<String, (ClientId, u32)>,
    said: String,
}

fn world(settings: &[(&str, &str)], facts: Facts) -> World {
    let mut listeners = ListenerSettings::default();
    for (name, value) in settings {
        let value = Some((*value).to_owned());
        match *name {
            "listeners" => listeners.listeners = value,
            "advertised.listeners" => listeners.advertised_listeners = value,
            "listener.security.protocol.map" => listeners.listener_security_protocol_map = value,
            "inter.broker.listener.name" => listeners.inter_broker_listener_name = value,
            other => panic!("{other}"),
        }
    }
    let listeners = listeners.listeners().unwrap();
    let bound: Vec<u16> = listeners.all.iter().map(|it| it.bind.port).collect();
    let advertised = advertised(&listeners, &bound, "box");
    let (seen, connections) = (Seen::default(), BTreeMap::new());
    World { listeners, advertised, facts, seen, connections, said: String::new() }
}

/// A broker on one listener, advertised as `told`.
fn told(told: &str, facts: Facts) -> World {
    let told = format!("PLAINTEXT://{told}");
    world(&[("listeners", "PLAINTEXT://:9092"), ("advertised.listeners", &told)], facts)
}

fn container() -> Facts {
    Facts {
        hostname: "9c95dafd9323".to_owned(),
        interfaces: vec!["172.18.0.3".parse().unwrap()],
        networks: vec![network("eth0", "172.18.0.0", 16)],
        gateway: Some("172.18.0.1".parse().unwrap()),
        inside_container: true,
        ..Facts::default()
    }
}

fn network(interface: &str, address: &str, prefix: u8) -> Network {
    Network { interface: interface.to_owned(), address: address.parse().unwrap(), prefix }
}

fn answering(endpoint: &str, answer: Answer) -> Facts {
    Facts { answers: [(endpoint.to_owned(), answer)].into(), ..Facts::default() }
}

impl World {
    fn check(mut self, script: &str, expected: Expect) {
        for line in script.split(';').map(str::trim) {
            let (at, rest) = line.split_once("s ").unwrap();
            let now = Now {
                monotonic: Duration::from_secs_f64(at.parse().unwrap()),
                wall_ms: (at.parse::<f64>().unwrap() * 1000.0) as i64,
            };
            if rest == "judge" {
                self.judge(now, at);
            } else {
                self.event(now, rest);
            }
        }
        expected.assert_eq(&self.said);
    }

    fn judge(&mut self, now: Now, at: &str) {
        let bound: Vec<u16> = self.listeners.all.iter().map(|it| it.bind.port).collect();
        let ground = Ground {
            listeners: &self.listeners,
            advertised: &self.advertised,
            bound: &bound,
            facts: &self.facts,
        };
        let judgement = self.seen.judge(now, &ground);
        for endpoint in judgement.ask {
            writeln!(self.said, "{at}s asks at {endpoint}").unwrap();
        }
        for raised in judgement.raised {
            let lines = raised.finding.lines(Syntax::Properties);
            writeln!(self.said, "{at}s {}", lines.join("\n")).unwrap();
        }
        if let Some(next) = judgement.next {
            writeln!(self.said, "{at}s looks again at {:?}", next.0).unwrap();
        }
    }

    fn event(&mut self, now: Now, what: &str) {
        let (who, what) = what.split_once(' ').unwrap();
        let (client_id, place) = who.split_once('@').unwrap();
        let (address, listener) = place.split_once('/').unwrap_or((place, "0"));
        let (address, listener): (IpAddr, usize) =
            (address.parse().unwrap(), listener.parse().unwrap());
        // `orders#2` is another connection of `orders`.
        let client_id = client_id.split('#').next().unwrap();
        let (client, mut count) =
            self.connections.get(who).map_or((None, 0), |(id, count)| (Some(*id), *count));
        let client = client.or_else(|| {
            let introduced = Event::Introduced { client_id };
            let is_kafka = !matches!(what, "tls" | "http" | "nothing");
            is_kafka.then(|| self.seen.handle(now, address, listener, None, introduced).client)
        });
        let is_advertised = self.advertised.endpoint(NodeId(0), listener).is_some();
        let event = match what {
            "asks" | "asks t" => {
                count += 1;
                let asked = if what == "asks" { Asked::Anything } else { Asked::Topics };
                if is_advertised { Event::Told { asked, count } } else { Event::NotAdvertised }
            }
            "works" => Event::Worked { request: "Produce" },
            "goes" | "nothing" => Event::Closed,
            "tls" => Event::NoKafka(FirstBytes::of(&[0x16, 3, 1, 0, 0xf4])),
            "http" => Event::NoKafka(FirstBytes::of(b"GET /healthz HTTP/1.1\r\n")),
            other => panic!("{other}"),
        };
        let handled = self.seen.handle(now, address, listener, client, event);
        if what == "goes" {
            self.connections.remove(who);
        } else {
            self.connections.insert(who.to_owned(), (handled.client, count));
        }
    }
}

#[test]
fn a_container_is_told_localhost() {
    told("localhost:9092", container())
        .check("0s orders@172.18.0.5 asks; 0.1s judge; 5s judge; 6s judge", expect![[r#"
            0.1s looks again at 5s
            5s L03 A client in a container is told localhost
                 seen  client "orders" from 172.18.0.5, another container, asked for metadata once on PLAINTEXT, was told localhost:9092, and has not come back there within 5 s
                 why   There localhost is that container itself, where no broker listens.
                 fix   Add a listener for containers, advertised as this service's name (here: kafka), and let them bootstrap from it:
                       listeners=PLAINTEXT://:9092,DOCKER://:29092
                       advertised.listeners=PLAINTEXT://localhost:9092,DOCKER://kafka:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
                 more  docs/LISTENERS.md#l03
        "#]]);
}

#[test]
fn a_client_that_works_raises_nothing() {
    told("localhost:9092", container())
        .check("0s a@172.18.0.5 asks t; 0.1s a#2@172.18.0.5 works; 60s judge", expect![[""]]);
}

#[test]
fn an_address_from_which_one_client_works_is_not_doubted() {
    told("localhost:9092", container())
        .check("0s a@172.18.0.5 works; 1s b@172.18.0.5 asks t; 60s judge", expect![[""]]);
}

#[test]
fn tools_that_list_and_leave_raise_nothing() {
    told("localhost:9092", container()).check(
        "0s a@172.18.0.5 asks t; 0.2s a@172.18.0.5 goes; 0.3s judge; 40s a@172.18.0.5 asks; \
         40.2s a@172.18.0.5 goes; 41s a@172.18.0.5 asks; 41.2s a@172.18.0.5 goes; 41.3s judge; \
         42s a@172.18.0.5 asks; 42s judge; 42.2s a@172.18.0.5 goes; 60s judge",
        expect![[r#"
            42s looks again at 47s
        "#]],
    );
}

#[test]
fn a_client_that_fails_fast_is_found_all_the_same() {
    told("localhost:9092", container()).check(
        "0s a@172.18.0.5 asks t; 0.2s a@172.18.0.5 asks t; 0.4s a@172.18.0.5 asks t; \
         0.5s a@172.18.0.5 goes; 0.5s judge",
        expect![[r#"
            0.5s L03 A client in a container is told localhost
                 seen  client "a" from 172.18.0.5, another container, asked for metadata 3 times on PLAINTEXT, was told localhost:9092, and has not come back there within 1 s
                 why   There localhost is that container itself, where no broker listens.
                 fix   Add a listener for containers, advertised as this service's name (here: kafka), and let them bootstrap from it:
                       listeners=PLAINTEXT://:9092,DOCKER://:29092
                       advertised.listeners=PLAINTEXT://localhost:9092,DOCKER://kafka:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
                 more  docs/LISTENERS.md#l03
        "#]],
    );
}

#[test]
fn a_client_that_bootstraps_again_and_again_is_found() {
    told("localhost:9092", container()).check(
        "0s a@172.18.0.5 asks t; 0.1s a@172.18.0.5 goes; 0.1s judge; 1s a#2@172.18.0.5 asks t; \
         1.1s a#2@172.18.0.5 goes; 1.1s judge",
        expect![[r#"
            1.1s L03 A client in a container is told localhost
                 seen  client "a" from 172.18.0.5, another container, asked for metadata 2 times on PLAINTEXT, was told localhost:9092, and has not come back there within 1 s
                 why   There localhost is that container itself, where no broker listens.
                 fix   Add a listener for containers, advertised as this service's name (here: kafka), and let them bootstrap from it:
                       listeners=PLAINTEXT://:9092,DOCKER://:29092
                       advertised.listeners=PLAINTEXT://localhost:9092,DOCKER://kafka:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
                 more  docs/LISTENERS.md#l03
        "#]],
    );
}

#[test]
fn a_library_that_hangs_up_and_always_comes_back_is_missed() {
    told("localhost:9092", container()).check(
        "0s aiokafka-producer-1@172.18.0.5 asks; 0.1s aiokafka-producer-1@172.18.0.5 goes; \
         0.1s judge; 5s judge",
        expect![[r#"
            0.1s looks again at 5s
            5s L03 A client in a container is told localhost
                 seen  client "aiokafka-producer-1" from 172.18.0.5, another container, asked for metadata once on PLAINTEXT, was told localhost:9092, and has not come back there within 5 s
                 why   There localhost is that container itself, where no broker listens.
                 fix   Add a listener for containers, advertised as this service's name (here: kafka), and let them bootstrap from it:
                       listeners=PLAINTEXT://:9092,DOCKER://:29092
                       advertised.listeners=PLAINTEXT://localhost:9092,DOCKER://kafka:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
                 more  docs/LISTENERS.md#l03
        "#]],
    );
}

#[test]
fn a_tool_that_looks_every_ten_seconds_is_not_doubted() {
    let mut script = String::from("0s judge");
    for n in 1..20 {
        write!(script, "; {n}0s a@172.18.0.1 asks t; {n}0.1s a@172.18.0.1 goes; {n}0.1s judge")
            .unwrap();
    }
    told("localhost:9092", container()).check(&script, expect![[""]]);
    told("kafka:9092", container()).check(&script, expect![[""]]);
}

#[test]
fn a_test_on_a_mapped_port_leaves_its_sibling_out() {
    told("localhost:63177", container()).check("0s a@172.18.0.5 asks; 5s judge", expect![[r#"
        5s L08 A container is told a port that is mapped on the host
             seen  client "a" from 172.18.0.5, another container, asked for metadata once on PLAINTEXT, was told localhost:63177, and has not come back there within 5 s
             why   localhost:63177 is a port that is mapped on the host; in a container localhost is that container itself.
             fix   Add a listener for containers, advertised as this service's name (here: kafka), and let them bootstrap from it:
                   listeners=PLAINTEXT://:9092,DOCKER://:29092
                   advertised.listeners=PLAINTEXT://localhost:63177,DOCKER://kafka:29092
                   listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
             more  docs/LISTENERS.md#l08
    "#]]);
}

#[test]
fn the_host_is_told_a_service_name() {
    told("kafka:9092", container())
        .check("0s a@172.18.0.1 asks t; 5s judge; 10s judge", expect![[r#"
            5s looks again at 10s
            10s L04 A client is told a name that it cannot resolve
                 seen  client "a" from 172.18.0.1, the host of this container or somebody who comes through it, asked for metadata once on PLAINTEXT, was told kafka:9092, and has not come back there within 10 s
                 why   kafka is a name that this broker's network knows, and probably not the client.
                 fix   Add a listener for clients on the host, advertised as localhost, publish its port under the same number, and let them bootstrap from it:
                       listeners=PLAINTEXT://:9092,HOST://:29092
                       advertised.listeners=PLAINTEXT://kafka:9092,HOST://localhost:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,HOST:PLAINTEXT
                 more  docs/LISTENERS.md#l04
        "#]]);
}

#[test]
fn an_idle_client_of_the_host_is_not_doubted() {
    told("localhost:9092", container())
        .check("0s a@172.18.0.1 asks; 1s b@172.18.0.1 asks t; 600s judge", expect![[""]]);
}

#[test]
fn the_host_keeps_asking_because_another_port_is_published() {
    told("localhost:9092", container()).check(
        "0s a@172.18.0.1 asks t; 1s a@172.18.0.1 asks t; 2s a@172.18.0.1 asks t; \
         3s a@172.18.0.1 asks t; 4s a@172.18.0.1 asks t; 4s judge",
        expect![[r#"
            4s L07 The advertised port does not lead to the broker
                 seen  client "a" from 172.18.0.1, the host of this container or somebody who comes through it, asked for metadata 5 times on PLAINTEXT, was told localhost:9092, and has not come back there within 4 s
                 why   If the port is published as another one (-p 9093:9092), localhost:9092 leads nowhere.
                 fix   Publish the port under the same number, or advertise the one on the host, for instance with -p 9093:
                       advertised.listeners=PLAINTEXT://localhost:9093
                 more  docs/LISTENERS.md#l07
        "#]],
    );
}

#[test]
fn the_listener_for_the_host_is_there_and_not_used() {
    world(
        &[
            ("listeners", "DOCKER://:29092,HOST://:9092"),
            ("advertised.listeners", "DOCKER://kafka:29092,HOST://localhost:9092"),
            ("listener.security.protocol.map", "DOCKER:PLAINTEXT,HOST:PLAINTEXT"),
            ("inter.broker.listener.name", "DOCKER"),
        ],
        container(),
    )
    .check("0s host@172.18.0.1/0 asks t; 0s sibling@172.18.0.5/1 asks t; 10s judge", expect![[r#"
        10s L04 A client is told a name that it cannot resolve
             seen  client "host" from 172.18.0.1, the host of this container or somebody who comes through it, asked for metadata once on DOCKER, was told kafka:29092, and has not come back there within 10 s
             why   kafka is a name that this broker's network knows, and probably not the client.
             fix   There is a listener for clients on this machine; in the client write bootstrap.servers=localhost:9092
             more  docs/LISTENERS.md#l04
        10s L03 A client in a container is told localhost
             seen  client "sibling" from 172.18.0.5, another container, asked for metadata once on HOST, was told localhost:9092, and has not come back there within 10 s
             why   There localhost is that container itself, where no broker listens.
             fix   There is a listener for clients elsewhere; in the client write bootstrap.servers=kafka:29092
             more  docs/LISTENERS.md#l03
    "#]]);
}

#[test]
fn another_machine_is_told_localhost() {
    let facts = Facts { hostname: "box".to_owned(), ..Facts::default() };
    told("localhost:9092", facts).check("0s a@192.168.1.20 asks; 5s judge", expect![[r#"
        5s L18 Another machine is told 127.0.0.1
             seen  client "a" from 192.168.1.20, another machine, asked for metadata once on PLAINTEXT, was told localhost:9092, and has not come back there within 5 s
             why   On another machine localhost is that machine, where no broker listens.
             fix   Add a listener for clients elsewhere, advertised as a name or an address of this machine that they can reach, and let them bootstrap from it:
                   listeners=PLAINTEXT://:9092,EXTERNAL://:29092
                   advertised.listeners=PLAINTEXT://localhost:9092,EXTERNAL://box:29092
                   listener.security.protocol.map=PLAINTEXT:PLAINTEXT,EXTERNAL:PLAINTEXT
             more  docs/LISTENERS.md#l18
    "#]]);
}

#[test]
fn a_container_on_this_machine_is_told_localhost() {
    let networks = vec![network("docker0", "172.17.0.0", 16)];
    let facts = Facts { networks, ..Facts::default() };
    told("localhost:9092", facts).check("0s a@172.17.0.2 asks; 5s judge", expect![[r#"
        5s L03 A client in a container is told localhost
             seen  client "a" from 172.17.0.2, another container, asked for metadata once on PLAINTEXT, was told localhost:9092, and has not come back there within 5 s
             why   There localhost is that container itself, where no broker listens.
             fix   Add a listener for containers, advertised as the name by which they find this machine (Docker: host.docker.internal), and let them bootstrap from it:
                   listeners=PLAINTEXT://:9092,DOCKER://:29092
                   advertised.listeners=PLAINTEXT://localhost:9092,DOCKER://host.docker.internal:29092
                   listener.security.protocol.map=PLAINTEXT:PLAINTEXT,DOCKER:PLAINTEXT
             more  docs/LISTENERS.md#l03
    "#]]);
}

#[test]
fn strangers() {
    told("localhost:9092", Facts::default()).check(
        "0s @127.0.0.1 tls; 0s judge; 1s #2@127.0.0.1 tls; 1s judge; 2s @127.0.0.2 http; 2s judge; \
         3s @127.0.0.3 nothing; 60s judge",
        expect![[r#"
            0s L15 A TLS client at a plaintext port
                 seen  a client from 127.0.0.1 began with a TLS hello on PLAINTEXT
                 why   This listener speaks plain text: the client waits for a handshake that never comes, and says no more than that it was disconnected.
                 fix   In the client's settings write security.protocol=PLAINTEXT (kafkajs: leave `ssl` out, `ssl: {}` switches it on).
                 more  docs/LISTENERS.md#l15
            2s L17 HTTP at the Kafka port
                 seen  a client from 127.0.0.2 sent the HTTP request GET to PLAINTEXT
                 why   This port speaks Kafka's protocol. A browser or a health check finds what it wants at the console's port.
                 fix   Point it at the console's port: /healthz says that the process lives, /readyz that clients may connect.
                 more  docs/LISTENERS.md#l17
        "#]],
    );
}

#[test]
fn a_listener_that_is_not_advertised() {
    world(
        &[
            ("listeners", "A://:9092,B://:9093"),
            ("advertised.listeners", "A://localhost:9092"),
            ("listener.security.protocol.map", "A:PLAINTEXT,B:PLAINTEXT"),
            ("inter.broker.listener.name", "A"),
        ],
        Facts::default(),
    )
    .check("0s a@127.0.0.1/1 asks; 0s judge", expect![[r#"
        0s L14 The listener that the client uses is not advertised
             seen  client "a" from 127.0.0.1, on this machine, asked for metadata on B and found no broker
             why   B is in listeners and not in advertised.listeners: Kafka hides such a listener, and answers that no leader is known there.
             fix   Advertise it, or let the client use a listener that is advertised:
                   advertised.listeners=A://localhost:9092,B://localhost:9093
             more  docs/LISTENERS.md#l14
    "#]]);
}

#[test]
fn a_finding_is_raised_once_and_withdrawn() {
    let mut it = told("localhost:9092", container());
    let script = ["0 a asks", "0 b asks", "5 judge", "6 c asks", "20 judge", "30 a works"];
    for line in script {
        let mut words = line.split(' ');
        let seconds: u64 = words.next().unwrap().parse().unwrap();
        let now = Now { monotonic: Duration::from_secs(seconds), wall_ms: seconds as i64 * 1000 };
        match (words.next().unwrap(), words.next()) {
            (client, Some(what)) => it.event(now, &format!("{client}@172.18.0.5 {what}")),
            (_, None) => it.judge(now, &seconds.to_string()),
        }
    }
    let [raised] = &it.seen.raised[..] else { panic!("{:?}", it.seen.raised) };
    assert_eq!(raised.clients.len(), 3, "one finding about all three");
    assert_eq!(raised.at.wall_ms, 5000);
    assert_eq!(raised.withdrawn.map(|at| at.wall_ms), Some(30_000));
}

#[test]
fn memory_is_bounded_and_who_is_gone_makes_room() {
    let mut it = told("localhost:9092", Facts::default());
    let now = |seconds| Now { monotonic: Duration::from_secs(seconds), wall_ms: 0 };
    it.event(now(0), "stays@127.0.0.1 asks");
    for n in 0..1000 {
        it.event(now(n + 1), &format!("c{n}@127.0.0.1 asks"));
        it.event(now(n + 1), &format!("c{n}@127.0.0.1 goes"));
    }
    assert_eq!(it.seen.stories.len(), CLIENTS_MAX);
    assert_eq!(it.seen.ids.len(), CLIENTS_MAX);
    let ids: Vec<_> = it.seen.ids.keys().map(|key| key.client_id.as_str()).collect();
    assert!(ids.contains(&"stays") && ids.contains(&"c999") && !ids.contains(&"c0"), "{ids:?}");
}

#[test]
fn first_bytes() {
    for (bytes, expected) in [
        (&b"\x16\x03\x01\x02\x00"[..], FirstBytes::Tls),
        (b"GET / HTTP/1.1", FirstBytes::Http("GET")),
        (b"POST", FirstBytes::Http("POST")),
        (b"PRI * HTTP/2.0", FirstBytes::Http("PRI")),
        (b"GETX", FirstBytes::Unknown),
        (b"\xff\xff\xff\xff", FirstBytes::Unknown),
        (b"", FirstBytes::Unknown),
    ] {
        assert_eq!(FirstBytes::of(bytes), expected, "{bytes:?}");
    }
}
