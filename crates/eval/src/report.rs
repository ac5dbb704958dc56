//! The report of an evaluation: all figures in one plain struct.

use crate::course::Course;
use crate::lines::open_vocabulary;
use crate::mixture::PartReport;
use crate::notes::notes;
use crate::spaceless::cut_into_letters;
use crate::spread::Intervals;
use crate::tally::Tally;
use ngram_adaptive::charge::Charge;
use ngram_input::TextPlace;
use ngram_model::LanguageModel;
use ngram_tokenizer::{TokenizerKind, WordId};
use serde::Serialize;
use std::f64::consts::LOG2_10;
use std::time::Duration;

/// The result of an evaluation. JSON uses the field names below; a figure that could not be
/// computed is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The model's order n.
    pub order: usize,
    /// The name of the model's tokenizer, which cut the text into tokens.
    pub tokenizer: String,
    /// What its tokens are called: `words`, `characters`, `bytes`, `symbols` (Shannon's 27) or `pieces`.
    pub token_unit: &'static str,
    /// Whether the text was lowercased before it was cut.
    pub lowercase: bool,
    /// The number of words in the model's vocabulary, without `<unk>`, `<s>` and `</s>`.
    pub vocabulary_size: u64,
    /// Whether a text can contain OOVs, all scored as the one symbol `<unk>`. False if the model
    /// spells unknown words, or if the vocabulary lists every possible token.
    pub vocabulary_closed: bool,
    /// The figures over all texts.
    #[serde(flatten)]
    pub figures: Figures,
    /// The figures over each text.
    pub files: Vec<FileReport>,
    /// For a mixture, the figures of each part: the models in the order they were given, then the
    /// caches.
    pub parts: Option<Vec<PartReport>>,
    /// Wall-clock seconds spent reading and scoring, not counting the time to open the model.
    pub seconds: f64,
    /// `tokens` / `seconds`.
    pub tokens_per_second: Option<f64>,
    /// What the characters of the text cost along it, fixed and as the model adapts, if requested; not in JSON.
    #[serde(skip)]
    pub courses: Option<[Course; 2]>,
    /// Caveats a reader must know before quoting a figure, each a sentence or more.
    pub notes: Vec<String>,
}

/// The figures over one text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FileReport {
    /// The name of the text.
    pub file: String,
    /// The figures of that text.
    #[serde(flatten)]
    pub figures: Figures,
}

