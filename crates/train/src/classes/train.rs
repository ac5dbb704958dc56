//! Text and classes to a class-based model.

use super::WordClasses;
use crate::cutoffs::InvalidCutoffs;
use crate::open;
use crate::train::{self, Counted, TrainError, TrainOptions, Trained};
use ngram_counts::{Corpus, CountError, CountOptions, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_model::log10::log10;
use ngram_model::native::{Members, Writer};
use ngram_store::Progress;
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, VocabView, WordId};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

/// How often a word is taken to come in the training text that does not, so that it has a part of its class's
/// probability.
const UNSEEN: f64 = 0.5;

/// What a training by classes came to.
#[derive(Clone, Debug)]
pub struct TrainedClasses {
    /// As of any training; the orders and their n-grams are those of classes, `vocab_len` that of words.
    pub trained: Trained,
    /// How many classes there are, `<unk>`, `<s>`, `</s>` and words of no class, each its own, included.
    pub classes: usize,
    /// How many words of the vocabulary are in no class of the file, and so are classes of their own.
    pub alone: usize,
    /// How many words of the class file are not in the vocabulary, and so are read as `<unk>`.
    pub outside: usize,
}

/// Trains a class-based model on `texts` and writes it to `output`, whole or not at all.
///
/// The sequence of classes is what `options` say a text is trained by; p(w|c) is the relative frequency of a word in its
/// class, a word that the text has not counting as half an occurrence. The words are those of the text and of the
/// classes, or as [`TrainOptions::vocab`] says. Words of no class are classes of their own, and so is `<unk>` unless it
/// is in one.
///
/// Uses the threads of the current rayon pool; the file is the same for any number of them.
///
/// # Errors
///
/// As of [`train()`](crate::train()); [`TrainError::ClassesHeldOut`] for held-out texts; [`TrainError::ClassName`] if a
/// word of no class is called as a class is.
pub fn train_classes(
    texts: &[Text],
    classes: &WordClasses,
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<TrainedClasses, TrainError> {
    if options.order == 0 || options.order > ngram_counts::MAX_ORDER {
        return Err(CountError::Order(options.order).into());
    }
    options.check()?;
    if options.skip > 0 {
        return Err(TrainError::Skip(options.skip));
    }
    if options.cutoffs.any() {
        return Err(InvalidCutoffs::Model.into());
    }
    if !options.held_out.is_empty() {
        return Err(TrainError::ClassesHeldOut);
    }
    let writer = Writer::create(output)?;
    let open = options.open && options.tokenizer.has_surface();
    let read = if open { Corpus::read_with_surface } else { Corpus::read };
    let corpus = read(texts, &options.tokenizer, &options.vocab, &options.resources, progress)?;
    let Corpus { vocab, mut frequencies, blocks, summary, surface, spelling } = corpus;
    let vocab = match options.vocab {
        VocabRule::All => with_words_of(classes, vocab.view())?,
        _ => vocab,
    };
    frequencies.resize(vocab.view().len(), 0);
    let open = open.then(|| {
        let (vocab, frequencies) = (vocab.view(), frequencies.as_slice());
        let (surface, spelling, summary) = (&surface, &spelling, &summary);
        open::fit(&open::Counted { surface, spelling, vocab, frequencies, summary })
    });
    let placed = Placed::new(classes, vocab.view(), &frequencies)?;
    let numbers: Vec<u32> = placed.class_of.iter().map(|class| class.0).collect();
    let blocks = blocks.renumbered(&numbers);
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.smoothing.lower_orders(),
        resources: options.resources.clone(),
    };
    let ids = Ids { blocks: &blocks, frequencies: &placed.frequencies };
    let counts = NgramCounts::measured(ids, &counting, train::measure, progress)?;
    let temporary = blocks.bytes_on_disk() + counts.shards.bytes_on_disk();
    let left_out = train::left_out(&blocks, &summary, options)?;
    drop(blocks);
    let vocab_len = vocab.view().len();
    let class_count = placed.vocab.view().len();
    let log_probs = in_class(&placed.class_of, &frequencies, class_count);
    let members = Members { words: vocab, classes: placed.class_of, log_probs };
    let writer = writer.with_open(open).with_classes(members.sections());
    let counted = Counted { counts, vocab: placed.vocab, summary, temporary, left_out, cut: None };
    let trained = train::write(counted, options, writer, output, progress)?;
    Ok(TrainedClasses {
        trained: Trained { vocab_len, ..trained },
        classes: class_count,
        alone: placed.alone,
        outside: placed.outside,
    })
}

