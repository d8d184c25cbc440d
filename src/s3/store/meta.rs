//! What S3 keeps of an object beside its bytes, and the sidecar file it lies in.
//!
//! The sidecar is named by the key and by the exact version of the file it describes
//! (modification time and length), is written before the object takes its place, and is
//! never changed by a replacement. So an object and its metadata cannot mix, whenever
//! the process dies: the file in place decides which sidecar counts. A file that somebody
//! put or edited by hand has no sidecar and is served with defaults.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Everything stored beside the bytes of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::s3) struct ObjectMeta {
    /// For a reader of the sidecar; the name alone does not tell it.
    pub(in crate::s3) key: String,
    /// Without quotes: the MD5 in hexadecimal, with `-N` for N parts.
    pub(in crate::s3) etag: String,
    /// Base64 by algorithm, as in the `x-amz-checksum-*` headers.
    #[serde(skip_serializing_if = "Checksums::is_empty")]
    pub(in crate::s3) checksums: Checksums,
    /// The checksum is one of the parts' checksums, not of the object's bytes.
    #[serde(skip_serializing_if = "is_false")]
    pub(in crate::s3) checksum_is_composite: bool,
    /// Response headers by name, as sent with the object: `content-type`,
    /// `cache-control`, `x-amz-acl`, `x-amz-server-side-encryption`, ….
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::s3) headers: BTreeMap<String, String>,
    /// `x-amz-meta-*`, without the prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(in crate::s3) user: BTreeMap<String, String>,
    /// Object tags, in the order given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::s3) tags: Vec<(String, String)>,
    /// The upload this object was completed from, so that repeating the completion
    /// gives the same answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::s3) upload_id: Option<String>,
    /// The parts of a multipart object, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::s3) parts: Vec<PartMeta>,
}

/// One part of a multipart upload, or of the object made from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::s3) struct PartMeta {
    pub(in crate::s3) number: u32,
    pub(in crate::s3) size: u64,
    /// Without quotes; the MD5 in hexadecimal.
    pub(in crate::s3) etag: String,
    #[serde(skip_serializing_if = "Checksums::is_empty")]
    pub(in crate::s3) checksums: Checksums,
    /// Of the part, in milliseconds since 1970.
    pub(in crate::s3) modified_ms: u64,
    /// File name below the upload's directory; empty in an object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::s3) file: String,
}

/// Base64 checksums by the algorithm's name in lower case (`crc32`, `sha256`).
pub(in crate::s3) type Checksums = BTreeMap<String, String>;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Which version of a file this is. Survives copying a data directory with `cp -a`,
/// `tar` or `rsync -a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::s3) struct Identity {
    pub(in crate::s3) modified_ns: i128,
    pub(in crate::s3) size: u64,
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified_ns =
            i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { modified_ns, size: metadata.size() }
    }

    /// What the names of all sidecars of `key` begin with.
    pub(super) fn key_hash(key: &str) -> String {
        let mut hash = hex(&Sha256::digest(key.as_bytes()));
        hash.truncate(40);
        hash
    }

    /// Name of the sidecar of this version of `key`: directory and file.
    pub(super) fn sidecar(self, key: &str) -> (String, String) {
        let hash = Self::key_hash(key);
        let name = format!("{hash}-{:x}-{:x}.json", self.modified_ns, self.size);
        (hash[..2].to_owned(), name)
    }
}

impl ObjectMeta {
    /// For a file that we did not write. The ETag changes when the file does, and its
    /// suffix tells clients that it is no MD5 of the content.
    pub(super) fn of_a_stranger(key: &str, identity: Identity) -> Self {
        let mut hash = Md5::new();
        hash.update(key.as_bytes());
        hash.update(identity.modified_ns.to_le_bytes());
        hash.update(identity.size.to_le_bytes());
        let etag = format!("{}-0", hex(&hash.finalize()));
        Self { key: key.to_owned(), etag, ..Self::default() }
    }

    pub(super) fn encode(&self) -> io::Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(io::Error::other)
    }

    pub(super) fn decode(bytes: &[u8]) -> io::Result<Self> {
        serde_json::from_slice(bytes).map_err(io::Error::other)
    }
}

/// Lower case hexadecimal.
pub(in crate::s3) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push_str(&format!("{byte:02x}"));
    }
    text
}
