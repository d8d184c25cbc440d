//! TLS: whom to trust, who we are, what to check.

use std::sync::Arc;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// What of a broker's certificate must be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// Who has signed it, and that it holds the name.
    AuthorityAndName,
    /// Who has signed it (`ssl.endpoint.identification.algorithm=`).
    Authority,
    /// Nothing (`enable.ssl.certificate.verification=false`).
    Nothing,
}

/// A client's own certificate, as PEM.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    pub(super) chain: String,
    pub(super) key: String,
}

/// Why the settings make no configuration.
#[derive(Debug)]
pub(super) struct TlsError {
    pub(super) setting: &'static str,
    pub(super) what: String,
}

/// The configuration that connections are made with. Without `trusted` the authorities of the
/// web are.
pub(super) fn config(
    trusted: Option<&str>,
    identity: Option<&Identity>,
    check: Check,
) -> Result<Arc<ClientConfig>, TlsError> {
    let trust = |what: String| TlsError { setting: "ssl.truststore.location", what };
    let own = |what: String| TlsError { setting: "ssl.keystore.location", what };
    let mut roots = RootCertStore::empty();
    let trusted = match trusted {
        Some(pem) => certificates(pem).map_err(trust)?,
        None => Vec::new(),
    };
    if trusted.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in &trusted {
        roots.add(certificate.clone()).map_err(|error| trust(error.to_string()))?;
    }
    let provider = Arc::new(ring::default_provider());
    let inner = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| trust(error.to_string()))?;
    let verifier = Verifier { inner, trusted, check };
    let builder = builder(provider, verifier);
    let config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain = certificates(&identity.chain).map_err(own)?;
            let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(|error| {
                own(format!("no private key (PKCS8, without a password): {error}"))
            })?;
            builder.with_client_auth_cert(chain, key).map_err(|error| own(error.to_string()))?
        }
    };
    Ok(Arc::new(config))
}

/// For a look at what answers: any certificate will do.
pub(in crate::cli) fn without_checks() -> Option<Arc<ClientConfig>> {
    config(None, None, Check::Nothing).ok()
}

type Builder = tokio_rustls::rustls::ConfigBuilder<
    ClientConfig,
    tokio_rustls::rustls::client::WantsClientCert,
>;

fn builder(provider: Arc<CryptoProvider>, verifier: Verifier) -> Builder {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if found.is_empty() => Err("there is no certificate in it".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(error.to_string()),
    }
}

/// As rustls checks, but for what Java and OpenSSL take too: a broker's own certificate in the
/// truststore, and, where asked for, any name.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
    check: Check,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let checked = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let Err(error) = checked else { return checked };
        let is_other_name = matches!(
            error,
            Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            )
        );
        // An authority that serves under its own certificate: openssl req -x509 makes such ones.
        let is_pinned = matches!(error, Error::InvalidCertificate(CertificateError::Other(_)))
            && self.trusted.iter().any(|it| it.as_ref() == end_entity.as_ref());
        match self.check {
            Check::Nothing => {}
            Check::Authority if is_other_name || is_pinned => {}
            Check::AuthorityAndName if is_pinned => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            }
            _ => return Err(error),
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
