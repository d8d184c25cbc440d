//! Joins, syncs, heartbeats and leaves.

use std::borrow::Cow;

use klamm::wire::messages::join_group_request::JoinGroupRequestProtocol;
use klamm::wire::messages::leave_group_request::MemberIdentity;
use klamm::wire::messages::sync_group_request::SyncGroupRequestAssignment;
use klamm::wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, SyncGroupRequest,
};

use super::probe::{Body, Probe};

/// The subscription of a consumer to `topic`, version 0.
pub(crate) fn subscription(topic: &str) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 0, 0, 1];
    bytes.extend(i16::try_from(topic.len()).expect("a short name").to_be_bytes());
    bytes.extend(topic.as_bytes());
    bytes.extend([255; 4]);
    bytes
}

/// A consumer that joins.
pub(crate) fn join<'a>(group: &'a str, member: &'a str) -> JoinGroupRequest<'a> {
    JoinGroupRequest {
        group_id: Cow::Borrowed(group),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        member_id: Cow::Borrowed(member),
        protocol_type: Cow::Borrowed("consumer"),
        protocols: protocols(&["range"]),
        ..JoinGroupRequest::default()
    }
}

pub(crate) fn protocols(names: &[&'static str]) -> Vec<JoinGroupRequestProtocol<'static>> {
    let protocols = names.iter().map(|name| JoinGroupRequestProtocol {
        name: Cow::Borrowed(name),
        metadata: Cow::Owned(subscription("t")),
    });
    protocols.collect()
}

pub(crate) fn sync<'a>(
    group: &'a str,
    member: &'a str,
    generation: i32,
    assignments: &[(&'a str, &'static [u8])],
) -> SyncGroupRequest<'a> {
    let assignments = assignments.iter().map(|(member, assignment)| SyncGroupRequestAssignment {
        member_id: Cow::Borrowed(member),
        assignment: Cow::Borrowed(assignment),
    });
    SyncGroupRequest {
        group_id: Cow::Borrowed(group),
        generation_id: generation,
        member_id: Cow::Borrowed(member),
        protocol_type: Some(Cow::Borrowed("consumer")),
        protocol_name: Some(Cow::Borrowed("range")),
        assignments: assignments.collect(),
        ..SyncGroupRequest::default()
    }
}

pub(crate) fn heartbeat<'a>(
    group: &'a str,
    member: &'a str,
    generation: i32,
) -> HeartbeatRequest<'a> {
    HeartbeatRequest {
        group_id: Cow::Borrowed(group),
        generation_id: generation,
        member_id: Cow::Borrowed(member),
        ..HeartbeatRequest::default()
    }
}

pub(crate) fn leave<'a>(
    group: &'a str,
    members: &[(&'a str, Option<&'a str>)],
) -> LeaveGroupRequest<'a> {
    let members = members.iter().map(|(member, instance)| MemberIdentity {
        member_id: Cow::Borrowed(member),
        group_instance_id: instance.map(Cow::Borrowed),
        reason: None,
    });
    LeaveGroupRequest {
        group_id: Cow::Borrowed(group),
        members: members.collect(),
        ..LeaveGroupRequest::default()
    }
}

/// The member id in a JoinGroup response.
pub(crate) fn member(body: &Body) -> String {
    body.read::<JoinGroupResponse<'_>>().member_id.into_owned()
}

/// A group of one stable member, by a version that joins at once.
pub(crate) fn settled(probe: &mut Probe, who: &str, group: &str) -> String {
    let body = probe.ask(who, 3, "joins", &join(group, ""));
    let id = member(&body);
    probe.ask(who, 3, "syncs", &old_sync(sync(group, &id, 1, &[(&id, b"all")])));
    id
}

