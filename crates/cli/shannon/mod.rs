//! `ngram shannon`.

mod bets;
mod json_lines;
pub mod passage;
mod show;
mod terminal;

use crate::number;
use crate::stop::{self, Interruptible};
use anyhow::{Context, bail};
use json_lines::EventLines;
use ngram_lab::english::{Answer, Contest, symbol};
use passage::{Passage, WantedPassage};
use show::Show;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use terminal::Terminal;

/// Play Shannon's game: guess the next letter of a text, against a model.
///
/// Part of the text is shown, and you guess the next letter until you are right. The model guesses
/// the same letters, and the lower and upper bounds on the entropy of English are updated for you
/// and for the model (Shannon 1951, equation 17). With --bet, place bets instead (Cover and King
/// 1978). The text has 27 symbols: the letters, and a space for anything between words. `quit`, the
/// end of input or Ctrl-C ends the game with a summary.
#[derive(clap::Args)]
pub struct Args {
    /// Text to guess [default: the last tenth of Brown if it has been fetched, else of a text built
    /// into the program].
    #[arg(value_name = "TEXT")]
    text: Option<PathBuf>,

    /// Model to play against, trained with --tokenizer shannon [default: one of order 8, trained now
    /// on the rest of the text, or on the default text if that is short].
    #[arg(short, long, value_name = "FILE")]
    model: Option<PathBuf>,

    /// Number of letters to guess.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = number::whole::<u32>(1, u32::MAX.into()))]
    length: u32,

    /// Number of letters shown before them at the start.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = number::whole::<u32>(0, 1_000_000_000))]
    known: u32,

    /// Seed that selects the passage; the same seed gives the same passage [default: random].
    #[arg(long, value_name = "N", value_parser = number::whole::<u64>(0, u64::MAX))]
    seed: Option<u64>,

    /// Bet instead of guessing: a line such as `e 50 t 20 _ 10` bets 50 % of your capital on e, and so on, and
    /// spreads the rest evenly over all other symbols; an empty line spreads all of it. The right letter pays 27 for
    /// 1.
    #[arg(long)]
    bet: bool,

    /// For programs: read one guess (or line of bets) per line, and write one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let (passage, opponent) = passage::choose(&WantedPassage {
        text: args.text.as_deref(),
        model: args.model.as_deref(),
        length: args.length as usize,
        known: args.known as usize,
        seed: args.seed,
    })?;
    let Passage { symbols, known, .. } = &passage;
    let Some(mut contest) = Contest::new(&opponent.model, symbols.clone(), *known) else {
        bail!("{} lacks some of the 27 symbols: train it with --tokenizer shannon", opponent.name);
    };
    let mut show: Box<dyn Show> = match args.json {
        true => Box::new(EventLines { bet: args.bet }),
        false => Box::new(Terminal::new(args.bet)),
    };
    let shown = show
        .begin(&contest, &passage, &opponent.name)
        .and_then(|()| play(&mut contest, args.bet, &mut *show))
        .and_then(|()| show.end(&contest, passage.seed));
    shown.context("cannot write to standard output")
}

/// Reads the player's lines until all is guessed or the player stops.
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

/// Returns the symbol that a line names; an empty line is the space.
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
