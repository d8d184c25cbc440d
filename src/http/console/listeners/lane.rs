//! One listener as a picture: clients on the left, the listener in the middle, on the right the
//! address that its clients are told.

use maud::{Markup, html};

use super::guest;
use crate::http::console::words::{count, slug};
use crate::listener::seen::{ClientReport, ClientState, ListenerReport, Report};

/// Clients that are drawn before the rest is folded away.
const SHOWN_MAX: usize = 8;

pub(super) fn lane(report: &Report, listener: &ListenerReport) -> Markup {
    let mut guests: Vec<&ClientReport> =
        report.clients.iter().filter(|it| it.listener == listener.name).collect();
    // Stable: within a state the latest stays first.
    guests.sort_by_key(|guest| interest(guest.state));
    let (shown, rest) = guests.split_at(guests.len().min(SHOWN_MAX));
    let name = slug(&listener.name);
    html! {
        article.lane id={ "lane-" (name) } aria-labelledby={ "name-" (name) } data-live {
            (door(listener, &name))
            (told(listener, shown))
            @if guests.is_empty() {
                div.guests { (guest::nobody()) }
            } @else {
                ol.guests { @for guest in shown { (guest::guest(guest)) } }
            }
            @if !rest.is_empty() {
                details.rest id={ "rest-" (name) } {
                    summary { "and " (count(rest.len(), "more client")) }
                    ol.guests { @for guest in rest { (guest::guest(guest)) } }
                }
            }
        }
    }
}

/// Who is in trouble comes first.
fn interest(state: ClientState) -> u8 {
    match state {
        ClientState::Lost => 0,
        ClientState::Stranger => 1,
        ClientState::Works => 2,
        ClientState::Asked => 3,
        ClientState::Silent => 4,
    }
}

fn door(listener: &ListenerReport, name: &str) -> Markup {
    html! {
        div.node.door {
            p.role { "listener" }
            h3 id={ "name-" (name) } { (listener.name) }
            p.address { code { (listener.bound) } }
            @if listener.protocol != listener.name { p.note { (listener.protocol) } }
            p.note { (count(listener.connections_open as usize, "connection")) " open" }
        }
    }
}

fn told(listener: &ListenerReport, shown: &[&ClientReport]) -> Markup {
    let is_broken = shown.iter().any(|guest| guest.state == ClientState::Lost);
    let class = if is_broken { "broken" } else { "whole" };
    html! {
        div.node.told.(class) {
            p.role { "its clients are told" }
            @match &listener.advertised {
                Some(address) => {
                    p.address { code { (address) } }
                    p.note { "for " (listener.reachable_by) }
                }
                None => {
                    p.address { "nothing" }
                    p.note { "it is not in " code { "advertised.listeners" } }
                }
            }
        }
    }
}
