//! Chooses the passage to guess, and the model to play against.

use crate::corpora::{Cached, CorpusFolder, Manifest};
use crate::progress::ProgressDisplay;
use crate::raw_text::RawText;
use crate::summary::group;
use crate::{input, machine};
use anyhow::{Context, bail};
use ngram_input::Text;
use ngram_lab::english::{Alphabet, Symbols};
use ngram_model::Model;
use ngram_store::TemporaryFolder;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, train};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;

/// The number of the space among the 27 symbols.
const SPACE: u32 = 26;

/// Order of a model that is trained for the game.
const ORDER: usize = 8;

/// A text of at least this many symbols trains an opponent of its own.
const ENOUGH: usize = 20_000;

/// The built-in text.
const SAMPLE: &str = include_str!("../../../corpora/sample.txt");

/// The passage that a game is about.
pub struct Passage {
    /// Symbols by number; the first `known` are shown.
    pub symbols: Vec<u32>,
    /// Number of symbols shown.
    pub known: usize,
    /// The name of the text.
    pub source: String,
    /// The seed that selected it.
    pub seed: u64,
}

/// The model to play against.
pub struct Opponent {
    /// The model.
    pub model: Model,
    /// A description of the model.
    pub name: String,
    /// The folder of a model trained for the game, removed with it.
    _folder: Option<TemporaryFolder>,
}

/// What the player asks for.
pub struct WantedPassage<'w> {
    /// The text to guess.
    pub text: Option<&'w Path>,
    /// The model to play against.
    pub model: Option<&'w Path>,
    /// Number of letters to guess.
    pub length: usize,
    /// Number of letters shown before them.
    pub known: usize,
    /// The seed that selects the passage.
    pub seed: Option<u64>,
}

/// Chooses the passage and the opponent that the player asks for.
pub fn choose(wanted: &WantedPassage<'_>) -> anyhow::Result<(Passage, Opponent)> {
    let seed = wanted.seed.unwrap_or_else(|| RandomState::new().hash_one(0) % 1_000_000);
    let own = wanted.text.map(read).transpose()?;
    let opponent = wanted.model.map(open).transpose()?;
    let (source, guessed, rest) = match own {
        Some((name, text)) => {
            let size = Symbols::read(&text, Alphabet::Letters27).text.len();
            match opponent.is_some() || size < ENOUGH {
                true => (name, text, None),
                false => {
                    let (rest, guessed) = split(&text);
                    (format!("the last tenth of {name}"), guessed, Some((name, rest)))
                }
            }
        }
        None => {
            let (name, text) = standard()?;
            let (rest, guessed) = split(&text);
            (format!("the last tenth of {name}"), guessed, Some((name, rest)))
        }
    };
    let symbols = Symbols::read(&guessed, Alphabet::Letters27).text;
    let passage = cut(&symbols, wanted.known, wanted.length, seed)
        .with_context(|| format!("{source} is too short"))?;
    let opponent = match (opponent, rest) {
        (Some(opponent), _) => opponent,
        (None, Some((name, rest))) => trained(&format!("the rest of {name}"), &rest)?,
        (None, None) => {
            let (name, text) = standard()?;
            trained(&name, &text)?
        }
    };
    let (symbols, known) = passage;
    Ok((Passage { symbols, known, source, seed }, opponent))
}

/// A text for many games: passages of its last tenth, and an opponent that knows the rest.
pub struct GameText {
    symbols: Vec<u32>,
    source: String,
    rest: (String, String),
}

impl GameText {
    /// Opens Brown if it has been fetched, else the built-in text.
    pub fn standard() -> anyhow::Result<GameText> {
        let (name, text) = standard()?;
        let (rest, guessed) = split(&text);
        let symbols = Symbols::read(&guessed, Alphabet::Letters27).text;
        let source = format!("the last tenth of {name}");
        Ok(GameText { symbols, source, rest: (format!("the rest of {name}"), rest) })
    }

    /// Cuts out the passage of a seed.
    pub fn cut(&self, known: usize, length: usize, seed: u64) -> anyhow::Result<Passage> {
        let (symbols, known) = cut(&self.symbols, known, length, seed)
            .with_context(|| format!("{} is too short", self.source))?;
        Ok(Passage { symbols, known, source: self.source.clone(), seed })
    }

    /// Trains an opponent on the rest of the text.
    pub fn opponent(&self) -> anyhow::Result<Opponent> {
        trained(&self.rest.0, &self.rest.1)
    }
}

fn read(path: &Path) -> anyhow::Result<(String, String)> {
    if path.as_os_str() == "-" {
        bail!("the text cannot come from standard input, where guesses do: name a file");
    }
    let input = input::single(path)?;
    let text = RawText::read(&input, &ProgressDisplay::new(true))?.text;
    Ok((input.name, text))
}

