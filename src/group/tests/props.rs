//! Random histories keep what must hold.

use proptest::prelude::*;

use super::config;
use super::world::World;
use crate::group::classic_group::ClassicGroup;
use crate::group::deadlines::Timer;
use crate::group::{ClassicState, GroupConfig, Record};

fn step() -> impl Strategy<Value = String> {
    let client = prop::sample::select(vec!["a", "b", "c", "d"]);
    let version = prop::sample::select(vec!["3", "5", "9"]);
    let protocols = prop::sample::select(vec!["range", "range,sticky", "sticky,range", "sticky"]);
    let instance = prop::sample::select(vec!["", "", "", " instance=i", " instance=j"]);
    prop_oneof![
        6 => (client.clone(), version, protocols, instance, 1..4i32).prop_map(
            |(client, version, protocols, instance, minutes)| format!(
                "join {client} v={version} protocols={protocols}{instance} rebalance={}",
                minutes * 20_000 - 20_000
            )
        ),
        1 => client.clone().prop_map(|client| format!("join {client} member= instance=i")),
        6 => client.clone().prop_map(|client| format!("sync {client} a=1 b=2 c=3")),
        3 => client.clone().prop_map(|client| format!("heartbeat {client}")),
        2 => client.clone().prop_map(|client| format!("leave {client}")),
        1 => (client.clone(), client.clone()).prop_map(|(a, b)| format!("leave {a} {b} x")),
        3 => (client.clone(), 0..100).prop_map(|(client, at)| format!("commit {client} t:0={at} u:1={at}")),
        1 => (0..100).prop_map(|at| format!("commit tool t:1={at} retention=30000")),
        3 => (1..20u32).prop_map(|seconds| format!("tick {seconds}s")),
        1 => (1..100u32).prop_map(|minutes| format!("tick {}s", minutes * 60)),
        1 => Just("forget t:0".to_owned()),
        1 => Just("delete".to_owned()),
        1 => Just("topic-deleted u".to_owned()),
        1 => Just("describe".to_owned()),
        1 => Just("restart".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_histories_keep_the_invariants(
        steps in prop::collection::vec(step(), 1..60),
        delay_ms in prop::sample::select(vec![0u64, 3000]),
        members_max in prop::sample::select(vec![2usize, 100]),
    ) {
        let config = GroupConfig {
            initial_rebalance_delay_ms: delay_ms,
            members_max,
            offsets_retention_ms: 3_600_000,
            ..config()
        };
        let mut world = World::new(config.clone());
        for step in &steps {
            world.run(step);
            check_invariants(&world);
            check_replay(&world, &config);
        }
    }
}

/// Replaying all records into an empty coordinator gives the same durable state, and its
/// stable groups are the ones that live.
fn check_replay(world: &World, config: &GroupConfig) {
    let mut replayed = World::new(config.clone());
    for record in &world.records {
        let (key, value) = (record.encode_key(), record.encode_value());
        let read = Record::decode(&key, value.as_deref()).unwrap().unwrap();
        assert_eq!(read, *record);
        replayed.records.push(read);
    }
    replayed.restart();
    let (durable, groups, _) = world.core.parts();
    let (again, groups_again, _) = replayed.core.parts();
    assert_eq!(durable, again);
    let stable = groups.values().filter(|group| group.state == ClassicState::Stable);
    for group in stable {
        let again = &groups_again[&group.id];
        assert_eq!(again.generation, group.generation);
        assert_eq!(again.leader, group.leader);
        assert_eq!(again.static_members, group.static_members);
        assert_eq!(again.subscribed_topics, group.subscribed_topics);
        let assignments = |group: &ClassicGroup| {
            let members = group.members.iter();
            members.map(|(id, member)| (id.clone(), member.assignment.clone())).collect::<Vec<_>>()
        };
        assert_eq!(assignments(again), assignments(group));
    }
}

fn check_invariants(world: &World) {
    let (durable, groups, deadlines) = world.core.parts();
    for group in groups.values() {
        check_group(group);
        for (id, member) in &group.members {
            let timer = Timer::Member(group.id.clone(), id.clone());
            let waits = member.awaiting_join.is_some() || member.awaiting_sync.is_some();
            let has_session = deadlines.timers().any(|set| *set == timer);
            assert!(waits || has_session, "{id} neither waits nor has a session");
        }
        if group.state == ClassicState::PreparingRebalance {
            let timer = Timer::Join(group.id.clone());
            assert!(deadlines.timers().any(|set| *set == timer), "a round always ends");
        }
    }
    for id in durable.offsets.keys() {
        assert!(groups.contains_key(id), "offsets belong to a group");
    }
    for timer in deadlines.timers() {
        match timer {
            Timer::Member(id, member) => {
                let group = &groups[id];
                let is_known =
                    group.members.contains_key(member) || group.pending_joins.contains(member);
                assert!(is_known, "no timer outlives its member");
            }
            Timer::Join(id) | Timer::Sync(id) => assert!(groups.contains_key(id)),
            Timer::Expiry => assert!(!groups.is_empty()),
        }
    }
    assert_eq!(groups.is_empty(), deadlines.next().is_none(), "nothing to do without groups");
}

fn check_group(group: &ClassicGroup) {
    for (instance, id) in &group.static_members {
        assert_eq!(group.members[id].instance.as_ref(), Some(instance));
    }
    assert!(group.pending_joins.iter().all(|id| !group.members.contains_key(id)));
    assert!(group.pending_syncs.iter().all(|id| group.members.contains_key(id)));
    let leader_is_member = group.leader.as_ref().is_some_and(|id| group.members.contains_key(id));
    assert_eq!(leader_is_member, !group.members.is_empty(), "whoever has members has a leader");
    if !group.members.is_empty() {
        assert!(group.elect_protocol().is_some(), "all support one protocol");
    }
    let waits_for_join = group.members.values().any(|member| member.awaiting_join.is_some());
    let waits_for_sync = group.members.values().any(|member| member.awaiting_sync.is_some());
    match group.state {
        ClassicState::Empty => assert!(group.members.is_empty()),
        ClassicState::PreparingRebalance => assert!(!waits_for_sync),
        ClassicState::CompletingRebalance => assert!(!waits_for_join),
        ClassicState::Stable => assert!(!waits_for_join && !waits_for_sync),
        ClassicState::Dead => panic!("a dead group is not kept"),
    }
}
