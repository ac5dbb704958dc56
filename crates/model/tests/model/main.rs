//! Tests models through the public interface: their files, scores and definitions.

mod carry;
mod flips;
mod layouts;
mod native;
