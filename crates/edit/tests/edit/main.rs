//! Pruned, mixed and damaged models from the outside.

mod filter;
mod forged;
mod mix;
mod mix_by_hand;
mod mutated;
mod prune;
