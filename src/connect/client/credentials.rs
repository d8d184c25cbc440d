//! Where the keys come from: the connector's file, or one of the places that AWS's own tools
//! look at.

use bytes::Bytes;
use http::{Request, Response};
use reqsign_aws_v4::{
    AssumeRoleCredentialProvider, AssumeRoleWithWebIdentityCredentialProvider, Credential,
    DefaultCredentialProvider, ECSCredentialProvider, EnvCredentialProvider,
    IMDSv2CredentialProvider, ProfileCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Env, Error, FileRead, HttpSend, OsEnv,
    ProvideCredential, ProvideCredentialDyn, Result, Signer,
};

use super::transport::Transport;
use crate::connect::config::{AssumeRole, Credentials, CredentialsProvider, StoreConfig};
use crate::connect::object_store::{StoreError, StoreErrorKind};
use crate::connect::status::NO_CREDENTIALS;

/// Any provider. Not a chain of them: a chain keeps to itself why a provider failed.
pub(super) type AnyProvider = Box<dyn ProvideCredentialDyn<Credential = Credential>>;

/// What signs the requests; `None` if they are not signed.
pub(super) fn signer(config: &StoreConfig, transport: &Transport) -> Option<Signer<Credential>> {
    let context = context(transport, OsEnv);
    let provider = provider(config, &context)?;
    Some(Signer::new(context, Provider(provider), RequestSigner::new("s3", &config.region)))
}

/// Who is asked for credentials; `None` if requests are not signed.
pub(super) fn provider(config: &StoreConfig, context: &Context) -> Option<AnyProvider> {
    let given = config.credentials.as_ref();
    match (given, &config.provider) {
        (_, CredentialsProvider::AssumeRole(role)) => {
            Some(Box::new(assume_role(role, given, &config.region, context)))
        }
        (Some(pair), _) => Some(static_pair(pair)),
        (None, provider) => provided(provider),
    }
}

fn static_pair(pair: &Credentials) -> AnyProvider {
    let Credentials { access_key_id, secret_access_key } = pair;
    Box::new(StaticCredentialProvider::new(access_key_id, secret_access_key))
}

/// A provider of AWS's SDK by its class.
fn provided(provider: &CredentialsProvider) -> Option<AnyProvider> {
    Some(match provider {
        // Environment, profile (`AWS_PROFILE`), SSO, web identity, process, container, instance.
        CredentialsProvider::Default | CredentialsProvider::AssumeRole(_) => {
            Box::new(DefaultCredentialProvider::new())
        }
        CredentialsProvider::Environment => Box::new(EnvCredentialProvider::new()),
        CredentialsProvider::Profile => Box::new(ProfileCredentialProvider::new()),
        CredentialsProvider::WebIdentity => {
            Box::new(AssumeRoleWithWebIdentityCredentialProvider::new())
        }
        CredentialsProvider::Container => Box::new(ECSCredentialProvider::new()),
        CredentialsProvider::Instance => Box::new(IMDSv2CredentialProvider::new()),
        CredentialsProvider::Anonymous => return None,
    })
}

/// Asks STS for a role; the request is signed with the file's pair or the default's.
fn assume_role(
    role: &AssumeRole,
    given: Option<&Credentials>,
    region: &str,
    context: &Context,
) -> AssumeRoleCredentialProvider {
    let region = role.region.as_deref().unwrap_or(region);
    let source = given.map_or_else(|| Box::new(DefaultCredentialProvider::new()), static_pair);
    let signer = Signer::new(context.clone(), Provider(source), RequestSigner::new("sts", region));
    let mut provider = AssumeRoleCredentialProvider::new(role.role_arn.clone(), signer)
        .with_role_session_name(role.session_name.clone())
        .with_region(region.to_owned())
        .with_regional_sts_endpoint();
    if let Some(id) = &role.external_id {
        provider = provider.with_external_id(id.clone());
    }
    provider
}

/// One type for all.
#[derive(Debug)]
struct Provider(AnyProvider);

impl ProvideCredential for Provider {
    type Credential = Credential;

    async fn provide_credential(&self, context: &Context) -> Result<Option<Credential>> {
        self.0.provide_credential_dyn(context).await
    }
}

/// What the chain may use to find credentials.
pub(super) fn context(transport: &Transport, environment: impl Env) -> Context {
    let http = Http { transport: transport.clone(), sts: environment.var("AWS_ENDPOINT_URL_STS") };
    Context::new()
        .with_env(environment)
        .with_file_read(Files)
        .with_http_send(http)
        .with_command_execute(Commands)
}

/// Why nothing was signed, in one line.
pub(super) fn failed(error: &Error) -> StoreError {
    let kind =
        if error.is_retryable() { StoreErrorKind::Retriable } else { StoreErrorKind::Permanent };
    // The context names the library's types; what is of use to people is in `remedy`.
    let message = format!("{NO_CREDENTIALS}: {error}");
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
struct Http {
    transport: Transport,
    /// `AWS_ENDPOINT_URL_STS`: another STS than AWS's, as for AWS's SDKs.
    sts: Option<String>,
}

impl HttpSend for Http {
    async fn http_send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>> {
        self.to_own_sts(&mut request)?;
        self.transport.send(request).await.map_err(|error| Error::unexpected(error.to_string()))
    }
}

impl Http {
    /// The signature stays that of the host it was made for, which goes along.
    fn to_own_sts(&self, request: &mut Request<Bytes>) -> Result<()> {
        let Some(endpoint) = &self.sts else { return Ok(()) };
        let Some(host) = request.uri().host().filter(|host| host.starts_with("sts.")) else {
            return Ok(());
        };
        let host = http::HeaderValue::from_str(host);
        let host = host.map_err(|error| Error::unexpected(error.to_string()))?;
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let address = format!("{}/{query}", endpoint.trim_end_matches('/'));
        let wrong =
            |_| Error::config_invalid(format!("AWS_ENDPOINT_URL_STS={endpoint}: no address"));
        *request.uri_mut() = address.parse().map_err(wrong)?;
        request.headers_mut().insert(http::header::HOST, host);
        Ok(())
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
