//! The program as its users call it, each test in a folder of its own. One binary, as linking one for each file
//! took longer than running it.

mod arpa;
mod bad_input;
mod brown;
mod classes;
mod compare;
mod compress;
mod convert;
mod corpus;
mod count;
mod crash;
mod demo;
mod dependencies;
mod disk;
mod entropy;
mod eval;
mod exit_codes;
mod explain;
mod export;
mod html;
mod json;
mod landmarks;
mod limits;
mod memory;
mod mix;
mod mixture;
mod next;
mod prune;
mod readme;
mod records;
mod select;
mod shannon;
mod shim;
mod smoothing;
mod streams;
mod train;
