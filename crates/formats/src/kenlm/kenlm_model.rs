//! A file of hash tables as a model like any other: nothing of it is loaded but its words.

use super::probing_file::{ProbingFile, ProbingState};
use super::read::ids_of;
use super::{KenlmError, LOG_ZERO, Problem};
use ngram_model::derivation::{Backoff, BackoffWeight, words};
use ngram_model::native::Addition;
use ngram_model::{
    Derivation, ForeignModel, LanguageModel, LogProb, ModelError, ModelFile, ModelInfo, OrderInfo,
    Score,
};
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabView, WordId};

/// A file of KenLM's hash tables that lists its words, which `build_binary` writes unless it is told not to.
///
/// Scores are those of the model that the file was made from, to the last bit. What the file does not hold, no
/// one can ask of it: its n-grams have only hashes, so they cannot be listed, pruned, mixed or written out.
///
/// ```
/// use ngram_formats::arpa::ReadOptions;
/// use ngram_formats::kenlm::{KenlmModel, Structure};
/// use ngram_formats::{export_kenlm, import};
/// use ngram_model::{LanguageModel, Model};
/// use ngram_store::Mapped;
/// use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
///
/// let text = "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n\
///     -2\t<unk>\t0\n-99\t<s>\t-0.5\n-0.3\t</s>\t0\n-0.31\tyes\t0\n\n\
///     \\2-grams:\n-0.1\t<s> yes\n\n\\end\\\n";
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("yes.ngram");
/// let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
/// import(text.as_bytes(), "yes.arpa", &ReadOptions::default(), tokenizer.clone(), &path)?;
/// let mut bytes = Vec::new();
/// export_kenlm(&Model::open(&path)?, Structure::Probing, &mut bytes)?;
///
/// let model = KenlmModel::open(Mapped::from(bytes), "yes.bin", tokenizer)?;
/// let yes = model.vocab().id_or_unknown("yes");
/// assert_eq!(model.score(&[WordId::BEGIN], yes).log_prob.0, -0.1);
/// assert_eq!(model.score(&[WordId::BEGIN], WordId::END).log_prob.0, -0.5 - 0.3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KenlmModel {
    file: ProbingFile,
    vocab: Vocab,
    /// The number in the file of each word by its id.
    numbers: Vec<u32>,
    info: ModelInfo,
    source: ModelFile,
}

impl KenlmModel {
    /// Opens the bytes of a file, whose name in messages is `source`. `tokenizer` says how its words were made
    /// from text, which the file does not.
    ///
    /// # Errors
    ///
    /// If the bytes are no such file, are cut short or damaged, or do not list the words.
    pub fn open(
        bytes: Mapped,
        source: &str,
        tokenizer: TokenizerSpec,
    ) -> Result<KenlmModel, KenlmError> {
        let opened = ModelFile::new(source, &bytes);
        let file = ProbingFile::open(bytes, source)?;
        let failed = |problem| KenlmError { source_name: source.to_owned(), byte: None, problem };
        let list = file.list().ok_or_else(|| failed(Problem::NoVocabulary))?;
        let count = list.iter().filter(|&&byte| byte == 0).count() as u64;
        if count != file.listed() {
            return Err(failed(Problem::Damaged("the list of words is cut off")));
        }
        let (vocab, ids) = ids_of(list, count).map_err(failed)?;
        // What the file has no number for, such as a marker that it lacks, is unknown to it.
        let mut numbers = vec![0; vocab.view().len()];
        for (number, id) in (0..).zip(ids) {
            numbers[id.index()] = number;
        }
        let orders = file.counts().iter();
        let orders = orders.map(|&ngrams| OrderInfo { ngrams, ..OrderInfo::default() }).collect();
        let info =
            ModelInfo { tokenizer, smoothing: None, orders, training: None, quantization: None };
        let model = KenlmModel { file, vocab, numbers, info, source: opened };
        // All of them would take as long as scoring a long text; damage shows in any.
        model.check_words(1000).map_err(failed)?;
        Ok(model)
    }

