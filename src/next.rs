//! What a model expects next.

use ngram_eval::Next;
use ngram_model::LanguageModel;
use std::fmt;

/// What a model expects after the beginning of a sentence.
///
/// ```no_run
/// let model = ngram_lm::Model::open("model.ngram")?;
/// for (word, probability) in model.next("the cat").top(5) {
///     println!("{probability:.4}  {word}");
/// }
/// # Ok::<(), ngram_lm::Error>(())
/// ```
pub struct NextWords<'m> {
    next: Next<'m>,
    history: String,
}

impl<'m> NextWords<'m> {
    pub(crate) fn new(model: &'m dyn LanguageModel, history: &str) -> NextWords<'m> {
        NextWords { next: Next::new(model), history: history.to_owned() }
    }

    /// The most probable words, at most `most`, with their probabilities, the highest first. `</s>` is
    /// the end of the sentence, `<unk>` all words together that the model does not know.
    ///
    /// The probabilities of all words of the vocabulary sum to 1.
    pub fn top(&self, most: usize) -> Vec<(String, f64)> {
        let after = self.next.after(&self.history, false, most);
        after.next.into_iter().map(|next| (next.word, next.probability)).collect()
    }
}

impl fmt::Debug for NextWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextWords").field("history", &self.history).finish_non_exhaustive()
    }
}
