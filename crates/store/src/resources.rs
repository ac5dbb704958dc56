//! The memory limit of the work, and the folder for what does not fit.

use crate::temporary::{Temporary, TemporaryError};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, PoisonError};

/// The memory limit of the work, and where temporary files go when it is not enough.
///
/// The result of the work never depends on these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resources {
    /// Peak memory of the whole process in bytes, as the system counts it (resident set size).
    /// `u64::MAX` for no limit.
    pub memory: u64,
    /// The folder for temporary files.
    pub temp_dir: PathBuf,
    /// The memory for each kind of data, instead of deriving it from `memory`.
    pub shares: Option<Shares>,
}

/// The bytes of each kind of data that may be in memory at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The text as word ids.
    pub ids: u64,
    /// Keys that are bucketed in one round. Each round reads all ids.
    pub keys: u64,
    /// Finished counts.
    pub counts: u64,
}

impl Default for Resources {
    /// Returns no memory limit, and the system's folder for temporary files.
    fn default() -> Resources {
        Resources { memory: u64::MAX, temp_dir: std::env::temp_dir(), shares: None }
    }
}

/// The error for too little memory.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} MiB of memory are too little for {what}: allow at least {} MiB",
    allowed >> 20, needed.div_ceil(1 << 20)
)]
pub struct TooLittleMemory {
    /// What does not fit.
    pub what: String,
    /// Bytes that the process may use.
    pub allowed: u64,
    /// Approximate bytes needed.
    pub needed: u64,
}

impl Resources {
    /// Returns the memory kept free for small allocations: a fraction of the total, as an
    /// allocator's overhead grows with what it hands out.
    fn slack(&self) -> u64 {
        self.memory / 10
    }

    /// Returns how many more bytes the process may use now.
    pub fn left(&self) -> u64 {
        if self.memory == u64::MAX {
            return u64::MAX;
        }
        self.memory.saturating_sub(self.slack()).saturating_sub(resident())
    }

    /// Creates and removes a temporary file, so that an unwritable folder is noticed before the
    /// work.
    ///
    /// # Errors
    ///
    /// If the file cannot be created.
    pub fn check_temp_dir(&self) -> Result<(), TemporaryError> {
        Temporary::new(&self.temp_dir, "test").append(b"", |_| None).map(|_| ())
    }

    /// Returns the error for work that needs `more` bytes on top of the current use.
    pub fn too_little(&self, what: String, more: u64) -> TooLittleMemory {
        // A tenth is slack, so this use is nine tenths of the limit.
        let needed = (resident() + more) / 9 * 10 + 1;
        TooLittleMemory { what, allowed: self.memory, needed }
    }
}

/// Returns the memory of this process in bytes; 0 if the system does not report it.
fn resident() -> u64 {
    let read = || -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    };
    read().unwrap_or(0)
}

/// Admits threads to work as long as their total memory stays within a limit. One is always
/// admitted.
pub struct Gate {
    limit: u64,
    taken: Mutex<u64>,
    freed: Condvar,
}

impl Gate {
    /// A gate that lets work of up to `limit` bytes in together.
    pub fn new(limit: u64) -> Gate {
        Gate { limit, taken: Mutex::new(0), freed: Condvar::new() }
    }

    /// Waits until `bytes` are free, and takes them until the result is dropped.
    pub fn enter(&self, bytes: u64) -> Entered<'_> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |taken: &mut u64| *taken > 0 && taken.saturating_add(bytes) > self.limit;
        let mut taken =
            self.freed.wait_while(taken, is_full).unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_add(bytes);
        Entered { gate: self, bytes }
    }
}

/// The room of a piece of work inside a [`Gate`], given back when this is dropped.
pub struct Entered<'g> {
    gate: &'g Gate,
    bytes: u64,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        *self.gate.taken.lock().unwrap_or_else(PoisonError::into_inner) -= self.bytes;
        self.gate.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn a_gate_keeps_to_its_limit_and_lets_one_in_whatever_it_takes() {
        let gate = Gate::new(10);
        let (inside, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for thread in 0..4u64 {
                let (gate, inside, most) = (&gate, &inside, &most);
                scope.spawn(move || {
                    for turn in 0..200 {
                        let bytes = [3, 4, 50, 1][(thread + turn) as usize % 4];
                        let entered = gate.enter(bytes);
                        let now = inside.fetch_add(bytes, Ordering::SeqCst) + bytes;
                        assert!(now <= 10 || now == 50, "{now}");
                        most.fetch_max(now, Ordering::SeqCst);
                        inside.fetch_sub(bytes, Ordering::SeqCst);
                        drop(entered);
                    }
                });
            }
        });
        assert_eq!(most.load(Ordering::SeqCst), 50);
    }

    #[test]
    fn what_is_left_is_less_than_what_is_allowed() {
        let resources = Resources { memory: 1 << 40, ..Resources::default() };
        assert!(resources.left() <= (1 << 40) / 10 * 9 + 1);
        assert_eq!(Resources::default().left(), u64::MAX);
        assert_eq!(Resources { memory: 10, ..resources }.left(), 0);
    }
}
