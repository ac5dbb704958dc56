//! What a player is told.

use super::passage::Passage;
use ngram_lab::english::{Contest, Letter};
use std::io;

/// Tells the player what happens.
pub trait Show {
    /// The game begins.
    fn begin(&mut self, contest: &Contest<'_>, passage: &Passage, model: &str) -> io::Result<()>;
    /// It is the player's turn.
    fn ask(&mut self, contest: &Contest<'_>) -> io::Result<()>;
    /// The player's line was not understood.
    fn misunderstood(&mut self, line: &str, why: &str) -> io::Result<()>;
    /// A guess was wrong, or had been made before.
    fn wrong(
        &mut self,
        contest: &Contest<'_>,
        guess: u32,
        attempt: Option<usize>,
    ) -> io::Result<()>;
    /// A letter was revealed.
    fn letter(&mut self, contest: &Contest<'_>, letter: &Letter) -> io::Result<()>;
    /// The game is over.
    fn end(&mut self, contest: &Contest<'_>, seed: u64) -> io::Result<()>;
}
