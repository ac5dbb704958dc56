//! A model small enough to work its scores by hand, for tests.

use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView, WordId};

/// A bigram model with back-off weights over *the*, *cat* and *sat*, in single precision.
pub struct Toy {
    vocab: Vocab,
    /// How text is cut.
    pub tokenizer: TokenizerSpec,
    /// log10 p and back-off weight of `<unk>`, `<s>`, `</s>`, *the*, *cat*, *sat*.
    pub unigrams: [(f32, f32); 6],
    /// log10 p of a word after a word.
    bigrams: Vec<(u32, u32, f32)>,
}

const THE: u32 = 3;
const CAT: u32 = 4;
const SAT: u32 = 5;

impl Toy {
    fn new(unigrams: [(f32, f32); 6], bigrams: Vec<(u32, u32, f32)>) -> Toy {
        Toy {
            vocab: Vocab::new(["the", "cat", "sat"]).unwrap(),
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            unigrams,
            bigrams,
        }
    }

    /// A model of three words whose probabilities sum to 1 after every history; the second word
    /// follows the first with probability 1/2.
    pub fn normal(words: [&str; 3]) -> Toy {
        let [unknown, end, one, two, three] = [0.1f32, 0.2, 0.4, 0.2, 0.1].map(f32::log10);
        let backoff = (0.5f32 / 0.8).log10();
        let unigrams =
            [(unknown, 0.0), (0.0, 0.0), (end, 0.0), (one, backoff), (two, 0.0), (three, 0.0)];
        Toy {
            vocab: Vocab::new(words).unwrap(),
            ..Toy::new(unigrams, vec![(THE, CAT, 0.5f32.log10())])
        }
    }

    /// Log-probabilities that are multiples of 1/4, so that their sums are exact.
    pub fn exact() -> Toy {
        let (begin, end) = (WordId::BEGIN.0, WordId::END.0);
        Toy::new(
            [(-2.0, 0.0), (0.0, -0.5), (-1.0, 0.0), (-0.5, -0.25), (-0.75, -0.25), (-1.5, 0.0)],
            vec![(begin, THE, -0.25), (THE, CAT, -0.5), (CAT, SAT, -0.75), (SAT, end, 0.0)],
        )
    }

    /// The model whose scores by KenLM's `query` are the reference. As an ARPA file:
    ///
    /// ```text
    /// \1-grams:
    /// -2.0457575      <unk>   0
    /// 0       <s>     -0.30103
    /// -0.69897        </s>    0
    /// -0.5228787      the     -0.2218487
    /// -0.9208188      cat     -0.1249387
    /// -1.6989700      sat     0
    ///
    /// \2-grams:
    /// -0.1760913      <s> the
    /// -0.3979400      the cat
    /// -0.7781513      cat sat
    /// -4.4771213e-8   sat </s>
    /// ```
    #[expect(clippy::approx_constant, reason = "−0.30103 is a back-off weight")]
    pub fn golden() -> Toy {
        let (begin, end) = (WordId::BEGIN.0, WordId::END.0);
        Toy::new(
            [
                (-2.0457575, 0.0),
                (0.0, -0.30103),
                (-0.69897, 0.0),
                (-0.5228787, -0.2218487),
                (-0.9208188, -0.1249387),
                (-1.69897, 0.0),
            ],
            vec![
                (begin, THE, -0.1760913),
                (THE, CAT, -0.39794),
                (CAT, SAT, -0.7781513),
                (SAT, end, -4.4771213e-8),
            ],
        )
    }
}

/// A text, and what `query -v word` and `query -v summary` of KenLM 0.3.0 print for it under
/// [`Toy::golden`].
pub const QUERIED: (&str, &str, &str) = (
    "the cat sat\nthe dog sat\n\n<unk> cat the\n",
    "\
the=3 2 -0.1760913\tcat=4 2 -0.39794\tsat=5 2 -0.7781513\t</s>=2 2 -4.4771213e-8\tTotal: -1.3521826 OOV: 0
the=3 2 -0.1760913\tdog=0 1 -2.2676063\tsat=5 1 -1.69897\t</s>=2 2 -4.4771213e-8\tTotal: -4.1426673 OOV: 1
</s>=2 1 -1\tTotal: -1 OOV: 0
<unk>=0 1 -2.3467875\tcat=4 1 -0.9208188\tthe=3 1 -0.6478174\t</s>=2 1 -0.9208187\tTotal: -4.836242 OOV: 1
",
    "\
Perplexity including OOVs:\t7.440848646822522
Perplexity excluding OOVs:\t4.079518868819911
OOVs:\t2
Tokens:\t13
",
);

impl LanguageModel for Toy {
    fn order(&self) -> usize {
        2
    }

    fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        let Some(last) = history.last().copied() else {
            return Score { log_prob: LogProb(self.unigrams[word.index()].0), matched: 1 };
        };
        for &(before, after, log10) in &self.bigrams {
            if (before, after) == (last.0, word.0) {
                return Score { log_prob: LogProb(log10), matched: 2 };
            }
        }
        let log10 = self.unigrams[word.index()].0 + self.unigrams[last.index()].1;
        Score { log_prob: LogProb(log10), matched: 1 }
    }
}
