//! What is set on a bucket as a whole: one JSON file per bucket, `.klamm/buckets/<bucket>.json`.
//!
//! A bucket without a file has S3's defaults. The file is read once and kept.

use std::io::{self, Read};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Error, PRIVATE, Store, dir, lock};

/// The settings of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::s3) struct BucketSettings {
    /// The bucket's policy, as it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) policy: Option<String>,
    /// Rules for requests from other origins, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::s3) cors: Vec<CorsRule>,
    /// Tags of the bucket, in the order given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::s3) tags: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) public_access_block: Option<PublicAccessBlock>,
    /// `BucketOwnerEnforced` and the like, if it was put.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) ownership: Option<String>,
}

/// One CORS rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::s3) struct CorsRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) id: Option<String>,
    pub(in crate::s3) origins: Vec<String>,
    pub(in crate::s3) methods: Vec<String>,
    pub(in crate::s3) headers: Vec<String>,
    pub(in crate::s3) expose: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) max_age_seconds: Option<i32>,
}

/// The four switches of `PublicAccessBlock`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has four independent switches")]
pub(in crate::s3) struct PublicAccessBlock {
    pub(in crate::s3) block_acls: bool,
    pub(in crate::s3) ignore_acls: bool,
    pub(in crate::s3) block_policy: bool,
    pub(in crate::s3) restrict_buckets: bool,
}

impl Store {
    /// The settings of a bucket if they are known without a look at the disk.
    pub(in crate::s3) fn known_settings(&self, bucket: &str) -> Option<Arc<BucketSettings>> {
        let buckets = lock(&self.buckets);
        let state = Arc::clone(buckets.get(bucket)?);
        drop(buckets);
        let state = state.try_lock().ok()?;
        state.settings.clone()
    }

    /// The settings of a bucket.
    pub(in crate::s3) fn settings(&self, bucket: &str) -> Result<Arc<BucketSettings>, Error> {
        self.head_bucket(bucket)?;
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        if let Some(settings) = &state.settings {
            return Ok(Arc::clone(settings));
        }
        let settings = Arc::new(self.read_settings(bucket)?);
        state.settings = Some(Arc::clone(&settings));
        Ok(settings)
    }

    /// Changes the settings of a bucket.
    pub(in crate::s3) fn change_settings(
        &self,
        bucket: &str,
        change: impl FnOnce(&mut BucketSettings),
    ) -> Result<(), Error> {
        self.head_bucket(bucket)?;
        let state = self.bucket_state(bucket);
        let mut state = lock(&state);
        let mut settings = self.read_settings(bucket)?;
        change(&mut settings);
        let directory = self.private(&["buckets"])?;
        let name = file_name(bucket);
        let bytes = serde_json::to_vec(&settings)
            .map_err(|error| Error::io("encode", &name, error.into()))?;
        self.replace_file(&directory, &name, &bytes)?;
        state.settings = Some(Arc::new(settings));
        Ok(())
    }

    /// Forgets the settings of a bucket that is gone, or of an earlier one of its name.
    pub(super) fn remove_settings(&self, bucket: &str) {
        let _ = dir::open_root(&self.root)
            .and_then(|root| dir::remove_file(root, &[PRIVATE, "buckets", &file_name(bucket)]));
    }

    fn read_settings(&self, bucket: &str) -> Result<BucketSettings, Error> {
        let name = file_name(bucket);
        let path = [PRIVATE, "buckets", name.as_str()];
        let read = || -> io::Result<BucketSettings> {
            let root = dir::open_root(&self.root)?;
            let Some(mut file) = dir::open_file(root, &path)? else {
                return Ok(BucketSettings::default());
            };
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(serde_json::from_slice(&bytes)?)
        };
        read().map_err(|error| Error::io("read", self.root.join(path.join("/")), error))
    }
}

fn file_name(bucket: &str) -> String {
    format!("{bucket}.json")
}
