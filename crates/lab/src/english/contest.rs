//! The guessing game between a player and a model, letter by letter.

use super::guessing::{Guessing, bounds, ranked};
use super::wagers::Wagers;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;

/// Shannon's alphabet as a player types it, with `_` for the space, in the numbering of
/// [`Alphabet::Letters27`](super::Alphabet::Letters27).
pub const SYMBOLS: [char; 27] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r', 's',
    't', 'u', 'v', 'w', 'x', 'y', 'z', '_',
];

/// Returns the number of a symbol in either case; a space may be typed as a space or as `_`.
pub fn symbol(written: char) -> Option<u32> {
    let written = if written == ' ' { '_' } else { written.to_ascii_lowercase() };
    SYMBOLS.iter().position(|&symbol| symbol == written).map(|at| at as u32)
}

/// The result of a guess.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Wrong, with the number of the attempt, from 1.
    Wrong(usize),
    /// Already tried at this letter; it does not count.
    Again,
    /// Right.
    Right(Letter),
}

/// A letter that has been revealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Its number in [`SYMBOLS`].
    pub symbol: u32,
    /// How many attempts the player took; `None` if the player bet.
    pub attempts: Option<usize>,
    /// How many attempts the model took.
    pub model_attempts: usize,
    /// The model's probability of it, among all 27 symbols.
    pub model_share: f64,
    /// The share the player bet on it, if the player bet.
    pub share: Option<f64>,
}

/// A game in progress. The player guesses; the model guesses the same letters with the same letters
/// known, trying its most probable symbol first.
pub struct Contest<'m> {
    model: &'m dyn LanguageModel,
    /// The model's id of each symbol.
    alphabet: Vec<WordId>,
    text: Vec<u32>,
    first: usize,
    at: usize,
    tried: Vec<u32>,
    player: Vec<u64>,
    rival: Vec<u64>,
    player_wagers: Wagers,
    rival_wagers: Wagers,
}

impl<'m> Contest<'m> {
    /// Creates a game on `text`, given as symbol numbers, with the first `known` shown. `None` if
    /// the model lacks one of the 27 symbols, that is, if it was not trained with the tokenizer
    /// `shannon`.
    pub fn new(model: &'m dyn LanguageModel, text: Vec<u32>, known: usize) -> Option<Contest<'m>> {
        let vocab = model.vocab();
        let id = |symbol: &char| vocab.id(symbol.encode_utf8(&mut [0; 4]));
        let alphabet: Vec<WordId> = SYMBOLS.iter().map(id).collect::<Option<_>>()?;
        let first = known.min(text.len());
        Some(Contest {
            model,
            alphabet,
            text,
            first,
            at: first,
            tried: Vec::new(),
            player: vec![0; SYMBOLS.len()],
            rival: vec![0; SYMBOLS.len()],
            player_wagers: Wagers::default(),
            rival_wagers: Wagers::default(),
        })
    }

    /// The symbols known so far.
    pub fn known(&self) -> &[u32] {
        &self.text[..self.at]
    }

    /// Whether there is nothing left to guess.
    pub fn is_over(&self) -> bool {
        self.at == self.text.len()
    }

    /// How many letters have been guessed, and how many there are to guess.
    pub fn progress(&self) -> (usize, usize) {
        (self.at - self.first, self.text.len() - self.first)
    }

    /// The symbols tried at the current letter.
    pub fn tried(&self) -> &[u32] {
        &self.tried
    }

    /// Tries a symbol. `None` when the game is over.
    pub fn guess(&mut self, symbol: u32) -> Option<Answer> {
        let &own = self.text.get(self.at)?;
        if self.tried.contains(&symbol) {
            return Some(Answer::Again);
        }
        self.tried.push(symbol);
        let attempts = self.tried.len();
        if symbol != own {
            return Some(Answer::Wrong(attempts));
        }
        self.player[attempts - 1] += 1;
        Some(Answer::Right(self.next(own, Some(attempts), None)))
    }

    /// Bets on the current letter; `shares` says what share of the capital goes on each symbol.
    /// `None` when the game is over.
    pub fn bet(&mut self, shares: &[f64; 27]) -> Option<Letter> {
        let &own = self.text.get(self.at)?;
        let share = shares[own as usize];
        self.player_wagers.add(share);
        Some(self.next(own, None, Some(share)))
    }

    /// Plays the model's turn and moves to the next letter.
    fn next(&mut self, own: u32, attempts: Option<usize>, share: Option<f64>) -> Letter {
        let longest = self.model.order().saturating_sub(1);
        let known = &self.text[self.at - self.at.min(longest)..self.at];
        let history: Vec<WordId> =
            known.iter().map(|&symbol| self.alphabet[symbol as usize]).collect();
        let ranking = ranked(self.model, &self.alphabet, &history);
        // The model knows that the text goes on, so the probability of `</s>` and `<unk>` is shared
        // out among the symbols.
        let sum: f64 = ranking.iter().map(|(_, score)| score.prob()).sum();
        let place = ranking.iter().position(|&(symbol, _)| symbol == own as usize).unwrap_or(0);
        let model_share = ranking[place].1.prob() / sum;
        self.rival[place] += 1;
        self.rival_wagers.add(model_share);
        self.at += 1;
        self.tried.clear();
        Letter { symbol: own, attempts, model_attempts: place + 1, model_share, share }
    }

    /// The bounds from the player's guesses; `None` before the first letter.
    pub fn player(&self) -> Option<Guessing> {
        bounds(&self.player)
    }

    /// The bounds from the model's guesses.
    pub fn model(&self) -> Option<Guessing> {
        bounds(&self.rival)
    }

    /// The player's bets.
    pub fn player_wagers(&self) -> &Wagers {
        &self.player_wagers
    }

    /// The model's bets.
    pub fn model_wagers(&self) -> &Wagers {
        &self.rival_wagers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_model::{LogProb, Score};
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView};

    /// Gives a 1/2, b 1/4 and every other symbol 1/200 after any history; that is 7/8 in all.
    struct Fixed(Vocab, TokenizerSpec);

    fn fixed() -> Fixed {
        let words: Vec<String> = SYMBOLS.iter().map(char::to_string).collect();
        let vocab = Vocab::new(words.iter().map(String::as_str)).unwrap();
        Fixed(vocab, TokenizerSpec::new(TokenizerKind::Shannon))
    }

    impl LanguageModel for Fixed {
        fn order(&self) -> usize {
            1
        }
        fn vocab(&self) -> VocabView<'_> {
            self.0.view()
        }
        fn tokenizer(&self) -> &TokenizerSpec {
            &self.1
        }
        fn score(&self, _history: &[WordId], word: WordId) -> Score {
            let p: f32 = match self.0.view().word(word) {
                "a" => 0.5,
                "b" => 0.25,
                _ => 0.005,
            };
            Score { log_prob: LogProb(p.log10()), matched: 1 }
        }
    }

