//! An allocator that stops the run if a reader asks for more memory than a small input can justify.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The system's allocator with a limit on the bytes allocated at one time.
pub struct Bounded {
    taken: AtomicUsize,
    most: usize,
}

impl Bounded {
    /// Creates an allocator with a limit of `most` bytes, including the fuzzer's own inputs.
    pub const fn new(most: usize) -> Bounded {
        Bounded { taken: AtomicUsize::new(0), most }
    }

    fn take(&self, size: usize) {
        if self.taken.fetch_add(size, Relaxed).saturating_add(size) > self.most {
            // Makes room for the message, and for the stack trace.
            self.taken.store(0, Relaxed);
            panic!("{size} more bytes of memory were asked for, beyond {} in all", self.most);
        }
    }
}

// Safe code cannot count what all libraries allocate.
// SAFETY: every call is passed on to the system's allocator unchanged; counting touches no memory.
// The panic in `take` does not unwind: the fuzzer's hook ends the process.
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
        // Memory taken before the limit was reset may be freed afterwards.
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
