//! Selects the documents of a pool that are most like an in-domain text: those on which a model of
//! that text beats a model of the pool by the largest margin (Moore and Lewis 2010).

use super::figures::DocumentFigures;
use super::items::{each_block, read_items, refuse_array_block};
use super::record::Records;
use crate::EvalError;
use crate::blocks::LineBlock;
use crate::lines::{Chunk, LineScorer, chunks};
use crate::words::ModelWords;
use ngram_input::{Account, BadPlace, OnBadRecord, RecordUnit, Sentences, mix};
use ngram_model::LanguageModel;
use rayon::prelude::*;
use std::f64::consts::LOG2_10;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

/// How documents of a pool are read.
#[derive(Clone, Debug, Default)]
pub struct SelectOptions {
    /// The part of a document that counts as a sentence.
    pub sentences: Sentences,
    /// What to do with records without a text; a skipped one is never selected.
    pub on_bad: OnBadRecord,
    /// Where records are counted.
    pub account: Arc<Account>,
}

/// The result for one line of the pool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// H_I − H_G in bits per token: the cross-entropy of the document under the in-domain model
    /// minus that under the general model. The lower, the more the document resembles the in-domain
    /// text. NaN for a line without a document.
    pub difference: f32,
    /// Its words plus one `</s>` per sentence; 0 for a line without a document.
    pub tokens: u32,
}

impl Judged {
    /// The result for a line without a document.
    const NONE: Judged = Judged { difference: f32::NAN, tokens: 0 };

    fn of(in_domain: &DocumentFigures, general: &DocumentFigures) -> Judged {
        let entropy = |figures: &DocumentFigures| match figures.zeros {
            0 => -figures.log10_prob * LOG2_10 / figures.tokens as f64,
            _ => f64::INFINITY,
        };
        let difference = match (entropy(in_domain), entropy(general)) {
            // A document impossible under the in-domain model does not resemble its text, whatever
            // the general model says.
            (f64::INFINITY, _) => f64::INFINITY,
            (in_domain, general) => in_domain - general,
        };
        let tokens = u32::try_from(in_domain.tokens).unwrap_or(u32::MAX);
        Judged { difference: difference as f32, tokens }
    }

    /// Whether the line has a document.
    pub fn is_document(&self) -> bool {
        !self.difference.is_nan()
    }
}

/// Receives the results for some lines, and the kept lines with their line ends, in pool order.
pub type TakeJudged<'t> = dyn FnMut(&[Judged], &[u8]) -> io::Result<()> + Send + 't;

/// Compares documents under two models.
pub struct Selector<'m> {
    models: [&'m dyn LanguageModel; 2],
    words: [Arc<ModelWords<'m>>; 2],
    options: SelectOptions,
    /// Workers not in use by any thread.
    idle: Mutex<Vec<Worker<'m>>>,
}

struct Worker<'m> {
    scorers: [LineScorer<'m>; 2],
    sentences: Vec<u8>,
}

/// The results for a chunk.
#[derive(Default)]
struct JudgedLines {
    judged: Vec<Judged>,
    kept: Vec<u8>,
    bad: Vec<BadPlace>,
}

impl<'m> Selector<'m> {
    /// Creates a selector from an in-domain model and a model of the pool. Both must have the same
    /// vocabulary and tokenizer; otherwise their cross-entropies are not comparable.
    pub fn new(
        in_domain: &'m dyn LanguageModel,
        general: &'m dyn LanguageModel,
        options: SelectOptions,
    ) -> Selector<'m> {
        let models = [in_domain, general];
        Selector { models, words: models.map(ModelWords::new), options, idle: Mutex::default() }
    }

    /// Judges each line of a text of the pool, given its name and record format, and keeps the
    /// documents whose difference is at most `threshold`, if given. Uses the threads of rayon's
    /// current pool; the output does not depend on their number.
    ///
    /// # Errors
    ///
    /// If the text cannot be read, if a record is bad and the options make that an error, or if
    /// `take` fails.
    pub fn judge(
        &self,
        (name, records): (&str, &Records),
        text: impl Read + Send,
        threshold: Option<f32>,
        take: &mut TakeJudged<'_>,
    ) -> Result<(), EvalError> {
        let mut done: Vec<JudgedLines> = Vec::new();
        each_block(name, text, |block, next| {
            let (judged, (taken, ())) = rayon::join(
                || self.judge_block((name, records), block, threshold),
                || rayon::join(|| give(&done, take), next),
            );
            taken?;
            done = judged?;
            done.iter().try_for_each(|chunk| self.account(chunk))
        })?;
        give(&done, take)
    }

    fn judge_block(
        &self,
        (name, records): (&str, &Records),
        block: &LineBlock,
        threshold: Option<f32>,
    ) -> Result<Vec<JudgedLines>, EvalError> {
        refuse_array_block((name, records), block)?;
        let chunks = chunks(block).into_par_iter();
        Ok(chunks.map(|chunk| self.judge_chunk((name, records), &chunk, threshold)).collect())
    }

    fn judge_chunk(
        &self,
        (name, records): (&str, &Records),
        chunk: &Chunk<'_>,
        threshold: Option<f32>,
    ) -> JudgedLines {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at_hand = idle().pop();
        let mut worker = at_hand.unwrap_or_else(|| Worker {
            scorers: std::array::from_fn(|of| LineScorer::new(self.models[of], &self.words[of])),
            sentences: Vec::new(),
        });
        let Worker { scorers, sentences } = &mut worker;
        let part = self.options.sentences;
        let items = read_items(chunk, records, None, part, |_| true, sentences);
        let lines = scorers.each_mut().map(|scorer| scorer.score(sentences));
        let mut sums = lines.each_ref().map(|lines| lines.sums.as_slice());
        let mut found = JudgedLines::default();
        for item in items {
            found.judged.resize((item.number - chunk.line) as usize, Judged::NONE);
            let document = match item.document {
                Ok(document) => document,
                Err(why) => {
                    let (name, number) = (name.to_owned(), item.number + 1);
                    found.bad.push(BadPlace { name, unit: RecordUnit::Line, number, why });
                    continue;
                }
            };
            let [in_domain, general] = sums.each_mut().map(|sums| {
                let (own, rest) = sums.split_at(document.sentences);
                *sums = rest;
                DocumentFigures::new(own, document.bytes, false)
            });
            let judged = Judged::of(&in_domain, &general);
            found.judged.push(judged);
            if threshold.is_some_and(|threshold| judged.difference <= threshold) {
                found.kept.extend_from_slice(item.line);
                found.kept.push(b'\n');
            }
        }
        let lines = chunk.bytes.split_inclusive(|&byte| byte == b'\n').count();
        found.judged.resize(lines, Judged::NONE);
        idle().push(worker);
        found
    }

    fn account(&self, chunk: &JudgedLines) -> Result<(), EvalError> {
        let SelectOptions { account, on_bad, .. } = &self.options;
        let documents = chunk.judged.iter().filter(|judged| judged.is_document());
        account.documents(documents.count() as u64);
        chunk.bad.iter().try_for_each(|place| match on_bad {
            OnBadRecord::Error => Err(EvalError::Record(place.clone())),
            OnBadRecord::Skip => {
                account.skipped(place.clone());
                Ok(())
            }
        })
    }
}

