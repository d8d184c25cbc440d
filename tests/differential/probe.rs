//! Connections to a broker, and a transcript of what it said.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use klamm::base::{ErrorCode, Uuid};
use klamm::wire::api::ApiKey;
use klamm::wire::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use klamm::wire::messages::metadata_request::MetadataRequestTopic;
use klamm::wire::messages::{
    CreateTopicsRequest, DeleteTopicsRequest, DescribeGroupsRequest, FindCoordinatorRequest,
    HeartbeatRequest, MetadataRequest,
};
use klamm::wire::{self, Message, Reader, Request, Rope};

use super::shown;

/// No answer takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks and writes down.
pub(crate) struct Probe {
    address: String,
    /// Makes the names of this run its own, as brokers are shared.
    run: String,
    connections: BTreeMap<String, Connection>,
    names: Vec<(String, String)>,
    transcript: String,
}

/// One connection.
struct Connection {
    stream: TcpStream,
    correlation_id: i32,
}

/// The body of a response.
pub(crate) struct Body(Vec<u8>, i16);

impl Body {
    /// The response.
    pub(crate) fn read<'a, M: Message<'a>>(&'a self) -> M {
        M::decode(&mut Reader::new(&self.0), self.1).expect("the response can be read")
    }
}

impl Probe {
    pub(crate) fn new(address: &str) -> Probe {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = format!("run{:x}", since.as_nanos());
        let mut names = vec![(run.clone(), "RUN".to_owned())];
        let bytes: Vec<_> = run.bytes().map(|byte| byte.to_string()).collect();
        names.push((bytes.join(", "), "RUN".to_owned()));
        let (host, port) = address.rsplit_once(':').expect("an address is host:port");
        names.push((format!("host: \"{host}\", port: {port}"), "ADVERTISED".to_owned()));
        names.push((format!("host: \"localhost\", port: {port}"), "ADVERTISED".to_owned()));
        let address = address.to_owned();
        let (connections, transcript) = (BTreeMap::new(), String::new());
        Probe { address, run, connections, names, transcript }
    }

    /// A name of this run: `text` for a topic or a group.
    pub(crate) fn own(&self, text: &str) -> String {
        format!("{text}-{}", self.run)
    }

    /// Writes `name` where the broker says `value`.
    pub(crate) fn rename(&mut self, value: &str, name: &str) {
        self.names.push((value.to_owned(), name.to_owned()));
    }

    pub(crate) fn into_transcript(self) -> String {
        self.transcript
    }

    /// A heading.
    pub(crate) fn note(&mut self, text: &str) {
        writeln!(self.transcript, "\n# {text}").expect("a string takes all");
    }

    /// Asks as `who` and writes down what is answered.
    pub(crate) fn ask<'a, R: Request<'a>>(
        &mut self,
        who: &str,
        version: i16,
        about: &str,
        request: &R,
    ) -> Body {
        self.send(who, version, request);
        self.hear::<R>(who, version, about)
    }

    /// Sends a request whose answer is heard later.
    pub(crate) fn send<'a, R: Request<'a>>(&mut self, who: &str, version: i16, request: &R) {
        let connection = self.connection(who);
        connection.correlation_id += 1;
        let mut rope = Rope::new();
        let correlation_id = connection.correlation_id;
        wire::encode_request(&mut rope, version, correlation_id, Some(who), request)
            .expect("the request can be written");
        let frame = rope.to_vec().expect("a request is in memory");
        connection.stream.write_all(&frame).expect("the broker reads");
    }

    /// Hears the answer to what was sent as `who`.
    pub(crate) fn hear<'a, R: Request<'a>>(
        &mut self,
        who: &str,
        version: i16,
        about: &str,
    ) -> Body {
        let frame = self.connection(who).receive();
        let name = R::NAME.trim_end_matches("Request");
        writeln!(self.transcript, "{who}: {name} v{version} {about}").expect("a string takes all");
        let Some(frame) = frame else {
            self.connections.remove(who);
            self.transcript.push_str("  closed\n");
            return Body(Vec::new(), version);
        };
        let body = Body(body(&frame, R::KEY, version), version);
        let said = self.renamed(&shown::shown::<R>(&body));
        writeln!(self.transcript, "  {said}").expect("a string takes all");
        body
    }

    /// Hears the answer to what was sent as `who` without writing it down.
    pub(crate) fn hear_quietly(&mut self, who: &str, version: i16, key: ApiKey) -> Body {
        let frame = self.connection(who).receive().expect("the broker answers");
        Body(body(&frame, key, version), version)
    }

