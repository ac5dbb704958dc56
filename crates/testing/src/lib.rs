//! Small models and texts that the crates' tests share.

pub mod mutate;
pub mod toy;
pub mod trained;
pub mod weighted;
