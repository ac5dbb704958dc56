//! Checks by summation that the probabilities of all strings, all gaps and all cases sum to 1 after
//! any history, and that the sums used for coding are those probabilities.

use super::coder::CodedDistribution;
use crate::adaptive::Adaptive;
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, convert};
use ngram_tokenizer::{Case, Gap, Surface, TokenizerKind, TokenizerSpec};
use ngram_train::{TrainOptions, train};

/// Words of the letters a, b and c, at most three long, so that most short strings are not words.
const TRAINING: &str =
    "ab ba ab c abc\nba c ab ab cab\nc c abc ba ab.\nAb ba, ab a Cab c\nb ab ca c ab ba\n";
/// A text with words known to the model, and unknown words that recur.
const BEFORE: [&str; 3] = ["ab ba acb c ab acb", "Ccc ab acb, ccc c c", "ba ab bbbb ab ab acb"];

fn model(tokenizer: TokenizerSpec, layout: Layout) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = TrainOptions { order: 3, tokenizer, ..TrainOptions::default() };
    train(&[Text::bytes("text", TRAINING.into())], &options, &path, &()).unwrap();
    if layout != Layout::Suffix {
        let model = Model::open(&path).unwrap();
        let other = folder.path().join("other.ngram");
        convert(&model, &ConvertOptions { layout, ..ConvertOptions::default() }, &other).unwrap();
        return Model::open(&other).unwrap();
    }
    Model::open(&path).unwrap()
}

fn tokenizers() -> [TokenizerSpec; 4] {
    [
        TokenizerSpec::new(TokenizerKind::Whitespace),
        TokenizerSpec { kind: TokenizerKind::Words, lowercase: true },
        TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase: true },
        TokenizerSpec::new(TokenizerKind::Chars),
    ]
}

/// Calls `check` with adapting and fixed models, at the start and after some lines and tokens.
fn everywhere(mut check: impl FnMut(&mut Adaptive<'_>)) {
    for tokenizer in tokenizers() {
        let model = model(tokenizer, Layout::Suffix);
        for mut adaptive in [Adaptive::new(&model).unwrap(), Adaptive::fixed(&model).unwrap()] {
            check(&mut adaptive);
            for line in BEFORE {
                adaptive.line(line);
                check(&mut adaptive);
            }
            // In the middle of a line.
            adaptive.history.truncate(2);
            check(&mut adaptive);
            adaptive.history.truncate(1);
            check(&mut adaptive);
        }
    }
}

/// The current prefix in the enumeration of strings.
struct Strings {
    word: String,
    /// How many prefixes are equally likely, differing only in letters absent from the training
    /// text.
    alike: f64,
    /// The probability that the speller starts with this prefix.
    begins: f64,
}

/// Returns the probability of all strings of at most `longest` letters that start with the prefix
/// `at`, and what the speller leaves to longer ones.
///
/// The alphabet is all 256 bytes. `x` stands for all bytes absent from the training text, which are
/// equally likely, as is anything that follows them.
fn strings(adaptive: &mut Adaptive<'_>, at: &mut Strings, longest: usize) -> (f64, f64) {
    if at.word.len() > longest {
        return (0.0, at.alike * at.begins);
    }
    let mut sum = (0.0, 0.0);
    if !at.word.is_empty() {
        sum.0 += at.alike * adaptive.probability(Some(&at.word));
    }
    let letters: &[u8] = b"abc., AC";
    let (alike, begins) = (at.alike, at.begins);
    for &letter in letters.iter().chain(b"x") {
        at.word.push(char::from(letter));
        at.begins = begins * adaptive.open.byte(at.word.as_bytes(), at.word.len() - 1);
        at.alike = if letter == b'x' { alike * (256 - letters.len()) as f64 } else { alike };
        let longer = strings(adaptive, at, longest);
        sum = (sum.0 + longer.0, sum.1 + longer.1);
        at.word.pop();
    }
    (at.alike, at.begins) = (alike, begins);
    sum
}

#[test]
fn all_strings_and_the_end_of_the_line_sum_to_1() {
    everywhere(|adaptive| {
        // Every known word, and every word of the preceding text, is at most four letters long.
        let mut start = Strings { word: String::new(), alike: 1.0, begins: 1.0 };
        let (strings, longer) = strings(adaptive, &mut start, 4);
        // Anything longer is new, and is spelled after `<unk>`.
        let place = adaptive.place();
        let unknown = adaptive.tokens(&place).unknown();
        let end = adaptive.probability(None);
        let sum = end + strings + unknown * longer / adaptive.open.rest();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}: {end} {strings} {longer}");
        // The remainder is not negligible.
        assert!(longer > 1e-9 && unknown > 1e-4);
    });
}

