//! A listener that cancels work in the middle.

use ngram_store::Progress;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cancels work once it has asked a number of times whether to go on, and counts the questions.
pub struct Stop {
    after: usize,
    asked: AtomicUsize,
}

impl Stop {
    /// Answers the first `after` questions with no.
    pub fn after(after: usize) -> Stop {
        Stop { after, asked: AtomicUsize::new(0) }
    }

    /// Never cancels.
    pub fn never() -> Stop {
        Stop::after(usize::MAX)
    }

    /// How often work has asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Progress for Stop {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}

    fn advance(&self, _units: u64) {}

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.after
    }
}

/// Cancels work at each of its first `most` questions in turn, and at each tenth of the later ones. `work` says whether it
/// was cancelled. Returns how often the whole of it asks.
///
/// # Panics
///
/// If work was cancelled and did not say so, or said so and was not.
pub fn at_every_question(most: usize, work: impl Fn(&Stop) -> bool) -> usize {
    let never = Stop::never();
    assert!(!work(&never), "nobody cancelled the work");
    let all = never.asked();
    let first = 0..all.min(most);
    let later = (first.end..all).step_by((all - first.end).div_ceil(10).max(1));
    for after in first.chain(later) {
        let stop = Stop::after(after);
        // How often threads that wait for each other ask is chance.
        assert!(work(&stop) || stop.asked() <= after, "cancelled at {after} of {all}, and went on");
    }
    all
}
