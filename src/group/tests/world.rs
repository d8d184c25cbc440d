//! A coordinator and a few clients that are told what to do by text.
//!
//! `join a; join a; sync a a=p0; tick 3s`. A client remembers the member id and the
//! generation that it was last told. Options follow a command as `key=value`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::base::{
    Core, ErrorCode, Generation, GroupId, LeaderEpoch, MemberId, Now, Offset, Output, Token,
    TopicName, Uuid,
};
use crate::group::*;

pub(super) const GROUP: &str = "g";

#[derive(Clone)]
struct Client {
    member: String,
    generation: i32,
    instance: Option<Arc<str>>,
}

impl Default for Client {
    fn default() -> Self {
        Client { member: String::new(), generation: -1, instance: None }
    }
}

pub(super) struct World {
    pub(super) core: GroupCore,
    pub(super) now: Now,
    pub(super) records: Vec<Record>,
    config: GroupConfig,
    tokens: BTreeMap<Token, String>,
    clients: BTreeMap<String, Client>,
    fresh_ids: u64,
    pub(super) transcript: String,
}

/// The words after a command.
struct Words<'a>(Vec<&'a str>);

impl<'a> Words<'a> {
    fn option(&self, key: &str) -> Option<&'a str> {
        let mut values = self.0.iter().filter_map(|word| word.split_once('='));
        values.find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    fn number(&self, key: &str, default: i32) -> i32 {
        self.option(key).map_or(default, |text| text.parse().unwrap())
    }
}

impl World {
    pub(super) fn new(config: GroupConfig) -> World {
        World {
            core: GroupCore::new(config.clone()),
            now: Now { monotonic: Duration::ZERO, wall_ms: 1_000_000 },
            records: Vec::new(),
            config,
            tokens: BTreeMap::new(),
            clients: BTreeMap::new(),
            fresh_ids: 0,
            transcript: String::new(),
        }
    }

    pub(super) fn run(&mut self, script: &str) {
        for line in script.split([';', '\n']).map(str::trim).filter(|line| !line.is_empty()) {
            writeln!(self.transcript, "{line}").unwrap();
            self.line(line);
        }
    }

    fn line(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap();
        let who = words.next().unwrap_or("").to_owned();
        let words = Words(words.collect());
        let command = match verb {
            "tick" => return self.tick(&who),
            "restart" => return self.restart(),
            "join" => self.join(&who, &words),
            "sync" => self.sync(&who, &words),
            "heartbeat" => Command::Heartbeat(Heartbeat {
                group: GROUP.into(),
                member: self.member(&who, &words),
                instance: self.instance(&who, &words),
                generation: self.generation(&who, &words),
            }),
            "leave" => self.leave(&who, &words),
            "commit" => self.commit(&who, &words),
            "fetch" => fetch(&who, &words),
            "forget" => {
                let topics = vec![topic_partitions(&who)];
                Command::DeleteOffsets(DeleteOffsets { group: GROUP.into(), topics })
            }
            "delete" => Command::DeleteGroup(GROUP.into()),
            "describe" => Command::Describe(GroupId::from(words.option("group").unwrap_or(GROUP))),
            "list" => Command::List(ListGroups {
                states: words.option("states").into_iter().map(str::to_owned).collect(),
                types: words.option("types").into_iter().map(str::to_owned).collect(),
            }),
            "topic-deleted" => Command::TopicsDeleted(vec![who.as_str().into()]),
            other => panic!("no such verb: {other}"),
        };
        let label = if who.is_empty() { verb.to_owned() } else { who };
        self.send(&label, command);
    }

    pub(super) fn send(&mut self, label: &str, command: Command) {
        let token = Token(self.tokens.len() as u64);
        self.tokens.insert(token, label.to_owned());
        let mut output = Output::default();
        self.core.handle(self.now, token, command, &mut output);
        self.absorb(output);
    }

    fn absorb(&mut self, output: Output<Record, Reply>) {
        for record in &output.records {
            writeln!(self.transcript, "  * {}", show_record(record)).unwrap();
        }
        self.records.extend(output.records);
        for (token, reply) in output.replies {
            let label = self.tokens.insert(token, String::new()).unwrap();
            assert!(!label.is_empty(), "{token:?} was answered twice: {reply:?}");
            let client = self.clients.entry(label.clone()).or_default();
            if let Reply::Join(reply) = &reply
                && matches!(reply.error, ErrorCode::None | ErrorCode::MemberIdRequired)
            {
                client.member = reply.member.to_string();
                client.generation = reply.generation.0;
            }
            writeln!(self.transcript, "  {label} <- {}", show_reply(&reply)).unwrap();
        }
    }

