//! What is around every page: head, navigation, footer.

use maud::{DOCTYPE, Markup, html};

use super::assets::{ICON, SCRIPT, STYLE};
use super::{PAGES, Page};

/// A whole document.
pub(super) fn frame(page: &Page, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " · klamm" }
                link rel="icon" type="image/svg+xml" href=(ICON);
                link rel="stylesheet" href=(STYLE);
                script src=(SCRIPT) defer {}
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header.top { (navigation(page)) }
                main #content tabindex="-1" { (content) }
                footer.bottom { (others()) }
            }
        }
    }
}

fn navigation(current: &Page) -> Markup {
    html! {
        a.brand href="/" { "klamm" }
        nav aria-label="Pages" {
            ul {
                @for page in &PAGES {
                    li {
                        a href=(page.path) aria-current=[(page.path == current.path).then_some("page")] {
                            (page.title)
                        }
                    }
                }
            }
        }
        // The script says here whether klamm answers.
        p #pulse role="status" {}
        noscript { p { "Without JavaScript this page stands still. " a href=(current.path) { "Reload it" } } }
    }
}

/// What else is on this port.
fn others() -> Markup {
    html! {
        p { "klamm " (env!("CARGO_PKG_VERSION")) }
        ul {
            @for (path, name) in [
                ("/metrics", "Metrics"),
                ("/api/listeners", "This page as JSON"),
                ("/readyz", "Readiness"),
            ] {
                li { a href=(path) { (name) } }
            }
        }
    }
}
