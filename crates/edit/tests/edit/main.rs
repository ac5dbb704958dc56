//! Pruned, mixed and damaged models from the outside.

mod filter;
mod mix;
mod mix_by_hand;
mod mutated;
mod prune;