#[test]
fn gaps_and_cases_sum_to_1() {
    everywhere(|adaptive| {
        let mut surface = Surface::new(adaptive.model.tokenizer());
        for token in ["ab", ".", "xyz", "c", ","] {
            for next in [Some("ba"), Some(","), Some("new"), None] {
                let gaps: f64 = Gap::ALL
                    .iter()
                    .map(|&gap| adaptive.open.gap_probability(&surface, next, gap))
                    .sum();
                assert!((gaps - 1.0).abs() < 1e-12, "{gaps}");
                let (contexts, levels) = surface.gap_contexts(next);
                let mut gaps = [1.0 / 3.0; Gap::ALL.len()];
                for &context in &contexts[..levels] {
                    adaptive.surfaces.probabilities(context, 2.0, &mut gaps);
                }
                assert!((gaps.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            }
            let cases: f64 = Case::ALL
                .iter()
                .map(|&case| adaptive.open.case_probability(&surface, token, case))
                .sum();
            assert!((cases - 1.0).abs() < 1e-12, "{cases}");
            let mut cases = [0.2; Case::ALL.len()];
            for context in surface.case_contexts(token) {
                adaptive.surfaces.probabilities(context, 2.0, &mut cases);
                for (case, &probability) in (0..).zip(&cases) {
                    assert!(probability > 0.0, "{case}");
                }
            }
            assert!((cases.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            surface.push(Gap::Space, token, Case::Lower);
        }
    });
}

#[test]
fn a_text_is_coded_by_the_probabilities_it_is_charged_by() {
    everywhere(|adaptive| {
        let new: Vec<String> = (0..adaptive.new_words.len())
            .filter_map(|place| adaptive.new_words.get(place).map(|(word, _)| word.to_owned()))
            .collect();
        let vocab = adaptive.model.vocab().len() as u32;
        let words: Vec<String> = (3..vocab)
            .map(|id| adaptive.model.vocab().word(ngram_tokenizer::WordId(id)).to_owned())
            .chain(new)
            .collect();
        let expected: Vec<f64> =
            words.iter().map(|word| adaptive.probability(Some(word.as_str()))).collect();
        let end = adaptive.probability(None);
        let place = adaptive.place();
        let tokens = adaptive.tokens(&place);
        let total = tokens.below(tokens.len()) as f64;
        let coded = |word: u32| (tokens.below(word + 1) - tokens.below(word)) as f64 / total;
        for (number, expected) in (3..).zip(expected) {
            let coded = coded(number);
            assert!(
                (coded - expected).abs() < 1e-6,
                "{}: {coded} {expected}",
                words[number as usize - 3]
            );
        }
        assert!((coded(2) - end).abs() < 1e-6);
        // The impossible `<s>` gets next to nothing, and the unscaled sum is 1 on its own.
        assert!(coded(1) < 1e-11);
        assert!((tokens.sum(tokens.len()) - 1.0).abs() < 1e-6);
    });
}

#[test]
fn layouts_list_the_same() {
    for tokenizer in tokenizers() {
        let models = [Layout::Suffix, Layout::Table].map(|layout| model(tokenizer.clone(), layout));
        let vocab = models[0].vocab().len() as u32;
        let words = || (0..vocab).map(ngram_tokenizer::WordId);
        for one in words() {
            let [fast, table] = models.each_ref().map(|model| model.listed_after(&[one]).unwrap());
            assert_eq!(fast, table);
            for other in words() {
                let history = [one, other];
                let [fast, table] =
                    models.each_ref().map(|model| model.listed_after(&history).unwrap());
                assert_eq!(fast.words, table.words);
                // The list together with the shorter history gives the score.
                for word in words().filter(|&word| word != ngram_tokenizer::WordId::BEGIN) {
                    let scored = models[0].score(&history, word).log_prob.0;
                    let listed = fast.words.iter().find(|(listed, _)| *listed == word);
                    let shorter = models[0].score(&history[1..], word).log_prob.0;
                    let by_list =
                        listed.map_or(fast.backoff.0 + shorter, |(_, log_prob)| log_prob.0);
                    assert!((scored - by_list).abs() < 1e-5, "{history:?} {word:?}");
                }
            }
        }
    }
}
