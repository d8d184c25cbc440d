//! Findings: what was seen, why it cannot work, what to write instead.

use maud::{Markup, html};

use crate::http::console::words::{copyable, count, prose, slug, time_of_day};
use crate::listener::FindingReport;
use crate::listener::seen::{RaisedReport, Report};

/// Findings that clients still run into.
pub(super) fn standing(report: &Report) -> impl Iterator<Item = &RaisedReport> {
    report.findings.iter().filter(|raised| raised.withdrawn_at_ms.is_none())
}

pub(super) fn findings(report: &Report) -> Markup {
    let over: Vec<_> = report.findings.iter().filter(|it| it.withdrawn_at_ms.is_some()).collect();
    // What somebody has run into need not be foretold.
    let is_known = |advice: &&FindingReport| {
        standing(report)
            .any(|it| (it.finding.id, &it.finding.listener) == (advice.id, &advice.listener))
    };
    let advice = report.listeners.iter().flat_map(|listener| &listener.advice);
    let advice: Vec<_> = advice.filter(|advice| !is_known(advice)).collect();
    html! {
        div #findings data-live {
            @if standing(report).next().is_some() {
                section aria-labelledby="found" {
                    h2 #found { "What clients ran into" }
                    @for raised in standing(report) { (raised_finding(raised, report)) }
                }
            }
            @if !advice.is_empty() {
                section aria-labelledby="advice" {
                    h2 #advice { "What the settings make likely" }
                    @for (index, finding) in advice.iter().enumerate() {
                        (article(finding, &format!("advice-{index}"), &html! {
                            "nobody need have run into it"
                        }))
                    }
                }
            }
            @if !over.is_empty() {
                details.over #over {
                    summary { (count(over.len(), "finding")) " that came right" }
                    ul {
                        @for raised in over {
                            li {
                                span.id { (raised.finding.id) } " " (raised.finding.title)
                                @if let Some(at) = raised.withdrawn_at_ms {
                                    span.note {
                                        code { (raised.address) } " works since " (time_of_day(at))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn raised_finding(raised: &RaisedReport, report: &Report) -> Markup {
    let listener = raised.finding.listener.as_deref().unwrap_or_default();
    let key = slug(&format!("{}-{listener}-{}", raised.finding.id, raised.address));
    let names = report.clients.iter().filter(|client| raised.clients.contains(&client.id));
    let names: Vec<&str> = names.filter_map(|client| client.client_id.as_deref()).collect();
    let who = html! {
        @if !names.is_empty() { (names.join(", ")) " " }
        "from " code { (raised.address) } ", " (time_of_day(raised.raised_at_ms))
    };
    article(&raised.finding, &key, &who)
}

fn article(finding: &FindingReport, key: &str, who: &Markup) -> Markup {
    html! {
        article.finding id={ "finding-" (key) } aria-labelledby={ "title-" (key) } {
            header {
                h3 id={ "title-" (key) } { span.id { (finding.id) } " " (finding.title) }
                p.note {
                    @if let Some(listener) = &finding.listener { "on " (listener) ", " }
                    (who)
                }
            }
            dl {
                dt { "Seen" }
                dd { (sentence(&finding.evidence)) }
                @if !finding.cause.is_empty() {
                    dt { "Why" }
                    dd { (prose(&finding.cause)) }
                }
                dt { "Fix" }
                dd {
                    p { (prose(&finding.fix.advice)) }
                    @for setting in &finding.fix.settings { (copyable(&setting.line)) }
                }
            }
            p.note { "In full: " code { (finding.more) } }
        }
    }
}

/// With a capital and a full stop: evidence is told to stand in a line of a log. A name of a host
/// or a listener stays as it is.
fn sentence(text: &str) -> Markup {
    let is_word = ["a ", "an ", "client ", "it ", "the "].iter().any(|word| text.starts_with(word));
    let (first, rest) = text.split_at(usize::from(is_word));
    let stop = if text.ends_with(['.', ':', '?', '!']) { "" } else { "." };
    prose(&format!("{}{rest}{stop}", first.to_uppercase()))
}