/// The figures over some text. Sums and denominators leave out tokens of probability 0; see
/// `infinite`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Lines. Each line is a sentence; a blank line is an empty sentence.
    pub sentences: u64,
    /// Tokens of the text, without the markers `<s>` and `</s>`.
    pub words: u64,
    /// Words between white space, if tokens are parts of words.
    pub text_words: Option<u64>,
    /// Predicted tokens: `words` plus one `</s>` per sentence.
    pub tokens: u64,
    /// Unicode scalar values of the text as read, line ends included. An invalid UTF-8 sequence
    /// counts as one, a byte order mark as none.
    pub characters: u64,
    /// Bytes of the text after decompression, with line ends but without a byte order mark.
    pub bytes: u64,
    /// Whether any token had probability 0. If so, cross-entropy, perplexity and bits are infinite,
    /// and the values given here cover the other tokens only.
    pub infinite: bool,
    /// Tokens of probability 0.
    pub zero_probability_tokens: u64,
    /// OOVs among them.
    pub zero_probability_oovs: u64,
    /// Out-of-vocabulary words (OOVs), including any `<unk>` in the text.
    pub oovs: u64,
    /// `oovs` / `words`.
    pub oov_rate: Option<f64>,
    /// Σ log10 p over tokens.
    pub log10_prob: f64,
    /// Σ log10 p over OOVs.
    pub log10_prob_oovs: f64,
    /// Σ −log2 p over tokens, in bits.
    pub total_bits: f64,
    /// Cross-entropy: `total_bits` / `tokens`.
    pub bits_per_token: Option<f64>,
    /// 10^(−`log10_prob` / `tokens`). Infinite above 1.8e308; JSON then has `null`.
    pub perplexity_including_oovs: Option<f64>,
    /// 10^(−(`log10_prob` − `log10_prob_oovs`) / (`tokens` − `oovs`)).
    pub perplexity_excluding_oovs: Option<f64>,
    /// 2^(bits / (`text_words` + `sentences`)), where bits are the `total_bits` of `open_vocabulary`, or else
    /// `total_bits`: the perplexity of a model of words that gives the text as much. Infinite above 1.8e308.
    pub perplexity_per_word: Option<f64>,
    /// `total_bits` / `characters`.
    pub bits_per_character: Option<f64>,
    /// `total_bits` / `bytes`.
    pub bits_per_byte: Option<f64>,
    /// The cost of the whole text if the model has an open vocabulary: an upper bound on the
    /// entropy of the source of the text.
    pub open_vocabulary: Option<OpenFigures>,
    /// The same under the model as it adapts to the text, if requested.
    pub adaptive: Option<OpenFigures>,
    /// 95 % intervals: how far the figures would move on another sample. `None` with fewer than ten
    /// sentences.
    pub intervals: Option<Intervals>,
    /// Token counts by the order of the longest n-gram found in the model, order 1 first.
    pub matched: Vec<Matched>,
    /// `<s>` and `</s>` markers in the text, which were skipped like white space.
    pub skipped_markers: u64,
    /// Invalid UTF-8 sequences, each read as U+FFFD.
    pub invalid_utf8_sequences: u64,
    /// The place of the first one.
    pub first_invalid_utf8: Option<TextPlace>,
    /// Texts that began with a byte order mark, which was dropped.
    pub byte_order_marks: u64,
}

/// The cost of a whole text in bits, by component.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OpenFigures {
    /// The cost of the tokens, including the share of probability kept for unknown words.
    pub token_bits: f64,
    /// The cost of spelling unknown words.
    pub spelling_bits: f64,
    /// The cost of the case of tokens; 0 if the model distinguishes case.
    pub case_bits: f64,
    /// The cost of the gaps between tokens.
    pub spacing_bits: f64,
    /// The sum of the above.
    pub total_bits: f64,
    /// `total_bits` / `characters`.
    pub bits_per_character: Option<f64>,
    /// `total_bits` / `bytes`.
    pub bits_per_byte: Option<f64>,
}

/// How many tokens were predicted by n-grams of one order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Matched {
    /// The order of the longest stored n-gram that ends in the token; 1 if no longer n-gram
    /// matched.
    pub order: usize,
    /// The number of such tokens.
    pub tokens: u64,
    /// `tokens` / all tokens of the text, including those of probability 0.
    pub share: Option<f64>,
}

impl Report {
    pub(crate) fn new(
        model: &dyn LanguageModel,
        total: &Tally,
        files: &[(String, Tally)],
        time: Duration,
    ) -> Report {
        let tokenizer = model.tokenizer();
        let vocabulary_size = model.vocab().len() as u64 - u64::from(WordId::SPECIAL);
        let seconds = time.as_secs_f64();
        let open = open_vocabulary(model).is_some();
        let token_unit = tokenizer.kind.unit();
        let in_parts = token_unit != "words";
        let file = |(file, tally): &(String, Tally)| FileReport {
            file: file.clone(),
            figures: Figures::new(tally, open, in_parts),
        };
        let mut report = Report {
            order: model.order(),
            tokenizer: tokenizer.kind.to_string(),
            token_unit,
            lowercase: tokenizer.lowercase,
            vocabulary_size,
            vocabulary_closed: !open && !lists_every_token(&tokenizer.kind, vocabulary_size),
            figures: Figures::new(total, open, in_parts),
            files: files.iter().map(file).collect(),
            parts: None,
            courses: None,
            seconds,
            tokens_per_second: ratio(total.tokens() as f64, seconds),
            notes: Vec::new(),
        };
        if let Some(intervals) = Intervals::over_texts(files.iter().map(|(_, tally)| tally), open) {
            report.figures.intervals = Some(intervals);
        }
        report.notes = notes(&report, tokenizer);
        report.notes.extend(cut_into_letters(model));
        report
    }
}

