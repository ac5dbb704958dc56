//! Several models combined into one.

use super::MixtureError;
use super::united::United;
use ngram_model::derivation::Component;
use ngram_model::{Derivation, LanguageModel, LogProb, OpenVocabulary, Score};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};

/// A linear mixture of models: p(w|h) = Σ λ_i p_i(w|h), over the words of all of them (Jelinek and
/// Mercer 1980). It is itself a model, but is not stored in a file.
///
/// A word that a model does not know gets nothing from it, and a word that no model knows gets what each
/// gives to `<unk>`, as in SRILM.
pub struct MixedModel<'m> {
    names: Vec<String>,
    models: Vec<&'m dyn LanguageModel>,
    weights: Vec<f64>,
    united: United<'m>,
    order: usize,
}

impl<'m> MixedModel<'m> {
    /// Creates a mixture of models, each with a name for reports, and their weights.
    ///
    /// # Errors
    ///
    /// If there is no model, if tokenizers differ, if the number of weights is wrong or they do not
    /// form a distribution, or if there are more words than word ids.
    pub fn new(
        models: Vec<(String, &'m dyn LanguageModel)>,
        weights: &[f64],
    ) -> Result<MixedModel<'m>, MixtureError> {
        let (names, models): (Vec<String>, Vec<_>) = models.into_iter().unzip();
        let first = models.first().ok_or(MixtureError::Empty)?;
        for (name, model) in names.iter().zip(&models) {
            if model.tokenizer() != first.tokenizer() {
                let [one, other] = [first.tokenizer(), model.tokenizer()].map(ToString::to_string);
                return Err(MixtureError::Tokenizers { name: name.clone(), one, other });
            }
        }
        check_weights(weights, models.len())?;
        let united = United::new(first.vocab(), &models)?;
        let order = models.iter().map(|model| model.order()).max().unwrap_or(1);
        Ok(MixedModel { names, models, weights: weights.to_vec(), united, order })
    }

    /// The name of each model.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Scores each token under each model, with sentences laid out as for
    /// [`LanguageModel::score_sentences`]: calls `take(token, model, p, matched order)`, model by
    /// model. The two probabilities are those in the mixture, and those of the model alone: over the same
    /// words, with an equal share of its `<unk>` for each word that it lacks.
    pub(super) fn parts(
        &self,
        words: &[WordId],
        ends: &[usize],
        mut take: impl FnMut(usize, usize, [f64; 2], u8),
    ) {
        let mut own = Vec::with_capacity(words.len());
        let mut scores = Vec::new();
        for (number, model) in self.models.iter().enumerate() {
            own.clear();
            own.extend(words.iter().map(|&word| self.united.id(number, word)));
            model.score_sentences(&own, ends, &mut scores);
            let mut token = 0;
            let mut start = 0;
            for &end in ends {
                for &word in words[start..end].iter().chain([&WordId::END]) {
                    let Score { log_prob, matched } = scores[token];
                    let is_known = self.united.id(number, word) != WordId::UNKNOWN;
                    let share = if is_known { 1.0 } else { self.united.share(number) };
                    let alone = log_prob.prob() * share;
                    take(token, number, [self.part(number, word, log_prob), alone], matched);
                    token += 1;
                }
                start = end;
            }
        }
    }

    /// Returns the probability a model gives to a word in the mixture, given that of its own word.
    fn part(&self, model: usize, word: WordId, log_prob: LogProb) -> f64 {
        log_prob.prob() * self.share(model, word)
    }

    /// Returns how much of its own word's probability a model gives to a word: 0 if it lacks the word.
    fn share(&self, model: usize, word: WordId) -> f64 {
        let lacks = word != WordId::UNKNOWN && self.united.id(model, word) == WordId::UNKNOWN;
        if lacks { 0.0 } else { 1.0 }
    }
}

/// Checks that the weights form a distribution over `parts` parts.
pub(super) fn check_weights(weights: &[f64], parts: usize) -> Result<(), MixtureError> {
    if weights.len() != parts {
        return Err(MixtureError::WeightCount { weights: weights.len(), parts });
    }
    let sum: f64 = weights.iter().sum();
    let fine = weights.iter().all(|weight| (0.0..=1.0).contains(weight));
    match fine && (sum - 1.0).abs() <= 1e-6 {
        true => Ok(()),
        false => Err(MixtureError::Weights { weights: weights.to_vec(), sum }),
    }
}

impl LanguageModel for MixedModel<'_> {
    fn order(&self) -> usize {
        self.order
    }

    fn vocab(&self) -> VocabView<'_> {
        self.united.vocab()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        self.models[0].tokenizer()
    }

    /// The first model's open vocabulary, if no other model knows a word that it does not.
    fn open_vocabulary(&self) -> Option<OpenVocabulary<'_>> {
        self.models[0].open_vocabulary().filter(|_| self.united.is_first())
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        let mut own = Vec::with_capacity(history.len());
        let (mut probability, mut matched) = (0.0, 1);
        for (number, (model, weight)) in self.models.iter().zip(&self.weights).enumerate() {
            own.clear();
            own.extend(history.iter().map(|&word| self.united.id(number, word)));
            let score = model.score(&own, self.united.id(number, word));
            probability += weight * self.part(number, word, score.log_prob);
            matched = score.matched.max(matched);
        }
        Score { log_prob: LogProb(probability.log10() as f32), matched }
    }

    fn derive(&self, history: &[WordId], word: WordId) -> Derivation {
        let models = self.names.iter().zip(&self.models).zip(&self.weights).enumerate();
        let components = models.map(|(number, ((name, model), &weight))| {
            let ids = history.iter().map(|&word| self.united.id(number, word));
            let own = self.united.id(number, word);
            let derivation = model.derive(&ids.collect::<Vec<WordId>>(), own);
            let probability = self.part(number, word, derivation.log_prob());
            let share = self.share(number, word);
            Component { model: name.clone(), weight, probability, share, derivation }
        });
        Derivation::Mixture { components: components.collect() }
    }

    fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let words = (0..self.vocab().len() as u32).map(WordId);
        let mut mixed = vec![(0.0, 1); words.len()];
        for (number, (model, weight)) in self.models.iter().zip(&self.weights).enumerate() {
            let own: Vec<WordId> =
                history.iter().map(|&word| self.united.id(number, word)).collect();
            model.score_all(&own, scores);
            for (word, (sum, most)) in words.clone().zip(&mut mixed) {
                let own = self.united.id(number, word);
                let Score { log_prob, matched } = scores[own.index()];
                *sum += weight * self.part(number, word, log_prob);
                *most = matched.max(*most);
            }
        }
        scores.clear();
        scores.extend(mixed.into_iter().map(|(probability, matched)| {
            let log_prob = LogProb(f64::log10(probability) as f32);
            Score { log_prob, matched }
        }));
    }

    fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        self.score_sentences(words, &[words.len()], scores);
    }

    fn score_sentences(&self, words: &[WordId], ends: &[usize], scores: &mut Vec<Score>) {
        let mut mixed = vec![(0.0, 1); words.len() + ends.len()];
        self.parts(words, ends, |token, model, [probability, _], matched| {
            let (sum, most) = &mut mixed[token];
            *sum += self.weights[model] * probability;
            *most = matched.max(*most);
        });
        scores.clear();
        scores.extend(mixed.into_iter().map(|(probability, matched)| {
            let log_prob = LogProb(f64::log10(probability) as f32);
            Score { log_prob, matched }
        }));
    }
}
