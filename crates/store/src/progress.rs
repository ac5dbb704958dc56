//! Progress reports and cancellation of long work.

/// A listener that is told as stages of long work begin, advance and end, and asked whether to go on.
///
/// `()` ignores everything and never cancels.
pub trait Progress: Sync {
    /// Begins a stage of `total` units, if the number is known.
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str);
    /// Reports that `units` more of the current stage are done. Called from any thread.
    fn advance(&self, units: u64);
    /// Ends the current stage.
    fn end(&self);
    /// Returns whether the work should be cancelled. Called several times a second, from any thread.
    fn cancelled(&self) -> bool {
        false
    }
    /// Returns an error once the work should be cancelled.
    fn proceed(&self) -> Result<(), Cancelled> {
        if self.cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

/// How many steps of a loop pass between two checks by [`proceed_at`](dyn Progress::proceed_at).
const STEPS: usize = 1 << 16;

impl dyn Progress + '_ {
    /// Like [`Progress::proceed`], for step number `step` of a long loop of short steps: looks only now and then, so
    /// that it costs nearly nothing.
    #[inline]
    pub fn proceed_at(&self, step: usize) -> Result<(), Cancelled> {
        if step.is_multiple_of(STEPS) { self.proceed() } else { Ok(()) }
    }
}

impl<P: Progress + ?Sized> Progress for &P {
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str) {
        (**self).begin(stage, total, unit);
    }
    fn advance(&self, units: u64) {
        (**self).advance(units);
    }
    fn end(&self) {
        (**self).end();
    }
    fn cancelled(&self) -> bool {
        (**self).cancelled()
    }
}

impl Progress for () {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}
    fn advance(&self, _units: u64) {}
    fn end(&self) {}
}

/// The error for work that [`Progress::cancelled`] stopped. Its temporary files are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped before the end; nothing was written")]
pub struct Cancelled;
