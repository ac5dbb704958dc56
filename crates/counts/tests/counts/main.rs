//! Counting from the outside: texts, files, and the naive counter that all is held to.

mod count_text;
mod files;
mod huge;
mod mutated;
mod naive;
mod sorted;
