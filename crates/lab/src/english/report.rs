//! All estimators applied to one text.

use super::held_out::{SHORTEST, SPLIT, Split, SymbolSmoothing};
use super::{Alphabet, Extrapolation, SuffixArray, Symbols, bounds, extrapolate};
use super::{match_length, plug_in, words, words_of_any_script};
use crate::information::plug_in_entropy;
use ngram_store::{Cancelled, Progress};
use ngram_train::{TemporaryModels, TrainError};
use serde::Serialize;

/// The longest N-grams, and the highest order of a model.
pub const LONGEST: usize = 8;

/// The orders at which the guessing game is played.
const GAMES: [usize; 5] = [1, 2, 3, 5, LONGEST];

/// The most symbols guessed: enough for a standard error near 0.01 bits.
const GUESSED: usize = 100_000;

/// The smallest training text of a learning curve, in characters.
const SMALLEST: u64 = 1_000;

/// All estimates for a text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntropyReport {
    /// The name of the text.
    pub file: String,
    /// The number of bytes read.
    pub bytes: u64,
    /// The number of characters (Unicode scalar values).
    pub characters: u64,
    /// Its size in each alphabet.
    pub alphabets: Vec<AlphabetSize>,
    /// How the text is split to measure on held-out text.
    pub split: String,
    /// The methods, each with its figures.
    pub methods: Vec<Method>,
    /// Cross-entropy against the size of the training text, with its extrapolation.
    pub learning_curve: LearningCurve,
    /// Caveats a reader of the figures must know.
    pub notes: Vec<String>,
}

/// The size of a text in an alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlphabetSize {
    /// The alphabet.
    pub alphabet: Alphabet,
    /// The number of symbols in the text.
    pub symbols: u64,
    /// The number of distinct symbols.
    pub kinds: u64,
}

/// A method of estimation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Method {
    /// A machine-readable name.
    pub id: &'static str,
    /// A human-readable name.
    pub name: &'static str,
    /// How a figure is computed.
    pub formula: &'static str,
    /// Its source in the literature.
    pub source: &'static str,
    /// The assumptions under which the figures are valid.
    pub assumes: &'static str,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Its name within the method.
    pub name: String,
    /// The alphabet it is about, if any.
    pub alphabet: Option<Alphabet>,
    /// N, if the figure depends on the length of an N-gram or the order of a model.
    pub order: Option<usize>,
    /// The value, in bits except for shares; `None` if it cannot be computed.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// The denominator, in units of `over`.
    pub denominator: u64,
    /// What the denominator counts.
    pub over: &'static str,
    /// Why there is no value, or what is wrong with it.
    pub note: Option<String>,
}

/// Cross-entropy as the training text grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningCurve {
    /// What is measured.
    pub name: &'static str,
    /// The points, from the smallest training text to the largest.
    pub points: Vec<CurvePoint>,
    /// The fitted curve, if there is one.
    pub extrapolation: Option<Extrapolation>,
    /// Why there are no points, or no curve.
    pub note: Option<String>,
}

/// A point of a learning curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// Characters trained on.
    pub trained_on: u64,
    /// Cross-entropy of the held-out text, in bits per character.
    pub bits_per_character: f64,
}

const BITS: &str = "bits per symbol";

/// Estimates the entropy of `text` by every method, with models trained in a temporary folder. `bytes` is
/// the size of the text as read.
///
/// Takes about 60 bytes of memory per character. Uses the threads of the current rayon pool; the
/// figures do not depend on their number. Fails only if a model cannot be trained, or if the progress of `models`
/// cancels the work.
pub fn report(
    file: &str,
    bytes: u64,
    text: &str,
    models: &TemporaryModels,
) -> Result<EntropyReport, TrainError> {
    let progress = models.progress();
    let mut methods = methods();
    let mut alphabets = Vec::new();
    let mut learning_curve = None;
    for alphabet in Alphabet::ALL {
        progress.proceed()?;
        let symbols = Symbols::read(text, alphabet);
        let size = symbols.text.len() as u64;
        alphabets.push(AlphabetSize { alphabet, symbols: size, kinds: symbols.kinds as u64 });
        let array = SuffixArray::new(&symbols.text, symbols.kinds, progress)?;
        let array_of = array.as_ref();
        methods[PLUG_IN].figures.extend(plug_in_figures(alphabet, &symbols, array_of, progress)?);
        methods[MATCH].figures.extend(match_figures(alphabet, size, array_of, progress)?);
        drop(array);
        let split = Split::new(&symbols);
        methods[HELD_OUT].figures.extend(held_out_figures(alphabet, split.as_ref(), models)?);
        if alphabet == Alphabet::Letters27 {
            methods[GUESSING].figures = guessing_figures(split.as_ref(), models)?;
        }
        if alphabet == Alphabet::Characters {
            learning_curve = Some(curve(split.as_ref(), models)?);
        }
    }
    progress.proceed()?;
    methods[WORDS].figures = word_figures(text);
    Ok(EntropyReport {
        file: file.to_owned(),
        bytes,
        characters: text.chars().count() as u64,
        alphabets,
        split: SPLIT.to_owned(),
        methods: methods.into(),
        learning_curve: learning_curve.unwrap_or(LearningCurve::none("there is no text")),
        notes: notes(text),
    })
}

