//! Pruned, mixed and damaged models from the outside.

mod mix;
mod mutated;
mod prune;
