//! What concerns brokers rather than clients: how they find one another, and ports that lead
//! nowhere.

use super::dial::{Landing, Why, dial};
use super::fault::{Fault, FaultKind};
use super::model::{Address, Standpoint, World};
use crate::listener::table::is_loopback;

/// What keeps the brokers of a cluster from one another.
pub(super) fn among_themselves(world: &World) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for (here, broker) in world.brokers.iter().enumerate() {
        for (there, other) in world.brokers.iter().enumerate() {
            if here == there || broker.cluster != other.cluster {
                continue;
            }
            let Some(mut fault) = between(world, here, there) else { continue };
            let who = broker.name.clone();
            let is_same = |it: &&mut Fault| it.kind == fault.kind && it.broker == fault.broker;
            if let Some(same) = faults.iter_mut().find(is_same) {
                same.who.push(who);
            } else {
                fault.who.push(who);
                faults.push(fault);
            }
        }
    }
    faults
}

/// What keeps one broker from another.
fn between(world: &World, here: usize, there: usize) -> Option<Fault> {
    let name = &world.brokers[here].listeners.as_ref().ok()?.inter_broker;
    let other = &world.brokers[there];
    other.listeners.as_ref().ok()?;
    let from = world.home(here);
    let Some(door) = other.doors().iter().position(|it| it.name == *name) else {
        let own = world.brokers[here].doors().iter().position(|it| it.name == *name)?;
        let mut fault = Fault::of_broker(FaultKind::Hidden, from, here);
        fault.door = Some(own);
        fault.other = Some(there);
        return Some(fault);
    };
    let told = other.told(door)?;
    let why = match dial(world, from, &told) {
        Landing::Door { broker, .. } if broker == there => return None,
        Landing::Door { broker, .. } if broker != here => {
            let mut fault = Fault::of_broker(FaultKind::AnotherBroker, from, there);
            fault.door = Some(door);
            fault.told = Some(told);
            fault.other = Some(broker);
            return Some(fault);
        }
        Landing::Unknown(_) => return None,
        // It has dialled itself.
        Landing::Door { .. } => Why::OwnLoopback,
        Landing::Nowhere(why) => why,
    };
    let mut fault = Fault::told(from, (there, door), told.clone(), &why);
    if is_loopback(&told.host) {
        fault.kind = FaultKind::BrokersToldLoopback;
    } else if why == Why::OwnLoopback {
        fault.kind = FaultKind::AnotherBroker;
        fault.other = Some(here);
    }
    Some(fault)
}

/// A door that tells localhost, and no port is published that leads to it.
pub(super) fn not_published(world: &World, cluster: usize) -> Option<Fault> {
    for (index, broker) in world.brokers.iter().enumerate() {
        let Standpoint::At(place) = world.home(index) else { continue };
        if broker.cluster != cluster || world.places[place].shares_machine {
            continue;
        }
        for (door, listener) in broker.doors().iter().enumerate() {
            let Some(told) = broker.told(door).filter(|told| is_loopback(&told.host)) else {
                continue;
            };
            let is_bound_outside = !listener.bind.host.as_deref().is_some_and(is_loopback);
            // Whoever else publishes that port may lead it on to here.
            let leads_nowhere =
                matches!(dial(world, Standpoint::Machine, &told), Landing::Nowhere(_));
            if is_bound_outside && leads_nowhere && !is_used(world, index, door) {
                let mut fault =
                    Fault::of_broker(FaultKind::NotPublished, Standpoint::Machine, index);
                fault.door = Some(door);
                fault.bootstrap = Some(Address::new("localhost", told.port));
                fault.told = Some(told);
                return Some(fault);
            }
        }
    }
    bound_to_loopback(world, cluster)
}

/// Whether one of the clients that were read comes in by this door.
fn is_used(world: &World, broker: usize, door: usize) -> bool {
    world.clients.iter().any(|client| {
        let from = Standpoint::At(client.place);
        let mut landings = client.addresses.iter().map(|address| dial(world, from, address));
        let waits = client.addresses.is_empty() && client.waits_for == Some(broker);
        waits || landings.any(|it| it == Landing::Door { broker, door })
    })
}

/// A published port whose listener is on the container's loopback.
fn bound_to_loopback(world: &World, cluster: usize) -> Option<Fault> {
    world.brokers.iter().enumerate().filter(|(_, it)| it.cluster == cluster).find_map(
        |(index, broker)| {
            let place = &world.places[broker.place?];
            let door = broker.doors().iter().position(|door| {
                door.bind.host.as_deref().is_some_and(is_loopback)
                    && place.published.iter().any(|it| it.container_port == door.bind.port)
            })?;
            let mut fault =
                Fault::of_broker(FaultKind::BoundToLoopback, Standpoint::Machine, index);
            fault.door = Some(door);
            fault.why = Some(Why::BoundToLoopback { broker: index, door });
            fault.bootstrap = Some(Address::new("localhost", broker.doors()[door].bind.port));
            Some(fault)
        },
    )
}
