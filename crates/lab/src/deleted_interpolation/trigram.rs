//! The trigram model of Jelinek and Mercer (1980) with weights by bucket.

use super::weights::{Event, PartWeights};
use super::windows::Windows;
use ngram_model::log10::log10;
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabView, WordId};

/// Returns the bucket of weights for a history of two words, given how often it was followed by
/// anything, and how often its second word was.
pub type Bucket = Box<dyn Fn(u64, u64) -> usize + Send + Sync>;

/// p(w | u v) = λ3 f(w | u v) + λ2 f(w | v) + λ1 f(w) + λ0 / (V − 1), with relative frequencies f
/// and one set of λ per bucket of histories.
pub struct DeletedInterpolation {
    vocab: Vocab,
    tokenizer: TokenizerSpec,
    trigrams: Windows<3>,
    bigrams: Windows<2>,
    unigrams: Vec<u64>,
    bucket: Bucket,
    weights: PartWeights<4>,
}

/// Training data and settings of a [`DeletedInterpolation`].
pub struct Interpolated<'t> {
    /// The vocabulary.
    pub vocab: Vocab,
    /// The tokenizer.
    pub tokenizer: TokenizerSpec,
    /// The stretches of text to count. They are independent: the first word of each is preceded
    /// only by [`WordId::BEGIN`]. A stretch to be scored as a sentence must end in [`WordId::END`].
    pub train: &'t [&'t [WordId]],
    /// The held-out stretches to fit the weights to, which must not be among those counted.
    pub held_out: &'t [&'t [WordId]],
    /// Assigns histories to buckets with common weights.
    pub bucket: Bucket,
    /// The number of buckets.
    pub buckets: usize,
    /// The number of rounds of expectation maximisation over the held-out words.
    pub rounds: usize,
}

impl DeletedInterpolation {
    /// Counts, and fits the weights.
    pub fn train(training: Interpolated<'_>) -> DeletedInterpolation {
        let mut unigrams = vec![0; training.vocab.view().len()];
        let (mut trigrams, mut bigrams) = (Vec::new(), Vec::new());
        for stretch in training.train {
            each_event(stretch, |[u, v, w]| {
                trigrams.push([u, v, w]);
                bigrams.push([v, w]);
                unigrams[w as usize] += 1;
            });
        }
        let mut model = DeletedInterpolation {
            vocab: training.vocab,
            tokenizer: training.tokenizer,
            trigrams: Windows::new(trigrams),
            bigrams: Windows::new(bigrams),
            unigrams,
            bucket: training.bucket,
            weights: PartWeights::fit(training.buckets, &[], 0),
        };
        let mut events = Vec::new();
        for stretch in training.held_out {
            each_event(stretch, |window| events.push(model.event(window)));
        }
        model.weights = PartWeights::fit(training.buckets, &events, training.rounds);
        model
    }

    /// Returns the weights of a bucket: of the uniform distribution, of single words, pairs and triples.
    pub fn weights(&self, bucket: usize) -> [f64; 4] {
        *self.weights.of(bucket)
    }

    /// Returns the sum of the weights whose frequencies are defined after `history`: 1 if its last two words,
    /// and so the last of them, were followed by anything in training. The rest has been redistributed to the
    /// defined ones in proportion; a formula that takes undefined frequencies as 0 loses it.
    pub fn defined(&self, history: &[WordId]) -> f64 {
        let (bucket, parts) = self.event(window(history, WordId::UNKNOWN));
        self.weights.known(bucket, &parts)
    }

    /// Returns the bucket of the history `u v`, and the probability of `w` after it in each part of the mixture.
    fn event(&self, [u, v, w]: [u32; 3]) -> Event<4> {
        let (pair, single) = (self.trigrams.after(&[u, v]), self.bigrams.after(&[v]));
        let share = |count: u64, of: u64| (of > 0).then(|| count as f64 / of as f64);
        let uniform = 1.0 / (self.vocab.view().len() as f64 - 1.0);
        let parts = [
            Some(uniform),
            share(self.unigrams[w as usize], self.bigrams.total()),
            share(self.bigrams.count([v, w]), single),
            share(self.trigrams.count([u, v, w]), pair),
        ];
        ((self.bucket)(pair, single), parts)
    }
}