const PLUG_IN: usize = 0;
const HELD_OUT: usize = 1;
const WORDS: usize = 2;
const MATCH: usize = 3;
const GUESSING: usize = 4;

fn methods() -> [Method; 5] {
    let method = |id, name, formula, source, assumes| Method {
        id,
        name,
        formula,
        source,
        assumes,
        figures: Vec::new(),
    };
    [
        method(
            "plug-in",
            "N-gram entropies of the text itself",
            "F_N = H(N-grams) − H((N−1)-grams), H = −Σ f log2 f over relative frequencies; F_0 = log2 of the alphabet's size",
            "Shannon 1951, equation 1",
            "that the text shows every N-gram as often as the language does; where most stand there once, F_N is far too low",
        ),
        method(
            "held-out",
            "cross-entropy of held-out text",
            "Σ −log2 p(symbol | N − 1 before it) / symbols, by interpolated modified Kneser–Ney of order N",
            "Chen and Goodman 1999",
            "that what is held out is like the rest; an upper bound on its entropy, given the alphabet",
        ),
        method(
            "words",
            "entropy of single words",
            "−Σ f log2 f over the relative frequencies f of words, runs of the letters a–z of either case; last over the words of any script, between the word boundaries of UAX #29, lowercased",
            "Shannon 1951, F_word",
            "that words do not depend on each other, and that the text shows all of them: too low by more than (types − 1) / (2 words ln 2) bits",
        ),
        method(
            "match-length",
            "how far back the text repeats itself",
            "Λ_i = 1 + longest match of what begins at i with what begins earlier; 1 / mean(Λ_i / log2 i) and mean(log2 i / Λ_i), i from 2 on",
            "Grassberger 1989; Kontoyiannis, Algoet, Suhov and Wyner 1998 (increasing window)",
            "a stationary process, and for the second Doeblin's condition; converges slowly, and texts joined together are not stationary",
        ),
        method(
            "guessing",
            "Shannon's guessing game, played by a model",
            "Σ i (q_i − q_(i+1)) log2 i ≤ F_N ≤ −Σ q_i log2 q_i, q_i the share guessed at attempt i, in falling order",
            "Shannon 1951, equation 17",
            "the upper bound: nothing but a sample large enough; the lower bound: a guesser that knows the language's own probabilities, which no model does",
        ),
    ]
}

fn none(name: String, alphabet: Option<Alphabet>, order: Option<usize>, why: &str) -> Figure {
    Figure {
        name,
        alphabet,
        order,
        value: None,
        unit: BITS,
        denominator: 0,
        over: "symbols",
        note: Some(why.to_owned()),
    }
}

const TOO_LONG: &str = "the text has 2^32 − 1 symbols or more: take a part of it";

