use std::collections::BTreeMap;
use std::fs;

use super::scram::Scram;
use super::{Credentials, Mechanism, Security};
use crate::listener::SecurityProtocol;

fn security(pairs: &[(&str, &str)]) -> Result<Security, String> {
    let properties: BTreeMap<String, String> =
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Security::from_properties(&properties)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn ann(mechanism: Mechanism, password: &str) -> Credentials {
    Credentials { mechanism, username: "user".to_owned(), password: password.to_owned() }
}

/// The conversation in RFC 7677, section 3.
#[test]
fn scram_speaks_as_the_rfc_does() {
    let scram = Scram::new(&ann(Mechanism::ScramSha256, "pencil"), "rOprNGfwEbeRWgbNEkqO".into());
    assert_eq!(scram.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    let (last, proof) = scram
        .last(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,\
             i=4096",
        )
        .unwrap();
    assert_eq!(
        last,
        "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
         p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    );
    assert_eq!(proof.check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
    assert!(proof.check("v=AAAA").is_err());
    assert_eq!(proof.check("e=other-error"), Err("other-error".to_owned()));
}

#[test]
fn scram_does_not_follow_a_stranger() {
    let scram = Scram::new(&ann(Mechanism::ScramSha512, "pencil"), "abc".into());
    for message in [
        "r=xyz,s=AAAA,i=4096",
        "r=abc,s=AAAA,i=4096",
        "r=abcd,s=AAAA,i=1",
        "r=abcd,s=AAAA,i=4000000000",
        "r=abcd,s=!,i=4096",
        "nonsense",
    ] {
        assert!(scram.last(message).is_err(), "{message}");
    }
    assert!(scram.last("r=abcd,s=AAAA,i=4096").is_ok());
}

#[test]
fn a_name_with_a_comma_is_escaped() {
    let mut credentials = ann(Mechanism::ScramSha256, "x");
    "a=b,c".clone_into(&mut credentials.username);
    assert_eq!(Scram::new(&credentials, "n".into()).first(), "n,,n=a=3Db=2Cc,r=n");
}

#[test]
fn javas_and_librdkafkas_words_mean_the_same() {
    let jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required \
                username=\"user\" password=\"p\";";
    let java = security(&[
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "SCRAM-SHA-256"),
        ("sasl.jaas.config", jaas),
    ]);
    let native = security(&[
        ("security.protocol", "sasl_plaintext"),
        ("sasl.mechanisms", "SCRAM-SHA-256"),
        ("sasl.username", "user"),
        ("sasl.password", "p"),
    ]);
    for security in [java.unwrap(), native.unwrap()] {
        assert_eq!(security.protocol, SecurityProtocol::SaslPlaintext);
        assert_eq!(security.credentials(), Some(&ann(Mechanism::ScramSha256, "p")));
    }
}

#[test]
fn everything_that_is_impossible_is_said_at_once() {
    let said = security(&[
        ("security.protocol", "SASL_SSL"),
        ("sasl.mechanism", "GSSAPI"),
        ("ssl.ca.location", "/nowhere/ca.pem"),
    ])
    .unwrap_err();
    for words in ["sasl.mechanism = GSSAPI", "SCRAM-SHA-512", "sasl.jaas.config", "/nowhere/ca.pem"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = security(&[("security.protocol", "TLS")]).unwrap_err();
    assert!(said.contains("PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL"), "{said}");
}

#[test]
fn a_java_keystore_is_named_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("trust.jks");
    fs::write(&path, [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]).unwrap();
    let path = path.to_str().unwrap();
    let pairs = [("security.protocol", "SSL"), ("ssl.truststore.location", path)];
    let said = security(&pairs).unwrap_err();
    assert!(said.contains("type JKS") && said.contains("keytool -list -rfc"), "{said}");
}

#[test]
fn a_truststore_without_a_certificate_is_refused() {
    let pairs = [("security.protocol", "SSL"), ("ssl.truststore.certificates", "ssh-rsa AAAA")];
    let said = security(&pairs).unwrap_err();
    assert!(said.contains("there is no certificate in it"), "{said}");
}

#[test]
fn passwords_are_not_shown() {
    let pairs = [
        ("security.protocol", "SASL_PLAINTEXT"),
        ("sasl.mechanism", "PLAIN"),
        ("sasl.username", "user"),
        ("sasl.password", "hunter2"),
    ];
    assert!(!format!("{:?}", security(&pairs).unwrap()).contains("hunter2"));
}
