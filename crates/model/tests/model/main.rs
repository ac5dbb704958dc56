//! Model files from the outside: their bytes, layouts and scores.

mod flips;
mod layouts;
mod native;
