//! Pruned, mixed and damaged models from the outside.

mod filter;
mod forged;
mod forged_code;
mod forged_kenlm;
mod mix;
mod mix_by_hand;
mod mutated;
mod prune;
mod stop;