fn give(done: &[JudgedLines], take: &mut TakeJudged<'_>) -> Result<(), EvalError> {
    let mut chunks = done.iter();
    chunks.try_for_each(|chunk| take(&chunk.judged, &chunk.kept)).map_err(EvalError::WriteDocuments)
}

/// How many documents to select.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Top {
    /// A number of them.
    Documents(u64),
    /// A part of all, from 0 to 100.
    Percent(f64),
}

impl FromStr for Top {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Top, &'static str> {
        let found = match text.strip_suffix('%') {
            Some(percent) => percent
                .parse()
                .ok()
                .filter(|percent| (0.0..=100.0).contains(percent))
                .map(Top::Percent),
            None => text.parse().ok().map(Top::Documents),
        };
        found.ok_or("a number of documents such as 10000, or a part of them from 0% to 100%")
    }
}

impl Top {
    /// Returns the number, if there are so many documents in all.
    pub fn of(self, documents: u64) -> u64 {
        match self {
            Top::Documents(many) => many,
            Top::Percent(percent) => (documents as f64 * percent / 100.0).round() as u64,
        }
    }
}

/// The selected lines of a pool, and the threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The highest difference of a selected document, in bits per token; `None` if none is
    /// selected.
    pub threshold: Option<f32>,
    /// The number of documents in the pool.
    pub documents: u64,
    /// The tokens of all documents in the pool.
    pub tokens: u64,
    /// The number of selected documents.
    pub selected: u64,
    /// The tokens of the selected documents.
    pub selected_tokens: u64,
    /// For each line of the pool, whether it is a selected document.
    pub lines: Vec<bool>,
}

impl Selection {
    /// Selects the `many` documents with the lowest differences, or all if there are fewer; in a
    /// tie, the earlier ones.
    pub fn lowest(judged: &[Judged], many: u64) -> Selection {
        let mut values: Vec<f32> =
            judged.iter().filter(|line| line.is_document()).map(|line| line.difference).collect();
        let many = usize::try_from(many).unwrap_or(usize::MAX).min(values.len());
        let Some(last) = many.checked_sub(1) else {
            return Selection::of(judged, |_| false);
        };
        let (below, &mut threshold, _) = values.select_nth_unstable_by(last, f32::total_cmp);
        let mut equal = many - below.iter().filter(|value| **value < threshold).count();
        Selection::of(judged, |line| {
            let is_equal = line.difference == threshold && equal > 0;
            equal -= usize::from(is_equal);
            is_equal || line.difference < threshold
        })
    }

    /// Selects the documents with a difference of at most `threshold`.
    pub fn up_to(judged: &[Judged], threshold: f32) -> Selection {
        Selection::of(judged, |line| line.difference <= threshold)
    }

