//! The entropy of a model's next-token distribution, and how far apart two models are.

use ngram_model::LanguageModel;
use ngram_tokenizer::{TokenizerSpec, WordId};
use rayon::prelude::*;
use serde::Serialize;

/// Why two models cannot be compared token by token.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DivergenceError {
    /// Their tokenizers differ.
    #[error(
        "one model's tokenizer is {left}, the other's {right}: compare their bits per character instead"
    )]
    Tokenizers {
        /// The first model's tokenizer.
        left: String,
        /// The second model's tokenizer.
        right: String,
    },
    /// Their vocabularies differ.
    #[error(
        "the vocabularies differ: {left} and {right} words, and {word:?} is in only one of them; train both with the same --vocab, or compare their bits per character"
    )]
    Vocabularies {
        /// The vocabulary size of the first.
        left: usize,
        /// The vocabulary size of the second.
        right: usize,
        /// A word that is in only one of them.
        word: String,
    },
    /// A model's probabilities do not sum to 1.
    #[error(
        "after token {token} of line {line} the probabilities sum to {sum}: `ngram check` says what is wrong with the model"
    )]
    Sum {
        /// The line, from 1.
        line: u64,
        /// The token in the line, from 1; the last is `</s>`.
        token: usize,
        /// Their sum.
        sum: f64,
    },
}

/// The tolerance on the sum of a model's probabilities, which are stored in single precision.
const SUM_TOLERANCE: f64 = 1e-3;

/// A model's distribution over the next token.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NextToken {
    /// The entropy in bits.
    pub entropy: f64,
    /// The sum of the probabilities: 1 up to rounding.
    pub sum: f64,
}

/// Returns the entropy of the next token after `history`, in bits: the exact sum over every word
/// that `model` can predict, including `</s>` and `<unk>`. Takes one look-up per vocabulary word.
///
/// Probabilities are used as the model gives them; [`NextToken::sum`] shows whether they form a
/// distribution. `history` begins with [`WordId::BEGIN`] if the token is near the start of its
/// line.
pub fn next_token(model: &dyn LanguageModel, history: &[WordId]) -> NextToken {
    let (mut entropy, mut sum) = (0.0, 0.0);
    for word in predictable(model) {
        let score = model.score(history, word).log_prob;
        let p = score.prob();
        if p > 0.0 {
            entropy += p * score.bits();
            sum += p;
        }
    }
    NextToken { entropy, sum }
}

/// All words that can be predicted: every word but `<s>`.
fn predictable(model: &dyn LanguageModel) -> impl Iterator<Item = WordId> {
    (0..model.vocab().len() as u32).map(WordId).filter(|&word| word != WordId::BEGIN)
}

/// How two models, P and Q, differ on a text. Each figure is a mean over its tokens, in bits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Divergence {
    /// The number of tokens: words plus one `</s>` per line.
    pub tokens: u64,
    /// Entropy of P's next-token distribution.
    pub entropy_p: f64,
    /// Entropy of Q's next-token distribution.
    pub entropy_q: f64,
    /// D_KL(P‖Q) of the two next-token distributions after the same history; infinite if Q gives
    /// probability 0 to a token that P does not.
    pub kl_divergence: f64,
    /// −log2 P of the tokens in the text.
    pub cross_entropy_p: f64,
    /// −log2 Q of the tokens in the text.
    pub cross_entropy_q: f64,
}

