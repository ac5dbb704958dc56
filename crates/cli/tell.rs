//! Messages on standard error, beside the output.

/// Writes a line to standard error, and ignores errors, as when its reader went away: it is never
/// the output that was asked for.
macro_rules! tell {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(crate::visible::stderr(), $($argument)*);
    }};
}

pub(crate) use tell;
