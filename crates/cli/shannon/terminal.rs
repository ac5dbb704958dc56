//! The game for a person.

use super::passage::Passage;
use super::show::Show;
use crate::output;
use ngram_lab::english::published::{BROWN_1992, COVER_AND_KING_1978, SHANNON_BOUNDS_AT_100};
use ngram_lab::english::{Contest, Guessing, Letter, SYMBOLS, Wagers};
use std::io::{self, Write};

/// Number of known symbols shown before each letter.
const SHOWN: usize = 64;

/// Plays the game on a terminal.
pub struct Terminal {
    bet: bool,
}

impl Terminal {
    pub fn new(bet: bool) -> Terminal {
        Terminal { bet }
    }
}

/// Formats the last known symbols, with a mark where the next one goes.
fn shown(known: &[u32]) -> String {
    let last = &known[known.len() - known.len().min(SHOWN)..];
    let mut text: String = last.iter().map(|&symbol| letter(symbol)).collect();
    if last.len() < known.len() {
        text.insert(0, '…');
    }
    text + "▏"
}

fn letter(symbol: u32) -> char {
    match SYMBOLS[symbol as usize] {
        '_' => ' ',
        letter => letter,
    }
}

fn name(symbol: u32) -> String {
    match SYMBOLS[symbol as usize] {
        '_' => "the space".to_owned(),
        letter => letter.to_string(),
    }
}

fn say(text: &str) -> io::Result<()> {
    let mut out = output::stdout();
    out.write_all(text.as_bytes())?;
    out.flush()
}

fn bounds(of: Option<Guessing>) -> String {
    of.map_or("–".to_owned(), |of| format!("{:.2} to {:.2}", of.lower, of.upper))
}

/// Formats a capital as a plain number if that is short, else as a power of ten.
fn capital(of: &Wagers) -> String {
    let log10 = of.log2_capital() * 2f64.log10();
    match log10 {
        f64::NEG_INFINITY => "0".to_owned(),
        _ if log10.abs() < 5.0 => format!("{:.2}", 10f64.powf(log10)),
        _ => format!("10^{log10:.1}"),
    }
}

fn bits(of: &Wagers) -> String {
    match of.bits() {
        None => "–".to_owned(),
        Some(bits) if bits.is_infinite() => "infinite".to_owned(),
        Some(bits) => format!("{bits:.2}"),
    }
}

impl Show for Terminal {
    fn begin(&mut self, contest: &Contest<'_>, passage: &Passage, model: &str) -> io::Result<()> {
        let how = match self.bet {
            true => {
                "Bet on the next letter: `e 50 t 20 _ 10` lays 50 % of your capital on e, 20 % on t, \
                 10 % on the\nspace and the rest evenly on all others; Enter alone lays all evenly. The \
                 right letter pays 27 for 1.\nWhat you lay nothing on ruins you if it comes. `quit` ends \
                 the game."
            }
            false => {
                "Guess the next letter, a to z, or Enter alone for the space between words, until you are \
                 right.\n`quit` ends the game."
            }
        };
        say(&format!(
            "{how}\n\ntext   {}, {} letters to guess (--seed {})\nmodel  {model}\n\n",
            passage.source,
            contest.progress().1,
            passage.seed
        ))
    }

    fn ask(&mut self, contest: &Contest<'_>) -> io::Result<()> {
        // The text is shown before each letter; after a wrong guess it is still on the screen.
        if contest.tried().is_empty() {
            say(&format!("{}\n> ", shown(contest.known())))
        } else {
            say("> ")
        }
    }

    fn misunderstood(&mut self, _line: &str, why: &str) -> io::Result<()> {
        say(&format!("  {why}\n"))
    }

    fn wrong(
        &mut self,
        contest: &Contest<'_>,
        guess: u32,
        attempt: Option<usize>,
    ) -> io::Result<()> {
        let tried: Vec<String> = contest.tried().iter().map(|&symbol| name(symbol)).collect();
        match attempt {
            Some(_) => say(&format!("  no: not {}\n", tried.join(", "))),
            None => say(&format!("  {} has been tried\n", name(guess))),
        }
    }

    fn letter(&mut self, contest: &Contest<'_>, letter: &Letter) -> io::Result<()> {
        let number = contest.progress().0;
        let line = match (letter.attempts, letter.share) {
            (Some(attempts), _) => format!(
                "  {}: you {attempts}, the model {}.   You {}, the model {} bits after {number}\n\n",
                name(letter.symbol),
                letter.model_attempts,
                bounds(contest.player()),
                bounds(contest.model()),
            ),
            (None, share) => format!(
                "  {}: you had {:.1} % on it, the model {:.1} %.   Capital {} and {}; {} and {} bits after {number}\n\n",
                name(letter.symbol),
                share.unwrap_or(0.0) * 100.0,
                letter.model_share * 100.0,
                capital(contest.player_wagers()),
                capital(contest.model_wagers()),
                bits(contest.player_wagers()),
                bits(contest.model_wagers()),
            ),
        };
        say(&line)
    }

    fn end(&mut self, contest: &Contest<'_>, seed: u64) -> io::Result<()> {
        let (guessed, letters) = contest.progress();
        let mut out = format!("\n{guessed} of {letters} letters\n");
        if guessed == 0 {
            out.push_str("No letter was guessed, so there is nothing to compute.\n");
            return say(&out);
        }
        let mut row = |label: &str, player: String, model: String| {
            out.push_str(&format!("{label:<44}{player:>12}{model:>12}\n"));
        };
        row("", "you".to_owned(), "the model".to_owned());
        match self.bet {
            false => {
                let of = |value: fn(&Guessing) -> String| {
                    let shown = |of: Option<Guessing>| of.as_ref().map_or("–".to_owned(), value);
                    (shown(contest.player()), shown(contest.model()))
                };
                let (player, model) = of(|of| format!("{:.1} %", of.first * 100.0));
                row("right at once", player, model);
                let (player, model) = of(|of| format!("{:.3}", of.lower));
                row("lower bound, bits per letter", player, model);
                let (player, model) = of(|of| format!("{:.3}", of.upper));
                row("upper bound, bits per letter", player, model);
            }
            true => {
                let (player, model) = (contest.player_wagers(), contest.model_wagers());
                row("capital, from 1", capital(player), capital(model));
                row("entropy at most, bits per letter", bits(player), bits(model));
            }
        }
        let (low, high) = SHANNON_BOUNDS_AT_100;
        let theirs = match self.bet {
            false => format!(
                "Σ i (q_i − q_(i+1)) log2 i ≤ H ≤ −Σ q_i log2 q_i, q_i the share guessed at attempt i (Shannon 1951,\n\
                 equation 17). The model's own probabilities come to {} bits per letter. Shannon's reader, with\n\
                 100 letters known: {low} to {high}; Brown et al. 1992, per character of print: {BROWN_1992}.",
                bits(contest.model_wagers())
            ),
            true => format!(
                "(1 − log_27 S / n) log2 27 for a capital S after n letters (Cover and King 1978, whose players came to\n\
                 {COVER_AND_KING_1978} at most). Shannon 1951: {low} to {high} with 100 letters known."
            ),
        };
        let rough = if guessed < 100 { " Of so few letters every figure is rough." } else { "" };
        out.push_str(&format!("\n{theirs}{rough}\n--seed {seed} gives the same passage.\n"));
        say(&out)
    }
}
