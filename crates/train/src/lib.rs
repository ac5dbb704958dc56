//! Text to models.

pub mod classes;
pub mod counted;
mod cutoffs;
pub mod estimate;
pub mod held_out;
mod kept;
mod open;
pub mod prune_counts;
mod rounded;
pub mod smoothing;
mod train;

pub use counted::{Counts, CountsError};
pub use cutoffs::{Cutoffs, InvalidCutoffs};
pub use train::train_from_counts;
pub use train::{Plan, TrainError, TrainOptions, Trained, plan, train};
