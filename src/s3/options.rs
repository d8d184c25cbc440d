//! What the endpoint needs to know.

use std::path::PathBuf;

use super::users::User;

/// The access key of a fresh klamm. Documented, for development only.
pub const ACCESS_KEY: &str = "klamm";

/// The secret key that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "klamm-secret";

/// The region that buckets lie in unless told otherwise. Signatures for any region are
/// accepted.
pub const REGION: &str = "us-east-1";

/// Settings of the endpoint.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the buckets lie (`<data>/s3`). Made when the first bucket is.
    pub directory: PathBuf,
    /// The owner's access key.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// Who else is let in, to what policies allow.
    pub users: Vec<User>,
    /// Told to clients that ask for a bucket's location.
    pub region: String,
    /// Host names whose first label may be a bucket (`bucket.localhost:9000`), without port.
    /// Requests to any other host have the bucket in the path.
    pub domains: Vec<String>,
    /// Whether an object is on the disk, beyond a power loss, before it is acknowledged.
    /// Without, an acknowledged object survives `kill -9`.
    pub sync: bool,
}

impl Options {
    /// The defaults, with the buckets in `directory`.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            access_key: ACCESS_KEY.to_owned(),
            secret_key: SECRET_KEY.to_owned(),
            users: Vec::new(),
            region: REGION.to_owned(),
            domains: vec!["localhost".to_owned(), "s3.amazonaws.com".to_owned()],
            sync: false,
        }
    }
}