/// Compares two models after every history of a text, over their whole vocabulary. The result is
/// exact; it takes two look-ups per vocabulary word for each token. `None` if the text has no
/// lines.
///
/// Both models must have the same tokenizer and the same words, though their ids may differ.
/// Averages are summed in text order and do not depend on the number of threads.
pub fn divergence(
    p: &dyn LanguageModel,
    q: &dyn LanguageModel,
    text: &str,
) -> Result<Option<Divergence>, DivergenceError> {
    same_tokenizer(p.tokenizer(), q.tokenizer())?;
    let in_q = same_words(p, q)?;
    let lines: Vec<&str> = text.lines().collect();
    // Not collected into one `Result`: that would keep the error found first, not the first in
    // the text.
    let rows: Vec<Result<Vec<[f64; 5]>, DivergenceError>> = lines
        .par_iter()
        .enumerate()
        .map(|(index, line)| compare_line(p, q, &in_q, index as u64 + 1, line))
        .collect();
    let mut sums = [0.0; 5];
    let mut tokens = 0;
    for line in rows {
        for row in line? {
            tokens += 1;
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
    if tokens == 0 {
        return Ok(None);
    }
    let [entropy_p, entropy_q, kl, cross_p, cross_q] = sums.map(|sum| sum / tokens as f64);
    Ok(Some(Divergence {
        tokens,
        entropy_p,
        entropy_q,
        // Below 0 only through rounding.
        kl_divergence: kl.max(0.0),
        cross_entropy_p: cross_p + 0.0,
        cross_entropy_q: cross_q + 0.0,
    }))
}

fn same_tokenizer(left: &TokenizerSpec, right: &TokenizerSpec) -> Result<(), DivergenceError> {
    if left == right {
        return Ok(());
    }
    Err(DivergenceError::Tokenizers { left: left.to_string(), right: right.to_string() })
}

/// Returns the id in `q` of each word of `p`.
fn same_words(
    p: &dyn LanguageModel,
    q: &dyn LanguageModel,
) -> Result<Vec<WordId>, DivergenceError> {
    let (left, right) = (p.vocab(), q.vocab());
    let differ = |word: &str| DivergenceError::Vocabularies {
        left: left.len(),
        right: right.len(),
        word: word.to_owned(),
    };
    if let Some(word) = right.words().find(|word| left.id(word).is_none()) {
        return Err(differ(word));
    }
    left.words().map(|word| right.id(word).ok_or_else(|| differ(word))).collect()
}

/// Returns for every token of a line H(P), H(Q), D(P‖Q), −log2 P and −log2 Q of the token.
fn compare_line(
    p: &dyn LanguageModel,
    q: &dyn LanguageModel,
    in_q: &[WordId],
    line: u64,
    text: &str,
) -> Result<Vec<[f64; 5]>, DivergenceError> {
    let vocab = p.vocab();
    let mut words = vec![WordId::BEGIN];
    p.tokenizer().tokenize(text, |token| words.push(vocab.id_or_unknown(token)));
    words.push(WordId::END);
    let others: Vec<WordId> = words.iter().map(|word| in_q[word.index()]).collect();
    let mut rows = Vec::with_capacity(words.len() - 1);
    for at in 1..words.len() {
        let (mut row, mut sum_p, mut sum_q) = ([0.0; 5], 0.0, 0.0);
        for word in predictable(p) {
            let of_p = p.score(&words[..at], word).log_prob;
            let of_q = q.score(&others[..at], in_q[word.index()]).log_prob;
            let (prob_p, prob_q) = (of_p.prob(), of_q.prob());
            sum_p += prob_p;
            sum_q += prob_q;
            if prob_p > 0.0 {
                row[0] += prob_p * of_p.bits();
                row[2] += prob_p * (of_q.bits() - of_p.bits());
            }
            if prob_q > 0.0 {
                row[1] += prob_q * of_q.bits();
            }
        }
        if let Some(sum) = [sum_p, sum_q].into_iter().find(|s| (s - 1.0).abs() > SUM_TOLERANCE) {
            return Err(DivergenceError::Sum { line, token: at, sum });
        }
        row[3] = p.score(&words[..at], words[at]).log_prob.bits();
        row[4] = q.score(&others[..at], others[at]).log_prob.bits();
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_model::{LogProb, Score};
    use ngram_tokenizer::{TokenizerKind, Vocab, VocabView};

    /// A unigram model; `</s>` gets the remaining probability.
    struct Unigram {
        vocab: Vocab,
        tokenizer: TokenizerSpec,
        probabilities: Vec<f32>,
    }

    fn unigram(words: &[(&str, f32)], unknown: f32) -> Unigram {
        let end = 1.0 - unknown - words.iter().map(|(_, p)| p).sum::<f32>();
        let mut probabilities = vec![unknown, 0.0, end];
        probabilities.extend(words.iter().map(|(_, p)| p));
        Unigram {
            vocab: Vocab::new(words.iter().map(|&(word, _)| word)).unwrap(),
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            probabilities,
        }
    }

    impl LanguageModel for Unigram {
        fn order(&self) -> usize {
            1
        }
        fn vocab(&self) -> VocabView<'_> {
            self.vocab.view()
        }
        fn tokenizer(&self) -> &TokenizerSpec {
            &self.tokenizer
        }
        fn score(&self, _history: &[WordId], word: WordId) -> Score {
            Score { log_prob: LogProb(self.probabilities[word.index()].log10()), matched: 1 }
        }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    }

    #[test]
    fn entropy_of_the_next_token() {
        let found = next_token(&unigram(&[("a", 0.5), ("b", 0.25)], 0.125), &[WordId::BEGIN]);
        near(found.entropy, 1.75);
        near(found.sum, 1.0);
    }

    /// P = (1/2, 1/4, 1/8, 1/8), Q = (1/4, 1/2, 1/8, 1/8) over a, b, `<unk>`, `</s>`; D = 1/4. Word
    /// ids differ between P and Q. `a x` and its end: 1 + 3 + 3 bits, 2 + 3 + 3.
    #[test]
    fn divergence_by_hand() {
        let p = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        let q = unigram(&[("b", 0.5), ("a", 0.25)], 0.125);
        let found = divergence(&p, &q, "a x\n").unwrap().unwrap();
        assert_eq!(found.tokens, 3);
        near(found.entropy_p, 1.75);
        near(found.entropy_q, 1.75);
        near(found.kl_divergence, 0.25);
        near(found.cross_entropy_p, 7.0 / 3.0);
        near(found.cross_entropy_q, 8.0 / 3.0);
        assert_eq!(divergence(&p, &p, "a\n\nb").unwrap().unwrap().kl_divergence, 0.0);
        assert_eq!(divergence(&p, &q, ""), Ok(None));
    }

    #[test]
    fn what_is_ruled_out_is_infinite() {
        let p = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        let q = unigram(&[("a", 0.75), ("b", 0.0)], 0.125);
        assert_eq!(divergence(&p, &q, "a\n").unwrap().unwrap().kl_divergence, f64::INFINITY);
        near(divergence(&q, &p, "a\n").unwrap().unwrap().kl_divergence, 0.75 * 1.5f64.log2());
    }

    #[test]
    fn models_that_cannot_be_compared_are_refused() {
        let p = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        let fewer = unigram(&[("a", 0.5)], 0.25);
        let vocabularies =
            |left, right| DivergenceError::Vocabularies { left, right, word: "b".to_owned() };
        assert_eq!(divergence(&p, &fewer, "a"), Err(vocabularies(5, 4)));
        assert_eq!(divergence(&fewer, &p, "a"), Err(vocabularies(4, 5)));
        let mut lower = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        lower.tokenizer.lowercase = true;
        assert!(matches!(divergence(&p, &lower, "a"), Err(DivergenceError::Tokenizers { .. })));
        let mut broken = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        broken.probabilities[3] = 0.25;
        assert!(matches!(
            divergence(&p, &broken, "\na"),
            Err(DivergenceError::Sum { line: 1, token: 1, .. })
        ));
    }

    /// Every line is at fault, and threads reach the lines in any order.
    #[test]
    fn the_first_fault_of_the_text_is_reported() {
        let p = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        let mut broken = unigram(&[("a", 0.5), ("b", 0.25)], 0.125);
        broken.probabilities[3] = 0.25;
        let text = "a b\n".repeat(64);
        for _ in 0..200 {
            assert!(matches!(
                divergence(&p, &broken, &text),
                Err(DivergenceError::Sum { line: 1, token: 1, .. })
            ));
        }
    }
}