/// Calls `emit` with each word of a stretch, after the two words before it.
fn each_event(stretch: &[WordId], mut emit: impl FnMut([u32; 3])) {
    let (mut u, mut v) = (WordId::BEGIN.0, WordId::BEGIN.0);
    for word in stretch {
        emit([u, v, word.0]);
        (u, v) = (v, word.0);
    }
}

/// Returns a word after the last two of its history.
fn window(history: &[WordId], word: WordId) -> [u32; 3] {
    let mut back = history.iter().rev().map(|word| word.0);
    let mut before = || back.next().unwrap_or(WordId::BEGIN.0);
    let (v, u) = (before(), before());
    [u, v, word.0]
}

impl LanguageModel for DeletedInterpolation {
    fn order(&self) -> usize {
        3
    }

    fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        let (bucket, parts) = self.event(window(history, word));
        let seen = |part: Option<f64>| part.is_some_and(|share| share > 0.0);
        let matched = if seen(parts[3]) { 3 } else { 1 + u8::from(seen(parts[2])) };
        let log_prob = LogProb(log10(self.weights.mix(bucket, &parts)));
        Score { log_prob, matched }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_tokenizer::TokenizerKind;

    fn trained(buckets: usize, bucket: Bucket) -> DeletedInterpolation {
        let vocab = Vocab::new(["a", "b", "c"]).unwrap();
        let ids = |text: &str| -> Vec<WordId> {
            let words = text.split(' ').map(|word| vocab.view().id_or_unknown(word));
            words.chain([WordId::END]).collect()
        };
        let (one, other, held) = (ids("a b a b"), ids("a b b"), ids("b a b d c"));
        DeletedInterpolation::train(Interpolated {
            vocab: vocab.clone(),
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            train: &[&one, &other],
            held_out: &[&held],
            bucket,
            buckets,
            rounds: 3,
        })
    }

    /// The counted text is a b a b </s> and a b b </s>: 9 words, b 4 times; b follows a 3 times of
    /// 3, and the pair (b, a) once of once.
    #[test]
    fn by_hand() {
        let model = trained(1, Box::new(|_, _| 0));
        let [uniform, one, two, three] = model.weights(0);
        let id = |word: &str| model.vocab().id_or_unknown(word);
        let found = model.score(&[id("b"), id("a")], id("b"));
        let expected = uniform / 5.0 + one * 4.0 / 9.0 + two + three;
        assert!((found.log_prob.prob() - expected).abs() < 1e-6);
        assert_eq!(found.matched, 3);
        // Nothing was seen after c: only the uniform distribution and single words remain.
        let found = model.score(&[id("b"), id("c")], id("a"));
        let expected = (uniform / 5.0 + one * 3.0 / 9.0) / (uniform + one);
        assert!((found.log_prob.prob() - expected).abs() < 1e-6, "{expected}");
        assert!((model.defined(&[id("b"), id("c")]) - (uniform + one)).abs() < 1e-12);
        assert_eq!(found.matched, 1);
    }

    #[test]
    fn every_distribution_sums_to_1() {
        let model = trained(
            4,
            Box::new(|pair, single| 2 * usize::from(pair > 1) + usize::from(single > 3)),
        );
        let ids: Vec<WordId> = (0..6).map(WordId).collect();
        for &u in &ids {
            for &v in &ids {
                let words = ids.iter().filter(|id| **id != WordId::BEGIN);
                let sum: f64 = words.map(|&w| model.score(&[u, v], w).log_prob.prob()).sum();
                assert!((sum - 1.0).abs() < 1e-6, "{u:?} {v:?}: {sum}");
            }
        }
    }
}
