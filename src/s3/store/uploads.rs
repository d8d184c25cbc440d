//! Multipart uploads in progress.
//!
//! `.klamm/uploads/<bucket>/<id>/upload.json` holds what the object will be,
//! `<part>.json` what each part is, and names the file with its bytes; so a part is
//! replaced whole or not at all, and an upload survives a crash at any point.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::AtFlags;
use serde::{Deserialize, Serialize};

use super::{
    Checksums, Committed, Condition, Error, ObjectMeta, PRIVATE, PartMeta, Store, TempFile, dir,
    lock,
};

const UPLOAD_FILE: &str = "upload.json";

/// Every part but the last has at least 5 MiB, as in S3.
const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// A multipart upload as it was begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::s3) struct Upload {
    pub(in crate::s3) key: String,
    /// Milliseconds since 1970.
    pub(in crate::s3) initiated_ms: u64,
    /// `crc32`, `sha256`, … if the client named one.
    pub(in crate::s3) checksum_algorithm: Option<String>,
    /// The object's checksum is to be one of all its bytes.
    pub(in crate::s3) checksum_is_full_object: bool,
    /// Headers, user metadata and tags of the object to be.
    pub(in crate::s3) meta: ObjectMeta,
}

/// An upload of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::s3) struct UploadSummary {
    pub(in crate::s3) id: String,
    pub(in crate::s3) upload: Upload,
}

/// A part as the client names it to complete the upload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::s3) struct ChosenPart {
    pub(in crate::s3) number: u32,
    /// Without quotes.
    pub(in crate::s3) etag: Option<String>,
    pub(in crate::s3) checksums: Checksums,
}

impl Store {
    /// Begins an upload and returns its id.
    pub(in crate::s3) fn create_upload(
        &self,
        bucket: &str,
        mut upload: Upload,
    ) -> Result<String, Error> {
        self.head_bucket(bucket)?;
        let now = self.tick().duration_since(UNIX_EPOCH).unwrap_or_default();
        upload.initiated_ms = millis(now);
        let mut random = [0; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::io("name", "an upload", io::Error::other(error.to_string())))?;
        // Begins with the time, so that ids sort as the uploads were begun.
        let id = format!("{:016x}{}", now.as_nanos(), super::hex(&random));
        // Uploads of an earlier process that had not quite begun go before this one begins.
        self.temp_directory()?;
        let directory = self.private(&["uploads", bucket, &id])?;
        self.write_json(&directory, UPLOAD_FILE, &upload)?;
        Ok(id)
    }

    /// The upload of this id, if it is one of `key`.
    pub(in crate::s3) fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, Error> {
        self.open_upload(bucket, key, id).map(|(_, upload)| upload)
    }

    /// Keeps a written file as part `part.number`, replacing an earlier one.
    pub(in crate::s3) fn put_part(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        mut temp: TempFile,
        mut part: PartMeta,
    ) -> Result<SystemTime, Error> {
        let now = self.tick();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        part.modified_ms = millis(since);
        part.file = format!("{:05}-{:x}", part.number, since.as_nanos());
        let state = self.bucket_state(bucket);
        let _guard = lock(&state);
        let (directory, _) = self.open_upload(bucket, key, id)?;
        let name = part_name(part.number);
        let before: Option<PartMeta> = read_json(&directory, &name)?;
        temp.place(&directory, &part.file)
            .map_err(|error| Error::io("place", part.file.as_str(), error))?;
        self.write_json(&directory, &name, &part)?;
        if let Some(before) = before {
            let _ = rustix::fs::unlinkat(&directory, &before.file, AtFlags::empty());
        }
        Ok(now)
    }

