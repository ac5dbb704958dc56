//! How long work tells how far it has come, and hears that it is no longer wanted.

/// Told of the stages of long work as they begin, advance and end; asked whether to go on.
///
/// `()` is the listener that does not listen, and never stops anything.
pub trait Progress: Sync {
    /// A stage begins. `total` is how many units it will take, where that is known.
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str);
    /// `units` more of the current stage are done. Called from any thread.
    fn advance(&self, units: u64);
    /// The current stage has ended.
    fn end(&self);
    /// Whether the work is no longer wanted. Asked several times a second, from any thread.
    fn cancelled(&self) -> bool {
        false
    }
    /// An error once the work is no longer wanted.
    fn proceed(&self) -> Result<(), Cancelled> {
        if self.cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}

impl Progress for () {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}
    fn advance(&self, _units: u64) {}
    fn end(&self) {}
}

/// The work was stopped because [`Progress::cancelled`] said so. Its temporary files are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped before the end; nothing was written")]
pub struct Cancelled;
