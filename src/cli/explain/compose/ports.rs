//! Published ports in every notation of Compose.

use crate::cli::explain::text::Place;
use crate::cli::explain::yaml::Node;
use crate::listener::reach::Published;

/// A published port and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Port {
    pub(super) published: Published,
    pub(super) written: Written,
}

/// How a port is written, and so how it is changed.
#[derive(Debug, Clone)]
pub(super) enum Written {
    /// `"9092:9092"`: the scalar, and its text before variables were replaced.
    Short { at: Place, raw: String },
    /// `published:` and `target:`, the scalars of each.
    Long { published: Option<Place>, target: Place },
    /// One of a range, which is not rewritten.
    Range,
}

/// The ports of one entry of `ports`.
pub(super) fn read(
    file: usize,
    node: &Node,
    replaced: &mut dyn FnMut(&str) -> String,
) -> Vec<Port> {
    if node.is_mapping() {
        return long(file, node, replaced);
    }
    let Some(raw) = node.text() else { return Vec::new() };
    let at = Place { file, range: node.range.clone() };
    let text = replaced(raw);
    let ports = short(&text);
    let is_one = ports.len() == 1;
    let port = |published| Port {
        published,
        written: if is_one {
            Written::Short { at: at.clone(), raw: raw.to_owned() }
        } else {
            Written::Range
        },
    };
    ports.into_iter().map(port).collect()
}

fn long(file: usize, node: &Node, replaced: &mut dyn FnMut(&str) -> String) -> Vec<Port> {
    let mut text = |key: &str| node.text_at(&[key]).map(&mut *replaced);
    let is_udp = text("protocol").is_some_and(|protocol| protocol == "udp");
    let target = text("target").and_then(|port| port.parse::<u16>().ok());
    let (Some(target), false) = (target, is_udp) else { return Vec::new() };
    let published = text("published").unwrap_or_default();
    let host_port = published.split('-').next().and_then(|port| port.parse::<u16>().ok());
    let host_ip = text("host_ip").filter(|ip| !ip.is_empty());
    let place = |key: &str| Some(Place { file, range: node.at(&[key])?.range.clone() });
    let written = match place("target") {
        Some(target) => Written::Long { published: place("published"), target },
        None => Written::Range,
    };
    vec![Port { published: Published { host_ip, host_port, container_port: target }, written }]
}

/// `[IP:][HOST:]CONTAINER[/PROTOCOL]`, ports or ranges of ports.
pub(super) fn short(text: &str) -> Vec<Published> {
    let (text, protocol) = text.trim().split_once('/').unwrap_or_else(|| (text.trim(), "tcp"));
    if protocol != "tcp" {
        return Vec::new();
    }
    let (host, container) = match text.rsplit_once(':') {
        Some((host, container)) => (Some(host), container),
        None => (None, text),
    };
    let (ip, host) = match host.and_then(|host| host.rsplit_once(':')) {
        Some((ip, port)) => (Some(ip), Some(port)),
        None => (None, host),
    };
    let ip = ip.map(|ip| ip.trim_start_matches('[').trim_end_matches(']').to_owned());
    let Some(inner) = range(container) else { return Vec::new() };
    let outer = host.filter(|host| !host.is_empty()).and_then(range);
    let count = inner.1.saturating_sub(inner.0).min(1000);
    (0..=count)
        .map(|step| Published {
            host_ip: ip.clone(),
            // A range outside for one port inside takes any of the range.
            host_port: outer.map(|(first, _)| first + step),
            container_port: inner.0 + step,
        })
        .collect()
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.trim().parse::<u16>().ok()?, last.trim().parse::<u16>().ok()?);
    (first <= last && last < u16::MAX - 1000).then_some((first, last))
}
