//! Memory-mapped files; nothing else in the workspace maps files.

use crate::stamp::Stamped;
#[cfg(unix)]
use rayon::prelude::*;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

/// The bytes of a file, mapped read-only. Cheap to clone; shared between processes.
///
/// The bytes are those of the file as long as nobody writes to it. Files of this project are
/// replaced by renaming, which leaves a mapping of the old file intact. [`Mapped::is_unchanged`]
/// tells whether another program has written to the file. If a file is truncated while mapped,
/// reading the lost part ends the process with SIGBUS.
#[derive(Clone)]
pub struct Mapped(Arc<Inner>);

enum Inner {
    File(memmap2::Mmap, Arc<Stamped>),
    /// A copy of a file in anonymous memory.
    Copy(memmap2::Mmap, Arc<Stamped>),
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
        Ok(Mapped(Arc::new(Inner::File(map, Arc::new(opened)))))
    }

    /// Reads a whole file into memory, using huge pages if the system has them: for long work with
    /// random access to a large file. Beyond 32 MiB, uses the threads of the current rayon pool.
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
        Ok(Mapped(Arc::new(Inner::Copy(memory, Arc::new(opened)))))
    }

    /// Returns whether the file has kept its length and has not been written to since it was
    /// opened, as far as the system tells: changes a few milliseconds apart may have the same
    /// timestamp. Which file has the name now does not matter.
    pub fn is_unchanged(&self) -> bool {
        self.stamped().is_none_or(|opened| opened.is_unchanged())
    }

    /// Returns the file, to ask later whether it is unchanged without holding its bytes; `None` for bytes that were never
    /// in a file.
    pub fn stamped(&self) -> Option<Arc<Stamped>> {
        match &*self.0 {
            Inner::File(_, opened) | Inner::Copy(_, opened) => Some(Arc::clone(opened)),
            Inner::Owned(_) => None,
        }
    }

    /// Loads all bytes into memory and the page tables at once, which takes a fraction of the time
    /// of doing so page by page. What is not in memory yet is read by huge pages if the system has them. Does nothing if the
    /// system has no such call.
    pub fn populate(&self) {
        if let Inner::File(map, _) = &*self.0 {
            // It may be refused; the bytes are the same without it.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::PopulateRead);
            #[cfg(not(target_os = "linux"))]
            let _ = map;
        }
    }

    /// Returns whether the system maps the file by huge pages, as far as it tells and a sample of the file shows. Random
    /// look-ups in small pages take about twice the time.
    pub fn is_in_huge_pages(&self) -> bool {
        match &*self.0 {
            #[cfg(target_os = "linux")]
            Inner::File(map, _) => huge_share(map).is_some_and(|share| share >= 0.9),
            _ => false,
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

/// Returns the share of a mapping that is in huge pages, from a sample that is loaded for it; `None` if the system does
/// not tell.
#[cfg(target_os = "linux")]
fn huge_share(map: &memmap2::Mmap) -> Option<f64> {
    use memmap2::Advice;
    const HUGE: usize = 2 << 20;
    const SAMPLES: usize = 32;
    map.advise(Advice::HugePage).ok()?;
    let begin = map.as_ptr() as usize;
    let end = begin + map.len();
    // The first whole huge page.
    let first = begin.next_multiple_of(HUGE) - begin;
    let pages = map.len().saturating_sub(first) / HUGE;
    for sample in 0..SAMPLES.min(pages) {
        let page = sample * pages / SAMPLES.min(pages);
        map.advise_range(Advice::PopulateRead, first + page * HUGE, HUGE).ok()?;
    }
    let (mut loaded, mut huge) = (0, 0);
    let mut is_inside = false;
    for line in std::fs::read_to_string("/proc/self/smaps").ok()?.lines() {
        let mut fields = line.split_ascii_whitespace();
        let name = fields.next()?;
        if let Some((from, to)) = name.split_once('-') {
            let address = |text| usize::from_str_radix(text, 16).ok();
            is_inside = address(from)? < end && address(to)? > begin;
        } else if is_inside && matches!(name, "Rss:" | "FilePmdMapped:") {
            let kib: u64 = fields.next()?.parse().ok()?;
            *if name == "Rss:" { &mut loaded } else { &mut huge } += kib;
        }
    }
    (loaded > 0).then(|| huge as f64 / loaded as f64)
}

/// Bytes that a thread reads at a time: many huge pages.
#[cfg(unix)]
const PART: usize = 32 << 20;

/// Reads a file from the start, a long one with several threads: new memory must be cleared first, which takes as long as
/// reading.
#[cfg(unix)]
fn read_whole(file: &File, memory: &mut [u8]) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    if memory.len() <= PART {
        return file.read_exact_at(memory, 0);
    }
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

    /// What the system does with a file differs from one to the next; that it tells does not.
    #[test]
    #[cfg(target_os = "linux")]
    fn the_system_tells_how_a_file_is_mapped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![1; 9 << 20]).unwrap();
        let mapped = Mapped::open(&path).unwrap();
        let Inner::File(map, _) = &*mapped.0 else { panic!("it is not mapped") };
        let share = huge_share(map).unwrap();
        assert!((0.0..=1.0).contains(&share), "{share}");
        assert_eq!(mapped.is_in_huge_pages(), share >= 0.9);
        // Pages of 4 KiB cannot hold it, and a file of few bytes is in no page of 2 MiB.
        std::fs::write(&path, "abc").unwrap();
        assert!(!Mapped::open(&path).unwrap().is_in_huge_pages());
    }
}
