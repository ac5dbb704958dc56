//! Joins the pieces of a file to writes of a whole huge page each.
//!
//! A system that keeps files in memory by pages of several sizes, as Linux does, chooses the size by the length and the
//! place of each write. A file whose pages are huge is then mapped by huge pages, and a look-up far from the last one
//! needs no walk through page tables that are themselves not in the cache: a random line takes about a third of the
//! time.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

/// Bytes of a tile: a huge page of x86-64, and of ARM with small pages of 4 KiB.
const TILE: usize = 2 << 20;

/// How many tiles may be incomplete. Each section of a file that is written in parts side by side needs one.
const OPEN: usize = 8;

/// The tiles of a file that are not complete.
#[derive(Default)]
pub(super) struct Tiles {
    open: BTreeMap<u64, Tile>,
    /// The memory of tiles that were written, for others.
    spare: Vec<Vec<u8>>,
}

struct Tile {
    bytes: Vec<u8>,
    /// What has been put there: ranges that do not touch each other, in order.
    filled: Vec<Range<usize>>,
}

impl Tiles {
    /// Adds a piece at a place in the file, and passes what is to be written to `write`, with its place.
    pub fn add(
        &mut self,
        start: u64,
        bytes: &[u8],
        write: &mut impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let (mut start, mut rest) = (start, bytes);
        while !rest.is_empty() {
            let within = (start % TILE as u64) as usize;
            if within == 0 && rest.len() >= TILE {
                let whole = rest.len() - rest.len() % TILE;
                let (tiles, after) = rest.split_at(whole);
                write(start, tiles)?;
                (start, rest) = (start + whole as u64, after);
                continue;
            }
            let (piece, after) = rest.split_at(rest.len().min(TILE - within));
            let number = start / TILE as u64;
            let spare = &mut self.spare;
            let tile = self.open.entry(number).or_insert_with(|| Tile::new(spare.pop()));
            tile.put(within, piece);
            if tile.is_whole()
                && let Some(tile) = self.open.remove(&number)
            {
                write(number * TILE as u64, &tile.bytes)?;
                self.spare.push(tile.bytes);
            }
            (start, rest) = (start + piece.len() as u64, after);
        }
        while self.open.len() > OPEN {
            self.write_first(write)?;
        }
        Ok(())
    }

    /// Passes all that is left to `write`.
    pub fn finish(
        &mut self,
        write: &mut impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        while !self.open.is_empty() {
            self.write_first(write)?;
        }
        Ok(())
    }

    /// Writes the first tile as far as it is filled.
    fn write_first(
        &mut self,
        write: &mut impl FnMut(u64, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let Some((number, tile)) = self.open.pop_first() else { return Ok(()) };
        for range in tile.filled {
            write(number * TILE as u64 + range.start as u64, &tile.bytes[range])?;
        }
        self.spare.push(tile.bytes);
        Ok(())
    }
}

impl Tile {
    /// Makes an empty tile, in memory that is there or in new memory, which the system gives only as it is filled.
    fn new(memory: Option<Vec<u8>>) -> Tile {
        Tile { bytes: memory.unwrap_or_else(|| vec![0; TILE]), filled: Vec::new() }
    }

    /// Puts a piece into the tile.
    fn put(&mut self, start: usize, piece: &[u8]) {
        let mut range = start..start + piece.len();
        self.bytes[range.clone()].copy_from_slice(piece);
        let first = self.filled.partition_point(|other| other.end < range.start);
        let end = self.filled.partition_point(|other| other.start <= range.end);
        for other in self.filled.drain(first..end) {
            range = range.start.min(other.start)..range.end.max(other.end);
        }
        self.filled.insert(first, range);
    }

    fn is_whole(&self) -> bool {
        self.filled.first() == Some(&(0..TILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pieces in a mixed-up order.
    fn pieces(length: usize) -> Vec<Range<usize>> {
        let mut start = 0;
        let mut pieces = Vec::new();
        for number in 1usize.. {
            let end = length.min(start + 1 + number * 0x9e37_79b1 % (TILE * 3 / 4));
            pieces.push(start..end);
            start = end;
            if start == length {
                break;
            }
        }
        let count = pieces.len();
        (0..count).for_each(|at| pieces.swap(at, (at * 7 + 3) % count));
        pieces
    }

    #[test]
    fn every_byte_is_written_once_and_most_in_whole_tiles() {
        let length = 40 * TILE + 12_345;
        let source: Vec<u8> = (0..length).map(|at| ((at * 31) >> 5) as u8).collect();
        let mut file = vec![0u8; length];
        let (mut written, mut whole) = (0, 0);
        let mut write = |start: u64, bytes: &[u8]| {
            file[start as usize..][..bytes.len()].copy_from_slice(bytes);
            written += bytes.len();
            whole += usize::from(start.is_multiple_of(TILE as u64)) * (bytes.len() / TILE);
            Ok(())
        };
        let mut tiles = Tiles::default();
        for piece in pieces(length) {
            tiles.add(piece.start as u64, &source[piece], &mut write).unwrap();
            assert!(tiles.open.len() <= OPEN);
        }
        tiles.finish(&mut write).unwrap();
        assert!(tiles.open.is_empty());
        assert_eq!(written, length);
        assert!(file == source);
        assert!(whole > 0, "{whole}");
    }

    #[test]
    fn pieces_in_turn_fill_every_tile() {
        let length = 10 * TILE;
        let mut starts = Vec::new();
        let mut write = |start: u64, bytes: &[u8]| {
            assert_eq!(bytes.len() % TILE, 0);
            starts.push(start);
            Ok(())
        };
        let mut tiles = Tiles::default();
        let bytes = vec![7u8; 3 * TILE / 5 + 1];
        let mut start = 0;
        while start < length {
            let piece = &bytes[..bytes.len().min(length - start)];
            tiles.add(start as u64, piece, &mut write).unwrap();
            start += piece.len();
        }
        assert_eq!(starts.len(), 10);
        assert!(tiles.open.is_empty());
    }

    #[test]
    fn an_error_of_the_system_is_passed_on() {
        let mut tiles = Tiles::default();
        tiles.add(0, &[1, 2, 3], &mut |_, _| Ok(())).unwrap();
        let full = |_: u64, _: &[u8]| Err(io::ErrorKind::StorageFull.into());
        let error = tiles.finish(&mut { full }).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