    fn tick(&mut self, text: &str) {
        let step = match text.strip_suffix("ms") {
            Some(ms) => Duration::from_millis(ms.parse().unwrap()),
            None => Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap()),
        };
        let end = self.now.monotonic + step;
        while let Some(deadline) = self.core.next_deadline().filter(|due| due.0 <= end) {
            self.set_time(deadline.0);
            let mut output = Output::default();
            self.core.on_deadline(self.now, &mut output);
            self.absorb(output);
        }
        self.set_time(end);
    }

    fn set_time(&mut self, monotonic: Duration) {
        self.now.wall_ms += (monotonic.saturating_sub(self.now.monotonic)).as_millis() as i64;
        self.now.monotonic = monotonic.max(self.now.monotonic);
    }

    pub(super) fn restart(&mut self) {
        self.core = GroupCore::new(self.config.clone());
        for record in &self.records {
            self.core.apply(record);
        }
        let mut output = Output::default();
        self.core.loaded(self.now, &mut output);
        self.absorb(output);
    }

    fn member(&self, who: &str, words: &Words<'_>) -> MemberId {
        let known = self.clients.get(who).map_or("", |client| client.member.as_str());
        MemberId::from(words.option("member").unwrap_or(known))
    }

    fn instance(&self, who: &str, words: &Words<'_>) -> Option<Arc<str>> {
        let known = self.clients.get(who).and_then(|client| client.instance.clone());
        words.option("instance").map(Arc::from).or(known)
    }

    fn generation(&self, who: &str, words: &Words<'_>) -> Generation {
        let known = self.clients.get(who).map_or(-1, |client| client.generation);
        Generation(words.number("generation", known))
    }

    fn join(&mut self, who: &str, words: &Words<'_>) -> Command {
        self.fresh_ids += 1;
        let instance = self.instance(who, words);
        self.clients.entry(who.to_owned()).or_default().instance = instance.clone();
        let metadata = match words.option("metadata") {
            Some(text) => Bytes::copy_from_slice(text.as_bytes()),
            None => subscription(words.option("topics").unwrap_or("t")),
        };
        let protocols = words.option("protocols").unwrap_or("range").split(',');
        let protocols = protocols.filter(|name| !name.is_empty());
        Command::Join(JoinGroup {
            group: GroupId::from(words.option("group").unwrap_or(GROUP)),
            member: self.member(who, words),
            instance,
            client_id: who.into(),
            client_host: "/127.0.0.1".into(),
            fresh_id: self.fresh_ids.to_string().into(),
            session_timeout_ms: words.number("session", 10_000),
            rebalance_timeout_ms: words.number("rebalance", 60_000),
            protocol_type: words.option("type").unwrap_or("consumer").into(),
            protocols: protocols
                .map(|name| Protocol { name: name.into(), metadata: metadata.clone() })
                .collect(),
            version: match words.number("v", 9) {
                ..4 => JoinVersion::JoinsAtOnce,
                4..9 => JoinVersion::KnowsItsId,
                _ => JoinVersion::SkipsAssignment,
            },
        })
    }

    fn sync(&self, who: &str, words: &Words<'_>) -> Command {
        let given = words.0.iter().filter_map(|word| word.split_once('='));
        let given = given.filter_map(|(name, assignment)| {
            let member = self.clients.get(name)?.member.as_str();
            Some((member.into(), Bytes::copy_from_slice(assignment.as_bytes())))
        });
        Command::Sync(SyncGroup {
            group: GROUP.into(),
            member: self.member(who, words),
            instance: self.instance(who, words),
            generation: self.generation(who, words),
            protocol_type: words.option("type").map(Arc::from),
            protocol_name: words.option("protocol").map(Arc::from),
            assignments: given.collect(),
        })
    }

    fn leave(&self, who: &str, words: &Words<'_>) -> Command {
        let mut members = vec![LeavingMember {
            member: self.member(who, words),
            instance: self.instance(who, words),
        }];
        for also in words.0.iter().filter(|word| !word.contains('=')) {
            let member = self.clients.get(*also).map_or(*also, |client| client.member.as_str());
            members.push(LeavingMember { member: member.into(), instance: None });
        }
        Command::Leave(LeaveGroup { group: GROUP.into(), members })
    }

    fn commit(&self, who: &str, words: &Words<'_>) -> Command {
        let offsets = words.0.iter().filter_map(|word| word.split_once(':'));
        let topics = offsets.map(|(topic, rest)| {
            let (partition, offset) = rest.split_once('=').unwrap();
            CommittedTopic {
                topic: topic.into(),
                topic_id: Uuid::ZERO,
                partitions: vec![OffsetToCommit {
                    partition: partition.parse().unwrap(),
                    offset: Offset(offset.parse().unwrap()),
                    leader_epoch: LeaderEpoch(0),
                    metadata: words.option("metadata").unwrap_or("").into(),
                }],
            }
        });
        Command::Commit(CommitOffsets {
            group: GROUP.into(),
            member: self.member(who, words),
            instance: self.instance(who, words),
            generation: self.generation(who, words),
            retention_ms: words.option("retention").map(|text| text.parse().unwrap()),
            topics: topics.collect(),
        })
    }
}

