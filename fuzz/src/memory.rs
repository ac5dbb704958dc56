//! An allocator that stops the run where a reader asks for more memory than any small input is worth.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator with a bound on what is taken at one time, in bytes.
pub struct Bounded {
    taken: AtomicUsize,
    most: usize,
}

impl Bounded {
    /// No more than so many bytes at a time, those of the fuzzer's own inputs among them.
    pub const fn new(most: usize) -> Bounded {
        Bounded { taken: AtomicUsize::new(0), most }
    }

    fn take(&self, size: usize) {
        if self.taken.fetch_add(size, Relaxed).saturating_add(size) > self.most {
            // Room for the message, and for the trace that tells who asked.
            self.taken.store(0, Relaxed);
            panic!("{size} more bytes of memory were asked for, beyond {} in all", self.most);
        }
    }
}

// No safe code counts what all the libraries take.
// SAFETY: every call is handed to the system's allocator as it comes; counting touches no memory. The panic in `take` does
// not unwind: the fuzzer's hook ends the process.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size());
        // SAFETY: what the caller promises is what the system's allocator asks.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.take(layout.size());
        // SAFETY: what the caller promises is what the system's allocator asks.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // What was taken before the bound was reset may be given back after.
        let _ = self
            .taken
            .fetch_update(Relaxed, Relaxed, |taken| Some(taken.saturating_sub(layout.size())));
        // SAFETY: what the caller promises is what the system's allocator asks.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.take(size);
        let _ = self
            .taken
            .fetch_update(Relaxed, Relaxed, |taken| Some(taken.saturating_sub(layout.size())));
        // SAFETY: what the caller promises is what the system's allocator asks.
        unsafe { System.realloc(memory, layout, size) }
    }
}
