//! The labs: their files, and how each is played.

mod listeners;
mod readers;
pub(super) mod security;
mod sinks;

use anyhow::Result;

use super::bench::{Bench, Outcome};

/// A lab.
#[derive(Debug)]
pub(super) struct Lab {
    pub(super) number: u8,
    /// Its name in paths.
    pub(super) name: &'static str,
    /// The files to mend, as they are at first, with the names of ports in braces.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Names of the ports that the files and the texts speak of.
    pub(super) ports: &'static [&'static str],
    /// The mistake's number in the catalogue of listeners.
    pub(super) mistake: Option<&'static str>,
    /// The words that say which command of klamm helps here.
    pub(super) help: &'static str,
    /// Tries the files as they are.
    pub(super) play: fn(&Bench<'_>) -> Result<Outcome>,
}

impl Lab {
    /// `01-bootstrap`
    pub(super) fn folder(&self) -> String {
        format!("{:02}-{}", self.number, self.name)
    }
}

const SERVER: &str = "server.properties";
const SINK: &str = "s3-sink.properties";

/// All of them, in order.
pub(super) const LABS: [Lab; 10] = [
    Lab {
        number: 1,
        name: "bootstrap",
        files: &[(SERVER, include_str!("../files/01-server.properties"))],
        ports: &["port", "wrong"],
        mistake: Some("L07"),
        help: "help-explain",
        play: listeners::bootstrap,
    },
    Lab {
        number: 2,
        name: "container",
        files: &[
            (SERVER, include_str!("../files/02-server.properties")),
            ("container.properties", include_str!("../files/02-container.properties")),
        ],
        ports: &["port", "second"],
        mistake: Some("L03"),
        help: "help-mistake",
        play: listeners::container,
    },
    Lab {
        number: 3,
        name: "published-port",
        files: &[(SERVER, include_str!("../files/03-server.properties"))],
        ports: &["inner", "published"],
        mistake: Some("L07"),
        help: "help-mistake",
        play: listeners::published_port,
    },
    Lab {
        number: 4,
        name: "wildcard",
        files: &[(SERVER, include_str!("../files/04-server.properties"))],
        ports: &["port"],
        mistake: Some("L11"),
        help: "help-config",
        play: listeners::wildcard,
    },
    Lab {
        number: 5,
        name: "ipv6",
        files: &[(SERVER, include_str!("../files/05-server.properties"))],
        ports: &["port"],
        mistake: Some("L06"),
        help: "help-mistake",
        play: listeners::ipv6,
    },
    Lab {
        number: 6,
        name: "tls",
        files: &[("client.properties", include_str!("../files/06-client.properties"))],
        ports: &["port"],
        mistake: Some("L15"),
        help: "help-paste",
        play: security::tls,
    },
    Lab {
        number: 7,
        name: "leaders",
        files: &[(SERVER, include_str!("../files/07-server.properties"))],
        ports: &["app", "admin"],
        mistake: Some("L14"),
        help: "help-mistake",
        play: listeners::leaders,
    },
    Lab {
        number: 8,
        name: "groups",
        files: &[
            (SERVER, include_str!("../files/08-server.properties")),
            ("consumer-1.properties", include_str!("../files/08-consumer.properties")),
            ("consumer-2.properties", include_str!("../files/08-consumer.properties")),
        ],
        ports: &["port"],
        mistake: None,
        help: "help-groups",
        play: readers::groups,
    },
    Lab {
        number: 9,
        name: "flush-size",
        files: &[(SINK, include_str!("../files/09-s3-sink.properties"))],
        ports: &[],
        mistake: None,
        help: "help-sink",
        play: sinks::flush_size,
    },
    Lab {
        number: 10,
        name: "path-format",
        files: &[(SINK, include_str!("../files/10-s3-sink.properties"))],
        ports: &[],
        mistake: None,
        help: "help-sink",
        play: sinks::path_format,
    },
];
