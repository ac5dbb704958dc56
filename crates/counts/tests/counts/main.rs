//! Tests counting through its public interface: texts, files, and comparison with a naive counter.

mod count_text;
mod files;
mod huge;
mod mutated;
mod naive;
mod partial;
mod sorted;
