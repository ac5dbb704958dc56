//! An array with memory of its own, in large pages where the system has them.

use memmap2::MmapMut;
use std::io;
use std::marker::PhantomData;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Some elements. A table that is read here and there finds its pages much sooner if they are large: the processor
/// keeps the places of some thousand.
pub struct Pages<T> {
    map: MmapMut,
    len: usize,
    elements: PhantomData<T>,
}

impl<T: FromBytes + IntoBytes + Immutable + KnownLayout + Clone> Pages<T> {
    /// So many elements alike.
    ///
    /// # Errors
    ///
    /// What the system says if it has no room.
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

    /// The elements; to be asked for once, not for each.
    pub fn get(&self) -> &[T] {
        // The map begins with a page and is long enough.
        <[T]>::ref_from_prefix_with_elems(&self.map, self.len).map_or(&[], |(elements, _)| elements)
    }

    /// The elements, to be changed.
    pub fn as_mut(&mut self) -> &mut [T] {
        <[T]>::mut_from_prefix_with_elems(&mut self.map, self.len)
            .map_or(&mut [], |(elements, _)| elements)
    }
}