    fn symbols(text: &str) -> Vec<u32> {
        text.chars().map(|c| symbol(c).unwrap()).collect()
    }

    #[test]
    fn player_and_model_guess_the_same_letters() {
        let model = fixed();
        let mut game = Contest::new(&model, symbols("xab"), 1).unwrap();
        assert_eq!(game.progress(), (0, 2));
        assert_eq!((game.player(), game.model()), (None, None));
        assert_eq!(game.guess(1), Some(Answer::Wrong(1)));
        assert_eq!(game.guess(1), Some(Answer::Again));
        assert_eq!(game.tried(), [1]);
        let Some(Answer::Right(letter)) = game.guess(0) else { panic!() };
        assert_eq!((letter.symbol, letter.attempts, letter.model_attempts), (0, Some(2), 1));
        assert!((letter.model_share - 0.5 / 0.875).abs() < 1e-6, "{letter:?}");
        let Some(Answer::Right(letter)) = game.guess(1) else { panic!() };
        assert_eq!((letter.attempts, letter.model_attempts), (Some(1), 2));
        assert!(game.is_over());
        assert_eq!(game.guess(1), None);
        // Once at the first attempt and once at the second, both: one bit.
        let (player, model) = (game.player().unwrap(), game.model().unwrap());
        assert_eq!((player.symbols, player.upper, player.first), (2, 1.0, 0.5));
        assert_eq!(player, model);
        assert_eq!(game.known(), symbols("xab"));
    }

    #[test]
    fn bets_are_laid_on_all_symbols() {
        let model = fixed();
        let mut game = Contest::new(&model, symbols("ab"), 0).unwrap();
        let mut shares = [0.0; 27];
        (shares[0], shares[1]) = (0.75, 0.25);
        let letter = game.bet(&shares).unwrap();
        assert_eq!((letter.share, letter.attempts), (Some(0.75), None));
        game.bet(&shares).unwrap();
        assert!(game.bet(&shares).is_none());
        let bits = game.player_wagers().bits().unwrap();
        assert!((bits - (2.0 - 3f64.log2() + 2.0) / 2.0).abs() < 1e-12, "{bits}");
        let rival = game.model_wagers().bits().unwrap();
        let expected = -((0.5f64 / 0.875).log2() + (0.25f64 / 0.875).log2()) / 2.0;
        assert!((rival - expected).abs() < 1e-6, "{rival}");
    }

    #[test]
    fn a_model_of_another_alphabet_is_refused() {
        assert!(Contest::new(&ngram_testing::toy::Toy::exact(), symbols("ab"), 0).is_none());
    }

    #[test]
    fn symbols_are_of_either_case() {
        assert_eq!([symbol('A'), symbol('z'), symbol(' '), symbol('_')], [0, 25, 26, 26].map(Some));
        assert_eq!(symbol('é'), None);
    }
}
