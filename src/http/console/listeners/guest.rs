//! One client: who it is, how far it got, and its story.

use maud::{Markup, html};

use crate::http::console::words::time_of_day;
use crate::listener::seen::{ClientReport, ClientState};

/// How a way is drawn, and what is written on it.
#[derive(Debug, Clone, Copy)]
struct Way {
    class: &'static str,
    label: &'static str,
    mark: Mark,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    Arrow,
    Tick,
    Break,
    Open,
    None,
}

pub(super) fn guest(client: &ClientReport) -> Markup {
    let (there, back) = ways(client);
    html! {
        li.guest.(state(client.state)) {
            (who(client))
            (way("there", there))
            (way("back", back))
        }
    }
}

/// Where the first client will be.
pub(super) fn nobody() -> Markup {
    let way = |label| Way { class: "unsure", label, mark: Mark::None };
    html! {
        div.guest {
            p.who { "Nobody has come in here yet." }
            (self::way("there", way("will ask")))
            (self::way("back", way("will come back")))
        }
    }
}

/// From the client to the listener, and from the address that it was told back here.
fn ways(client: &ClientReport) -> (Way, Way) {
    let way = |class, label, mark| Way { class, label, mark };
    let came = way("sure", "asked", Mark::Arrow);
    match client.state {
        ClientState::Works => (came, way("sure", "came back", Mark::Tick)),
        ClientState::Lost if client.told.is_none() => {
            (came, way("cut", "told nothing", Mark::Break))
        }
        ClientState::Lost => (came, way("cut", "never came", Mark::Break)),
        ClientState::Asked => (came, way("unsure", "not yet", Mark::Open)),
        ClientState::Stranger => (way("cut", "no Kafka", Mark::Break), way("void", "", Mark::None)),
        ClientState::Silent => {
            (way("unsure", "said nothing", Mark::Open), way("void", "", Mark::None))
        }
    }
}

fn state(state: ClientState) -> &'static str {
    match state {
        ClientState::Works => "works",
        ClientState::Lost => "lost",
        ClientState::Asked => "asked",
        ClientState::Stranger => "stranger",
        ClientState::Silent => "silent",
    }
}

fn way(which: &str, way: Way) -> Markup {
    html! {
        div.way.(which).(way.class) {
            @if !way.label.is_empty() { span.label { (way.label) } }
            (mark(way.mark))
        }
    }
}

fn mark(mark: Mark) -> Markup {
    let (class, path) = match mark {
        Mark::Arrow => ("arrow", "M6 3l5 5-5 5"),
        Mark::Tick => ("tick", "M3.5 8.5l3 3 6-7"),
        Mark::Break => ("break", "M4 4l8 8M12 4l-8 8"),
        Mark::Open => ("open", ""),
        Mark::None => return Markup::default(),
    };
    html! {
        span.mark.(class) aria-hidden="true" {
            svg viewBox="0 0 16 16" width="16" height="16" { path d=(path) {} }
        }
    }
}

/// Opens to the story.
fn who(client: &ClientReport) -> Markup {
    html! {
        details.who id={ "client-" (client.id) } {
            summary {
                span.name {
                    @match &client.client_id {
                        Some(name) => (name),
                        None => "a client without a name",
                    }
                }
                @for id in &client.findings { " " span.id { (id) } }
                span.note {
                    @if let Some(software) = &client.software { (software) ", " }
                    code { (client.address) } ", " (client.place_text)
                }
            }
            ol.story {
                @for line in &client.story { li { (time_of_day(line.at_ms)) " " (line.text) } }
            }
        }
    }
}
