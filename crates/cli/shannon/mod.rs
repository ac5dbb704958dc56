//! `ngram shannon`.

mod bets;
mod json_lines;
mod passage;
mod terminal;

use crate::stop::{self, Interruptible};
use anyhow::{Context, bail};
use json_lines::JsonLines;
use ngram_lab::english::{Answer, Contest, Letter, symbol};
use passage::Passage;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use terminal::Terminal;

/// Guess the next letter of a text, against a model: Shannon's game.
///
/// Some of the text is shown; guess what comes next until you are right. The model guesses the same
/// letters, and both bounds on the entropy of English, the lower and the upper, build up for you and for
/// the model (Shannon 1951, equation 17). With --bet, lay bets instead (Cover and King 1978). The text
/// has 27 symbols: the letters, and a space for whatever is between words. `quit`, the end of input or
/// Ctrl-C ends the game with a summary.
#[derive(clap::Args)]
pub struct Args {
    /// The text to guess [default: the last tenth of Brown where it has been fetched, else of a text
    /// built into the program].
    #[arg(value_name = "TEXT")]
    text: Option<PathBuf>,

    /// The model to play against, trained with --tokenizer shannon [default: one of order 8, trained
    /// now on the rest of the text, or where that is short, on the default text].
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// How many letters to guess.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    length: u32,

    /// How many letters before them are shown at the beginning.
    #[arg(long, value_name = "N", default_value_t = 60)]
    known: u32,

    /// Chooses the passage: the same number, the same passage [default: another one each time].
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Lay bets: a line such as `e 50 t 20 _ 10` lays 50 % of your capital on e, and so on, and the
    /// rest evenly on all others; an empty line lays all evenly. The right letter pays 27 for 1.
    #[arg(long)]
    bet: bool,

    /// For programs: reads a guess (or bets) a line, writes a JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    stop::listen()?;
    let (passage, opponent) = passage::choose(&args)?;
    let Passage { symbols, known, .. } = &passage;
    let Some(mut contest) = Contest::new(&opponent.model, symbols.clone(), *known) else {
        bail!("{} lacks some of the 27 symbols: train it with --tokenizer shannon", opponent.name);
    };
    let mut show: Box<dyn Show> = match args.json {
        true => Box::new(JsonLines { bet: args.bet }),
        false => Box::new(Terminal::new(args.bet)),
    };
    let shown = show
        .begin(&contest, &passage, &opponent.name)
        .and_then(|()| play(&mut contest, args.bet, &mut *show))
        .and_then(|()| show.end(&contest, passage.seed));
    shown.context("cannot write to standard output")
}

/// Whoever tells the player what happens.
trait Show {
    /// The game begins.
    fn begin(&mut self, contest: &Contest<'_>, passage: &Passage, model: &str) -> io::Result<()>;
    /// The player is to say something.
    fn ask(&mut self, contest: &Contest<'_>) -> io::Result<()>;
    /// What the player said means nothing.
    fn misunderstood(&mut self, line: &str, why: &str) -> io::Result<()>;
    /// A guess was wrong, or was made before.
    fn wrong(
        &mut self,
        contest: &Contest<'_>,
        guess: u32,
        attempt: Option<usize>,
    ) -> io::Result<()>;
    /// A letter is known now.
    fn letter(&mut self, contest: &Contest<'_>, letter: &Letter) -> io::Result<()>;
    /// The game is over.
    fn end(&mut self, contest: &Contest<'_>, seed: u64) -> io::Result<()>;
}

/// Reads what the player says, line by line, until all is guessed or the player stops.
fn play(contest: &mut Contest<'_>, bet: bool, show: &mut dyn Show) -> io::Result<()> {
    let mut input = BufReader::new(Interruptible::new(io::stdin()));
    let mut bytes = Vec::new();
    while !contest.is_over() {
        show.ask(contest)?;
        bytes.clear();
        match input.read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(_) if stop::requested() => break,
            Err(error) => return Err(error),
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\r', '\n']);
        if ["quit", "exit", ":q"].contains(&line.trim()) {
            break;
        }
        if bet {
            match bets::parse(line) {
                Err(why) => show.misunderstood(line, &why)?,
                Ok(shares) => {
                    if let Some(letter) = contest.bet(&shares) {
                        show.letter(contest, &letter)?;
                    }
                }
            }
            continue;
        }
        let guess = match guessed(line) {
            Err(why) => {
                show.misunderstood(line, why)?;
                continue;
            }
            Ok(guess) => guess,
        };
        match contest.guess(guess) {
            Some(Answer::Right(letter)) => show.letter(contest, &letter)?,
            Some(Answer::Wrong(attempt)) => show.wrong(contest, guess, Some(attempt))?,
            Some(Answer::Again) => show.wrong(contest, guess, None)?,
            None => break,
        }
    }
    Ok(())
}

/// The symbol that a line names; an empty one is the space.
fn guessed(line: &str) -> Result<u32, &'static str> {
    let line = if line.trim().is_empty() { "_" } else { line.trim() };
    let mut letters = line.chars();
    match (letters.next().and_then(symbol), letters.next()) {
        (Some(symbol), None) => Ok(symbol),
        _ => {
            Err("give one letter from a to z, or nothing (or _) for the space; quit ends the game")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_a_symbol() {
        assert_eq!([guessed("e"), guessed(" E "), guessed("z")], [4, 4, 25].map(Ok));
        assert_eq!([guessed(""), guessed(" "), guessed("_")], [26; 3].map(Ok));
        for wrong in ["ee", "é", "5", "e t"] {
            assert!(guessed(wrong).is_err(), "{wrong}");
        }
    }
}