/// The words of a vocabulary, then those of classes that are not among them.
fn with_words_of(classes: &WordClasses, vocab: VocabView<'_>) -> Result<Vocab, TrainError> {
    let more = classes.words.iter().map(|word| word.word.as_str());
    let more = more.filter(|word| vocab.id(word).is_none());
    let words = vocab.words().skip(SPECIAL_WORDS.len()).chain(more);
    Ok(Vocab::new(words).map_err(ngram_counts::CorpusError::from)?)
}

/// The words of a vocabulary in classes that are numbered as words of a text are, by falling frequency.
struct Placed {
    vocab: Vocab,
    /// How often each class comes.
    frequencies: Vec<u64>,
    /// The class of each word.
    class_of: Vec<WordId>,
    alone: usize,
    outside: usize,
}

impl Placed {
    fn new(
        classes: &WordClasses,
        vocab: VocabView<'_>,
        frequencies: &[u64],
    ) -> Result<Placed, TrainError> {
        let listed = classes.words.iter().map(|word| (word.word.as_str(), word.class));
        let listed: HashMap<&str, usize> = listed.collect();
        let mut tokens: Vec<Option<u64>> = vec![None; classes.names.len()];
        let mut alone = Vec::new();
        for (word, &frequency) in vocab.words().zip(frequencies) {
            match listed.get(word) {
                Some(&class) => *tokens[class].get_or_insert(0) += frequency,
                None if SPECIAL_WORDS.contains(&word) => {}
                None => alone.push((word, frequency)),
            }
        }
        // The class of `<unk>` goes by that name, so that no probability is left to a class without words.
        let of_unknown = listed.get(SPECIAL_WORDS[0]).copied();
        let names = classes.names.iter().map(String::as_str).zip(&tokens).enumerate();
        let named = names.filter(|(class, _)| Some(*class) != of_unknown);
        // Nor is it to one of which no word is in the vocabulary.
        let named = named.filter_map(|(_, (name, tokens))| Some((name, (*tokens)?)));
        let mut ranked: Vec<(&str, u64)> = named.chain(alone.iter().copied()).collect();
        ranked.sort_by_key(|&(name, tokens)| (Reverse(tokens), name));
        let found = Vocab::new(ranked.iter().map(|(name, _)| *name));
        let class_vocab = found.map_err(|error| match error {
            ngram_tokenizer::VocabError::Duplicate(name) => TrainError::ClassName(name),
            error => ngram_counts::CorpusError::from(error).into(),
        })?;
        let number = |class: usize| match of_unknown {
            Some(unknown) if unknown == class => WordId::UNKNOWN,
            _ => class_vocab.view().id_or_unknown(&classes.names[class]),
        };
        let class_of = vocab.words().map(|word| match listed.get(word) {
            Some(&class) => number(class),
            None => class_vocab.view().id_or_unknown(word),
        });
        let class_of: Vec<WordId> = class_of.collect();
        let mut of_classes = vec![0; class_vocab.view().len()];
        for (class, frequency) in class_of.iter().zip(frequencies) {
            of_classes[class.index()] += frequency;
        }
        let outside = classes.words.iter().filter(|word| vocab.id(&word.word).is_none()).count();
        let alone = alone.len();
        Ok(Placed { vocab: class_vocab, frequencies: of_classes, class_of, alone, outside })
    }
}

/// log10 of the probability of each word in its class.
fn in_class(class_of: &[WordId], frequencies: &[u64], classes: usize) -> Vec<f32> {
    let weight = |word: usize| match frequencies[word] {
        0 => UNSEEN,
        frequency => frequency as f64,
    };
    let mut totals = vec![0.0; classes];
    class_of.iter().enumerate().for_each(|(word, class)| totals[class.index()] += weight(word));
    let shares = class_of.iter().enumerate().map(|(word, class)| {
        // Alone it is certain, whatever rounding makes of it.
        log10(weight(word) / totals[class.index()])
    });
    shares.collect()
}