fn open(path: &Path) -> anyhow::Result<Opponent> {
    Ok(Opponent {
        model: input::open_model(path)?,
        name: path.display().to_string(),
        _folder: None,
    })
}

/// Returns Brown if it has been fetched, else the built-in text.
fn standard() -> anyhow::Result<(String, String)> {
    let manifest = Manifest::built_in()?;
    let corpus = manifest.find("brown")?;
    // Without a place for corpora, nothing can have been fetched.
    if let Ok(cache) = CorpusFolder::find()
        && let Ok(Cached::Good) = cache.check(&corpus.name, &corpus.text)
    {
        let path = cache.path(&corpus.name);
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        return Ok(("the Brown corpus".to_owned(), text));
    }
    Ok(("the built-in text".to_owned(), SAMPLE.to_owned()))
}

/// Splits a text, between two words, into its first nine tenths and its last.
fn split(text: &str) -> (String, String) {
    let tenth = text.floor_char_boundary(text.len() / 10 * 9);
    let word = text[tenth..].find(char::is_whitespace).map_or(text.len(), |at| tenth + at);
    let (rest, last) = text.split_at(word);
    (rest.to_owned(), last.to_owned())
}

/// Cuts out `length` symbols that begin with a word, and up to `known` symbols before them.
fn cut(
    symbols: &[u32],
    known: usize,
    length: usize,
    seed: u64,
) -> anyhow::Result<(Vec<u32>, usize)> {
    if symbols.len() < length {
        bail!("it has {} letters, fewer than --length {length}", group(symbols.len() as u64));
    }
    let fits = |least: usize| -> Vec<usize> {
        (least.max(1)..=symbols.len() - length).filter(|&at| symbols[at - 1] == SPACE).collect()
    };
    let mut places = fits(known);
    if places.is_empty() {
        places = fits(0);
    }
    let start = match places.as_slice() {
        [] => 0,
        places => places[(mixed(seed) % places.len() as u64) as usize],
    };
    let first = start.saturating_sub(known);
    Ok((symbols[first..start + length].to_vec(), start - first))
}

/// Scatters consecutive numbers (the finaliser of SplitMix64: Steele, Lea and Flood 2014).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Trains a model on a text, in a temporary folder that is removed with it.
fn trained(name: &str, text: &str) -> anyhow::Result<Opponent> {
    let folder = machine::temporary_folder()?;
    let path = folder.path().join("model.ngram");
    let options = TrainOptions {
        order: ORDER,
        tokenizer: TokenizerSpec::new(TokenizerKind::Shannon),
        ..TrainOptions::default()
    };
    // A passage runs across sentences, so the model should not see line ends. Still, one line per
    // thousand keeps sentences short enough to be shared among threads.
    let lines: Vec<&str> = text.lines().collect();
    let mut joined: String = lines.chunks(1000).map(|lines| lines.join(" ") + "\n").collect();
    // Every symbol must be known, even if the text lacks some.
    joined.push_str("the quick brown fox jumps over the lazy dog\n");
    let trained = train(&[Text::bytes(name, joined.into_bytes())], &options, &path, &())
        .with_context(|| format!("cannot train on {name}"))?;
    let letters = group(trained.corpus.tokens - trained.corpus.sentences);
    Ok(Opponent {
        model: Model::open(&path)?,
        name: format!("a model of order {ORDER}, trained on {letters} letters of {name}"),
        _folder: Some(folder),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passage_begins_with_a_word() {
        let symbols = Symbols::read(&"the cat sat ".repeat(30), Alphabet::Letters27).text;
        let mut starts = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let (passage, known) = cut(&symbols, 20, 10, seed).unwrap();
            assert_eq!((passage.len(), known), (30, 20));
            assert_eq!(passage[19], SPACE);
            starts.insert(passage);
        }
        assert_eq!(starts.len(), 3);
        assert_eq!(cut(&symbols, 20, 10, 7).unwrap(), cut(&symbols, 20, 10, 7).unwrap());
    }

    #[test]
    fn a_short_text_is_taken_whole_or_refused() {
        let symbols = Symbols::read("the cat", Alphabet::Letters27).text;
        assert_eq!(cut(&symbols, 60, 7, 1).unwrap(), (symbols.clone(), 0));
        assert_eq!(cut(&symbols, 60, 3, 1).unwrap(), (symbols.clone(), 4));
        let error = cut(&symbols, 60, 8, 1).unwrap_err().to_string();
        assert!(error.contains("7 letters, fewer than --length 8"), "{error}");
    }

    #[test]
    fn the_parts_of_a_text_are_the_whole() {
        let (rest, last) = split("one two three four five");
        assert_eq!(rest.clone() + &last, "one two three four five");
        assert_eq!(last, " five");
        let (rest, last) = split(&"word ".repeat(100));
        assert_eq!((rest.len(), last.len()), (454, 46));
        assert_eq!(split("").0, "");
    }
}