    /// Checks that each of the first words is found by its hash under its own number.
    fn check_words(&self, most: usize) -> Result<(), Problem> {
        let listed = self.file.list().unwrap_or_default().split(|&byte| byte == 0);
        let len = self.numbers.len();
        let unknown = |number| number == 0;
        for (number, word) in (0..).zip(listed).take(most.min(len)) {
            if !word.is_empty() && !unknown(number) && self.file.number(word) != number {
                return Err(Problem::Damaged(
                    "the words listed are not those that it has hashes of",
                ));
            }
        }
        Ok(())
    }

    /// The file, scored in its own numbers of words.
    pub fn file(&self) -> &ProbingFile {
        &self.file
    }

    fn number(&self, word: WordId) -> u32 {
        self.numbers.get(word.index()).copied().unwrap_or_default()
    }

    fn history(&self, history: &[WordId]) -> Vec<u32> {
        let start = history.len().saturating_sub(self.order() - 1);
        history[start..].iter().map(|&word| self.number(word)).collect()
    }
}

/// Returns a log-probability as a model has it: KenLM writes −99 for that of 0.
fn log_prob(score: f32) -> f32 {
    if score == LOG_ZERO { f32::NEG_INFINITY } else { score }
}

fn model_score(score: Score) -> Score {
    Score { log_prob: LogProb(log_prob(score.log_prob.0)), ..score }
}

impl LanguageModel for KenlmModel {
    fn order(&self) -> usize {
        self.file.order()
    }

    fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.info.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        let state = self.file.context(&self.history(history));
        model_score(self.file.advance(&state, self.number(word), Addition::ShortestFirst).0)
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        let recent = &history[history.len().saturating_sub(self.order() - 1)..];
        let numbers = self.history(recent);
        let (stored, matched) = self.file.stored(&numbers, self.number(word));
        let state = self.file.context(&numbers);
        let weights = (usize::from(matched)..=recent.len()).rev().map(|length| {
            let log10_weight = state.backoffs().get(length - 1).copied().unwrap_or_default();
            BackoffWeight {
                history: words(self.vocab(), &recent[recent.len() - length..]),
                weight: LogProb(log10_weight).prob(),
                log10_weight,
            }
        });
        let stored = LogProb(log_prob(stored));
        Derivation::Backoff(Backoff {
            history: words(self.vocab(), recent),
            word: self.vocab().word(word).to_owned(),
            matched,
            stored_probability: stored.prob(),
            stored_log10_prob: stored.0,
            weights: weights.collect(),
            parameters: Vec::new(),
        })
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let state = self.file.context(&self.history(history));
        scores.clear();
        scores.extend(self.numbers.iter().map(|&number| {
            model_score(self.file.advance(&state, number, Addition::ShortestFirst).0)
        }));
        if let Some(begin) = scores.get_mut(WordId::BEGIN.index()) {
            *begin = Score { log_prob: LogProb::ZERO, matched: 1 };
        }
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        scores.clear();
        let begin: ProbingState = self.file.context(&[self.number(WordId::BEGIN)]);
        let mut numbers = Vec::new();
        let mut start = 0;
        for &end in ends {
            numbers.clear();
            let sentence = words[start..end].iter().chain([&WordId::END]);
            numbers.extend(sentence.map(|&word| self.number(word)));
            let first = scores.len();
            self.file.score_words(begin, &numbers, Addition::ShortestFirst, scores);
            scores[first..].iter_mut().for_each(|score| *score = model_score(*score));
            start = end;
        }
    }
}

impl ForeignModel for KenlmModel {
    fn describe(&self) -> &'static str {
        "KenLM's hash tables"
    }

    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn file_size(&self) -> u64 {
        self.file.bytes().len() as u64
    }

    fn source(&self) -> ModelFile {
        self.source.clone()
    }

    fn populate(&self) {
        self.file.bytes().populate();
    }

    fn verify(&self, name: &str) -> Result<(), ModelError> {
        self.check_words(usize::MAX).map_err(|problem| ModelError::Damaged {
            name: name.to_owned(),
            what: problem.to_string(),
        })
    }
}
