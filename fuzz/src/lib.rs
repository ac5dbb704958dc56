//! Code shared by the targets: a memory limit, one thread, forged checksums, a naive JSON reader,
//! and every query that a model answers.

mod forge;
mod memory;
mod tree;
mod use_model;

pub use forge::{forge_counts, forge_kenlm, forge_model};
pub use memory::Bounded;
pub use tree::Tree;
pub use use_model::{train, use_any, use_model};

/// Makes the calling thread the only worker, so that no thread waits for another.
pub fn on_one_thread() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().expect("the pool is built once, before it is used");
}
