//! The settings as they would be with one listener changed: what a fix tells people to write.

use super::problem::Fix;
use super::types::{Listener, Listeners};

/// One listener among all, about to be changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft<'a> {
    pub(super) listeners: &'a Listeners,
    pub(super) listener: &'a Listener,
}

impl Draft<'_> {
    /// `listeners` with this listener bound to `bind`.
    pub(super) fn listeners_with(self, bind: &str) -> String {
        let text = |it: &Listener| {
            let own = it.name == self.listener.name;
            if own { format!("{}://{bind}", it.name) } else { format!("{}://{}", it.name, it.bind) }
        };
        let controllers = self.listeners.controllers.iter();
        self.listeners.all.iter().chain(controllers).map(text).collect::<Vec<_>>().join(",")
    }

    /// `advertised.listeners` with this listener told as `endpoint`, and perhaps one more.
    pub(super) fn advertised_with(self, endpoint: &str, extra: Option<String>) -> String {
        let text = |it: &Listener| {
            let own = it.name == self.listener.name;
            match &it.advertised {
                _ if own => Some(format!("{}://{endpoint}", it.name)),
                Some(told) => Some(format!("{}://{told}", it.name)),
                None => None,
            }
        };
        self.listeners.all.iter().filter_map(text).chain(extra).collect::<Vec<_>>().join(",")
    }

    /// The three settings of one more listener, which is bound to every interface at a free port
    /// and told as `host`.
    pub(super) fn add_listener(self, advice: &str, name: &str, host: &str) -> Fix {
        let port = self.free_port();
        let bind = self.listener.bind.to_string();
        let told = self.listener.advertised.as_ref().map(ToString::to_string).unwrap_or_default();
        let listeners = format!("{},{name}://:{port}", self.listeners_with(&bind));
        let extra = format!("{name}://{host}:{port}");
        let names = self.listeners.all.iter().chain(&self.listeners.controllers);
        let map: Vec<String> = names.map(|it| format!("{}:{}", it.name, it.protocol)).collect();
        Fix::advice(advice)
            .and_set("listeners", listeners)
            .and_set("advertised.listeners", self.advertised_with(&told, Some(extra)))
            .and_set(
                "listener.security.protocol.map",
                format!("{},{name}:PLAINTEXT", map.join(",")),
            )
    }

    /// 29092 as in everybody's compose file, or the next that no listener has.
    fn free_port(self) -> u16 {
        let taken = |port: u16| self.listeners.all.iter().any(|it| it.bind.port == port);
        (29092..u16::MAX).find(|port| !taken(*port)).unwrap_or(29092)
    }
}
