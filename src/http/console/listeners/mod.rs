//! *Listeners*: who came, who was told which address, who came back there, and what to do about
//! those who did not.
//!
//! Draws [`Report`], the same that `/api/listeners` tells; decides nothing.

mod bootstrap;
mod finding;
mod guest;
mod lane;

#[cfg(test)]
mod tests;

use futures_util::FutureExt;
use maud::{Markup, html};

use super::Page;
use super::words::count;
use crate::listener::seen::{ClientState, Report};

pub(super) const PAGE: Page = Page {
    path: "/listeners",
    title: "Listeners",
    content: |console| async move { content(&console.broker.doorkeeper().report()) }.boxed(),
};

fn content(report: &Report) -> Markup {
    html! {
        h1 { "Listeners" }
        (summary(report))
        section aria-labelledby="picture" {
            h2 #picture { "Who was told what, and came back where" }
            @for listener in &report.listeners { (lane::lane(report, listener)) }
        }
        (finding::findings(report))
        (bootstrap::section(report))
    }
}

/// One sentence that says whether all is well, and where this is.
fn summary(report: &Report) -> Markup {
    let standing = finding::standing(report).count();
    let clients = report.clients.len();
    let works = report.clients.iter().filter(|it| it.state == ClientState::Works).count();
    let (mood, sentence) = match (clients, standing, works) {
        (0, ..) => ("quiet", "Nobody has come yet.".to_owned()),
        (_, 0, 0) => ("quiet", format!("{}, none has done any work yet.", came(clients))),
        (_, 0, _) => ("good", format!("All is well: {}.", working(works))),
        (_, _, 0) => ("bad", format!("{}; no client works yet.", count(standing, "finding"))),
        _ => ("bad", format!("{}; {}.", count(standing, "finding"), working(works))),
    };
    let broker = &report.broker;
    let place = if broker.inside_container { ", in a container" } else { "" };
    html! {
        p.mood.(mood) #mood data-live role="status" { (sentence) }
        p.where {
            "Node " (broker.node_id) " of cluster " code { (broker.cluster_id) } " on "
            code { (broker.hostname) } (place)
        }
    }
}

fn came(clients: usize) -> String {
    format!("{} came", count(clients, "client"))
}

fn working(works: usize) -> String {
    format!("{} {}", count(works, "client"), if works == 1 { "works" } else { "work" })
}
