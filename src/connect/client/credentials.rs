//! Where the keys come from: the connector's file, or what AWS's own tools look at.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{Request, Response};
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, StaticCredentialProvider};
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Error, FileRead, HttpSend, OsEnv, ProvideCredential,
    ProvideCredentialChain, Result,
};

use super::transport::Transport;
use crate::connect::config::Credentials;
use crate::connect::object_store::{StoreError, StoreErrorKind};

/// The pair from the file; without one the chain of AWS's SDKs: environment, profile
/// (`AWS_PROFILE`), SSO, web identity, process, container, instance.
pub(super) fn provider(given: Option<&Credentials>) -> Provider {
    match given {
        Some(pair) => Provider(
            ProvideCredentialChain::new()
                .push(StaticCredentialProvider::new(&pair.access_key_id, &pair.secret_access_key)),
        ),
        None => Provider(ProvideCredentialChain::new().push(DefaultCredentialProvider::new())),
    }
}

/// One type for both.
#[derive(Debug)]
pub(super) struct Provider(ProvideCredentialChain<Credential>);

impl ProvideCredential for Provider {
    type Credential = Credential;

    async fn provide_credential(&self, context: &Context) -> Result<Option<Credential>> {
        self.0.provide_credential(context).await
    }
}

/// What the chain may use to find credentials.
pub(super) fn context(transport: &Transport) -> Context {
    Context::new()
        .with_env(OsEnv)
        .with_file_read(Files)
        .with_http_send(Http(transport.clone()))
        .with_command_execute(Commands)
}

/// Why nothing was signed, in one line.
pub(super) fn failed(error: &Error) -> StoreError {
    let kind =
        if error.is_retryable() { StoreErrorKind::Retriable } else { StoreErrorKind::Permanent };
    let mut message = format!("no usable AWS credentials: {error}");
    for context in error.context() {
        let _ = write!(message, "; {context}");
    }
    message.push_str(
        " (set aws.access.key.id and aws.secret.access.key, or AWS_ACCESS_KEY_ID and \
         AWS_SECRET_ACCESS_KEY, or a profile)",
    );
    StoreError { kind, code: None, message, status: None }
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        tokio::fs::read(path).await.map_err(|error| {
            Error::config_invalid(format!("cannot read {path}")).with_source(error)
        })
    }
}

#[derive(Debug)]
struct Http(Transport);

impl HttpSend for Http {
    async fn http_send(&self, request: Request<Bytes>) -> Result<Response<Bytes>> {
        self.0.send(request).await.map_err(|error| Error::unexpected(error.to_string()))
    }
}

#[derive(Debug)]
struct Commands;

impl CommandExecute for Commands {
    async fn command_execute(&self, program: &str, arguments: &[&str]) -> Result<CommandOutput> {
        let output = tokio::process::Command::new(program).args(arguments).output().await;
        let output = output.map_err(|error| {
            Error::config_invalid(format!("cannot run {program}")).with_source(error)
        })?;
        Ok(CommandOutput {
            status: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }
}
