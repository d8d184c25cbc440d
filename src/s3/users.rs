//! The key pairs that are let in: the owner's, and those of a users file.
//!
//! ```json
//! {"users": [{
//!     "name": "KafkaConnectRole", "access_key": "connect", "secret_key": "connect-secret",
//!     "policy": {"Version": "2012-10-17", "Statement": [
//!         {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::clicks/*"}
//!     ]}
//! }]}
//! ```
//!
//! A user may do what its own policy or the bucket's allows and neither denies. A bucket's
//! policy names it by the last piece of an ARN: `arn:aws:iam::000000000000:user/NAME` and
//! `…:role/NAME` are the same user.

use std::sync::Arc;

use s3s::auth::SecretKey;
use serde::Deserialize;
use serde_json::Value;

use super::policy::Policy;

/// A user beside the owner.
#[derive(Clone)]
pub struct User {
    pub(super) name: String,
    pub(super) access_key: String,
    pub(super) secret_key: SecretKey,
    pub(super) policy: Option<Arc<Policy>>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UsersFile {
    users: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    access_key: String,
    secret_key: String,
    policy: Option<Value>,
}

/// Reads a users file.
///
/// # Errors
/// What is wrong with it, for whoever wrote it.
pub fn read_users(text: &str) -> Result<Vec<User>, String> {
    let file: UsersFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut users: Vec<User> = Vec::new();
    for entry in file.users {
        let Entry { name, access_key, secret_key, policy } = entry;
        if name.is_empty() || access_key.is_empty() || secret_key.is_empty() {
            return Err("a user's name, access_key and secret_key must not be empty".to_owned());
        }
        if users.iter().any(|user| user.access_key == access_key || user.name == name) {
            return Err(format!("user {name}: its name or access key is there twice"));
        }
        let policy = policy
            .map(|policy| Policy::of_user(&policy.to_string()))
            .transpose()
            .map_err(|error| format!("the policy of user {name}: {error}"))?
            .map(Arc::new);
        users.push(User { name, access_key, secret_key: SecretKey::from(secret_key), policy });
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_file_says_what_is_wrong_with_it() {
        let user = r#"{"name": "anna", "access_key": "a", "secret_key": "b"}"#;
        let cases = [
            (format!(r#"{{"users": [{user}, {user}]}}"#), "user anna: its name or access key"),
            (r#"{"users": [{"name": "anna"}]}"#.to_owned(), "missing field `access_key`"),
            (
                format!(r#"{{"users": [{}]}}"#, user.replace('}', r#", "policy": {}}"#)),
                "the policy of user anna: Missing required field Statement",
            ),
        ];
        for (text, refusal) in cases {
            let error = read_users(&text).unwrap_err();
            assert!(error.starts_with(refusal), "{error}");
        }
        assert_eq!(read_users(&format!(r#"{{"users": [{user}]}}"#)).unwrap().len(), 1);
    }
}
