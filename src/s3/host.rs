//! Buckets named by the host: `bucket.localhost:9000`.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Knows the domains whose subdomains are buckets; any other host is nobody's bucket.
#[derive(Clone)]
pub(super) struct Domains {
    domains: Vec<String>,
}

impl Domains {
    pub(super) fn new(domains: Vec<String>) -> Self {
        Self { domains }
    }

    /// The bucket in a host name, if there is one.
    pub(super) fn bucket<'h>(&self, host: &'h str) -> Option<&'h str> {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let mut found: Option<&str> = None;
        for domain in &self.domains {
            let bucket = name.strip_suffix(domain.as_str()).and_then(|it| it.strip_suffix('.'));
            // The longest domain wins: `s3.localhost` over `localhost`.
            if let Some(bucket) = bucket
                && found.is_none_or(|before| bucket.len() < before.len())
            {
                found = Some(bucket);
            }
        }
        // `s3.localhost` names the endpoint, not a bucket `s3`, which S3 does not allow.
        found
            .map(|bucket| bucket.strip_suffix(".s3").unwrap_or(bucket))
            .filter(|bucket| s3s::path::check_bucket_name(bucket))
    }
}

impl S3Host for Domains {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let parsed = VirtualHost::new(host);
        Ok(match self.bucket(host) {
            Some(bucket) => parsed.with_bucket(bucket),
            None => parsed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_what_stands_before_a_known_domain() {
        let domains = Domains::new(vec!["localhost".to_owned(), "s3.amazonaws.com".to_owned()]);
        let cases = [
            ("localhost:9000", None),
            ("s3.localhost:9000", None),
            ("clicks.localhost:9000", Some("clicks")),
            ("clicks.s3.localhost", Some("clicks")),
            ("my.dotted.bucket.localhost:1", Some("my.dotted.bucket")),
            ("clicks.s3.amazonaws.com", Some("clicks")),
            ("host.docker.internal:9000", None),
            ("klamm:9000", None),
            ("BAD_NAME.localhost", None),
        ];
        for (host, bucket) in cases {
            assert_eq!(domains.bucket(host), bucket, "{host}");
        }
    }
}
