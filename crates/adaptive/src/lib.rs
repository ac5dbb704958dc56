//! Models that learn from a text as it goes by.

pub mod adaptive;
mod any_line;
mod cache;
pub mod charge;
pub mod code;
mod coder;
mod distribution;
mod lists;
mod new_words;
mod seen;
mod steps;
#[cfg(test)]
mod sums;
mod surface;
mod token;
mod walk;
mod weights;

pub use adaptive::Adaptive;
pub use charge::Charge;
pub use seen::context_of;
