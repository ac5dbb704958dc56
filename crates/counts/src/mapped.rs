//! Files mapped into memory: the one place in the workspace that does so.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a file, mapped and read only. Cheap to clone; shared between processes.
///
/// The bytes are those of the file as long as nobody writes to it. Files of this project are
/// replaced by renaming, which leaves a mapping of the old file whole. A file that is cut short by
/// another program while it is mapped ends the process with SIGBUS when the lost part is read.
#[derive(Clone)]
pub struct Mapped(Arc<Inner>);

enum Inner {
    File(memmap2::Mmap),
    /// An empty file, which cannot be mapped, or bytes that were never in a file.
    Owned(Vec<u8>),
}

impl Mapped {
    /// Maps a file.
    pub fn open(path: &Path) -> io::Result<Mapped> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        if length == 0 {
            return Ok(Mapped::from(Vec::new()));
        }
        #[allow(unsafe_code, reason = "mapping a file has no safe interface")]
        // SAFETY: the mapping is read only and private to this value. What Rust cannot promise,
        // that no other process changes the file meanwhile, is the documented contract above;
        // all readers treat the bytes as untrusted and check every number they take from them.
        let map = unsafe { memmap2::Mmap::map(&file)? };
        Ok(Mapped(Arc::new(Inner::File(map))))
    }

    /// Brings all bytes into memory and the page tables at once, which takes a fraction of what it
    /// takes page by page. Where the system cannot, nothing happens.
    pub fn populate(&self) {
        if let Inner::File(map) = &*self.0 {
            // It may be refused; the bytes are the same without it.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::PopulateRead);
            #[cfg(not(target_os = "linux"))]
            let _ = map;
        }
    }

    /// Tells the system that the bytes will be read from front to back.
    pub fn read_ahead(&self) {
        if let Inner::File(map) = &*self.0 {
            // Advice may be refused; the bytes are the same without it.
            #[cfg(unix)]
            let _ = map.advise(memmap2::Advice::Sequential);
            #[cfg(not(unix))]
            let _ = map;
        }
    }
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
            Inner::File(map) => map,
            Inner::Owned(bytes) => bytes,
        }
    }
}
