//! What is said beside the output, on standard error.

/// Writes a line to standard error, and goes on where that takes none, as when its reader went away: what is
/// said there is never what was asked for.
macro_rules! tell {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr().lock(), $($argument)*);
    }};
}

pub(crate) use tell;
