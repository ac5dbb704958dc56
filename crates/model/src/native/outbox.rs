//! Writes to one file from many threads: one thread writes at a time, while the others go on working.

use super::tiles::Tiles;
use std::fs::File;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use zerocopy::{Immutable, IntoBytes};

/// Bytes that may wait to be written before a thread that adds more has to wait.
const ROOM: usize = 8 << 20;

/// Bytes after which a sync is started, so that little is left to wait for at the end.
const SYNC: u64 = 32 << 20;

/// Bytes to be written, owned by the writer.
pub trait Bytes: Send {
    /// Returns the bytes as they are stored in the file.
    fn bytes(&self) -> &[u8];
}

impl<T: IntoBytes + Immutable + Send> Bytes for Vec<T> {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Pieces waiting to be written to a file.
pub struct Outbox {
    waiting: Mutex<Waiting>,
    /// Held by the thread that writes.
    file: Mutex<Sink>,
}

#[derive(Default)]
struct Waiting {
    pieces: Vec<(u64, Box<dyn Bytes>)>,
    bytes: usize,
}

struct Sink {
    file: File,
    tiles: Tiles,
    since_sync: u64,
    disk: Option<Disk>,
}

/// A thread that syncs the file to disk.
struct Disk {
    begin: SyncSender<()>,
    thread: JoinHandle<io::Result<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outbox {
    /// Creates an empty outbox. The file must be open for writing.
    pub fn new(file: File) -> Outbox {
        Outbox {
            waiting: Mutex::default(),
            file: Mutex::new(Sink { file, tiles: Tiles::default(), since_sync: 0, disk: None }),
        }
    }

    /// Adds a piece to be written at `start`. It is written now if no other thread is writing,
    /// otherwise by that thread.
    ///
    /// # Errors
    ///
    /// If this piece or one that waited cannot be written.
    pub fn put(&self, start: u64, piece: Box<dyn Bytes>) -> io::Result<()> {
        let bytes = {
            let mut waiting = lock(&self.waiting);
            waiting.bytes += piece.bytes().len();
            waiting.pieces.push((start, piece));
            waiting.bytes
        };
        if bytes > ROOM {
            return self.write(&mut lock(&self.file));
        }
        match self.file.try_lock() {
            Ok(mut sink) => self.write(&mut sink),
            Err(std::sync::TryLockError::Poisoned(poisoned)) => {
                self.write(&mut poisoned.into_inner())
            }
            // The writing thread takes it, or the next call of `put` or `finish`.
            Err(std::sync::TryLockError::WouldBlock) => Ok(()),
        }
    }

    /// Writes borrowed bytes once the file is free.
    pub fn put_borrowed(&self, start: u64, bytes: &[u8]) -> io::Result<()> {
        lock(&self.file).write(start, bytes)
    }

    /// Writes the waiting pieces until there are none.
    fn write(&self, sink: &mut Sink) -> io::Result<()> {
        loop {
            let Waiting { pieces, .. } = std::mem::take(&mut *lock(&self.waiting));
            if pieces.is_empty() {
                return Ok(());
            }
            for (start, piece) in pieces {
                sink.write(start, piece.bytes())?;
            }
        }
    }

    /// Writes all waiting pieces and syncs the file to disk.
    pub fn finish(&self) -> io::Result<()> {
        let mut sink = lock(&self.file);
        self.write(&mut sink)?;
        let Sink { file, tiles, .. } = &mut *sink;
        tiles.finish(&mut |start, bytes| write_all_at(file, bytes, start))?;
        // The system reports an error only once, so the thread's result matters.
        if let Some(Disk { begin, thread }) = sink.disk.take() {
            drop(begin);
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("waiting for the disk failed")))?;
        }
        sink.file.sync_all()
    }
}

impl Sink {
    fn write(&mut self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let Sink { file, tiles, .. } = self;
        tiles.add(start, bytes, &mut |start, bytes| write_all_at(file, bytes, start))?;
        self.since_sync += bytes.len() as u64;
        if self.since_sync >= SYNC {
            self.since_sync = 0;
            self.begin_sync()?;
        }
        Ok(())
    }

    /// Starts a sync, unless one is running.
    fn begin_sync(&mut self) -> io::Result<()> {
        let disk = match &mut self.disk {
            Some(disk) => disk,
            none => {
                let file = self.file.try_clone()?;
                let (begin, begun) = sync_channel(1);
                let thread = std::thread::spawn(move || {
                    begun.into_iter().try_for_each(|()| file.sync_data())
                });
                none.insert(Disk { begin, thread })
            }
        };
        // If a sync is still running, the next one will be started later.
        let _ = disk.begin.try_send(());
        Ok(())
    }
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], start: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut start: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, start)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        start += written as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_in_its_place() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let outbox = Outbox::new(file.reopen().unwrap());
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let outbox = &outbox;
                scope.spawn(move || {
                    for piece in (thread..64).step_by(4) {
                        // More than may wait at once, and more than is synced at once.
                        outbox.put(piece << 20, Box::new(vec![piece as u8; 1 << 20])).unwrap();
                    }
                });
            }
        });
        outbox.finish().unwrap();
        let written = std::fs::read(file.path()).unwrap();
        assert_eq!(written.len(), 64 << 20);
        for (piece, bytes) in written.chunks(1 << 20).enumerate() {
            assert!(bytes.iter().all(|&byte| usize::from(byte) == piece), "{piece}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_disk_that_is_full_says_so() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let outbox = Outbox::new(full);
        outbox.put(0, Box::new(vec![0u8; 10])).unwrap();
        let error = outbox.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
