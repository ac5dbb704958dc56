//! A held-out text as the models see it: what weights are fitted to, and what a mixture is measured by.

use super::context::Context;
use super::part::Part;
use crate::exp10::exp10;
use ngram_counts::{Corpus, CorpusError, Progress, Resources, Text, VocabRule};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};
use rayon::prelude::*;

/// How many sentences a thread takes at a time.
const CHUNK: usize = 256;

/// The words and ends of sentences of a held-out text, with what each model says of them.
///
/// Takes 4 bytes a token, and 10 a token for each model.
pub struct Events {
    pub(super) parts: usize,
    /// The words of the united vocabulary, each sentence with its end.
    pub(super) words: Vec<WordId>,
    /// Where each sentence ends in `words`.
    ends: Vec<usize>,
    /// The probability of each token by each model.
    pub(super) probs: Vec<f64>,
    /// The kind of the history of each token for each model.
    pub(super) contexts: Vec<Context>,
}

impl Events {
    /// Reads texts and asks every model for every token.
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
        let mut events =
            Events { parts: parts.len(), words, ends, probs: Vec::new(), contexts: Vec::new() };
        let sentences: Vec<&[WordId]> = events.sentences().collect();
        let scored: Vec<(Vec<f64>, Vec<Context>)> = sentences
            .par_chunks(CHUNK)
            .map(|sentences| {
                let mut scored = (Vec::new(), Vec::new());
                for sentence in sentences {
                    each_history(sentence, longest, |history, word| {
                        for part in parts {
                            let mut path = Vec::with_capacity(longest);
                            let mut back = history.iter().rev();
                            while back.next().is_some_and(|&word| part.lengthen(&mut path, word)) {}
                            scored.0.push(exp10(part.log_prob(&path, word)));
                            scored.1.push(part.context(&path));
                        }
                    });
                }
                scored
            })
            .collect();
        for (probs, contexts) in scored {
            events.probs.extend(probs);
            events.contexts.extend(contexts);
        }
        Ok(events)
    }

    /// How many words and ends of sentences there are.
    pub fn tokens(&self) -> usize {
        self.words.len()
    }

    /// How many words are in no model's vocabulary.
    pub fn oovs(&self) -> usize {
        self.words.iter().filter(|&&word| word == WordId::UNKNOWN).count()
    }

    /// The probability of each token, by each model in turn: a row a token.
    pub fn probabilities(&self) -> &[f64] {
        &self.probs
    }

    /// The tokens of each sentence.
    pub(super) fn sentences(&self) -> impl Iterator<Item = &[WordId]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.words[start..end])
    }

    /// The information of each sentence in bits, and its tokens: of probabilities of all tokens, one each. Those
    /// of probability 0 count as 1074 bits, which is the least that a number of 64 bits can tell from 0.
    pub fn sentence_bits(&self, probabilities: &[f64]) -> Vec<(f64, usize)> {
        let bits = |probability: &f64| -probability.max(f64::from_bits(1)).log2();
        let mut start = 0;
        let sentence = |&end: &usize| {
            let of = &probabilities[start..end];
            start = end;
            (of.iter().map(bits).sum(), of.len())
        };
        self.ends.iter().map(sentence).collect()
    }

    /// The probability of each token by the model of number `part`.
    pub fn probabilities_of(&self, part: usize) -> Vec<f64> {
        self.probs.iter().skip(part).step_by(self.parts).copied().collect()
    }
}

/// Calls `emit` with each token of a sentence, behind at most `longest` words before it.
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
