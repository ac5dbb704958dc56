//! Small models and texts that the crates' tests share, and the simplest counts and estimates that the fast ones are
//! held to.

pub mod model_file;
pub mod mutate;
pub mod naive;
mod texts;
pub mod toy;
pub mod trained;
pub mod weighted;

pub use texts::{
    counted, histories, ids, methods, model, model_with, sentences, text, trained as model_of, ways,
};
