//! How long work tells how far it has come, without printing anything itself.

/// Told of the stages of long work as they begin, advance and end.
///
/// `()` is the listener that does not listen.
pub trait Progress: Sync {
    /// A stage begins. `total` is how many units it will take, where that is known.
    fn begin(&self, stage: &str, total: Option<u64>, unit: &str);
    /// `units` more of the current stage are done. Called from any thread.
    fn advance(&self, units: u64);
    /// The current stage has ended.
    fn end(&self);
}

impl Progress for () {
    fn begin(&self, _stage: &str, _total: Option<u64>, _unit: &str) {}
    fn advance(&self, _units: u64) {}
    fn end(&self) {}
}
