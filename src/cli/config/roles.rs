//! What Kafka demands of a file that names `process.roles`. A file without it is one of the
//! ZooKeeper times, or none at all, and is spared.

use super::problem::Problem;
use super::settings::{Origin, Settings};
use crate::cluster::split_list;
use crate::listener::bound_names;

/// Everything that Kafka would refuse about the roles of this node.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    let Some(roles) = settings.text("process.roles") else { return Vec::new() };
    let roles = split_list(roles);
    let has = |role: &str| roles.iter().any(|it| it == role);
    let mut check = Check { settings, problems: Vec::new() };
    if roles.is_empty() {
        check.refuse(
            "process.roles",
            "Configuration 'process.roles' must not be empty. Valid values include: [broker, \
             controller]",
            ("On one machine:", "process.roles", "broker,controller"),
        );
    }
    if !has("broker") {
        if has("controller") {
            check.controller_only();
        }
        return check.problems;
    }
    check.node_id();
    check.quorum(has("controller"));
    check.controller_names(has("controller"));
    check.problems
}

struct Check<'a> {
    settings: &'a Settings,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn refuse(&mut self, setting: &str, reason: &str, fix: (&str, &str, &str)) {
        let set = self.settings.get(setting);
        let origin = set.map(|it| it.origin.clone());
        let own = origin.as_ref().and_then(Origin::syntax);
        let syntax = own.unwrap_or_else(|| self.settings.syntax());
        let (advice, name, value) = fix;
        let mut lines = vec![advice.to_owned()];
        if !name.is_empty() {
            lines.push(syntax.assignment(name, value));
        }
        self.problems.push(Problem {
            id: None,
            setting: setting.to_owned(),
            value: set.map_or_else(String::new, |it| it.value.clone()),
            origin,
            reason: reason.to_owned(),
            allowed: String::new(),
            fix: lines,
        });
    }

    fn controller_only(&mut self) {
        self.refuse(
            "process.roles",
            "This is the file of a controller without a broker. klamm is a broker that keeps its \
             metadata itself; it has nothing to do here.",
            ("Leave this node out, and start klamm with the broker's file.", "", ""),
        );
    }

    fn node_id(&mut self) {
        let is_set = |name: &str| self.settings.get(name).is_some();
        if !is_set("node.id") && !is_set("broker.id") {
            self.refuse(
                "node.id",
                "Missing required configuration \"node.id\" which has no default value.",
                ("Kafka demands it as soon as process.roles is set:", "node.id", "1"),
            );
        }
    }

    fn quorum(&mut self, is_controller: bool) {
        let voters = split_list(self.settings.text("controller.quorum.voters").unwrap_or(""));
        let servers = self.settings.text("controller.quorum.bootstrap.servers").unwrap_or("");
        if voters.is_empty() && servers.is_empty() {
            self.refuse(
                "controller.quorum.voters",
                "If using process.roles, either controller.quorum.bootstrap.servers must contain \
                 the set of bootstrap controllers or controller.quorum.voters must contain a \
                 parseable set of controllers.",
                ("On one machine:", "controller.quorum.voters", "1@localhost:9093"),
            );
            return;
        }
        let ids = voters.iter().map(|voter| voter_id(voter));
        let Some(ids) = ids.collect::<Option<Vec<i32>>>() else {
            self.refuse(
                "controller.quorum.voters",
                "Invalid configuration value for controller.quorum.voters. Each entry should be \
                 in the form `{id}@{host}:{port}`.",
                ("For instance:", "controller.quorum.voters", "1@localhost:9093"),
            );
            return;
        };
        let node = self.settings.text("node.id").or_else(|| self.settings.text("broker.id"));
        let Some(node) = node.and_then(|text| text.parse::<i32>().ok()) else { return };
        if ids.is_empty() || ids.contains(&node) == is_controller {
            return;
        }
        let set = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let (role, verb) = match is_controller {
            true => ("the 'controller' role", "must be"),
            false => ("just the 'broker' role", "must not be"),
        };
        let reason = format!(
            "If process.roles contains {role}, the node id {node} {verb} included in the set of \
             voters controller.quorum.voters=Set({set})"
        );
        let fix = format!("{node}@localhost:9093");
        let advice = "Make the two agree:";
        if is_controller {
            self.refuse("node.id", &reason, (advice, "controller.quorum.voters", &fix));
        } else {
            self.refuse("node.id", &reason, (advice, "process.roles", "broker,controller"));
        }
    }

    fn controller_names(&mut self, is_controller: bool) {
        let Some(names) = self.settings.text("controller.listener.names") else {
            self.refuse(
                "controller.listener.names",
                "Missing required configuration \"controller.listener.names\" which has no \
                 default value.",
                (
                    "Kafka demands it as soon as process.roles is set:",
                    "controller.listener.names",
                    "CONTROLLER",
                ),
            );
            return;
        };
        let names = split_list(names);
        if names.is_empty() {
            self.refuse(
                "controller.listener.names",
                "Configuration 'controller.listener.names' must not be empty. Valid values \
                 include: any non-empty value",
                (
                    "Name the listener of the controllers:",
                    "controller.listener.names",
                    "CONTROLLER",
                ),
            );
            return;
        }
        let listeners = self.settings.text("listeners").unwrap_or("PLAINTEXT://:9092");
        let bound = bound_names(listeners);
        let is_bound = |name: &String| bound.contains(name);
        let with_controller = format!("{listeners},{}://:9093", names.first().map_or("", |it| it));
        let reason = match is_controller {
            true if !names.iter().any(is_bound) => {
                "controller.listener.names must contain at least one value appearing in the \
                 'listeners' configuration when running the KRaft controller role"
            }
            true if !names.iter().all(is_bound) => {
                "controller.listener.names must only contain values appearing in the 'listeners' \
                 configuration when running the KRaft controller role"
            }
            false if names.iter().any(is_bound) => {
                "controller.listener.names must not contain a value appearing in the 'listeners' \
                 configuration when running KRaft with just the broker role"
            }
            _ => return,
        };
        let fix = match is_controller {
            true => ("Give the controller a listener:", "listeners", with_controller.as_str()),
            false => ("If this node is its own controller:", "process.roles", "broker,controller"),
        };
        self.refuse("controller.listener.names", reason, fix);
    }
}

/// The id of `id@host:port`.
fn voter_id(voter: &str) -> Option<i32> {
    let (id, address) = voter.split_once('@')?;
    let (host, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok().filter(|_| !host.is_empty())?;
    id.parse().ok()
}
