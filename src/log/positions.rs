//! Where batches lie that are likely to be asked for next.

use crate::base::Offset;

/// Batches remembered from the last appends.
const APPENDS_MAX: usize = 16;
/// Places remembered where the last reads ended.
const READS_MAX: usize = 8;

/// A small memory of (offset, position) pairs, so that a consumer at the end of the log, or one
/// that reads on where it left off, is served without looking at any file.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    appends: Ring<APPENDS_MAX>,
    reads: Ring<READS_MAX>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    segment: Offset,
    offset: Offset,
    position: u32,
}

#[derive(Debug, Clone)]
struct Ring<const N: usize> {
    places: [Option<Place>; N],
    next: usize,
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Ring { places: [None; N], next: 0 }
    }
}

impl<const N: usize> Ring<N> {
    fn push(&mut self, place: Place) {
        self.places[self.next] = Some(place);
        self.next = (self.next + 1) % N;
    }

    fn iter(&self) -> impl Iterator<Item = &Place> {
        self.places.iter().flatten()
    }
}

impl Positions {
    /// Remembers the batch that was just appended.
    pub(super) fn appended(&mut self, segment: Offset, base_offset: Offset, position: u32) {
        self.appends.push(Place { segment, offset: base_offset, position });
    }

    /// Remembers that a batch with base offset `offset` begins at `position`, where a read ended.
    pub fn read_until(&mut self, segment: Offset, offset: Offset, position: u32) {
        let place = Place { segment, offset, position };
        if !self.reads.iter().any(|known| *known == place) {
            self.reads.push(place);
        }
    }

    /// Where the batch with `offset` begins, in the segment with that base offset.
    #[must_use]
    pub fn find(&self, segment: Offset, offset: Offset) -> Option<u32> {
        // The remembered appends follow each other without a gap: the nearest one at or below
        // the offset holds it, when there is one.
        let nearest = self
            .appends
            .iter()
            .filter(|place| place.segment == segment && place.offset <= offset)
            .max_by_key(|place| place.offset);
        if let Some(place) = nearest {
            return Some(place.position);
        }
        let exact = |place: &&Place| place.segment == segment && place.offset == offset;
        self.reads.iter().find(exact).map(|place| place.position)
    }
}
