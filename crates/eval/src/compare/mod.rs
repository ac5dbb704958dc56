//! Compares models on the same text: which is better, by how much, and whether it could be chance.
//!
//! Every other model is compared with the first, on the same lines. A difference is *other −
//! first*: below 0, the other takes fewer bits. Its interval comes from a paired bootstrap, and its
//! p-value from a sign-flip test; see [`crate::sampling`].
//!
//! Bits per token and perplexity are compared only between models with the same tokenizer and
//! vocabulary: a model with fewer words has more `<unk>`s, which are easy to predict. Bits per
//! character are compared if both models charge for every character, or leave out the same things.
//! Figures that cannot be compared are `None`, and [`Pair::reasons`] says why.

mod pair;
mod report;
mod tokens;
mod words;

pub use report::{Compared, Difference, LineDifference, ModelReport, Pair, PerplexityRatio, Share};
pub use words::WordsApart;

use crate::EvalError;
use crate::evaluate::Evaluation;
use crate::sampling::Resampling;
use crate::tally::LineSum;
use ngram_model::LanguageModel;
use std::ops::Range;
use tokens::{SeenTokens, Tables};

/// The unit of resampling, drawn with the results of all models on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A line, for conclusions about other sentences of the same texts.
    Sentence,
    /// The lines up to the next blank line.
    Paragraph,
    /// A text, for conclusions about other texts.
    Document,
    /// A run of this many consecutive lines of a text; at least 1.
    Lines(usize),
}

/// A comparison in progress. It reads texts one after another.
pub struct ModelComparison<'m> {
    contestants: Vec<Contestant<'m>>,
    texts: Vec<TextRead>,
}

struct Contestant<'m> {
    name: String,
    model: &'m dyn LanguageModel,
    evaluation: Evaluation<'m>,
    lines: Vec<LineSum>,
    tables: Tables,
    /// How its vocabulary differs from the first model's; `None` for the first model itself and for
    /// a different tokenizer.
    apart: Option<WordsApart>,
}

/// A text, and the range of its lines among all lines.
struct TextRead {
    name: String,
    bytes: Vec<u8>,
    lines: Range<usize>,
}