    /// Selects random documents with as many tokens as `selection` has, up to one document more.
    pub fn random(judged: &[Judged], selection: &Selection) -> Selection {
        let documents = (0u64..).zip(judged).filter(|(_, line)| line.is_document());
        // Mixed twice, so that the numbers differ from those of the sample for the general model.
        let mut drawn: Vec<(u64, u64, u32)> =
            documents.map(|(number, line)| (mix(mix(number)), number, line.tokens)).collect();
        drawn.sort_unstable();
        let mut chosen = vec![false; judged.len()];
        let mut tokens = 0;
        for (_, number, more) in drawn {
            if tokens >= selection.selected_tokens {
                break;
            }
            tokens += u64::from(more);
            chosen[number as usize] = true;
        }
        let mut chosen = chosen.into_iter();
        Selection::of(judged, |_| chosen.next().unwrap_or_default())
    }

    fn of(judged: &[Judged], mut selects: impl FnMut(&Judged) -> bool) -> Selection {
        let mut selection = Selection {
            threshold: None,
            documents: 0,
            tokens: 0,
            selected: 0,
            selected_tokens: 0,
            lines: Vec::with_capacity(judged.len()),
        };
        for line in judged {
            let is_selected = selects(line) && line.is_document();
            selection.documents += u64::from(line.is_document());
            selection.tokens += u64::from(line.tokens);
            selection.lines.push(is_selected);
            if is_selected {
                selection.selected += 1;
                selection.selected_tokens += u64::from(line.tokens);
                let highest = selection.threshold.unwrap_or(f32::NEG_INFINITY);
                selection.threshold = Some(highest.max(line.difference));
            }
        }
        selection
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_counts::VocabRule;
    use ngram_testing::trained::{model, options};
    use ngram_train::TrainOptions;
    use ngram_train::smoothing::by_name;

    fn judge(in_domain: &str, general: &str, pool: &str, threshold: f32) -> (Vec<Judged>, String) {
        let vocab = VocabRule::List(["a", "b"].map(str::to_owned).to_vec());
        let smoothing = by_name("additive").unwrap();
        let options = TrainOptions { order: 1, vocab, smoothing, open: false, ..options() };
        let models = [in_domain, general].map(|text| model(Some(text), &options));
        let [in_domain, general] = models.each_ref().map(|model| model.as_dyn());
        let selector = Selector::new(in_domain, general, SelectOptions::default());
        let (mut judged, mut kept) = (Vec::new(), Vec::new());
        let mut take = |more: &[Judged], lines: &[u8]| {
            judged.extend_from_slice(more);
            kept.extend_from_slice(lines);
            Ok(())
        };
        let pool = ("pool", pool.as_bytes());
        selector.judge((pool.0, &Records::Text), pool.1, Some(threshold), &mut take).unwrap();
        (judged, String::from_utf8(kept).unwrap())
    }

    /// Add-one unigrams over a, b, </s> and <unk>, worked by hand. From "a a a" and "b b b" with
    /// their ends: p(a) = 4/8 and 1/8 or the other way round, p(</s>) = 2/8, p(<unk>) = 1/8 in
    /// both. So "a" with its end differs by (1 − 3)/2 = −1 bit per token, "a a b" by (1 + 1 + 3 − 3
    /// − 3 − 1)/4 = −1/2, "b" by 1, "c" and the empty line by 0.
    #[test]
    fn differences_are_those_worked_by_hand() {
        let pool = "a\na a b\nb\nc\n\na a a";
        let (judged, kept) = judge("a a a\n", "b b b\n", pool, -0.25);
        let expected = [-1.0, -0.5, 1.0, 0.0, 0.0, -1.5];
        assert_eq!(judged.len(), expected.len());
        for (line, expected) in judged.iter().zip(expected) {
            assert!((line.difference - expected).abs() < 1e-6, "{judged:?}");
        }
        assert_eq!(judged.iter().map(|line| line.tokens).collect::<Vec<_>>(), [2, 4, 2, 2, 1, 4]);
        assert_eq!(kept, "a\na a b\na a a\n");
    }

    fn lines(differences: &[f32]) -> Vec<Judged> {
        differences
            .iter()
            .map(|&difference| Judged {
                difference,
                tokens: if difference.is_nan() { 0 } else { 10 },
            })
            .collect()
    }

    #[test]
    fn the_lowest_are_selected_and_of_equal_ones_the_first() {
        let pool = lines(&[0.5, -1.0, f32::NAN, 0.25, 0.25, f32::INFINITY, 0.25]);
        let selection = Selection::lowest(&pool, 3);
        assert_eq!(selection.lines, [false, true, false, true, true, false, false]);
        assert_eq!(selection.threshold, Some(0.25));
        assert_eq!((selection.documents, selection.selected), (6, 3));
        assert_eq!((selection.tokens, selection.selected_tokens), (60, 30));
        assert_eq!(Selection::lowest(&pool, 0).threshold, None);
        assert_eq!(Selection::lowest(&pool, 100).selected, 6);
        assert_eq!(Selection::up_to(&pool, 0.25).selected, 4);
        let random = Selection::random(&pool, &selection);
        assert_eq!((random.selected, random.lines[2]), (3, false));
        assert_eq!(Selection::lowest(&lines(&[f32::NAN]), 1).selected, 0);
    }
}
