//! `klamm doctor` on Apache Kafka: a broker with a listener of every kind, right and wrong clients.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::broker::{Broker, Settings, against_apache_kafka, free_port};
use crate::doctor::doctor;
use crate::harness::Suite;
use crate::process::Process;
use crate::runtime::Runtime;

pub(crate) fn register(suite: &mut Suite) {
    if against_apache_kafka() {
        return;
    }
    suite.add("doctor::finds_what_is_wrong_with_apache_kafka", &[Runtime::Java], with_kafka);
}

/// A first group on a busy machine takes its time.
const PATIENT: [&str; 2] = ["--timeout", "60"];

/// A listener: its name, and what its clients are told instead of where it is.
struct Listener {
    name: &'static str,
    bound: String,
    told: Option<String>,
}

fn with_kafka() -> Result<()> {
    let home = tempfile::tempdir()?;
    let authority = certificates(&home)?;
    let closed = format!("127.0.0.1:{}", free_port("127.0.0.1")?);
    let listener = |name, told| -> Result<Listener> {
        Ok(Listener { name, bound: format!("127.0.0.1:{}", free_port("127.0.0.1")?), told })
    };
    let listeners = [
        listener("PLAINTEXT", None)?,
        listener("SASL_PLAINTEXT", None)?,
        listener("SSL", None)?,
        listener("SASL_SSL", None)?,
        listener("CLOSED", Some(closed))?,
        listener("UNKNOWN", Some("kafka.invalid:9092".to_owned()))?,
        listener("SSL_TOLD", None)?,
    ];
    let _kafka = start(&listeners, &home)?;
    let at = |name: &str| {
        let found = listeners.iter().find(|listener| listener.name == name);
        found.map(|listener| listener.bound.clone()).context("a listener")
    };
    let mut wrong = Vec::new();
    for case in CASES {
        let mut properties: Vec<String> = case.client.iter().map(ToString::to_string).collect();
        if case.trusts {
            properties.push(format!("ssl.truststore.location={authority}"));
        }
        let mut arguments: Vec<&str> = PATIENT.to_vec();
        for property in &properties {
            arguments.extend(["-X", property.as_str()]);
        }
        let said = doctor(&at(case.listener)?, &arguments)?;
        if let Err(error) = said.is(case.ids, case.code) {
            wrong.push(format!("{} with {properties:?}: {error:#}", case.listener));
        }
    }
    if wrong.is_empty() { Ok(()) } else { bail!("{}", wrong.join("\n")) }
}

/// A client at a listener, and what the doctor is to say of it.
struct Case {
    listener: &'static str,
    client: &'static [&'static str],
    trusts: bool,
    ids: &'static [&'static str],
    code: i32,
}

const fn case(
    listener: &'static str,
    client: &'static [&'static str],
    ids: &'static [&'static str],
    code: i32,
) -> Case {
    Case { listener, client, trusts: false, ids, code }
}

/// The same for a client that has the authority's certificate.
const fn trusting(
    listener: &'static str,
    client: &'static [&'static str],
    ids: &'static [&'static str],
    code: i32,
) -> Case {
    Case { listener, client, trusts: true, ids, code }
}

const ANN: &str = "sasl.jaas.config=any.LoginModule required username=\"ann\" password=\"secret\";";
const NOT_ANN: &str = "sasl.jaas.config=any.LoginModule required username=\"ann\" password=\"x\";";
const SASL: &str = "security.protocol=SASL_PLAINTEXT";
const SASL_SSL: &str = "security.protocol=SASL_SSL";
const SSL: &str = "security.protocol=SSL";
const PLAIN: &str = "sasl.mechanism=PLAIN";
const SCRAM_256: &str = "sasl.mechanism=SCRAM-SHA-256";
const SCRAM_512: &str = "sasl.mechanism=SCRAM-SHA-512";

