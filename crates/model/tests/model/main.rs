//! Tests models through the public interface: their files, scores and definitions.

mod flips;
mod layouts;
mod native;
