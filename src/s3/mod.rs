//! The S3 endpoint: buckets and objects over plain files, for the sink to write to and for
//! any S3 client to read.
//!
//! Owns the operations and the store; HTTP is hyper's, the protocol (routing, signatures,
//! XML) is s3s'. Every file of this folder is one resource's operations, `store` is all
//! that touches the disk. Uses no other room of klamm. Nothing is accepted silently: what
//! is not built answers `NotImplemented` by name.
//!
//! An object becomes visible in one step, after its length, MD5, checksums and signature
//! have been verified (see `store`).

/// Fills the five checksum fields of one of S3's answers.
macro_rules! set_checksums {
    ($output:expr, $checksums:expr) => {
        $output.checksum_crc32 = checksum(&$checksums, "crc32");
        $output.checksum_crc32c = checksum(&$checksums, "crc32c");
        $output.checksum_crc64nvme = checksum(&$checksums, "crc64nvme");
        $output.checksum_sha1 = checksum(&$checksums, "sha1");
        $output.checksum_sha256 = checksum(&$checksums, "sha256");
    };
}

mod access;
mod attributes;
mod buckets;
mod checksum;
mod conditions;
mod configuration;
mod copy;
mod cors;
mod defaults;
mod document;
mod endpoint;
mod errors;
mod form;
mod host;
mod list;
mod multipart;
mod objects;
mod options;
mod policy;
mod receive;
mod send;
mod server;
mod store;
mod tagging;
mod unread;
mod users;
mod versions;

pub use options::{ACCESS_KEY, Options, REGION, SECRET_KEY};
pub use server::{Handle, serve};
pub use users::{User, read_users};
