//! Bytes of open files that memory has no room for: one file on disk, in blocks.
//!
//! However many objects are open, they share one descriptor. The file has no name, so that it is
//! gone with the process; a block is used again as soon as its bytes have been sent.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const BLOCK_BYTES: usize = 64 << 10;

/// The file of one task. Made when it is first needed.
#[derive(Debug, Default)]
pub struct Spill(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    file: Option<Arc<File>>,
    block_count: u64,
    free: Vec<u64>,
}

/// Bytes in a [`Spill`], read from the front.
#[derive(Debug)]
pub struct Spilled {
    spill: Arc<Spill>,
    blocks: Vec<u64>,
    /// Taken from the front already.
    start: usize,
    end: usize,
}

impl Spill {
    /// Nothing on disk yet.
    #[must_use]
    pub fn new() -> Arc<Spill> {
        Arc::default()
    }

    /// Bytes on disk, in whole blocks.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        let state = self.lock();
        (state.block_count - state.free.len() as u64) * BLOCK_BYTES as u64
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> io::Result<Arc<File>> {
        let mut state = self.lock();
        if let Some(file) = &state.file {
            return Ok(file.clone());
        }
        let file = Arc::new(nameless()?);
        state.file = Some(file.clone());
        Ok(file)
    }

    fn block(&self) -> u64 {
        let mut state = self.lock();
        state.free.pop().unwrap_or_else(|| {
            state.block_count += 1;
            state.block_count - 1
        })
    }
}

/// A file in the temporary directory whose name is gone at once.
fn nameless() -> io::Result<File> {
    let folder = std::env::temp_dir();
    for number in 0_u32..1000 {
        let path = folder.join(format!("klamm-sink-{}-{number}", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("no free name in {}", folder.display())))
}

impl Spilled {
    /// No bytes yet.
    #[must_use]
    pub fn new(spill: &Arc<Spill>) -> Spilled {
        Spilled { spill: spill.clone(), blocks: Vec::new(), start: 0, end: 0 }
    }

    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes.
    ///
    /// # Errors
    /// A disk that fails or is full; the bytes appended before are still there.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = self.spill.file()?;
        let mut rest = bytes;
        let mut end = self.end;
        while !rest.is_empty() {
            let (index, within) = (end / BLOCK_BYTES, end % BLOCK_BYTES);
            if index == self.blocks.len() {
                self.blocks.push(self.spill.block());
            }
            let (now, later) = rest.split_at(rest.len().min(BLOCK_BYTES - within));
            file.write_all_at(now, self.blocks[index] * BLOCK_BYTES as u64 + within as u64)?;
            end += now.len();
            rest = later;
        }
        self.end = end;
        Ok(())
    }

    /// Takes up to `length` bytes from the front.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let file = self.spill.file()?;
        let mut bytes = vec![0; length.min(self.len())];
        let mut done = 0;
        while done < bytes.len() {
            let position = self.start + done;
            let (index, within) = (position / BLOCK_BYTES, position % BLOCK_BYTES);
            let count = (bytes.len() - done).min(BLOCK_BYTES - within);
            let at = self.blocks[index] * BLOCK_BYTES as u64 + within as u64;
            file.read_exact_at(&mut bytes[done..done + count], at)?;
            done += count;
        }
        self.start += done;
        Ok(bytes)
    }
}

impl Drop for Spilled {
    fn drop(&mut self) {
        self.spill.lock().free.append(&mut self.blocks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_went() {
        let spill = Spill::new();
        let bytes: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
        let mut one = Spilled::new(&spill);
        let mut other = Spilled::new(&spill);
        for piece in bytes.chunks(7_001) {
            one.append(piece).unwrap();
            other.append(&piece[..piece.len() / 2]).unwrap();
        }
        assert_eq!(one.len(), bytes.len());
        let mut back = one.take(100_000).unwrap();
        back.extend(one.take(usize::MAX).unwrap());
        assert!(back == bytes && one.is_empty());
        drop((one, other));
        let used = spill.0.lock().unwrap().block_count;
        let mut again = Spilled::new(&spill);
        again.append(&bytes).unwrap();
        assert_eq!(spill.0.lock().unwrap().block_count, used, "blocks are used again");
    }
}
