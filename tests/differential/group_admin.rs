//! What tools ask about groups.

use std::borrow::Cow;

use klamm::wire::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest, JoinGroupRequest,
    ListGroupsRequest, ListGroupsResponse,
};

use super::groups::{join, leave, member, settled};
use super::probe::Probe;

fn describe<'a>(groups: &[&'a str], operations: bool) -> DescribeGroupsRequest<'a> {
    DescribeGroupsRequest {
        groups: groups.iter().map(|group| Cow::Borrowed(*group)).collect(),
        include_authorized_operations: operations,
    }
}

fn delete<'a>(groups: &[&'a str]) -> DeleteGroupsRequest<'a> {
    DeleteGroupsRequest { groups_names: groups.iter().map(|group| Cow::Borrowed(*group)).collect() }
}

pub(crate) fn admin(probe: &mut Probe) {
    let group = probe.group("admin");
    let unknown = probe.own("unknown");
    probe.note("unknown groups");
    for version in 0..=6 {
        probe.ask("x", version, "one that is not there", &describe(&[&unknown], false));
    }
    probe.ask("x", 5, "one without a name", &describe(&[""], true));
    probe.ask("x", 6, "one without a name", &describe(&[""], true));
    probe.ask("x", 6, "one that is not there", &describe(&[&unknown], true));
    probe.ask("x", 6, "nothing", &describe(&[], false));
    for version in 0..=2 {
        probe.ask("x", version, "one that is not there", &delete(&[&unknown]));
    }
    probe.ask("x", 2, "one that is not there, twice", &delete(&[&unknown, &unknown]));
    probe.ask("x", 2, "one without a name", &delete(&[""]));
    probe.note("a pending member makes a group");
    let pending = member(&probe.ask("a", 9, "joins anew", &join(&group, "")));
    probe.wait_for_group(&group);
    probe.ask("x", 6, "it", &describe(&[&group], true));
    list(probe, &group, "Empty");
    probe.ask("a", 9, "joins", &join(&group, &pending));
    probe.ask("x", 5, "it, completing", &describe(&[&group], false));
    list(probe, &group, "COMPLETINGREBALANCE");
    probe.ask("a", 5, "leaves", &leave(&group, &[(&pending, None)]));
    probe.ask("x", 5, "it, empty", &describe(&[&group], true));
    probe.ask("x", 2, "it", &delete(&[&group]));
    probe.ask("x", 6, "it, deleted", &describe(&[&group], false));
    probe.note("a stable group");
    let stable = probe.group("stable");
    let id = settled(probe, "b", &stable);
    for version in 0..=6 {
        probe.ask("x", version, "it", &describe(&[&stable], version >= 3));
    }
    list(probe, &stable, " stable ");
    list(probe, &stable, "preparing");
    probe.ask("x", 1, "it", &delete(&[&stable]));
    probe.note("a rebalance");
    let other = member(&probe.ask("c", 9, "joins anew", &join(&stable, "")));
    probe.send("c", 9, &join(&stable, &other));
    super::groups::while_rebalancing(probe, &stable, &id);
    probe.ask("x", 6, "it, preparing", &describe(&[&stable], false));
    probe.ask("x", 5, "removes both", &leave(&stable, &[(&id, None), (&other, None)]));
    probe.hear::<JoinGroupRequest<'_>>("c", 9, "is told so");
    probe.ask("x", 6, "it, empty", &describe(&[&stable], false));
    probe.ask("x", 0, "it", &delete(&[&stable]));
}

/// The lines of this group alone: a broker is shared.
fn list(probe: &mut Probe, group: &str, state: &'static str) {
    let states: [&[&'static str]; 2] = [&[], &[state]];
    let types: [&[&'static str]; 3] = [&[], &["Classic"], &["consumer", "nonsense"]];
    for version in 0..=5 {
        for states in states.iter().filter(|states| version >= 4 || states.is_empty()) {
            for types in types.iter().filter(|types| version >= 5 || types.is_empty()) {
                let request = ListGroupsRequest {
                    states_filter: states.iter().map(|state| Cow::Borrowed(*state)).collect(),
                    types_filter: types.iter().map(|name| Cow::Borrowed(*name)).collect(),
                };
                let about = format!("states {states:?} types {types:?}");
                probe.ask_about("x", version, &about, &request, |body| {
                    let answer = body.read::<ListGroupsResponse<'_>>();
                    let own = answer.groups.iter().filter(|listed| listed.group_id == group);
                    format!("{} {:?}", answer.error_code, own.collect::<Vec<_>>())
                });
            }
        }
    }
}

pub(crate) fn find_coordinator(probe: &mut Probe) {
    let group = probe.group("wanted");
    for version in 0..=3 {
        let request = FindCoordinatorRequest {
            key: Cow::Borrowed(&group),
            ..FindCoordinatorRequest::default()
        };
        probe.ask("x", version, "of a group", &request);
        if version >= 1 {
            let request = FindCoordinatorRequest { key_type: 7, ..request };
            probe.ask("x", version, "of what is not known", &request);
        }
    }
    for version in 4..=6 {
        let request = FindCoordinatorRequest {
            coordinator_keys: vec![Cow::Borrowed(&group), Cow::Borrowed("")],
            ..FindCoordinatorRequest::default()
        };
        probe.ask("x", version, "of two groups", &request);
        let nothing = FindCoordinatorRequest { coordinator_keys: Vec::new(), ..request.clone() };
        probe.ask("x", version, "of nothing", &nothing);
        let request = FindCoordinatorRequest { key_type: 7, ..request };
        probe.ask("x", version, "of what is not known", &request);
    }
    let share = FindCoordinatorRequest {
        key_type: 2,
        coordinator_keys: vec![Cow::Borrowed(&group)],
        ..FindCoordinatorRequest::default()
    };
    probe.ask("x", 5, "of a share group", &share);
}
