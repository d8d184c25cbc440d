//! The growing bytes of one object: format, then gzip, then memory or disk.
//!
//! What a body holds in memory is small, however large the object is or how many are open: only
//! some of them keep a running gzip, and what is ready can move to disk at any time. None of that
//! changes a byte of the object.

use std::io::{self, Write as _};
use std::sync::Arc;

use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};

use crate::connect::convert::{RecordError, Value};
use crate::connect::format::{Encoder, FormatSettings};
use crate::connect::spill::{Spill, Spilled};

/// Plain bytes are gathered up to this before they are compressed.
const GATHERED_BYTES: usize = 32 << 10;
/// What a running gzip holds beside its output.
const GZIP_STATE_BYTES: usize = 320 << 10;

/// The bytes of one object, in this order: on disk, in `front`, in gzip's output (where one runs),
/// in the encoder. Where gzip has not begun yet, all of them are still to be compressed.
#[derive(Debug)]
pub(super) struct Body {
    spilled: Option<Spilled>,
    front: Vec<u8>,
    gzip: Gzip,
    encoder: Encoder,
}

/// `s3.compression.type`
#[derive(Debug)]
enum Gzip {
    Off,
    /// Not begun.
    Waiting(Waiting),
    Running(Box<GzEncoder<Vec<u8>>>),
}

/// A gzip that has not begun. It will be fed in the steps in which it would have been fed: the
/// output depends on them.
#[derive(Debug)]
struct Waiting {
    level: i64,
    steps: Vec<usize>,
    /// Their sum.
    stepped: usize,
}

impl Waiting {
    /// The gzip, fed with what was gathered.
    fn start(&self, plain: &mut Rest) -> io::Result<GzEncoder<Vec<u8>>> {
        let level = u32::try_from(self.level)
            .map_or_else(|_| Compression::default(), |level| Compression::new(level.min(9)));
        // No name, no time: the same records make the same bytes.
        let mut gzip = GzBuilder::new().write(Vec::new(), level);
        for &step in &self.steps {
            gzip.write_all(&plain.take(step)?)?;
        }
        Ok(gzip)
    }
}

/// The rest of an object that is complete.
#[derive(Debug, Default)]
pub struct Rest {
    /// Comes first.
    spilled: Option<Spilled>,
    memory: Vec<u8>,
}

impl Body {
    /// An empty object.
    pub(super) fn new(settings: &FormatSettings) -> Body {
        Body {
            spilled: None,
            front: Vec::new(),
            gzip: settings.gzip_level.map_or(Gzip::Off, |level| {
                Gzip::Waiting(Waiting { level, steps: Vec::new(), stepped: 0 })
            }),
            encoder: Encoder::new(settings),
        }
    }

    /// Appends a record. `may_run` says whether one more gzip may run already.
    ///
    /// # Errors
    /// If the format has no place for it.
    pub(super) fn append(&mut self, value: &Value<'_>, may_run: bool) -> Result<(), RecordError> {
        self.encoder.append(value)?;
        match &mut self.gzip {
            Gzip::Off => {}
            Gzip::Running(gzip) => {
                if self.encoder.ready_bytes() >= GATHERED_BYTES {
                    let plain = self.encoder.take(usize::MAX);
                    gzip.write_all(&plain).expect("writing to memory cannot fail");
                }
            }
            Gzip::Waiting(waiting) => {
                let on_disk = self.spilled.as_ref().map_or(0, Spilled::len);
                let plain_bytes = on_disk + self.front.len() + self.encoder.ready_bytes();
                let gathered = plain_bytes - waiting.stepped;
                if gathered >= GATHERED_BYTES {
                    waiting.steps.push(gathered);
                    waiting.stepped += gathered;
                    if may_run && self.spilled.is_none() {
                        self.run();
                    }
                }
            }
        }
        Ok(())
    }

    /// Lets a gzip begin that has waited, with everything in memory.
    fn run(&mut self) {
        let memory = self.take_memory(usize::MAX);
        if let Gzip::Waiting(waiting) = &self.gzip {
            let mut plain = Rest { spilled: None, memory };
            let gzip = waiting.start(&mut plain).expect("memory cannot fail");
            self.gzip = Gzip::Running(Box::new(gzip));
        }
    }

    /// Whether a gzip runs.
    pub(super) fn is_running(&self) -> bool {
        matches!(self.gzip, Gzip::Running(_))
    }

