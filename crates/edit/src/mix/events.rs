//! A held-out text as the models see it, to fit weights to and to measure mixtures by.

use super::context::Context;
use super::part::Part;
use ngram_counts::{Corpus, CorpusError, VocabRule};
use ngram_input::Text;
use ngram_model::exp10::exp10;
use ngram_model::mixture_weights::mixture_weights;
use ngram_store::{Progress, Resources};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};
use rayon::prelude::*;

/// The number of sentences in a unit of work.
const CHUNK: usize = 256;

/// The words and ends of sentences of a held-out text, with each model's probability for them.
///
/// Takes 4 bytes per token, and 18 per token and model.
pub struct Events {
    pub(super) parts: usize,
    /// The tokens, as words of the united vocabulary; each sentence includes its end.
    pub(super) words: Vec<WordId>,
    /// Where each sentence ends in `words`.
    ends: Vec<usize>,
    /// The probability of each token in each model.
    pub(super) probs: Vec<f64>,
    /// The same where the words that a model lacks share its `<unk>` equally, so that no model gives any of
    /// them 0: for products, and to compare the models over the same words.
    pub(super) shared: Vec<f64>,
    /// The kind of the history of each token for each model.
    pub(super) contexts: Vec<Context>,
}

impl Events {
    /// Reads texts and scores every token with every model.
    pub(super) fn read(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        vocab: VocabView<'_>,
        parts: &[Part<'_>],
        longest: usize,
        progress: &dyn Progress,
    ) -> Result<Events, CorpusError> {
        let corpus =
            Corpus::read(texts, tokenizer, &VocabRule::All, &Resources::default(), progress)?;
        let numbers: Vec<WordId> =
            corpus.vocab.view().words().map(|word| vocab.id_or_unknown(word)).collect();
        let mut words = Vec::new();
        let mut ends = Vec::new();
        for block in 0..corpus.blocks.len() {
            for &id in &*corpus.blocks.get(block)? {
                words.push(numbers[id as usize]);
                if id == WordId::END.0 {
                    ends.push(words.len());
                }
            }
        }
        let mut events = Events {
            parts: parts.len(),
            words,
            ends,
            probs: Vec::new(),
            shared: Vec::new(),
            contexts: Vec::new(),
        };
        let sentences: Vec<&[WordId]> = events.sentences().collect();
        let scored: Vec<(Vec<[f64; 2]>, Vec<Context>)> = sentences
            .par_chunks(CHUNK)
            .map(|sentences| {
                let mut scored = (Vec::new(), Vec::new());
                for sentence in sentences {
                    each_history(sentence, longest, |history, word| {
                        for part in parts {
                            let mut path = Vec::with_capacity(longest);
                            let mut back = history.iter().rev();
                            while back.next().is_some_and(|&word| part.lengthen(&mut path, word)) {}
                            scored.0.push(part.log_probs(&path, word).map(exp10));
                            scored.1.push(part.context(&path));
                        }
                    });
                }
                scored
            })
            .collect();
        for (probs, contexts) in scored {
            events.probs.extend(probs.iter().map(|[prob, _]| prob));
            events.shared.extend(probs.iter().map(|[_, shared]| shared));
            events.contexts.extend(contexts);
        }
        Ok(events)
    }

    /// Returns the number of words and ends of sentences.
    pub fn tokens(&self) -> usize {
        self.words.len()
    }

    /// Returns the tokens as words of the united vocabulary; [`WordId::UNKNOWN`] for words that no model knows.
    pub fn words(&self) -> &[WordId] {
        &self.words
    }

    /// Returns the probabilities of the tokens: a row per token, with one for each model.
    pub fn probabilities(&self) -> &[f64] {
        &self.probs
    }

    /// Returns the share ν of new tokens that makes the text most likely, for a model with an open vocabulary
    /// whose table gives the tokens these probabilities. A token that no model knows has (1 − ν) p + ν.
    ///
    /// At least half a token's share, since the next text may have a new word, too.
    pub fn novelty(&self, probabilities: &[f64]) -> f64 {
        let new = |&word: &WordId| if word == WordId::UNKNOWN { 1.0 } else { 0.0 };
        let rows = self.words.iter().zip(probabilities);
        let rows: Vec<f64> = rows.flat_map(|(word, &p)| [p, new(word)]).collect();
        let fitted = mixture_weights(&rows, &[0.5, 0.5]).weights[1];
        fitted.clamp(0.5 / self.words.len().max(1) as f64, 0.5)
    }

    /// Returns the tokens of each sentence.
    pub(super) fn sentences(&self) -> impl Iterator<Item = &[WordId]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.words[start..end])
    }

    /// Splits values by sentence; there is one value per token.
    pub fn by_sentence<'v>(&self, values: &'v [f64]) -> impl Iterator<Item = &'v [f64]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &values[start..end])
    }

    /// Returns the probability of each token in model number `part`, with the words that the model lacks
    /// sharing its `<unk>` equally. So models are compared over the same words.
    pub fn probabilities_of(&self, part: usize) -> Vec<f64> {
        self.shared.iter().skip(part).step_by(self.parts).copied().collect()
    }
}

/// Calls `emit` with each token of a sentence and the words before it, at most `longest`.
pub(super) fn each_history(
    sentence: &[WordId],
    longest: usize,
    mut emit: impl FnMut(&[WordId], WordId),
) {
    let mut text = Vec::with_capacity(sentence.len() + 1);
    text.push(WordId::BEGIN);
    for &word in sentence {
        emit(&text[text.len() - text.len().min(longest)..], word);
        text.push(word);
    }
}
