//! The crate's tests that need files.

mod stop;
