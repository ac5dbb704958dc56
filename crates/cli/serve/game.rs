//! Shannon's game, for a page that keeps the score itself.

use crate::shannon::passage::{GameText, Opponent, Passage};
use ngram_lab::english::{Contest, SYMBOLS, bounds};
use ngram_model::LanguageModel;
use serde_json::{Value, json};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

/// Letters shown at the start, and the default and highest number to guess.
const KNOWN: usize = 60;
pub const LETTERS: usize = 40;
pub const MOST_LETTERS: usize = 1000;

/// The texts of games, read when one is first asked for, and an opponent, trained if no model can be one.
#[derive(Default)]
pub struct Games {
    passages: OnceLock<Result<GameText, String>>,
    trained: OnceLock<Result<Opponent, String>>,
}

impl Games {
    /// Returns a passage and the model's attempts at each of its letters. The first of `models` that has Shannon's
    /// alphabet is the opponent.
    pub fn passage(
        &self,
        models: &[(&str, &dyn LanguageModel)],
        letters: usize,
        seed: Option<u64>,
    ) -> Result<Value, String> {
        let passages = self
            .passages
            .get_or_init(|| GameText::standard().map_err(|error| format!("{error:#}")))
            .as_ref()?;
        let seed = seed.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000);
        let passage = passages.cut(KNOWN, letters, seed).map_err(|error| format!("{error:#}"))?;
        for (name, model) in models {
            if let Some(game) = play(name, *model, &passage) {
                return Ok(game);
            }
        }
        let trained =
            self.trained.get_or_init(|| passages.opponent().map_err(|error| format!("{error:#}")));
        let opponent = trained.as_ref()?;
        play(&opponent.name, &opponent.model, &passage)
            .ok_or_else(|| "no model can play".to_owned())
    }
}

fn play(name: &str, model: &dyn LanguageModel, passage: &Passage) -> Option<Value> {
    let mut contest = Contest::new(model, passage.symbols.clone(), passage.known)?;
    let written = |symbols: &[u32]| -> String {
        symbols.iter().map(|&symbol| SYMBOLS[symbol as usize]).collect()
    };
    let known = written(contest.known());
    let mut letters = Vec::new();
    // What the player bets is of no interest: the model's turn is.
    while let Some(letter) = contest.bet(&[1.0 / 27.0; 27]) {
        letters.push(json!({
            "letter": SYMBOLS[letter.symbol as usize],
            "model_attempts": letter.model_attempts,
            "model_share": letter.model_share,
        }));
    }
    Some(json!({
        "text": passage.source,
        "model": name,
        "seed": passage.seed,
        "known": known,
        "letters": letters,
    }))
}

/// Returns Shannon's bounds from the number of attempts at each letter; `null` for none.
pub fn score(attempts: &[usize]) -> Result<Value, String> {
    let mut right_at = [0; SYMBOLS.len()];
    for &attempt in attempts {
        let place = attempt.checked_sub(1).and_then(|at| right_at.get_mut(at));
        *place.ok_or_else(|| format!("a letter takes from 1 to 27 attempts, not {attempt}"))? += 1;
    }
    Ok(json!({ "score": bounds(&right_at) }))
}
