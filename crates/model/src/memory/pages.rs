//! An array with memory of its own, in huge pages if the system has them.

use memmap2::MmapMut;
use std::io;
use std::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// An array of elements. Random access to a table is much faster in huge pages: the processor
/// caches the addresses of only a few thousand pages.
pub struct Pages<T> {
    map: MmapMut,
    len: usize,
    elements: PhantomData<T>,
}

impl<T: FromBytes + IntoBytes + Immutable + KnownLayout + Clone> Pages<T> {
    /// Creates an array of `len` copies of an element.
    ///
    /// # Errors
    ///
    /// The system's error if there is not enough memory.
    pub fn filled(len: usize, with: &T) -> io::Result<Pages<T>> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or(io::ErrorKind::OutOfMemory)?;
        let map = MmapMut::map_anon(bytes.max(1))?;
        // It may be refused; the elements are the same without it.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        let mut pages = Pages { map, len, elements: PhantomData };
        pages.as_mut().fill(with.clone());
        Ok(pages)
    }

    /// Returns the elements; call this once, not per element.
    pub fn get(&self) -> &[T] {
        // The map begins at a page boundary and is long enough.
        <[T]>::ref_from_prefix_with_elems(&self.map, self.len).map_or(&[], |(elements, _)| elements)
    }

    /// Returns the elements for writing.
    pub fn as_mut(&mut self) -> &mut [T] {
        <[T]>::mut_from_prefix_with_elems(&mut self.map, self.len)
            .map_or(&mut [], |(elements, _)| elements)
    }
}