/// `t:0` or `t:0,1`.
fn topic_partitions(text: &str) -> TopicPartitions {
    let (topic, partitions) = text.split_once(':').unwrap();
    let partitions = partitions.split(',').map(|number| number.parse().unwrap()).collect();
    TopicPartitions { topic: topic.into(), topic_id: Uuid::ZERO, partitions }
}

fn fetch(who: &str, words: &Words<'_>) -> Command {
    let asked = words.0.iter().copied().chain([who]).filter(|word| word.contains(':'));
    let topics: Vec<_> = asked.map(topic_partitions).collect();
    let topics = (!topics.is_empty()).then_some(topics);
    Command::Fetch(FetchOffsets { group: GROUP.into(), topics })
}

/// A version 0 subscription to `topics`, separated by `+`.
pub(super) fn subscription(topics: &str) -> Bytes {
    let topics: Vec<&str> = topics.split('+').collect();
    let mut bytes = vec![0, 0];
    bytes.extend((topics.len() as i32).to_be_bytes());
    for topic in topics {
        bytes.extend((topic.len() as i16).to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    bytes.extend((-1i32).to_be_bytes());
    bytes.into()
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn show_record(record: &Record) -> String {
    match record {
        Record::Offset { topic, partition, value: None, .. } => {
            format!("offset {topic}-{partition} forgotten")
        }
        Record::Offset { topic, partition, value: Some(value), .. } => {
            format!("offset {topic}-{partition} = {}", value.offset)
        }
        Record::Group { group, value: None } => format!("group {group} forgotten"),
        Record::Group { group, value: Some(value) } => {
            let members = value.members.iter();
            let members =
                members.map(|member| format!("{}={}", member.member, text(&member.assignment)));
            let protocol = value.protocol_name.as_deref().unwrap_or("none");
            format!(
                "group {group} generation {} protocol {protocol} [{}]",
                value.generation.0,
                members.collect::<Vec<_>>().join(" ")
            )
        }
    }
}

fn show_reply(reply: &Reply) -> String {
    match reply {
        Reply::Join(reply) if reply.error.is_error() => {
            format!("join {} member={}", reply.error, reply.member)
        }
        Reply::Join(reply) => {
            let members = reply.members.iter().map(|member| member.member.as_str());
            format!(
                "joined generation {} as {}, {} leads{}{}",
                reply.generation.0,
                reply.member,
                reply.leader,
                if reply.members.is_empty() { "" } else { ": " },
                members.collect::<Vec<_>>().join(" ")
            ) + if reply.skip_assignment { ", keeps the assignment" } else { "" }
        }
        Reply::Sync(reply) if reply.error.is_error() => format!("sync {}", reply.error),
        Reply::Sync(reply) => format!("assigned '{}'", text(&reply.assignment)),
        Reply::Heartbeat(error) => format!("heartbeat {error}"),
        Reply::Leave(reply) if reply.error.is_error() => format!("leave {}", reply.error),
        Reply::Leave(reply) => format!("left {}", names(&reply.members)),
        Reply::Commit(reply) if reply.error.is_error() => format!("commit {}", reply.error),
        Reply::Commit(reply) => format!("committed {}", names(reply.topics.iter().flatten())),
        Reply::Fetch(reply) => show_offsets(reply),
        Reply::DeleteOffsets(reply) if reply.error.is_error() => reply.error.to_string(),
        Reply::DeleteOffsets(reply) => format!("forgot {}", names(&reply.topics)),
        Reply::DeleteGroup(error) => format!("deleted {error}"),
        Reply::Describe(reply) => show_described(reply),
        Reply::List(groups) => {
            let groups = groups.iter().map(|group| {
                let ListedGroup { group, protocol_type, state, group_type } = group;
                format!("{group}: {state} '{protocol_type}' {group_type}")
            });
            groups.collect::<Vec<_>>().join(", ")
        }
        Reply::TopicsDeleted => "topics deleted".to_owned(),
    }
}

fn show_described(reply: &DescribeReply) -> String {
    let members = reply.members.iter().map(|member| {
        format!("{} at {} '{}'", member.member, member.client_host, text(&member.assignment))
    });
    let DescribeReply { error, state, protocol_type, protocol_name, .. } = reply;
    let members = members.collect::<Vec<_>>().join(", ");
    format!("{error}: {state} '{protocol_type}' '{protocol_name}' [{members}]")
}

fn show_offsets(reply: &FetchReply) -> String {
    let offsets = reply.topics.iter().flat_map(|topic| {
        let TopicOffsets { topic, partitions, .. } = topic;
        let topic: TopicName = topic.clone();
        partitions
            .iter()
            .map(move |offset| format!("{topic}-{}={}", offset.partition, offset.offset))
    });
    format!("offsets [{}]", offsets.collect::<Vec<_>>().join(" "))
}

fn names<'a>(errors: impl IntoIterator<Item = &'a ErrorCode>) -> String {
    errors.into_iter().map(|error| error.name()).collect::<Vec<_>>().join(" ")
}
