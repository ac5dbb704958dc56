//! Other toolkits' formats from the outside, held to files that those toolkits wrote.

mod arpa;
mod arpa_round_trip;
mod kenlm;
mod kenlm_binary;
mod kenlm_model;
mod lists;
mod openfst;
mod stop;
