//! Clients on the broker's own machine: what they are told can be tried.

use super::*;

#[test]
fn what_this_machine_is_told_is_tried_from_here() {
    told("kafka:9092", Facts::default()).check(
        "0s a@127.0.0.1 asks; 1s judge; 5s judge",
        expect![[r#"
            1s asks at kafka:9092
            5s asks at kafka:9092
        "#]],
    );
}

#[test]
fn a_name_that_does_not_resolve_here() {
    told("kafka:9092", answering("kafka:9092", Answer::Unresolved))
        .check("0s a@127.0.0.1 asks; 5s judge", expect![[r#"
            5s L04 A client is told a name that it cannot resolve
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata once on PLAINTEXT, was told kafka:9092, and has not come back there within 5 s
                 why   kafka does not resolve on this machine.
                 fix   Advertise what leads here from this machine:
                       advertised.listeners=PLAINTEXT://localhost:9092
                 more  docs/LISTENERS.md#l04
        "#]]);
}

#[test]
fn names_that_do_not_resolve_say_what_they_are() {
    for (name, id) in [
        ("9c95dafd9323", "L05"),
        ("kafka-0.kafka.default.svc.cluster.local", "L10"),
        ("ip-172-31-24-81.us-west-2.compute.internal", "L09"),
        ("kafka", "L04"),
    ] {
        assert_eq!(reach::unresolved(name), id, "{name}");
    }
}

#[test]
fn what_answers_as_this_broker_is_not_doubted() {
    told("localhost:9092", answering("localhost:9092", Answer::Me)).check(
        "0s a@127.0.0.1 asks t; 1s a@127.0.0.1 asks t; 2s a@127.0.0.1 asks t; 600s judge",
        expect![[""]],
    );
}

#[test]
fn nobody_answers_at_another_port() {
    told("localhost:9093", answering("localhost:9093", Answer::Nobody))
        .check("0s a@127.0.0.1 asks; 5s judge", expect![[r#"
            5s L07 The advertised port does not lead to the broker
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata once on PLAINTEXT, was told localhost:9093, and has not come back there within 5 s
                 why   This listener is bound to port 9092, and at localhost:9093 no Kafka broker answers.
                 fix   Advertise the port that the listener is bound to:
                       advertised.listeners=PLAINTEXT://localhost:9092
                 more  docs/LISTENERS.md#l07
        "#]]);
}

#[test]
fn another_broker_answers() {
    let another = Answer::AnotherBroker("other-cluster".to_owned());
    told("localhost:9093", answering("localhost:9093", another.clone()))
        .check("0s a@127.0.0.1 asks; 5s judge", expect![[r#"
            5s L07 The advertised port does not lead to the broker
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata once on PLAINTEXT, was told localhost:9093, and has not come back there within 5 s
                 why   This listener is bound to port 9092, and at localhost:9093 another broker answers (cluster other-cluster): clients silently work with that one.
                 fix   Advertise the port that the listener is bound to:
                       advertised.listeners=PLAINTEXT://localhost:9092
                 more  docs/LISTENERS.md#l07
        "#]]);
    told("localhost:9092", answering("localhost:9092", another))
        .check("0s a@127.0.0.1 asks; 5s judge", expect![[r#"
            5s L19 The advertised address leads to another broker
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata once on PLAINTEXT, was told localhost:9092, and has not come back there within 5 s
                 why   At localhost:9092 another broker answers (cluster other-cluster).
                 fix   Advertise a name that leads to this broker, for clients on this machine:
                       advertised.listeners=PLAINTEXT://localhost:9092
                 more  docs/LISTENERS.md#l19
        "#]]);
}

#[test]
fn an_address_without_a_route() {
    told("10.1.2.3:9092", answering("10.1.2.3:9092", Answer::Nobody))
        .check("0s a@127.0.0.1 asks; 5s judge", expect![[r#"
            5s L09 A client outside is told a private name or address
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata once on PLAINTEXT, was told 10.1.2.3:9092, and has not come back there within 5 s
                 why   From this machine nobody answers at 10.1.2.3:9092: a private address has a route inside its own network only.
                 fix   Advertise what leads here from this machine:
                       advertised.listeners=PLAINTEXT://localhost:9092
                 more  docs/LISTENERS.md#l09
        "#]]);
}

#[test]
fn a_tunnel_ends_here() {
    let name = "kafka-0.kafka.default.svc:9092";
    told(name, answering(name, Answer::Me)).check(
        "0s a@127.0.0.1 asks t; 1s a@127.0.0.1 asks t; 2s a@127.0.0.1 asks t; \
         3s a@127.0.0.1 asks t; 3s judge; 4s a@127.0.0.1 asks t; 4s judge",
        expect![[r#"
            4s L10 The metadata leads past a port forward or a tunnel
                 seen  client "a" from 127.0.0.1, on this machine, asked for metadata 5 times on PLAINTEXT, was told kafka-0.kafka.default.svc:9092, and has not come back there within 4 s
                 why   It came through a port forward or a tunnel; kafka-0.kafka.default.svc leads past it, into a network that the client is not in.
                 fix   Add a listener for who comes through the forward, advertised as localhost, and forward its port under the same number:
                       listeners=PLAINTEXT://:9092,FORWARDED://:29092
                       advertised.listeners=PLAINTEXT://kafka-0.kafka.default.svc:9092,FORWARDED://localhost:29092
                       listener.security.protocol.map=PLAINTEXT:PLAINTEXT,FORWARDED:PLAINTEXT
                 more  docs/LISTENERS.md#l10
        "#]],
    );
}
