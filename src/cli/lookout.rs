//! Watches over the clients' stories: tries advertised addresses from here when a story asks for
//! it, and says in the log what a story has come to.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, MetadataRequest, MetadataResponse, RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tracing::warn;

use crate::broker::{Broker, Doorkeeper};
use crate::listener::seen::Raised;
use crate::listener::{AdvertisedEndpoint, Answer, Syntax};

/// How long a name may take to resolve, and an address to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The first version of Metadata that names the cluster.
const METADATA_VERSION: i16 = 2;
/// No list of brokers is longer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Runs as long as the broker does.
pub(super) async fn watch(broker: Arc<Broker>) {
    let doorkeeper = broker.doorkeeper();
    let syntax = doorkeeper.house().syntax;
    tokio::spawn(look_up_names(broker.clone()));
    loop {
        let judgement = doorkeeper.judge();
        for raised in &judgement.raised {
            say(raised, syntax);
        }
        if !judgement.ask.is_empty() {
            for endpoint in &judgement.ask {
                let (resolved, answer) = ask(endpoint, doorkeeper).await;
                doorkeeper.learn(|house| {
                    house.facts.resolved.insert(endpoint.host.clone(), resolved);
                    house.facts.answers.insert(endpoint.to_string(), answer);
                });
            }
            continue;
        }
        // What was true then need not be when the next client comes.
        doorkeeper.learn(|house| {
            house.facts.answers.retain(|_, answer| matches!(answer, Answer::AnotherBroker(_)));
        });
        match doorkeeper.wait(&judgement) {
            None => doorkeeper.news().await,
            Some(wait) => {
                let _ = timeout(wait, doorkeeper.news()).await;
            }
        }
    }
}

/// What the names in the settings resolve to here: advice is made from it.
async fn look_up_names(broker: Arc<Broker>) {
    let told = broker.advertised().endpoints().flatten().map(|it| it.host.clone());
    let names: BTreeSet<String> = told.chain(["localhost".to_owned()]).collect();
    for name in names {
        let addresses: Vec<IpAddr> = look_up(&name, 0).await.iter().map(SocketAddr::ip).collect();
        broker.doorkeeper().learn(|house| {
            house.facts.resolved.insert(name, addresses);
        });
    }
}

async fn look_up(name: &str, port: u16) -> Vec<SocketAddr> {
    match timeout(PATIENCE, lookup_host((name, port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

fn say(raised: &Raised, syntax: Syntax) {
    warn!("{}", raised.finding.lines(syntax).join("\n"));
}

/// Who answers at an address, and what its name resolves to.
async fn ask(endpoint: &AdvertisedEndpoint, doorkeeper: &Doorkeeper) -> (Vec<IpAddr>, Answer) {
    let addresses = look_up(&endpoint.host, endpoint.port).await;
    let resolved = addresses.iter().map(SocketAddr::ip).collect();
    if addresses.is_empty() {
        return (resolved, Answer::Unresolved);
    }
    let mut answer = Answer::Nobody;
    for address in addresses {
        let own_visits = doorkeeper.own_visits();
        let asked = timeout(PATIENCE, cluster_at(address, doorkeeper.own_client_id())).await;
        // Not the cluster's id: two brokers on one machine may well have the same.
        if doorkeeper.own_visits() > own_visits {
            return (resolved, Answer::Me);
        }
        match asked {
            Ok(Ok(cluster)) => answer = Answer::AnotherBroker(cluster),
            Ok(Err(Failed::NoKafka)) if answer == Answer::Nobody => answer = Answer::NoKafka,
            Ok(Err(_)) | Err(_) => {}
        }
    }
    (resolved, answer)
}

/// Why no cluster is known at an address.
#[derive(Debug, PartialEq, Eq)]
enum Failed {
    Refused,
    NoKafka,
}

/// The cluster whose broker answers at `address`.
async fn cluster_at(address: SocketAddr, client_id: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address).await.map_err(|_| Failed::Refused)?;
    let answer = metadata(&mut stream, client_id).await.map_err(|_| Failed::NoKafka)?;
    answer.cluster_id.map(|id| id.to_string()).ok_or(Failed::NoKafka)
}

/// Asks for the brokers alone, in the first version that names the cluster.
async fn metadata(stream: &mut TcpStream, client_id: &str) -> anyhow::Result<MetadataResponse> {
    let header = RequestHeader::default()
        .with_request_api_key(ApiKey::Metadata as i16)
        .with_request_api_version(METADATA_VERSION)
        .with_client_id(Some(StrBytes::from_string(client_id.to_owned())));
    let mut frame = BytesMut::zeroed(4);
    header.encode(&mut frame, MetadataRequest::header_version(METADATA_VERSION))?;
    let request = MetadataRequest::default().with_topics(Some(Vec::new()));
    request.encode(&mut frame, METADATA_VERSION)?;
    let length = u32::try_from(frame.len() - 4)?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    stream.write_all(&frame).await?;
    let length = usize::try_from(stream.read_u32().await?)?;
    ensure!(length <= ANSWER_BYTES_MAX, "that is no Kafka broker");
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer).await?;
    let mut answer = Bytes::from(answer);
    ResponseHeader::decode(&mut answer, MetadataResponse::header_version(METADATA_VERSION))?;
    MetadataResponse::decode(&mut answer, METADATA_VERSION)
}
