//! Models from the outside: their files, scores and definitions.

mod arpa;
mod arpa_round_trip;
mod common;
mod counts;
mod definitions;
mod kenlm;
mod layouts;
mod native;
mod prune;
mod threads;
