//! What the targets share: a bound on memory, one thread, forged checksums, JSON read naively, and
//! all that can be asked of a model.

mod forge;
mod memory;
mod tree;
mod use_model;

pub use forge::{forge_counts, forge_kenlm, forge_model};
pub use memory::Bounded;
pub use tree::Tree;
pub use use_model::{train, use_any, use_model};

/// Makes the thread that calls it the only one that works, so that nothing waits for another.
pub fn on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("the pool is built once, before it is used");
}
