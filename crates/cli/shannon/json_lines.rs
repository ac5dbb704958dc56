//! The game for a program: one JSON object per line.

use super::passage::Passage;
use super::show::Show;
use crate::output;
use ngram_lab::english::{Contest, Letter, SYMBOLS, Wagers};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Writes the events of the game to standard output.
pub struct EventLines {
    /// Whether bets are laid.
    pub bet: bool,
}

fn written(symbols: &[u32]) -> String {
    symbols.iter().map(|&symbol| SYMBOLS[symbol as usize]).collect()
}

fn say(value: &Value) -> io::Result<()> {
    let mut out = output::stdout();
    writeln!(out, "{value}")?;
    // The player's program answers only after it has read this.
    out.flush()
}

/// Infinite bits are null, with `ruined` set.
fn wagers(wagers: &Wagers) -> Value {
    json!({
        "letters": wagers.letters(),
        "log2_capital": wagers.log2_capital(),
        "bits": wagers.bits(),
        "ruined": wagers.log2_capital() == f64::NEG_INFINITY,
    })
}

impl EventLines {
    fn standing(&self, contest: &Contest<'_>) -> [(&'static str, Value); 2] {
        match self.bet {
            true => [
                ("player", wagers(contest.player_wagers())),
                ("model", wagers(contest.model_wagers())),
            ],
            false => [("player", json!(contest.player())), ("model", json!(contest.model()))],
        }
    }

    fn with_standing(&self, mut value: Value, contest: &Contest<'_>) -> Value {
        for (name, standing) in self.standing(contest) {
            value[name] = standing;
        }
        value["model_cross_entropy"] = json!(contest.model_wagers().bits());
        value
    }
}

impl Show for EventLines {
    fn begin(&mut self, contest: &Contest<'_>, passage: &Passage, model: &str) -> io::Result<()> {
        say(&json!({
            "event": "begin",
            "game": if self.bet { "bet" } else { "guess" },
            "text": passage.source,
            "model": model,
            "seed": passage.seed,
            "letters": contest.progress().1,
            "known": written(contest.known()),
        }))
    }

    fn ask(&mut self, _contest: &Contest<'_>) -> io::Result<()> {
        Ok(())
    }

    fn misunderstood(&mut self, line: &str, why: &str) -> io::Result<()> {
        say(&json!({"event": "misunderstood", "line": line, "why": why}))
    }

    fn wrong(&mut self, _: &Contest<'_>, guess: u32, attempt: Option<usize>) -> io::Result<()> {
        let guess = SYMBOLS[guess as usize];
        say(&match attempt {
            Some(attempt) => json!({"event": "wrong", "guess": guess, "attempt": attempt}),
            None => json!({"event": "again", "guess": guess}),
        })
    }

    fn letter(&mut self, contest: &Contest<'_>, letter: &Letter) -> io::Result<()> {
        let mut value = json!({
            "event": "letter",
            "letter": SYMBOLS[letter.symbol as usize],
            "number": contest.progress().0,
            "model_attempts": letter.model_attempts,
            "model_share": letter.model_share,
        });
        match (letter.attempts, letter.share) {
            (Some(attempts), _) => value["attempts"] = json!(attempts),
            (None, share) => value["share"] = json!(share),
        }
        say(&self.with_standing(value, contest))
    }

    fn end(&mut self, contest: &Contest<'_>, seed: u64) -> io::Result<()> {
        let (guessed, letters) = contest.progress();
        let value = json!({
            "event": "end",
            "guessed": guessed,
            "letters": letters,
            "seed": seed,
            "text": written(contest.known()),
        });
        say(&self.with_standing(value, contest))
    }
}
