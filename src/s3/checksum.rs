//! The checksums of S3: what a client claims, what was received, what is kept.
//!
//! Knows nothing of files and requests' bodies; only algorithms, names and values.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use http::{HeaderMap, StatusCode};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::{S3Result, s3_error};

use super::errors::custom;
use super::store::{Checksums, PartMeta};

/// One of S3's checksum algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

const ALL: [Algorithm; 5] =
    [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

impl Algorithm {
    /// As in `x-amz-checksum-<name>`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::Crc32c => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// Reads a name in any case, as in `x-amz-checksum-algorithm`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    fn from_header(name: &str) -> Option<Self> {
        Self::from_name(name.trim().to_ascii_lowercase().strip_prefix("x-amz-checksum-")?)
    }

    fn size(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The checksums of parts of this algorithm can be combined to that of the whole.
    pub(super) fn combines(self) -> bool {
        self.crc().is_some()
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// What a client says the checksums of its body are, or will be when the trailer comes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Claims {
    headers: Checksums,
    in_trailer: BTreeSet<Algorithm>,
    /// Named without a value: computed and kept.
    wanted: BTreeSet<Algorithm>,
}

impl Claims {
    /// Reads `x-amz-checksum-*` and `x-amz-trailer`.
    pub(super) fn from_headers(headers: &HeaderMap) -> S3Result<Self> {
        let mut claims = Self::default();
        for algorithm in ALL {
            let name = format!("x-amz-checksum-{}", algorithm.name());
            if let Some(value) = headers.get(&name) {
                claims.claim(algorithm, &String::from_utf8_lossy(value.as_bytes()))?;
            }
        }
        for value in headers.get_all("x-amz-trailer") {
            let names = String::from_utf8_lossy(value.as_bytes()).into_owned();
            claims.in_trailer.extend(names.split(',').filter_map(Algorithm::from_header));
        }
        if claims.headers.len() + claims.in_trailer.len() > 1 {
            return Err(s3_error!(
                InvalidRequest,
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                 allowed."
            ));
        }
        Ok(claims)
    }

    /// Notes one claimed value, as long as it can be one.
    pub(super) fn claim(&mut self, algorithm: Algorithm, value: &str) -> S3Result<()> {
        if BASE64.decode(value).ok().is_none_or(|bytes| bytes.len() != algorithm.size()) {
            let name = algorithm.name();
            return Err(s3_error!(
                InvalidRequest,
                "Value for x-amz-checksum-{name} header is invalid."
            ));
        }
        self.headers.insert(algorithm.name().to_owned(), value.to_owned());
        Ok(())
    }

    /// Also computes this one, without anything to compare it with.
    pub(super) fn want(&mut self, algorithm: Option<Algorithm>) {
        self.wanted.extend(algorithm);
    }

    /// Everything that must be computed of the body.
    pub(super) fn hasher(&self) -> ChecksumHasher {
        let claimed = self.headers.keys().filter_map(|name| Algorithm::from_name(name));
        let all = claimed.chain(self.in_trailer.iter().copied()).chain(self.wanted.iter().copied());
        hasher(all)
    }

    /// Compares what was received with the headers, and with the trailer that came after
    /// the body.
    pub(super) fn verify(&self, computed: &Checksums, trailer: Option<&HeaderMap>) -> S3Result<()> {
        let mut claims = self.clone();
        for algorithm in &self.in_trailer {
            let name = format!("x-amz-checksum-{}", algorithm.name());
            let Some(value) = trailer.and_then(|trailer| trailer.get(&name)) else {
                return Err(custom(
                    "MalformedTrailerError",
                    StatusCode::BAD_REQUEST,
                    "The request contained trailing data that was not well-formed or did not \
                     conform to our published schema.",
                ));
            };
            claims.claim(*algorithm, &String::from_utf8_lossy(value.as_bytes()))?;
        }
        for (name, claimed) in &claims.headers {
            if computed.get(name) != Some(claimed) {
                let name = name.to_ascii_uppercase();
                return Err(s3_error!(
                    BadDigest,
                    "The {name} you specified did not match the calculated checksum."
                ));
            }
        }
        Ok(())
    }
}

/// Computes these algorithms over one stream of bytes.
pub(super) fn hasher(algorithms: impl IntoIterator<Item = Algorithm>) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    for algorithm in algorithms {
        match algorithm {
            Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
    }
    hasher
}

/// What a hasher computed.
pub(super) fn finish(hasher: ChecksumHasher) -> Checksums {
    let computed = hasher.finalize();
    [
        ("crc32", computed.checksum_crc32),
        ("crc32c", computed.checksum_crc32c),
        ("crc64nvme", computed.checksum_crc64nvme),
        ("sha1", computed.checksum_sha1),
        ("sha256", computed.checksum_sha256),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

/// The checksum of an object from those of its parts: of all bytes, or, `composite`, the
/// checksum of the parts' checksums and their number. `None` if a part lacks its own.
pub(super) fn of_parts(
    algorithm: Algorithm,
    parts: &[PartMeta],
    composite: bool,
) -> Option<String> {
    let digests: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| BASE64.decode(part.checksums.get(algorithm.name())?).ok())
        .collect::<Option<_>>()?;
    if composite {
        let mut hasher = hasher([algorithm]);
        digests.iter().for_each(|digest| hasher.update(digest));
        let value = finish(hasher).remove(algorithm.name())?;
        return Some(format!("{value}-{}", parts.len()));
    }
    let crc = algorithm.crc()?;
    let number = |digest: &[u8]| digest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let combined =
        digests.iter().zip(parts).map(|(digest, part)| (number(digest), part.size)).reduce(
            |(a, a_size), (b, b_size)| {
                (crc_fast::checksum_combine(crc, a, b, b_size), a_size + b_size)
            },
        );
    let (value, _) = combined?;
    Some(BASE64.encode(&value.to_be_bytes()[8 - algorithm.size()..]))
}

/// The MD5 that a client claims in `Content-MD5`.
pub(super) fn content_md5(headers: &HeaderMap) -> S3Result<Option<[u8; 16]>> {
    let Some(value) = headers.get("content-md5") else { return Ok(None) };
    let digest = BASE64.decode(value.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    digest
        .map(Some)
        .ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified is not valid."))
}