const CASES: &[Case] = &[
    case("PLAINTEXT", &[], &[], 0),
    case("PLAINTEXT", &[SSL], &["L15"], 7),
    case("PLAINTEXT", &[SASL, PLAIN, ANN], &["SASL"], 8),
    case("SASL_PLAINTEXT", &[SASL, PLAIN, ANN], &[], 0),
    case("SASL_PLAINTEXT", &[SASL, PLAIN, NOT_ANN], &["SASL"], 8),
    case("SASL_PLAINTEXT", &[SASL, SCRAM_512, ANN], &[], 0),
    case("SASL_PLAINTEXT", &[SASL, SCRAM_512, NOT_ANN], &["SASL"], 8),
    case("SASL_PLAINTEXT", &[SASL, SCRAM_256, ANN], &["SASL"], 8),
    case("SASL_PLAINTEXT", &[], &["SASL"], 8),
    trusting("SSL", &[SSL], &[], 0),
    case("SSL", &[SSL], &["TLS"], 8),
    case("SSL", &[SSL, "enable.ssl.certificate.verification=false"], &[], 0),
    case("SSL", &[], &["L16"], 7),
    trusting("SASL_SSL", &[SASL_SSL, SCRAM_512, ANN], &[], 0),
    trusting("SASL_SSL", &[SASL_SSL, PLAIN, ANN], &["SASL"], 8),
    // A certificate for other names, and a client that does not look at names.
    trusting("SSL_TOLD", &[SSL], &["TLS"], 8),
    trusting("SSL_TOLD", &[SSL, "ssl.endpoint.identification.algorithm="], &[], 0),
    case("CLOSED", &[], &["L07"], 6),
    case("UNKNOWN", &[], &["L04"], 6),
];

fn start(listeners: &[Listener], home: &TempDir) -> Result<Broker> {
    let list = |address: fn(&Listener) -> &String| {
        let texts = listeners.iter().map(|it| format!("{}://{}", it.name, address(it)));
        texts.collect::<Vec<_>>().join(",")
    };
    let store = |name: &str| home.path().join(name).display().to_string();
    let plain = "org.apache.kafka.common.security.plain.PlainLoginModule required \
                 user_ann=\"secret\";";
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    let pairs = [
        ("listeners", list(|it| &it.bound)),
        ("advertised.listeners", list(|it| it.told.as_ref().unwrap_or(&it.bound))),
        ("ssl.keystore.type", "PKCS12".to_owned()),
        ("ssl.keystore.location", store("server.p12")),
        ("ssl.keystore.password", PASSWORD.to_owned()),
        ("listener.name.ssl_told.ssl.keystore.type", "PKCS12".to_owned()),
        ("listener.name.ssl_told.ssl.keystore.location", store("other.p12")),
        ("listener.name.ssl_told.ssl.keystore.password", PASSWORD.to_owned()),
        (
            "listener.name.sasl_plaintext.sasl.enabled.mechanisms",
            "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512".to_owned(),
        ),
        ("listener.name.sasl_ssl.sasl.enabled.mechanisms", "SCRAM-SHA-512".to_owned()),
        ("listener.name.sasl_plaintext.plain.sasl.jaas.config", plain.to_owned()),
        ("listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config", scram.to_owned()),
        ("listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config", scram.to_owned()),
        ("listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config", scram.to_owned()),
    ];
    Broker::start_apache_kafka(Settings {
        properties: pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        arguments: ["--add-scram", "SCRAM-SHA-512=[name=ann,password=secret]"]
            .map(str::to_owned)
            .to_vec(),
        ..Settings::default()
    })
}

const PASSWORD: &str = "changeit";

/// An authority, a certificate for this machine and one for another, in stores of their own; the
/// path of the authority's certificate as PEM.
fn certificates(home: &TempDir) -> Result<String> {
    let path = |name: &str| home.path().join(name);
    for (store, names) in [("server.p12", "ip:127.0.0.1,dns:localhost"), ("other.p12", "dns:other")]
    {
        // A signer must be in the same store; it is made once and copied with it.
        if store == "server.p12" {
            let make = ["-genkeypair", "-alias", "ca", "-dname", "CN=ca", "-ext", "bc:c=ca:true"];
            keytool(&path("ca.p12"), &[&make[..], &EC].concat())?;
        }
        fs::copy(path("ca.p12"), path(store))?;
        let names = format!("san={names}");
        let make = ["-genkeypair", "-alias", "server", "-dname", "CN=server", "-signer", "ca"];
        keytool(&path(store), &[&make[..], &EC, &["-ext", &names]].concat())?;
        keytool(&path(store), &["-delete", "-alias", "ca"])?;
    }
    let pem = keytool(&path("ca.p12"), &["-exportcert", "-rfc", "-alias", "ca"])?;
    fs::write(path("ca.pem"), pem.join("\n"))?;
    Ok(path("ca.pem").display().to_string())
}

const EC: [&str; 4] = ["-keyalg", "EC", "-groupname", "secp256r1"];

fn keytool(store: &Path, arguments: &[&str]) -> Result<Vec<String>> {
    let mut command = Command::new("keytool");
    command.args(arguments).arg("-keystore").arg(store);
    command.args(["-storetype", "PKCS12", "-storepass", PASSWORD]);
    Process::run("keytool", &mut command, "")
}