    /// Asks and writes down what `shown` makes of the answer.
    pub(crate) fn ask_about<'a, R: Request<'a>>(
        &mut self,
        who: &str,
        version: i16,
        about: &str,
        request: &R,
        shown: impl FnOnce(&Body) -> String,
    ) {
        self.send(who, version, request);
        let body = self.hear_quietly(who, version, R::KEY);
        let name = R::NAME.trim_end_matches("Request");
        let said = self.renamed(&shown(&body));
        writeln!(self.transcript, "{who}: {name} v{version} {about}\n  {said}")
            .expect("a string takes all");
    }

    /// Asks without writing it down.
    pub(crate) fn ask_quietly<'a, R: Request<'a>>(&mut self, version: i16, request: &R) -> Body {
        self.send("setup", version, request);
        let frame = self.connection("setup").receive().expect("the broker answers");
        Body(body(&frame, R::KEY, version), version)
    }

    /// Makes a topic and waits until it has leaders; its name and id.
    pub(crate) fn topic(
        &mut self,
        text: &str,
        partitions: i32,
        configs: &[(&str, &str)],
    ) -> (String, Uuid) {
        let name = self.own(text);
        let configs = configs.iter().map(|(name, value)| CreatableTopicConfig {
            name: Cow::Borrowed(name),
            value: Some(Cow::Borrowed(value)),
        });
        let topic = CreatableTopic {
            name: Cow::Borrowed(&name),
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.collect(),
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest {
            topics: vec![topic],
            timeout_ms: 10_000,
            ..CreateTopicsRequest::default()
        };
        let body = self.ask_quietly(7, &request);
        let created = body.read::<<CreateTopicsRequest<'_> as Request<'_>>::Response<'_>>();
        assert_eq!(created.topics[0].error_code, 0, "{created:?}");
        let id = created.topics[0].topic_id;
        self.rename(&id.to_string(), &format!("ID-OF-{text}"));
        self.wait_for_leaders(&name, id, partitions);
        (name, id)
    }

    fn wait_for_leaders(&mut self, name: &str, id: Uuid, partitions: i32) {
        let topic = MetadataRequestTopic { topic_id: Uuid::ZERO, name: Some(Cow::Borrowed(name)) };
        let request = MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() };
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let body = self.ask_quietly(12, &request);
            let answer = body.read::<<MetadataRequest<'_> as Request<'_>>::Response<'_>>();
            let topic = &answer.topics[0];
            let leads = topic.partitions.iter().all(|partition| partition.error_code == 0);
            let is_whole = usize::try_from(partitions) == Ok(topic.partitions.len());
            if topic.error_code == 0 && leads && is_whole && self.serves(id, partitions) {
                return;
            }
        }
        panic!("{name} gets no leaders");
    }

    /// Kafka names a leader some milliseconds before that broker knows.
    fn serves(&mut self, id: Uuid, partitions: i32) -> bool {
        use klamm::wire::messages::FetchRequest;
        use klamm::wire::messages::fetch_request::{FetchPartition, FetchTopic};
        let partitions = (0..partitions)
            .map(|partition| FetchPartition { partition, ..FetchPartition::default() });
        let topic =
            FetchTopic { topic_id: id, partitions: partitions.collect(), ..FetchTopic::default() };
        let request =
            FetchRequest { topics: vec![topic], session_epoch: -1, ..FetchRequest::default() };
        let body = self.ask_quietly(13, &request);
        let answer = body.read::<<FetchRequest<'_> as Request<'_>>::Response<'_>>();
        let mut all = answer.responses.iter().flat_map(|topic| &topic.partitions);
        answer.error_code == 0 && all.all(|partition| partition.error_code == 0)
    }

    /// A group of this run, whose coordinator is ready.
    pub(crate) fn group(&mut self, text: &str) -> String {
        let name = self.own(text);
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let request = FindCoordinatorRequest {
                coordinator_keys: vec![Cow::Borrowed(&name)],
                ..FindCoordinatorRequest::default()
            };
            let body = self.ask_quietly(4, &request);
            let found = body.read::<<FindCoordinatorRequest<'_> as Request<'_>>::Response<'_>>();
            let request = DescribeGroupsRequest {
                groups: vec![Cow::Borrowed(&name)],
                ..DescribeGroupsRequest::default()
            };
            let body = self.ask_quietly(5, &request);
            let described = body.read::<<DescribeGroupsRequest<'_> as Request<'_>>::Response<'_>>();
            if found.coordinators[0].error_code == 0 && described.groups[0].error_code == 0 {
                return name;
            }
        }
        panic!("{name} gets no coordinator");
    }

    /// Deletes a topic.
    pub(crate) fn delete_topic(&mut self, name: &str) {
        let request = DeleteTopicsRequest {
            topic_names: vec![Cow::Borrowed(name)],
            timeout_ms: 10_000,
            ..DeleteTopicsRequest::default()
        };
        let body = self.ask_quietly(5, &request);
        let deleted = body.read::<<DeleteTopicsRequest<'_> as Request<'_>>::Response<'_>>();
        assert_eq!(deleted.responses[0].error_code, 0, "{deleted:?}");
    }

    /// Asks until it is so: Kafka does some things after it has answered.
    pub(crate) fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&mut Probe) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if is_so(self) {
                return;
            }
        }
        panic!("it never is so that {what}");
    }

    /// Waits until tools are told of a group; Kafka's are some milliseconds behind.
    pub(crate) fn wait_for_group(&mut self, group: &str) {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            let request = DescribeGroupsRequest {
                groups: vec![Cow::Borrowed(group)],
                ..DescribeGroupsRequest::default()
            };
            let body = self.ask_quietly(5, &request);
            let answer = body.read::<<DescribeGroupsRequest<'_> as Request<'_>>::Response<'_>>();
            if answer.groups[0].group_state != "Dead" {
                return;
            }
        }
        panic!("{group} does not come to be");
    }

    /// Whether a member of this generation is told to join again.
    pub(crate) fn rebalances(&mut self, group: &str, member: &str, generation: i32) -> bool {
        let request = HeartbeatRequest {
            group_id: Cow::Borrowed(group),
            member_id: Cow::Borrowed(member),
            generation_id: generation,
            ..HeartbeatRequest::default()
        };
        let body = self.ask_quietly(2, &request);
        let answer = body.read::<<HeartbeatRequest<'_> as Request<'_>>::Response<'_>>();
        ErrorCode::from_code(answer.error_code) == Some(ErrorCode::RebalanceInProgress)
    }

    fn connection(&mut self, who: &str) -> &mut Connection {
        if !self.connections.contains_key(who) {
            let stream = TcpStream::connect(&self.address).expect("the broker accepts");
            stream.set_nodelay(true).expect("a TCP socket");
            stream.set_read_timeout(Some(PATIENCE)).expect("a TCP socket");
            self.connections.insert(who.to_owned(), Connection { stream, correlation_id: 0 });
        }
        self.connections.get_mut(who).expect("it was just connected")
    }

    fn renamed(&mut self, said: &str) -> String {
        let mut said = self.number_uuids(said);
        said = said.replace("throttle_time_ms: 0, ", "");
        for (value, name) in &self.names {
            said = said.replace(value, name);
        }
        match said.split_once("should be within [") {
            Some((before, after)) => {
                let after = after.split_once(']').map_or("", |(_, after)| after);
                format!("{before}should be within [THEN, LATER]{after}")
            }
            None => said,
        }
    }

    /// `-8-4-4-4-12` hexadecimal digits, the tail of a member id, become a number.
    fn number_uuids(&mut self, said: &str) -> String {
        let mut numbered = String::with_capacity(said.len());
        let mut rest = said;
        while let Some(at) = rest.find('-') {
            let (before, tail) = rest.split_at(at);
            numbered.push_str(before);
            match tail.get(1..37).filter(|text| is_uuid(text)) {
                Some(uuid) => {
                    let number = self.number_of(uuid);
                    numbered.push_str(&number);
                    rest = &tail[37..];
                }
                None => {
                    numbered.push('-');
                    rest = &tail[1..];
                }
            }
        }
        numbered + rest
    }

    fn number_of(&mut self, uuid: &str) -> String {
        if let Some((_, number)) = self.names.iter().find(|(value, _)| value == uuid) {
            return number.clone();
        }
        let known = self.names.iter().filter(|(_, number)| number.starts_with('#')).count();
        let number = format!("#{}", known + 1);
        self.names.push((uuid.to_owned(), number.clone()));
        number
    }
}

impl Connection {
    /// A frame; `None` when the broker closes the connection.
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        if let Err(error) = self.stream.read_exact(&mut length) {
            let timed_out = matches!(
                error.kind(),
                std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
            );
            assert!(!timed_out, "no answer within {PATIENCE:?}");
            return None;
        }
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut frame).expect("the rest of the frame");
        Some(frame)
    }
}

/// A frame without its header.
fn body(frame: &[u8], key: ApiKey, version: i16) -> Vec<u8> {
    let mut reader = Reader::new(frame);
    reader.i32().expect("a correlation id");
    if wire::response_header_version(key, version) >= 1 {
        assert_eq!(reader.uvarint().expect("tags"), 0, "Kafka's response headers have no tags");
    }
    reader.rest().to_vec()
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
