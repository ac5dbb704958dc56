//! Messages on standard error, beside the output.

use std::cell::RefCell;
use std::fmt::Arguments;
use std::io::Write;

thread_local! {
    static KEPT: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Writes a line to standard error, and ignores errors, as when its reader went away: it is never
/// the output that was asked for.
macro_rules! tell {
    ($($argument:tt)*) => { $crate::tell::line(format_args!($($argument)*)) };
}

pub(crate) use tell;

/// Writes a line, or keeps it if this thread does.
pub fn line(text: Arguments<'_>) {
    let kept = KEPT.with_borrow_mut(|kept| kept.as_mut().map(|kept| kept.push(text.to_string())));
    if kept.is_none() {
        let _ = writeln!(crate::visible::stderr(), "{text}");
    }
}

/// Runs some work, and returns the messages of this thread instead of writing them.
pub fn kept<R>(work: impl FnOnce() -> R) -> (R, Vec<String>) {
    KEPT.set(Some(Vec::new()));
    let result = work();
    (result, KEPT.take().unwrap_or_default())
}
