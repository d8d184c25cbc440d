use std::collections::BTreeSet;
use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::listener::ListenerSettings;

/// A broker in a container `kafka` of the network `net`, and what it listens on.
fn broker(world: &mut World, listeners: &str, advertised: &str, published: &[(u16, u16)]) {
    let names = listeners.split(',').filter_map(|it| it.split("://").next());
    let map: Vec<String> = names.map(|name| format!("{name}:PLAINTEXT")).collect();
    let first = listeners.split("://").next().unwrap().to_owned();
    let settings = ListenerSettings {
        listeners: Some(listeners.to_owned()),
        advertised_listeners: Some(advertised.to_owned()),
        listener_security_protocol_map: Some(map.join(",")),
        inter_broker_listener_name: Some(first),
        ..ListenerSettings::default()
    };
    let number = world.brokers.len() + 1;
    let name = if number == 1 { "kafka".to_owned() } else { format!("kafka{number}") };
    let mut place = container(&name, "net");
    let forward = |(outer, inner): &(u16, u16)| Published {
        host_ip: None,
        host_port: Some(*outer),
        container_port: *inner,
    };
    place.published = published.iter().map(forward).collect();
    world.places.push(place);
    world.brokers.push(Broker {
        place: Some(world.places.len() - 1),
        name,
        cluster: 0,
        hostname: "<id of kafka>".to_owned(),
        listeners: settings.listeners(),
        settings,
    });
}

fn container(name: &str, network: &str) -> Place {
    Place {
        name: name.to_owned(),
        names: vec![Name { text: name.to_owned(), network: network.to_owned(), ports: Vec::new() }],
        networks: BTreeSet::from([network.to_owned()]),
        ..Place::default()
    }
}

fn client(world: &mut World, name: &str, network: &str, bootstrap: &str) {
    world.places.push(container(name, network));
    world.clients.push(Client {
        place: world.places.len() - 1,
        written: "BOOTSTRAP".to_owned(),
        addresses: bootstrap.split(',').filter_map(Address::parse).collect(),
        waits_for: None,
        security: None,
    });
}

fn check(world: &World, expected: &Expect) {
    let judgement = judge(world);
    let mut text = String::new();
    for row in &judgement.rows {
        let listener = row.listener.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        let (who, told) = (&row.who, row.told.join(","));
        let verdict = row.verdict.word();
        let line = format!("{verdict} {who}: {} {listener} [{told}] {}", row.bootstrap, row.reason);
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    for fault in &judgement.faults {
        writeln!(text, "{} {:?} {:?}", fault.id(), fault.kind, remedy(world, fault).edits).unwrap();
    }
    expected.assert_eq(&text);
}

#[test]
fn one_listener_cannot_serve_the_machine_and_containers() {
    let mut world = World::default();
    broker(&mut world, "A://:9092", "A://localhost:9092", &[(9092, 9092)]);
    client(&mut world, "app", "net", "kafka:9092");
    check(
        &world,
        &expect![[r#"
        yes this machine: localhost:9092 A [localhost:9092]
        no app: kafka:9092 A [localhost:9092] to app, localhost is itself
        no another machine: <this machine>:9092 A [localhost:9092] to that machine, localhost is itself
        L03 ToldLoopback [Set { broker: 0, setting: "listeners", value: "A://:9092,HOST://:19092" }, Set { broker: 0, setting: "advertised.listeners", value: "A://kafka:9092,HOST://localhost:9092" }, Set { broker: 0, setting: "listener.security.protocol.map", value: "A:PLAINTEXT,HOST:PLAINTEXT" }, Republish { place: 0, index: 0, host_port: 9092, container_port: 19092 }]
    "#]],
    );
}

#[test]
fn two_listeners_serve_both() {
    let mut world = World::default();
    let told = "A://kafka:29092,B://localhost:9092";
    broker(&mut world, "A://:29092,B://:9092", told, &[(9092, 9092)]);
    client(&mut world, "app", "net", "kafka:29092");
    check(
        &world,
        &expect![[r#"
        yes this machine: localhost:9092 B [localhost:9092]
        yes app: kafka:29092 A [kafka:29092]
        no another machine: <this machine>:9092 B [localhost:9092] to that machine, localhost is itself
    "#]],
    );
}

#[test]
fn an_address_may_lead_to_another_door_of_the_same_broker() {
    let mut world = World::default();
    // Told the door of containers, where it is told that of the machine: itself.
    broker(&mut world, "A://:1,B://:2", "A://kafka:2,B://localhost:2", &[]);
    client(&mut world, "app", "net", "kafka:1");
    check(
        &world,
        &expect![[r#"
        no this machine: localhost:2 - [] no published port leads to kafka's port 2
        no app: kafka:1 A [kafka:2] to app, localhost is itself
        L01 NotPublished [Publish { place: 0, host_port: 2, container_port: 2 }]
        L03 ToldLoopback [Set { broker: 0, setting: "advertised.listeners", value: "A://kafka:2,B://kafka:2" }]
    "#]],
    );
}

#[test]
fn names_end_where_networks_end() {
    let mut world = World::default();
    broker(&mut world, "A://:9092", "A://kafka:9092", &[]);
    client(&mut world, "app", "other", "kafka:9092");
    client(&mut world, "typo", "net", "kafak:9092,kafka:9092");
    check(
        &world,
        &expect![[r#"
        no app: kafka:9092 - [] app shares no network with kafka
        yes typo: kafak:9092,kafka:9092 A [kafka:9092]
        L01 BootstrapOnOtherNetwork [Join { place: 1, network: "net" }]
    "#]],
    );
}

#[test]
fn brokers_on_one_loopback_dial_themselves() {
    let mut world = World::default();
    broker(&mut world, "A://:9092", "A://127.0.0.1:9092", &[(9092, 9092)]);
    broker(&mut world, "A://:9093", "A://127.0.0.1:9093", &[(9093, 9093)]);
    check(
        &world,
        &expect![[r#"
        yes this machine: localhost:9092,localhost:9093 A [127.0.0.1:9092,127.0.0.1:9093]
        no another machine: <this machine>:9092 A [127.0.0.1:9092,127.0.0.1:9093] to that machine, 127.0.0.1 is itself
        L18 BrokersToldLoopback [Set { broker: 1, setting: "listeners", value: "A://:9093,HOST://:19093" }, Set { broker: 1, setting: "advertised.listeners", value: "A://kafka2:9093,HOST://localhost:9093" }, Set { broker: 1, setting: "listener.security.protocol.map", value: "A:PLAINTEXT,HOST:PLAINTEXT" }, Republish { place: 1, index: 0, host_port: 9093, container_port: 19093 }]
        L18 BrokersToldLoopback [Set { broker: 0, setting: "listeners", value: "A://:9092,HOST://:19092" }, Set { broker: 0, setting: "advertised.listeners", value: "A://kafka:9092,HOST://localhost:9092" }, Set { broker: 0, setting: "listener.security.protocol.map", value: "A:PLAINTEXT,HOST:PLAINTEXT" }, Republish { place: 0, index: 0, host_port: 9092, container_port: 19092 }]
    "#]],
    );
}