/// Versions before 5 cannot name the protocol.
pub(crate) fn old_sync(request: SyncGroupRequest<'_>) -> SyncGroupRequest<'_> {
    SyncGroupRequest { protocol_type: None, protocol_name: None, ..request }
}

pub(crate) fn classic(probe: &mut Probe) {
    let group = probe.group("classic");
    probe.note("a new member is given its id, joins, syncs");
    let first = member(&probe.ask("a", 9, "joins anew", &join(&group, "")));
    probe.ask("a", 9, "joins with its id", &join(&group, &first));
    probe.ask("a", 4, "beats while it should sync", &heartbeat(&group, &first, 1));
    probe.ask("a", 5, "syncs", &sync(&group, &first, 1, &[(&first, b"all")]));
    probe.ask("a", 5, "syncs again", &sync(&group, &first, 1, &[]));
    probe.ask("a", 4, "beats", &heartbeat(&group, &first, 1));
    probe.ask("a", 4, "beats for another generation", &heartbeat(&group, &first, 2));
    probe.ask("a", 4, "beats for another member", &heartbeat(&group, "nobody", 1));
    probe.ask("a", 5, "syncs another generation", &sync(&group, &first, 7, &[]));

    probe.note("a second member, of an old version, starts a rebalance");
    probe.send("b", 2, &JoinGroupRequest { ..join(&group, "") });
    while_rebalancing(probe, &group, &first);
    probe.ask("a", 5, "syncs while preparing", &sync(&group, &first, 1, &[]));
    probe.ask("a", 9, "joins again", &join(&group, &first));
    let second = member(&probe.hear::<JoinGroupRequest<'_>>("b", 2, "has joined"));
    probe.ask("b", 7, "joins once more, unchanged", &join(&group, &second));
    probe.send("b", 0, &old_sync(sync(&group, &second, 2, &[])));
    probe.ask("a", 5, "syncs as leader, forgets b", &sync(&group, &first, 2, &[(&first, b"a")]));
    probe.hear::<SyncGroupRequest<'_>>("b", 0, "has synced");

    probe.note("a follower that joins unchanged gets the same answer, the leader rebalances");
    probe.ask("b", 9, "joins unchanged", &join(&group, &second));
    probe.send("a", 9, &join(&group, &first));
    while_rebalancing(probe, &group, &second);
    probe.ask("b", 9, "joins", &join(&group, &second));
    probe.hear::<JoinGroupRequest<'_>>("a", 9, "has joined");

    probe.note("leaving");
    probe.ask("x", 5, "nobody leaves", &leave(&group, &[("nobody", None), ("", Some("no"))]));
    let old_leave = LeaveGroupRequest {
        group_id: Cow::Borrowed(&group),
        member_id: Cow::Borrowed("nobody"),
        ..LeaveGroupRequest::default()
    };
    probe.ask("x", 1, "nobody leaves", &old_leave);
    probe.ask("b", 5, "leaves", &leave(&group, &[(&second, None)]));
    probe.ask("a", 4, "beats", &heartbeat(&group, &first, 3));
    probe.ask("a", 5, "leaves", &leave(&group, &[(&first, None)]));
    probe.ask("a", 4, "beats after it left", &heartbeat(&group, &first, 4));
    probe.ask("a", 5, "syncs after it left", &sync(&group, &first, 4, &[]));
    probe.ask("a", 9, "joins after it left", &join(&group, &first));
}

/// Beats until the coordinator has taken the other member's join.
pub(crate) fn while_rebalancing(probe: &mut Probe, group: &str, member: &str) {
    for generation in 1..6 {
        for _ in 0..200 {
            if probe.rebalances(group, member, generation) {
                probe.ask("x", 4, "beats", &heartbeat(group, member, generation));
                return;
            }
        }
    }
    panic!("no rebalance");
}

pub(crate) fn static_members(probe: &mut Probe) {
    let group = probe.group("static");
    let as_instance = |member, instance| JoinGroupRequest {
        group_instance_id: Some(Cow::Borrowed(instance)),
        ..join(&group, member)
    };
    probe.note("a static member joins at once");
    let first = member(&probe.ask("a", 9, "joins", &as_instance("", "i")));
    probe.ask("a", 5, "syncs", &sync(&group, &first, 1, &[(&first, b"all")]));
    probe.note("the next incarnation takes its place and keeps its assignment");
    let second = member(&probe.ask("b", 9, "joins", &as_instance("", "i")));
    let beat = |member, instance| HeartbeatRequest {
        group_instance_id: Some(Cow::Borrowed(instance)),
        ..heartbeat(&group, member, 1)
    };
    probe.ask("a", 4, "beats", &beat(&first, "i"));
    probe.ask("a", 2, "beats without its instance", &heartbeat(&group, &first, 1));
    probe.ask("b", 4, "beats", &beat(&second, "i"));
    probe.ask("b", 4, "beats as an unknown instance", &beat(&second, "j"));
    probe.ask("a", 9, "joins with the old id", &as_instance(&first, "i"));
    probe.ask("b", 5, "syncs", &sync(&group, &second, 1, &[]));
    probe.note("an older leader is told that another leads");
    let third = member(&probe.ask("c", 6, "joins", &as_instance("", "i")));
    probe.ask("c", 5, "syncs", &sync(&group, &third, 1, &[]));
    probe.note("a dynamic member beside it");
    let dynamic = member(&probe.ask("d", 9, "joins anew", &join(&group, "")));
    probe.send("d", 9, &join(&group, &dynamic));
    while_rebalancing(probe, &group, &third);
    probe.ask("e", 9, "joins as the instance", &as_instance("", "i"));
    probe.hear::<JoinGroupRequest<'_>>("d", 9, "has joined");
    probe.note("leaving by the instance alone");
    probe.ask("x", 5, "removes it", &leave(&group, &[("", Some("i")), ("", Some("i"))]));
    probe.ask("x", 5, "removes the other", &leave(&group, &[(&dynamic, Some("k"))]));
    probe.ask("x", 3, "removes the other", &leave(&group, &[(&dynamic, None)]));
}

pub(crate) fn refusals(probe: &mut Probe) {
    let group = probe.group("refusals");
    probe.note("what a group refuses before it has members");
    for version in [0, 4, 7, 9] {
        probe.ask("a", version, "to no group", &old_join(join("", ""), version));
        let short = JoinGroupRequest { session_timeout_ms: 10, ..join(&group, "") };
        probe.ask("a", version, "with a short session", &old_join(short, version));
        let long = JoinGroupRequest { session_timeout_ms: 1_800_001, ..join(&group, "") };
        probe.ask("a", version, "with a long session", &old_join(long, version));
        let unknown = old_join(join(&group, "nobody"), version);
        probe.ask("a", version, "as nobody", &unknown);
    }
    let no_protocols = JoinGroupRequest { protocols: Vec::new(), ..join(&group, "") };
    probe.ask("a", 3, "without protocols", &no_protocols);
    let no_type = JoinGroupRequest { protocol_type: Cow::Borrowed(""), ..join(&group, "") };
    probe.ask("a", 3, "without a type", &no_type);
    probe.note("what a group of one refuses");
    let first = settled(probe, "a", &group);
    let other_type =
        JoinGroupRequest { protocol_type: Cow::Borrowed("connect"), ..join(&group, "") };
    probe.ask("b", 9, "of another type", &other_type);
    let other_protocol = JoinGroupRequest { protocols: protocols(&["sticky"]), ..join(&group, "") };
    probe.ask("b", 9, "of another protocol", &other_protocol);
    probe.ask("b", 9, "as nobody", &join(&group, "nobody"));
    let as_instance =
        JoinGroupRequest { group_instance_id: Some(Cow::Borrowed("i")), ..join(&group, &first) };
    probe.ask("b", 9, "with an instance it has not", &as_instance);
    let nameless = SyncGroupRequest { protocol_type: None, ..sync(&group, &first, 1, &[]) };
    probe.ask("a", 5, "without a protocol type", &nameless);
    let misnamed = SyncGroupRequest {
        protocol_name: Some(Cow::Borrowed("sticky")),
        ..sync(&group, &first, 1, &[])
    };
    probe.ask("a", 5, "with another protocol", &misnamed);
    probe.note("subscriptions that end too early");
    for (about, metadata) in
        [("empty", &[][..]), ("a version", &[0, 1]), ("a topic", &[0, 0, 0, 0, 0, 1, 0, 1, 116])]
    {
        let mut request = join("", "");
        request.protocols[0].metadata = Cow::Borrowed(metadata);
        let group = probe.group(&format!("short-{}", metadata.len()));
        request.group_id = Cow::Owned(group);
        probe.ask("s", 3, about, &request);
    }
    probe.note("no group, no member");
    let unknown = probe.own("unknown");
    probe.ask("a", 4, "to no group", &heartbeat("", "", 0));
    probe.ask("a", 4, "to an unknown group", &heartbeat(&unknown, "x", 0));
    probe.ask("a", 5, "to no group", &sync("", "", 0, &[]));
    probe.ask("a", 5, "to an unknown group", &sync(&unknown, "x", 0, &[]));
    probe.ask("a", 5, "no group", &leave("", &[("x", None)]));
    probe.ask("a", 5, "an unknown group", &leave(&unknown, &[("x", None)]));
    probe.ask("a", 5, "nobody", &leave(&group, &[]));
    for version in [0, 2] {
        let request = LeaveGroupRequest {
            group_id: Cow::Borrowed(&unknown),
            member_id: Cow::Borrowed("x"),
            ..LeaveGroupRequest::default()
        };
        probe.ask("a", version, "an unknown group", &request);
    }
    probe.note("a pending member");
    let pending = member(&probe.ask("c", 9, "joins anew", &join(&group, "")));
    probe.ask("c", 4, "beats", &heartbeat(&group, &pending, 1));
    probe.ask("c", 5, "syncs", &sync(&group, &pending, 1, &[]));
    let as_instance =
        JoinGroupRequest { group_instance_id: Some(Cow::Borrowed("i")), ..join(&group, &pending) };
    probe.ask("c", 9, "joins as an instance", &as_instance);
    probe.ask("c", 5, "leaves", &leave(&group, &[(&pending, None)]));
    probe.ask("c", 9, "joins after that", &join(&group, &pending));
}

/// Version 0 has no rebalance timeout.
fn old_join(request: JoinGroupRequest<'_>, version: i16) -> JoinGroupRequest<'_> {
    let rebalance_timeout_ms = if version == 0 { -1 } else { request.rebalance_timeout_ms };
    JoinGroupRequest { rebalance_timeout_ms, ..request }
}