/// Whether a vocabulary of this size must contain every token the tokenizer can produce.
fn lists_every_token(kind: &TokenizerKind, vocabulary_size: u64) -> bool {
    match kind {
        TokenizerKind::Bytes => vocabulary_size >= 256,
        TokenizerKind::Shannon => vocabulary_size >= 27,
        TokenizerKind::Words
        | TokenizerKind::Whitespace
        | TokenizerKind::Chars
        | TokenizerKind::WordsIcu
        | TokenizerKind::PieceFile(_) => false,
    }
}

impl Figures {
    fn new(tally: &Tally, open: bool, in_parts: bool) -> Figures {
        let counts = &tally.counts;
        let tokens = tally.tokens();
        let scored = (tokens - counts.zeros) as f64;
        let scored_oovs = (counts.oovs - counts.zero_oovs) as f64;
        // Adding zero turns −0, which would be printed with its sign, into 0.
        let total_bits = -tally.log10 * LOG2_10 + 0.0;
        // If nothing was scored, 0 bits say nothing about the text.
        let bits_per = |units: u64| ratio(total_bits, units as f64).filter(|_| scored > 0.0);
        let log10_known = tally.log10 - tally.log10_oovs;
        let paid = if open { tally.charge.total() } else { total_bits };
        let whole_words = (counts.text_words + counts.sentences) as f64;
        let per_word = ratio(paid, whole_words).filter(|_| in_parts && scored > 0.0);
        let matched = counts.matched.iter().enumerate().map(|(index, &count)| Matched {
            order: index + 1,
            tokens: count,
            share: ratio(count as f64, tokens as f64),
        });
        Figures {
            sentences: counts.sentences,
            words: counts.words,
            text_words: in_parts.then_some(counts.text_words),
            tokens,
            characters: counts.characters,
            bytes: counts.bytes,
            infinite: counts.zeros > 0,
            zero_probability_tokens: counts.zeros,
            zero_probability_oovs: counts.zero_oovs,
            oovs: counts.oovs,
            oov_rate: ratio(counts.oovs as f64, counts.words as f64),
            log10_prob: tally.log10,
            log10_prob_oovs: tally.log10_oovs,
            total_bits,
            bits_per_token: ratio(total_bits, scored),
            perplexity_including_oovs: perplexity(tally.log10, scored),
            perplexity_excluding_oovs: perplexity(log10_known, scored - scored_oovs),
            perplexity_per_word: per_word.map(f64::exp2),
            bits_per_character: bits_per(counts.characters),
            bits_per_byte: bits_per(counts.bytes),
            open_vocabulary: open.then(|| OpenFigures::new(&tally.charge, tally)),
            adaptive: tally.adaptive.as_ref().map(|charge| OpenFigures::new(charge, tally)),
            intervals: tally.spread.intervals(open),
            matched: matched.collect(),
            skipped_markers: counts.markers,
            invalid_utf8_sequences: counts.invalid_utf8,
            first_invalid_utf8: tally.first_invalid_utf8.clone(),
            byte_order_marks: counts.byte_order_marks,
        }
    }
}

impl OpenFigures {
    fn new(charge: &Charge, tally: &Tally) -> OpenFigures {
        let &Charge { token, spelling, case, spacing } = charge;
        let total_bits = charge.total();
        let bits_per = |units: u64| ratio(total_bits, units as f64);
        OpenFigures {
            token_bits: token,
            spelling_bits: spelling,
            case_bits: case,
            spacing_bits: spacing,
            total_bits,
            bits_per_character: bits_per(tally.counts.characters),
            bits_per_byte: bits_per(tally.counts.bytes),
        }
    }
}

fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// 10^(−log10 / tokens): the perplexity of Jelinek, Mercer, Bahl and Baker (1977), for base-10
/// logarithms.
fn perplexity(log10: f64, tokens: f64) -> Option<f64> {
    ratio(log10, tokens).map(|mean| 10f64.powf(-mean))
}