    /// The parts uploaded so far, by number.
    pub(in crate::s3) fn parts(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<(Upload, Vec<PartMeta>), Error> {
        let (directory, upload) = self.open_upload(bucket, key, id)?;
        Ok((upload, read_parts(&directory)?))
    }

    /// All uploads of a bucket, by key and then as they were begun.
    pub(in crate::s3) fn uploads(&self, bucket: &str) -> Result<Vec<UploadSummary>, Error> {
        self.head_bucket(bucket)?;
        let opened = dir::open_directory(self.root()?, &[PRIVATE, "uploads", bucket]);
        let directory = match opened {
            Ok(directory) => directory,
            Err(error) if dir::is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(Error::io("open the uploads of", bucket, error)),
        };
        let mut uploads = Vec::new();
        let entries = dir::read(&directory)
            .map_err(|error| Error::io("list the uploads of", bucket, error))?;
        for entry in entries {
            let Ok(child) = dir::open_directory(&directory, &[&entry.name]) else { continue };
            if let Some(upload) = Self::read_upload(&child)? {
                uploads.push(UploadSummary { id: entry.name, upload });
            }
        }
        uploads.sort_by(|a, b| (&a.upload.key, &a.id).cmp(&(&b.upload.key, &b.id)));
        Ok(uploads)
    }

    /// The parts that a completion names, in order, each checked.
    pub(in crate::s3) fn choose_parts(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        chosen: &[ChosenPart],
    ) -> Result<(Upload, Vec<PartMeta>), Error> {
        let (upload, uploaded) = self.parts(bucket, key, id)?;
        if !chosen.is_sorted_by(|a, b| a.number < b.number) {
            return Err(Error::InvalidPartOrder);
        }
        let mut parts: Vec<PartMeta> = Vec::with_capacity(chosen.len());
        for choice in chosen {
            let part = uploaded
                .iter()
                .find(|part| part.number == choice.number)
                .filter(|part| choice.etag.as_ref().is_none_or(|etag| *etag == part.etag))
                .filter(|part| {
                    let mut checksums = choice.checksums.iter();
                    checksums.all(|(name, value)| part.checksums.get(name) == Some(value))
                })
                .ok_or(Error::InvalidPart(choice.number))?;
            parts.push(part.clone());
        }
        let all_but_last = parts.split_last().map_or(&[][..], |(_, before)| before);
        if let Some(small) = all_but_last.iter().find(|part| part.size < PART_BYTES_MIN) {
            return Err(Error::PartTooSmall(small.number, small.size));
        }
        Ok((upload, parts))
    }

    /// Makes the object of these parts, in this order, and forgets the upload. `meta.parts`
    /// has the parts of [`Self::choose_parts`].
    pub(in crate::s3) fn complete_upload(
        &self,
        bucket: &str,
        id: &str,
        mut meta: ObjectMeta,
        condition: &Condition,
    ) -> Result<Committed, Error> {
        let key = meta.key.clone();
        let (directory, _) = self.open_upload(bucket, &key, id)?;
        let temp = self.assemble(&directory, &meta.parts)?;
        for part in &mut meta.parts {
            part.file.clear();
        }
        let committed = self.commit(bucket, &key, temp, &meta, condition)?;
        self.remove_upload(bucket, id)?;
        Ok(committed)
    }

    /// Forgets an upload and its parts.
    pub(in crate::s3) fn abort_upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<(), Error> {
        self.open_upload(bucket, key, id)?;
        self.remove_upload(bucket, id)
    }

    fn remove_upload(&self, bucket: &str, id: &str) -> Result<(), Error> {
        let (uploads, temporary) = (self.private(&["uploads", bucket])?, self.temp_directory()?);
        let state = self.bucket_state(bucket);
        let taken = {
            // No part finds its place meanwhile.
            let _guard = lock(&state);
            self.take_away(&uploads, id, &temporary)?
        };
        match taken {
            Some(path) => {
                std::fs::remove_dir_all(&path).map_err(|error| Error::io("remove", path, error))
            }
            None => Ok(()),
        }
    }

    /// What is kept of an upload in its folder; `None` if it had not quite begun.
    pub(super) fn read_upload(directory: &OwnedFd) -> Result<Option<Upload>, Error> {
        read_json(directory, UPLOAD_FILE)
    }

    /// A single part becomes the object as it is; of several the kernel copies the bytes,
    /// or only refers to them where the file system can.
    fn assemble(&self, directory: &OwnedFd, parts: &[PartMeta]) -> Result<TempFile, Error> {
        let mut temp = self.temp_file()?;
        let failed = |error| Error::io("assemble", "the parts", error);
        if let [only] = parts {
            match temp.become_link_of(directory, &only.file) {
                Ok(()) => return Ok(temp),
                // No second names on this file system: copy.
                Err(_) => temp = self.temp_file()?,
            }
        }
        for part in parts {
            let mut file = open_part(directory, part)?.ok_or(Error::NoSuchUpload)?;
            let copied = io::copy(&mut file, &mut temp.file).map_err(failed)?;
            if copied != part.size {
                return Err(Error::InvalidPart(part.number));
            }
        }
        Ok(temp)
    }

    fn open_upload(&self, bucket: &str, key: &str, id: &str) -> Result<(OwnedFd, Upload), Error> {
        self.head_bucket(bucket)?;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Error::NoSuchUpload);
        }
        let directory = dir::open_directory(self.root()?, &[PRIVATE, "uploads", bucket, id])
            .map_err(|error| {
                if dir::is_absent(&error) {
                    Error::NoSuchUpload
                } else {
                    Error::io("open the upload", id, error)
                }
            })?;
        match Self::read_upload(&directory)? {
            Some(upload) if upload.key == key => Ok((directory, upload)),
            _ => Err(Error::NoSuchUpload),
        }
    }

    fn write_json(
        &self,
        directory: &OwnedFd,
        name: &str,
        value: &impl Serialize,
    ) -> Result<(), Error> {
        let bytes =
            serde_json::to_vec(value).map_err(|error| Error::io("encode", name, error.into()))?;
        self.replace_file(directory, name, &bytes)
    }
}

fn read_parts(directory: &OwnedFd) -> Result<Vec<PartMeta>, Error> {
    let mut parts = Vec::new();
    let entries = dir::read(directory).map_err(|error| Error::io("list", "the parts", error))?;
    for entry in entries {
        if entry.name != UPLOAD_FILE && entry.name.ends_with(".json") {
            parts.extend(read_json::<PartMeta>(directory, &entry.name)?);
        }
    }
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}

fn open_part(directory: &OwnedFd, part: &PartMeta) -> Result<Option<File>, Error> {
    dir::open_file(directory, &[&part.file])
        .map_err(|error| Error::io("open", part.file.as_str(), error))
}

/// `None` if the file is not there or was cut short by a power loss.
fn read_json<T: for<'de> Deserialize<'de>>(
    directory: &OwnedFd,
    name: &str,
) -> Result<Option<T>, Error> {
    let read = || -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = dir::open_file(directory, &[name])? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    let bytes = read().map_err(|error| Error::io("read", name, error))?;
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

fn part_name(number: u32) -> String {
    format!("{number:05}.json")
}

fn millis(since: Duration) -> u64 {
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
