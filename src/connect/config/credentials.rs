//! Who signs the requests: the key pair of the file, or a provider of AWS's SDKs.

use super::read::Reader;
use super::{Credentials, Surroundings};

/// `s3.credentials.provider.class`: who is asked when the file has no key pair.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CredentialsProvider {
    /// `DefaultCredentialsProvider`: environment, web identity, profile, container, instance.
    #[default]
    Default,
    /// `EnvironmentVariableCredentialsProvider`
    Environment,
    /// `ProfileCredentialsProvider`
    Profile,
    /// `WebIdentityTokenFileCredentialsProvider`
    WebIdentity,
    /// `ContainerCredentialsProvider`
    Container,
    /// `InstanceProfileCredentialsProvider`
    Instance,
    /// `AnonymousCredentialsProvider`: requests are not signed.
    Anonymous,
    /// `AwsAssumeRoleCredentialsProvider`; its own credentials are the file's pair or the default.
    AssumeRole(AssumeRole),
}

/// `s3.credentials.provider.sts.*`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumeRole {
    /// `s3.credentials.provider.sts.role.arn`
    pub role_arn: String,
    /// `s3.credentials.provider.sts.role.external.id`
    pub external_id: Option<String>,
    /// `s3.credentials.provider.sts.role.session.name`
    pub session_name: String,
    /// `s3.credentials.provider.sts.region`; `None`: the region of the bucket.
    pub region: Option<String>,
}

const STS: &str = "s3.credentials.provider.sts.";
const CLASS: &str = "s3.credentials.provider.class";

/// The pair from the file, if both halves are there.
pub(super) fn pair(read: &mut Reader<'_>) -> Option<Credentials> {
    let pair = (read.some_text("aws.access.key.id"), read.some_text("aws.secret.access.key"));
    match pair {
        (Some(access_key_id), Some(secret_access_key)) => {
            Some(Credentials { access_key_id, secret_access_key })
        }
        (None, None) => None,
        _ => {
            read.warn("aws.access.key.id and aws.secret.access.key take effect only together");
            None
        }
    }
}

/// Reads `s3.credentials.provider.*`.
pub(super) fn provider(read: &mut Reader<'_>, surroundings: &Surroundings) -> CredentialsProvider {
    let class = read.text(CLASS).to_owned();
    if class.starts_with("com.amazonaws.") {
        read.warn(format!(
            "{CLASS}={class} is of AWS's SDK v1: the connector refuses it from version 11 on"
        ));
    }
    let provider = match read.simple_class(CLASS) {
        "" | "DefaultCredentialsProvider" | "DefaultAWSCredentialsProviderChain" => {
            CredentialsProvider::Default
        }
        "EnvironmentVariableCredentialsProvider" => CredentialsProvider::Environment,
        "ProfileCredentialsProvider" => CredentialsProvider::Profile,
        "WebIdentityTokenFileCredentialsProvider" | "WebIdentityTokenCredentialsProvider" => {
            CredentialsProvider::WebIdentity
        }
        "ContainerCredentialsProvider" | "EC2ContainerCredentialsProviderWrapper" => {
            CredentialsProvider::Container
        }
        "InstanceProfileCredentialsProvider" => CredentialsProvider::Instance,
        "AnonymousCredentialsProvider" => CredentialsProvider::Anonymous,
        "AwsAssumeRoleCredentialsProvider" => CredentialsProvider::AssumeRole(assume_role(read)),
        _ => {
            let refusal = format!(
                "Invalid value {class} for configuration {CLASS}: Class must extend: interface \
                 software.amazon.awssdk.auth.credentials.AwsCredentialsProvider"
            );
            read.refuse_with(CLASS, refusal, "klamm has the providers of AWS's SDK that need no arguments, and AwsAssumeRoleCredentialsProvider");
            CredentialsProvider::Default
        }
    };
    if !matches!(provider, CredentialsProvider::AssumeRole(_)) {
        for name in ["role.arn", "role.external.id", "role.session.name", "region"] {
            if read.some_text(&format!("{STS}{name}")).is_some() {
                read.warn(format!(
                    "{STS}{name} has no effect: it belongs to {CLASS}=io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider"
                ));
            }
        }
    }
    let has_own = surroundings.own_endpoint.is_some() && !read.has("store.url");
    if has_own && read.has(CLASS) && read.some_text("aws.access.key.id").is_none() {
        read.warn(format!("{CLASS} has no effect at klamm's own endpoint, which has one key pair; store.url names another"));
    }
    provider
}

/// What `AwsAssumeRoleCredentialsProvider` wants; it refuses to be without.
fn assume_role(read: &mut Reader<'_>) -> AssumeRole {
    let mut required = |name: &str| {
        let key = format!("{STS}{name}");
        read.some_text(&key).unwrap_or_else(|| {
            let text =
                format!("Missing required configuration \"{key}\" which has no default value.");
            read.refuse(&key, text);
            String::new()
        })
    };
    let (role_arn, session_name) = (required("role.arn"), required("role.session.name"));
    AssumeRole {
        role_arn,
        session_name,
        external_id: read.some_text(&format!("{STS}role.external.id")),
        region: read.some_text(&format!("{STS}region")),
    }
}
