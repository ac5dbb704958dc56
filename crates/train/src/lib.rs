//! Text to models.

pub mod classes;
pub mod counted;
mod cutoffs;
pub mod estimate;
mod from_counts;
pub mod held_out;
mod kept;
mod open;
mod plan;
pub mod prune_counts;
mod pruned;
mod rounded;
pub mod smoothing;
mod temporary;
mod train;

pub use counted::{Counts, CountsError};
pub use cutoffs::{Cutoffs, InvalidCutoffs};
pub use from_counts::train_from_counts;
pub use plan::{Plan, plan};
pub use temporary::TemporaryModels;
pub use train::{TrainError, TrainOptions, Trained, train};