fn plug_in_figures(
    alphabet: Alphabet,
    symbols: &Symbols,
    array: Option<&SuffixArray>,
    progress: &dyn Progress,
) -> Result<Vec<Figure>, Cancelled> {
    let name = |order: usize| format!("F_{order}");
    let figure = |order, value| Figure {
        name: name(order),
        alphabet: Some(alphabet),
        order: Some(order),
        value: Some(value),
        unit: BITS,
        denominator: 0,
        over: "N-grams",
        note: None,
    };
    let mut figures = vec![match symbols.kinds {
        0 => none(name(0), Some(alphabet), Some(0), "there is no symbol"),
        kinds => Figure {
            denominator: kinds as u64,
            over: "kinds of symbols",
            ..figure(0, (kinds as f64).log2())
        },
    }];
    let Some(array) = array else {
        figures.push(none(name(1), Some(alphabet), Some(1), TOO_LONG));
        return Ok(figures);
    };
    let blocks = plug_in(array, LONGEST, progress)?;
    figures.extend(blocks.iter().map(|block| {
        let once = block.once as f64 / block.ngrams as f64;
        let note = (once > 0.05).then(|| {
            format!("{:.0} % of the {}-grams stand there once: too low", once * 100.0, block.order)
        });
        Figure { denominator: block.ngrams, note, ..figure(block.order, block.conditional) }
    }));
    for order in blocks.len() + 1..=LONGEST {
        let why = "the text has fewer symbols";
        figures.push(none(name(order), Some(alphabet), Some(order), why));
    }
    Ok(figures)
}

fn match_figures(
    alphabet: Alphabet,
    size: u64,
    array: Option<&SuffixArray>,
    progress: &dyn Progress,
) -> Result<Vec<Figure>, Cancelled> {
    let names = ["1 / mean(Λ / log2 i)", "mean(log2 i / Λ)"];
    let longest = array.map(|array| array.longest_earlier(progress)).transpose()?;
    let estimates = longest.as_deref().and_then(match_length);
    let Some(found) = estimates else {
        let why = if array.is_none() { TOO_LONG } else { "the text has fewer than two symbols" };
        return Ok(names.map(|name| none(name.to_owned(), Some(alphabet), None, why)).into());
    };
    let values = [found.inverse_of_mean, found.mean_of_inverse];
    let figures = names.iter().zip(values).map(|(name, value)| Figure {
        name: (*name).to_owned(),
        alphabet: Some(alphabet),
        order: None,
        value: Some(value),
        unit: BITS,
        denominator: size,
        over: "symbols",
        note: None,
    });
    Ok(figures.collect())
}

const TOO_SHORT: &str = "fewer than 100 symbols are too few to hold any out";
const _: () = assert!(SHORTEST == 100);

fn held_out_figures(
    alphabet: Alphabet,
    split: Option<&Split<'_>>,
    models: &TemporaryModels,
) -> Result<Vec<Figure>, TrainError> {
    let name = |order| format!("order {order}");
    let Some(split) = split else {
        return Ok(vec![none(name(1), Some(alphabet), Some(1), TOO_SHORT)]);
    };
    let figure = |order| {
        let trained = split.train(models, order, SymbolSmoothing::ModifiedKneserNey, 0)?;
        Ok(Figure {
            name: name(order),
            alphabet: Some(alphabet),
            order: Some(order),
            value: Some(trained.cross_entropy(models.progress())?),
            unit: BITS,
            denominator: split.held_out(),
            over: "held-out symbols",
            note: None,
        })
    };
    (1..=LONGEST).map(figure).collect()
}

fn guessing_figures(
    split: Option<&Split<'_>>,
    models: &TemporaryModels,
) -> Result<Vec<Figure>, TrainError> {
    let alphabet = Some(Alphabet::Letters27);
    let Some(split) = split else {
        return Ok(vec![none("bounds".to_owned(), alphabet, None, TOO_SHORT)]);
    };
    let trained = split.train(models, LONGEST, SymbolSmoothing::WittenBell, 0)?;
    let mut figures = Vec::new();
    for order in GAMES {
        let game = trained.play(order, GUESSED, models.progress())?;
        let Some(found) = bounds(&game.right_at) else { continue };
        let figure = |name: &str, value, unit| Figure {
            name: name.to_owned(),
            alphabet,
            order: Some(order),
            value: Some(value),
            unit,
            denominator: found.symbols,
            over: "guessed symbols",
            note: None,
        };
        figures.extend([
            figure("lower", found.lower, BITS),
            figure("upper", found.upper, BITS),
            figure("guesser", game.bits / found.symbols as f64, BITS),
            figure("right at once", found.first, "share of symbols"),
        ]);
    }
    Ok(figures)
}

