//! Training from the outside: models held to the definitions, and the same for any threads and memory.

mod by_order;
mod classes;
mod compact;
mod counts;
mod definitions;
mod discounts;
mod forged;
mod formulas;
mod huge;
mod partial;
mod skip;
mod threads;