    /// Bytes that could be sent now.
    pub(super) fn ready_bytes(&self) -> usize {
        let before = self.spilled.as_ref().map_or(0, Spilled::len) + self.front.len();
        match &self.gzip {
            Gzip::Off => before + self.encoder.ready_bytes(),
            Gzip::Waiting(_) => 0,
            Gzip::Running(gzip) => before + gzip.get_ref().len(),
        }
    }

    /// Bytes in memory.
    pub(super) fn held_bytes(&self) -> usize {
        let gzip = match &self.gzip {
            Gzip::Running(gzip) => gzip.get_ref().len() + GZIP_STATE_BYTES,
            Gzip::Off | Gzip::Waiting(_) => 0,
        };
        self.encoder.held_bytes() + self.front.len() + gzip
    }

    /// What is in memory and could go to disk, taken out.
    fn take_memory(&mut self, length: usize) -> Vec<u8> {
        let mut taken = std::mem::take(&mut self.front);
        let missing = length.saturating_sub(taken.len());
        let more = match &mut self.gzip {
            Gzip::Off | Gzip::Waiting(_) => self.encoder.take(missing),
            Gzip::Running(gzip) => {
                let ready = gzip.get_mut();
                let rest = ready.split_off(missing.min(ready.len()));
                std::mem::replace(ready, rest)
            }
        };
        if taken.is_empty() {
            return more;
        }
        taken.extend(more);
        if taken.len() > length {
            self.front = taken.split_off(length);
        }
        taken
    }

    /// Moves what is ready, or waits for gzip, to disk.
    ///
    /// # Errors
    /// A disk that fails or is full; then it stays in memory.
    pub(super) fn spill(&mut self, spill: &Arc<Spill>) -> io::Result<()> {
        let bytes = self.take_memory(usize::MAX);
        if bytes.is_empty() {
            return Ok(());
        }
        let spilled = self.spilled.get_or_insert_with(|| Spilled::new(spill));
        let outcome = spilled.append(&bytes);
        if outcome.is_err() {
            self.front = bytes;
        }
        outcome
    }

    /// Takes the next `length` bytes out, or all there are.
    ///
    /// # Errors
    /// A disk that fails.
    pub(super) fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let Some(spilled) = &mut self.spilled else { return Ok(self.take_memory(length)) };
        let mut part = spilled.take(length)?;
        if spilled.is_empty() {
            self.spilled = None;
            let more = self.take_memory(length - part.len());
            part.extend(more);
        }
        Ok(part)
    }

    /// No record follows.
    ///
    /// # Errors
    /// A disk that fails.
    pub(super) fn finish(self) -> io::Result<Rest> {
        let Body { spilled, front, gzip: state, encoder } = self;
        let plain = encoder.finish();
        match state {
            Gzip::Off => {
                let memory = if front.is_empty() { plain } else { [front, plain].concat() };
                Ok(Rest { spilled, memory })
            }
            Gzip::Waiting(waiting) => {
                let memory = if front.is_empty() { plain } else { [front, plain].concat() };
                let mut rest = Rest { spilled, memory };
                let mut gzip = waiting.start(&mut rest)?;
                gzip.write_all(&rest.take(usize::MAX)?)?;
                Ok(Rest { spilled: None, memory: gzip.finish()? })
            }
            Gzip::Running(mut gzip) => {
                gzip.write_all(&plain)?;
                let output = gzip.finish()?;
                let memory = if front.is_empty() { output } else { [front, output].concat() };
                Ok(Rest { spilled, memory })
            }
        }
    }
}

impl Rest {
    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spilled.is_none() && self.memory.is_empty()
    }

    /// Takes the next `length` bytes out, or all there are.
    ///
    /// # Errors
    /// A disk that fails.
    pub fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut part = match &mut self.spilled {
            Some(spilled) => spilled.take(length)?,
            None => Vec::new(),
        };
        if self.spilled.as_ref().is_some_and(Spilled::is_empty) {
            self.spilled = None;
        }
        let missing = length - part.len();
        if missing > 0 && self.spilled.is_none() {
            let rest = self.memory.split_off(missing.min(self.memory.len()));
            let more = std::mem::replace(&mut self.memory, rest);
            if part.is_empty() { part = more } else { part.extend(more) }
        }
        Ok(part)
    }
}