impl<'m> ModelComparison<'m> {
    /// Creates a comparison of named models with the first of them, with nothing read yet.
    pub fn new(models: &[(String, &'m dyn LanguageModel)]) -> ModelComparison<'m> {
        let first = models.first().map(|(_, model)| *model);
        let contestant = |(number, (name, model)): (usize, &(String, &'m dyn LanguageModel))| {
            let apart = first
                .filter(|first| number > 0 && first.tokenizer() == model.tokenizer())
                .map(|first| WordsApart::between(first.vocab(), model.vocab()));
            Contestant {
                name: name.clone(),
                model: *model,
                evaluation: Evaluation::new(*model),
                lines: Vec::new(),
                tables: Tables::default(),
                apart,
            }
        };
        ModelComparison {
            contestants: models.iter().enumerate().map(contestant).collect(),
            texts: Vec::new(),
        }
    }

    /// Scores a text under every model. The text is kept, because reports quote lines from it.
    ///
    /// # Errors
    ///
    /// Never for a text in memory; the type allows for future errors.
    pub fn read(&mut self, name: &str, text: Vec<u8>) -> Result<(), EvalError> {
        let [first, others @ ..] = &mut self.contestants[..] else { return Ok(()) };
        let from = first.lines.len();
        let mut kinds = tokens::Kinds::new(first.model);
        let Contestant { evaluation, lines, tables, .. } = first;
        evaluation.run(name, &text[..], Some(&SeenTokens), &mut |sums, seen| {
            lines.extend_from_slice(&sums.sums);
            kinds.sort(&seen, tables);
            Ok(())
        })?;
        for Contestant { evaluation, lines, tables, apart, .. } in others {
            let mut done = 0;
            // Only then are the tokens the same.
            let alike = apart.as_ref().is_some_and(WordsApart::is_none);
            evaluation.run(name, &text[..], alike.then_some(&SeenTokens), &mut |sums, seen| {
                lines.extend_from_slice(&sums.sums);
                tables.add(&kinds.sorted()[done..], &seen);
                done += seen.len();
                Ok(())
            })?;
        }
        let lines = from..self.contestants[0].lines.len();
        self.texts.push(TextRead { name: name.to_owned(), bytes: text, lines });
        Ok(())
    }

    /// Returns all figures. Results depend on `how`, but never on the number of threads.
    pub fn report(&self, by: By, how: Resampling) -> Compared {
        let units = self.units(by);
        let [first, others @ ..] = &self.contestants[..] else { return Compared::default() };
        let model = |contestant: &Contestant<'_>| ModelReport {
            name: contestant.name.clone(),
            report: contestant.evaluation.report(),
        };
        let mut compared = Compared {
            texts: self.texts.iter().map(|text| text.name.clone()).collect(),
            by: by.name(),
            samples: how.samples,
            seed: how.seed,
            models: self.contestants.iter().map(model).collect(),
            pairs: Vec::new(),
        };
        for (other, number) in others.iter().zip(1..) {
            let reports = [&compared.models[0].report, &compared.models[number].report];
            let pair = pair::compare(first, other, reports, &units, how, &self.texts);
            compared.pairs.push(pair);
        }
        compared
    }

    /// Returns the lines of each unit.
    fn units(&self, by: By) -> Vec<Range<usize>> {
        let Some(first) = self.contestants.first() else { return Vec::new() };
        let mut units = Vec::new();
        for text in &self.texts {
            let Range { start, end } = text.lines;
            let mut cut = |step: usize| {
                units.extend((start..end).step_by(step).map(|at| at..(at + step).min(end)))
            };
            match by {
                By::Sentence => cut(1),
                By::Lines(lines) => cut(lines.max(1)),
                By::Document => units.extend((start < end).then_some(start..end)),
                By::Paragraph => {
                    let mut from = start;
                    for at in start..end {
                        let ends = first.lines[at].blank
                            && first.lines[at + 1..end].first().is_none_or(|next| !next.blank);
                        if ends || at + 1 == end {
                            units.push(from..at + 1);
                            from = at + 1;
                        }
                    }
                }
            }
        }
        units
    }
}

impl By {
    /// Returns the name of one unit.
    fn name(self) -> String {
        match self {
            By::Sentence => "sentence".to_owned(),
            By::Paragraph => "paragraph".to_owned(),
            By::Document => "document".to_owned(),
            By::Lines(lines) => format!("run of {lines} lines"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::Toy;
    use std::f64::consts::LOG2_10;

    /// The other model gives `<unk>` ten times the probability, so it takes log2 10 = 3.3219 bits
    /// less for one of 9 tokens. In units of that, x − R·y is 4/9, −5/9 and 1/9 on the lines, and
    /// SE² = 3/2 · 42/81 / 81.
    #[test]
    fn a_difference_as_worked_by_hand() {
        let (first, mut other) = (Toy::exact(), Toy::exact());
        other.unigrams[0].0 = -1.0;
        let models: [(String, &dyn LanguageModel); 2] =
            [("a".to_owned(), &first), ("b".to_owned(), &other)];
        let mut comparison = ModelComparison::new(&models);
        comparison.read("text", b"the cat sat\nthe d\xc3\xb6g sat\n\n".to_vec()).unwrap();
        let compared = comparison.report(By::Sentence, Resampling::default());
        let pair = &compared.pairs[0];
        let bits = pair.bits_per_token.unwrap();
        let near = |value: f64, expected: f64| {
            assert!((value - expected).abs() < 1e-6, "{value} is not {expected}")
        };
        near(bits.difference, -LOG2_10 / 9.0);
        near(bits.standard_error.unwrap(), LOG2_10 * (7.0f64 / 9.0).sqrt() / 9.0);
        // Student's 97.5 % point with two degrees of freedom is 4.302653.
        near(bits.interval.unwrap().half(), 4.302_653 * bits.standard_error.unwrap());
        // With either sign, the one difference is equally far from 0.
        assert_eq!(bits.p_value, Some(1.0));
        near(pair.perplexity_including_oovs.unwrap().ratio, 10f64.powf(-1.0 / 9.0));
        near(pair.perplexity_excluding_oovs.unwrap().ratio, 1.0);
        near(pair.bits_per_character.unwrap().difference, -LOG2_10 / 25.0);
        assert_eq!((pair.other_better, pair.first_better, pair.alike), (1, 0, 2));
        let kinds: Vec<(&str, u64)> =
            pair.by_word.iter().map(|share| (share.kind.as_str(), share.tokens)).collect();
        assert_eq!(
            kinds,
            [("</s>, the end of a sentence", 3), ("words of 1 in 100 or more", 5), ("OOVs", 1)]
        );
        assert_eq!((pair.lines.len(), pair.lines[0].text.as_str()), (1, "the dög sat"));
    }

    #[test]
    fn units_end_where_blank_lines_do() {
        let model = Toy::exact();
        let models: [(String, &dyn LanguageModel); 1] = [("a".to_owned(), &model)];
        let mut comparison = ModelComparison::new(&models);
        comparison.read("one", b"the\ncat\n\n\nsat\n".to_vec()).unwrap();
        comparison.read("two", b"the\ncat".to_vec()).unwrap();
        assert_eq!(comparison.units(By::Paragraph), [0..4, 4..5, 5..7]);
        assert_eq!(comparison.units(By::Document), [0..5, 5..7]);
        assert_eq!(comparison.units(By::Lines(2)), [0..2, 2..4, 4..5, 5..7]);
        assert_eq!(comparison.units(By::Sentence).len(), 7);
    }
}
