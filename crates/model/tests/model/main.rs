//! Tests models through the public interface: their files, scores and definitions.

mod arpa;
mod arpa_round_trip;
mod classes;
mod common;
mod counts;
mod definitions;
mod discounts;
mod flips;
mod huge;
mod kenlm;
mod kenlm_binary;
mod layouts;
mod mix;
#[path = "../../../counts/tests/counts/mutate.rs"]
mod mutate;
mod mutated;
mod native;
mod openfst;
mod prune;
mod skip;
mod threads;
#[path = "../../../counts/tests/counts/weighted.rs"]
mod weighted;
