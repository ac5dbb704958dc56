//! A common vocabulary for several models.

use ngram_model::LanguageModel;
use ngram_tokenizer::{Vocab, VocabError, VocabView, WordId};
use rustc_hash::FxHashSet;

/// The words of all models: those of the first, then the words that each further model adds.
///
/// A model that lacks some of the words gives them nothing, and its probability of `<unk>` to the words that no
/// model knows, so that it remains a distribution over all words.
pub struct United<'m> {
    /// `None` if the first model knows every word.
    own: Option<Vocab>,
    first: VocabView<'m>,
    members: Vec<Member>,
}

struct Member {
    /// The model's own id of each word; `None` if ids are the same.
    ids: Option<Vec<WordId>>,
    /// 1 / (L + 1) if the model lacks L words.
    share: f64,
}

impl<'m> United<'m> {
    /// Creates the common vocabulary of some models; `first` is that of the first.
    ///
    /// # Errors
    ///
    /// If there are more words than word ids.
    pub fn new(
        first: VocabView<'m>,
        models: &[&'m dyn LanguageModel],
    ) -> Result<United<'m>, VocabError> {
        let mut added: FxHashSet<&str> = FxHashSet::default();
        let mut words: Vec<&str> = Vec::new();
        for model in models.iter().skip(1) {
            for word in model.vocab().words().skip(WordId::SPECIAL as usize) {
                if first.id(word).is_none() && added.insert(word) {
                    words.push(word);
                }
            }
        }
        let own = match words.is_empty() {
            true => None,
            false => {
                let known = first.words().skip(WordId::SPECIAL as usize);
                Some(Vocab::new(known.chain(words))?)
            }
        };
        let all = own.as_ref().map_or(first, Vocab::view);
        let members = models.iter().map(|model| Member::new(all, model.vocab())).collect();
        Ok(United { own, first, members })
    }

    /// The words.
    pub fn vocab(&self) -> VocabView<'_> {
        self.own.as_ref().map_or(self.first, Vocab::view)
    }

    /// Whether the first model knows every word.
    pub fn is_first(&self) -> bool {
        self.own.is_none()
    }

    /// Returns the id of a word in one model.
    pub fn id(&self, model: usize, word: WordId) -> WordId {
        match &self.members[model].ids {
            None => word,
            Some(ids) => ids[word.index()],
        }
    }

    /// Returns the share of a model's probability of `<unk>` that each word unknown to it would get if they all had an
    /// equal one.
    pub fn share(&self, model: usize) -> f64 {
        self.members[model].share
    }
}

impl Member {
    fn new(all: VocabView<'_>, own: VocabView<'_>) -> Member {
        let special = [WordId::UNKNOWN, WordId::BEGIN, WordId::END];
        let words = all.words().skip(special.len()).map(|word| own.id_or_unknown(word));
        let ids: Vec<WordId> = special.into_iter().chain(words).collect();
        let unknown = ids.iter().filter(|&&id| id == WordId::UNKNOWN).count();
        let same = ids.iter().enumerate().all(|(number, id)| id.index() == number);
        Member { ids: (!same).then_some(ids), share: 1.0 / unknown as f64 }
    }
}
