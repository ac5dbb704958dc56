//! Files mapped into memory: the one place in the workspace that does so.

use crate::stamp::Stamped;
#[cfg(unix)]
use rayon::prelude::*;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a file, mapped and read only. Cheap to clone; shared between processes.
///
/// The bytes are those of the file as long as nobody writes to it. Files of this project are
/// replaced by renaming, which leaves a mapping of the old file whole. Whether another program wrote
/// into the file meanwhile is told by [`Mapped::is_unchanged`]. A file that is cut short while it is
/// mapped ends the process with SIGBUS when the lost part is read.
#[derive(Clone)]
pub struct Mapped(Arc<Inner>);

enum Inner {
    File(memmap2::Mmap, Stamped),
    /// The bytes of a file in memory of its own.
    Copy(memmap2::Mmap, Stamped),
    /// An empty file, which cannot be mapped, or bytes that were never in a file.
    Owned(Vec<u8>),
}

impl Mapped {
    /// Maps a file.
    pub fn open(path: &Path) -> io::Result<Mapped> {
        let opened = Stamped::new(File::open(path)?)?;
        if opened.size() == 0 {
            return Ok(Mapped::from(Vec::new()));
        }
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        // SAFETY: the mapping is read only and private to this value. What Rust cannot promise,
        // that no other process changes the file meanwhile, is the documented contract above;
        // all readers treat the bytes as untrusted and check every number they take from them.
        let map = unsafe { memmap2::Mmap::map(opened.file())? };
        Ok(Mapped(Arc::new(Inner::File(map, opened))))
    }

    /// Reads a file whole into memory, in large pages where the system has any: for a long work that looks at places all
    /// over a large file, most of which are on another page than the one before. Threads are those of rayon's current pool.
    pub fn read(path: &Path) -> io::Result<Mapped> {
        let opened = Stamped::new(File::open(path)?)?;
        let length = usize::try_from(opened.size()).map_err(io::Error::other)?;
        if length == 0 {
            return Ok(Mapped::from(Vec::new()));
        }
        let mut memory = memmap2::MmapMut::map_anon(length)?;
        // It may be refused; the bytes are the same without it.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage);
        read_whole(opened.file(), &mut memory)?;
        let memory = memory.make_read_only()?;
        Ok(Mapped(Arc::new(Inner::Copy(memory, opened))))
    }

    /// Whether the file is as long as it was when it was opened, and nobody wrote to it since, as far
    /// as the system tells: changes a few milliseconds apart may have the same time. It does not matter
    /// what file has the name now.
    pub fn is_unchanged(&self) -> bool {
        match &*self.0 {
            Inner::File(_, opened) | Inner::Copy(_, opened) => opened.is_unchanged(),
            Inner::Owned(_) => true,
        }
    }

    /// Brings all bytes into memory and the page tables at once, which takes a fraction of what it
    /// takes page by page. Where the system cannot, nothing happens.
    pub fn populate(&self) {
        if let Inner::File(map, _) = &*self.0 {
            // It may be refused; the bytes are the same without it.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::PopulateRead);
            #[cfg(not(target_os = "linux"))]
            let _ = map;
        }
    }

    /// Tells the system that the bytes will be read from front to back.
    pub fn read_ahead(&self) {
        if let Inner::File(map, _) = &*self.0 {
            // Advice may be refused; the bytes are the same without it.
            #[cfg(unix)]
            let _ = map.advise(memmap2::Advice::Sequential);
            #[cfg(not(unix))]
            let _ = map;
        }
    }
}

/// So much is read by a thread at a time: many large pages.
#[cfg(unix)]
const PART: usize = 32 << 20;

/// Reads a file from its beginning, by several threads: new memory must be cleared first, which takes as long.
#[cfg(unix)]
fn read_whole(file: &File, memory: &mut [u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let parts = memory.par_chunks_mut(PART).enumerate();
    parts.try_for_each(|(part, bytes)| file.read_exact_at(bytes, (part * PART) as u64))
}

#[cfg(not(unix))]
fn read_whole(mut file: &File, memory: &mut [u8]) -> io::Result<()> {
    std::io::Read::read_exact(&mut file, memory)
}

impl From<Vec<u8>> for Mapped {
    fn from(bytes: Vec<u8>) -> Mapped {
        Mapped(Arc::new(Inner::Owned(bytes)))
    }
}

impl Deref for Mapped {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &*self.0 {
            Inner::File(map, _) | Inner::Copy(map, _) => map,
            Inner::Owned(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Partial;
    use std::io::Write;
    use std::time::SystemTime;

    #[test]
    fn what_is_written_into_a_file_is_noticed_and_what_replaces_it_leaves_it_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let old = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        let map = || {
            std::fs::write(&path, "abc").unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
            Mapped::open(&path).unwrap()
        };
        let mapped = map();
        assert!(mapped.is_unchanged());
        let mut partial = Partial::create(&path).unwrap();
        partial.file_mut().write_all(b"replaced").unwrap();
        partial.finish().unwrap();
        assert!(mapped.is_unchanged() && &mapped[..] == b"abc");
        std::fs::remove_file(&path).unwrap();
        assert!(mapped.is_unchanged() && &mapped[..] == b"abc");

        let mapped = map();
        File::options().write(true).open(&path).unwrap().write_all(b"x").unwrap();
        assert!(!mapped.is_unchanged());

        let mapped = map();
        let file = File::options().append(true).open(&path).unwrap();
        (&file).write_all(b"d").unwrap();
        file.set_modified(old).unwrap();
        assert!(!mapped.is_unchanged());
        assert!(Mapped::from(vec![1]).is_unchanged());
    }
}
