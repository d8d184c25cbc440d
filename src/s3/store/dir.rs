//! Directories by file descriptor, never through a symbolic link: a link planted in a
//! bucket leads nowhere, so no key reaches beyond the folder.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;

const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o777);

fn directory_flags() -> OFlags {
    OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC
}

/// Opens the data directory itself, which may be a link: its place is the user's choice.
pub(super) fn open_root(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

/// Opens the directory at `segments` below `root`.
pub(super) fn open_directory<S: AsRef<OsStr>>(
    root: impl AsFd,
    segments: &[S],
) -> io::Result<OwnedFd> {
    let mut directory = root.as_fd().try_clone_to_owned()?;
    for segment in segments {
        directory =
            rustix::fs::openat(&directory, segment.as_ref(), directory_flags(), Mode::empty())?;
    }
    Ok(directory)
}

/// Opens the directory at `segments` below `root`, making what is missing.
pub(super) fn make_directory<S: AsRef<OsStr>>(
    root: impl AsFd,
    segments: &[S],
) -> io::Result<OwnedFd> {
    let mut directory = root.as_fd().try_clone_to_owned()?;
    for segment in segments {
        let segment = segment.as_ref();
        let open =
            |from: &OwnedFd| rustix::fs::openat(from, segment, directory_flags(), Mode::empty());
        directory = match open(&directory) {
            Err(Errno::NOENT) => {
                match rustix::fs::mkdirat(&directory, segment, DIRECTORY_MODE) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(error) => return Err(error.into()),
                }
                open(&directory)?
            }
            other => other?,
        };
    }
    Ok(directory)
}

/// Opens a regular file for reading; `None` if there is none of that name (a directory,
/// a link and a pipe are none).
pub(super) fn open_file<S: AsRef<OsStr>>(
    root: impl AsFd,
    segments: &[S],
) -> io::Result<Option<File>> {
    let Some((name, parents)) = segments.split_last() else { return Ok(None) };
    let opened = open_directory(root, parents).and_then(|parent| {
        // Without NONBLOCK, opening a planted pipe would wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&parent, name.as_ref(), flags, Mode::empty())?)
    });
    match opened {
        Ok(descriptor) => {
            let file = File::from(descriptor);
            Ok(file.metadata()?.is_file().then_some(file))
        }
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that is not there is no error. Says whether there was one.
pub(super) fn remove_file<S: AsRef<OsStr>>(root: impl AsFd, segments: &[S]) -> io::Result<bool> {
    let Some((name, parents)) = segments.split_last() else { return Ok(false) };
    let removed = open_directory(root, parents)
        .and_then(|parent| Ok(rustix::fs::unlinkat(&parent, name.as_ref(), AtFlags::empty())?));
    match removed {
        Ok(()) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes the directories at `segments` from the deepest up, as long as they are empty.
pub(super) fn remove_empty<S: AsRef<OsStr>>(root: impl AsFd, segments: &[S]) {
    let mut rest = segments;
    while let Some((name, parents)) = rest.split_last() {
        let removed = open_directory(root.as_fd(), parents).and_then(|parent| {
            Ok(rustix::fs::unlinkat(&parent, name.as_ref(), AtFlags::REMOVEDIR)?)
        });
        if removed.is_err() {
            return;
        }
        rest = parents;
    }
}

/// Removes every empty directory below `directory`, depth first, and nothing else.
pub(super) fn remove_empty_below(directory: &OwnedFd) -> io::Result<()> {
    for entry in read(directory)? {
        if entry.is_directory {
            if let Ok(child) = open_directory(directory, &[&entry.name]) {
                remove_empty_below(&child)?;
            }
            // Not empty: the caller's own removal will say so.
            let _ = rustix::fs::unlinkat(directory, &entry.name, AtFlags::REMOVEDIR);
        }
    }
    Ok(())
}

/// One name in a directory: a directory or a regular file.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) is_directory: bool,
}

/// The directories and regular files in a directory, in no order. Names that are no
/// UTF-8 are left out: no key is written so.
pub(super) fn read(directory: &OwnedFd) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else { continue };
        if name == "." || name == ".." {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Unknown => {
                match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                }
            }
            known => known,
        };
        match kind {
            FileType::Directory => {
                entries.push(Entry { name: name.to_owned(), is_directory: true });
            }
            FileType::RegularFile => {
                entries.push(Entry { name: name.to_owned(), is_directory: false });
            }
            _ => {}
        }
    }
    Ok(entries)
}

/// Nothing lies at the path: a name is missing, or something else is in the way.
pub(super) fn is_absent(error: &io::Error) -> bool {
    is_any_of(error, &[Errno::NOENT]) || is_blocked(error)
}

/// Something that is no directory lies where a directory must, or the reverse, or the
/// file system does not take the name.
pub(super) fn is_blocked(error: &io::Error) -> bool {
    is_any_of(
        error,
        &[
            Errno::NOTDIR,
            Errno::ISDIR,
            Errno::LOOP,
            Errno::NAMETOOLONG,
            Errno::NOTEMPTY,
            Errno::EXIST,
            Errno::ILSEQ,
            Errno::INVAL,
            Errno::NXIO,
        ],
    )
}

fn is_any_of(error: &io::Error, errnos: &[Errno]) -> bool {
    error.raw_os_error().is_some_and(|raw| errnos.iter().any(|errno| errno.raw_os_error() == raw))
}