fn word_figures(text: &str) -> Vec<Figure> {
    let mut figures = a_to_z(text);
    let mut words = words_of_any_script(text);
    words.sort_unstable();
    let name = "per word of any script".to_owned();
    let counts = words.chunk_by(|a, b| a == b).map(|run| run.len() as u64);
    figures.push(match plug_in_entropy(counts) {
        None => none(name, None, None, "there is no word"),
        Some(entropy) => Figure {
            name,
            alphabet: None,
            order: None,
            value: Some(entropy),
            unit: "bits per word",
            denominator: words.len() as u64,
            over: "words",
            note: None,
        },
    });
    figures
}

fn a_to_z(text: &str) -> Vec<Figure> {
    let (mut words, letters) = words(text);
    let total = words.len() as u64;
    words.sort_unstable();
    let counts = words.chunk_by(|a, b| a == b).map(|run| run.len() as u64);
    let names = ["per word", "per letter", "per letter or space"];
    let Some(entropy) = plug_in_entropy(counts) else {
        return names.map(|name| none(name.to_owned(), None, None, "there is no word")).into();
    };
    let figure = |name: &str, denominator: u64, unit, over| Figure {
        name: name.to_owned(),
        alphabet: None,
        order: None,
        value: Some(entropy * total as f64 / denominator as f64),
        unit,
        denominator,
        over,
        note: None,
    };
    vec![
        figure(names[0], total, "bits per word", "words"),
        figure(names[1], letters, "bits per letter", "letters"),
        figure(names[2], letters + total, BITS, "letters, and a space a word"),
    ]
}

impl LearningCurve {
    fn none(why: &str) -> LearningCurve {
        LearningCurve {
            name: "cross-entropy of the held-out characters by modified Kneser–Ney of order 8",
            points: Vec::new(),
            extrapolation: None,
            note: Some(why.to_owned()),
        }
    }
}

fn curve(split: Option<&Split<'_>>, models: &TemporaryModels) -> Result<LearningCurve, TrainError> {
    let Some(split) = split else { return Ok(LearningCurve::none(TOO_SHORT)) };
    let large_enough = |halvings: &u32| split.trained_on(*halvings) >= SMALLEST;
    let sizes: Vec<u32> = (0..u32::BITS).take_while(large_enough).collect();
    let point = |&halvings: &u32| {
        let trained = split.train(models, LONGEST, SymbolSmoothing::ModifiedKneserNey, halvings)?;
        Ok(CurvePoint {
            trained_on: split.trained_on(halvings),
            bits_per_character: trained.cross_entropy(models.progress())?,
        })
    };
    let points: Vec<CurvePoint> =
        sizes.iter().rev().map(point).collect::<Result<_, TrainError>>()?;
    let pairs: Vec<(f64, f64)> =
        points.iter().map(|point| (point.trained_on as f64, point.bits_per_character)).collect();
    let extrapolation = extrapolate(&pairs);
    let note = match &extrapolation {
        None if points.len() < 4 => {
            Some("fewer than four sizes of training text from 1,000 characters on".to_owned())
        }
        None => Some("no curve of this form falls as the points do".to_owned()),
        Some(found) if found.fit.degenerate => Some(
            "the fit has no limit of its own: the points are as near to a power law".to_owned(),
        ),
        Some(_) => None,
    };
    Ok(LearningCurve { points, extrapolation, note, ..LearningCurve::none("") })
}

/// Notes on anything that makes the figures misleading.
fn notes(text: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let (mut letters, mut foreign, mut control, mut replaced, mut all) =
        (0u64, 0u64, 0u64, 0u64, 0u64);
    for character in text.chars() {
        all += 1;
        letters += u64::from(character.is_alphabetic());
        foreign += u64::from(character.is_alphabetic() && !character.is_ascii());
        control += u64::from(character.is_control() && !character.is_whitespace());
        replaced += u64::from(character == char::REPLACEMENT_CHARACTER);
    }
    if foreign * 100 > letters {
        notes.push(format!(
            "{:.1} % of the letters are none of a–z, and figures for 26 letters, 27 symbols and words take \
             them for spaces: read the figures for characters instead",
            foreign as f64 / letters as f64 * 100.0
        ));
    }
    if (control + replaced) * 100 > all {
        notes.push(format!(
            "{control} control characters and {replaced} characters that are no UTF-8 (U+FFFD): this may be no text"
        ));
    }
    if letters == 0 && all > 0 {
        notes.push("there is no letter: only the figures for characters say anything".to_owned());
    }
    notes
}
