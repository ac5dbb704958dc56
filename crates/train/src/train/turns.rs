//! Parts of a model that are built side by side, and get their places in the file in turn.

use ngram_model::native::SuffixError;
use ngram_model::native::suffix::{PartPlace, PartPlaces, SuffixPart};
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Admits threads to build parts, as long as these and the parts that wait for their turn stay within a limit of memory.
/// The next part in turn is admitted in any case once no other is being built, or none would ever be.
pub(super) struct Turns {
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    places: PartPlaces,
    /// The part whose turn it is.
    next: usize,
    /// Parts that wait for those before them, each with the memory that it takes.
    waiting: BTreeMap<usize, (SuffixPart, u64)>,
    /// The memory of all parts.
    taken: u64,
    /// How many are being built.
    building: usize,
    /// Whether a part will never come.
    failed: bool,
}

impl Turns {
    /// Admits parts of up to `limit` bytes in all.
    pub fn new(limit: u64) -> Turns {
        Turns { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a part may be built that takes `bytes`. `None` if one before it failed.
    pub fn enter(&self, index: usize, bytes: u64) -> Option<Turn<'_>> {
        let is_full = |state: &mut State| {
            let is_over = state.taken > 0 && state.taken.saturating_add(bytes) > self.limit;
            let must_go_on = state.next == index && state.building == 0;
            is_over && !must_go_on && !state.failed
        };
        let waited = self.changed.wait_while(self.state(), is_full);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.failed {
            return None;
        }
        state.taken = state.taken.saturating_add(bytes);
        state.building += 1;
        Some(Turn { turns: self, index, bytes, finished: false })
    }
}

/// The right to build one part. If it is dropped unfinished, no other part is begun.
pub(super) struct Turn<'t> {
    turns: &'t Turns,
    index: usize,
    bytes: u64,
    finished: bool,
}

impl Turn<'_> {
    /// Passes the part on, and all that waited for it, once their places are known. It may wait for others instead.
    pub fn finish<E: From<SuffixError>>(
        mut self,
        part: SuffixPart,
        write: impl Fn(SuffixPart, PartPlace) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut ready = Vec::new();
        let mut state = self.turns.state();
        let bytes = part.size();
        state.taken = state.taken.saturating_sub(self.bytes).saturating_add(bytes);
        state.building -= 1;
        state.waiting.insert(self.index, (part, bytes));
        loop {
            let State { places, next, waiting, .. } = &mut *state;
            let Some((mut part, bytes)) = waiting.remove(next) else { break };
            ready.push((places.place(&mut part)?, part, bytes));
            *next += 1;
        }
        drop(state);
        self.turns.changed.notify_all();
        for (place, part, bytes) in ready {
            write(part, place)?;
            self.turns.state().taken -= bytes;
            self.turns.changed.notify_all();
        }
        self.finished = true;
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.turns.state().failed = true;
            self.turns.changed.notify_all();
        }
    }
}
