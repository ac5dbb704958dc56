//! Trains a class-based model from text and classes.

use super::WordClasses;
use crate::cutoffs::InvalidCutoffs;
use crate::open;
use crate::train::{self, CountedText, TrainError, TrainOptions, Trained};
use ngram_counts::{Corpus, CountError, CountOptions, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_model::log10::log10;
use ngram_model::native::{Members, Writer};
use ngram_store::Progress;
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, VocabView, WordId};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

/// The count of a word that does not occur in the training text, so that it gets part of its
/// class's probability.
const UNSEEN: f64 = 0.5;

/// The result of training a class-based model.
#[derive(Clone, Debug)]
pub struct TrainedClasses {
    /// As for any training. The orders and their n-grams are those of classes; `vocab_len` is that of words.
    pub trained: Trained,
    /// The number of classes, including `<unk>`, `<s>`, `</s>` and words without a class, each on its own.
    pub classes: usize,
    /// The number of vocabulary words in no class of the file, which form their own classes.
    pub alone: usize,
    /// The number of words of the class file outside the vocabulary, which are read as `<unk>`.
    pub outside: usize,
}

/// Trains a class-based model on `texts` and writes it to `output`, atomically.
///
/// The sequence of classes is modelled as `options` say. p(w|c) is the relative frequency of a word
/// in its class; a word that does not occur in the text counts as half an occurrence. The
/// vocabulary has the words of the text and of the classes, or follows [`TrainOptions::vocab`].
/// Each word without a class forms its own class, and so does `<unk>` unless it is in one.
///
/// Uses the threads of the current rayon pool; their number does not affect the file.
///
/// # Errors
///
/// As for [`train()`](crate::train()); [`TrainError::ClassesHeldOut`] for held-out texts;
/// [`TrainError::ClassName`] if a word without a class has the name of a class.
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
    options.vocab.fits(&corpus.summary)?;
    let Corpus { vocab, mut frequencies, blocks, summary, surface, spelling } = corpus;
    let vocab = match options.vocab {
        VocabRule::All => with_words_of(classes, vocab.view())?,
        _ => vocab,
    };
    frequencies.resize(vocab.view().len(), 0);
    let open = open.then(|| {
        let (vocab, frequencies) = (vocab.view(), frequencies.as_slice());
        let (surface, spelling, summary) = (&surface, &spelling, &summary);
        open::fit(&open::OpenCounts { surface, spelling, vocab, frequencies, summary })
    });
    let placed = Placed::new(classes, vocab.view(), &frequencies)?;
    let numbers: Vec<u32> = placed.class_of.iter().map(|class| class.0).collect();
    let blocks = blocks.renumbered(&numbers);
    let counting = CountOptions {
        order: options.order,
        lower_orders: options.lower_orders(),
        resources: options.resources.clone(),
    };
    let ids = Ids { blocks: &blocks, frequencies: &placed.frequencies };
    let mut counts = NgramCounts::measured(ids, &counting, train::measure, progress)?;
    train::by_order::count_words(&mut counts, options, &placed.frequencies);
    let temporary = blocks.bytes_on_disk() + counts.shards.bytes_on_disk();
    let left_out = train::left_out(&blocks, &summary, options)?;
    drop(blocks);
    let vocab_len = vocab.view().len();
    let class_count = placed.vocab.view().len();
    let log_probs = in_class(&placed.class_of, &frequencies, class_count);
    let members = Members { words: vocab, classes: placed.class_of, log_probs };
    let writer = writer.with_open(open).with_classes(members.sections());
    let counted = CountedText {
        counts,
        vocab: placed.vocab,
        summary,
        temporary,
        left_out,
        cut: None,
        is_partial: false,
    };
    let trained = train::write(counted, options, writer, output, progress)?;
    Ok(TrainedClasses {
        trained: Trained { vocab_len, ..trained },
        classes: class_count,
        alone: placed.alone,
        outside: placed.outside,
    })
}

/// Returns the words of a vocabulary, followed by those of classes that it lacks.
fn with_words_of(classes: &WordClasses, vocab: VocabView<'_>) -> Result<Vocab, TrainError> {
    let more = classes.words.iter().map(|word| word.word.as_str());
    let more = more.filter(|word| vocab.id(word).is_none());
    let words = vocab.words().skip(SPECIAL_WORDS.len()).chain(more);
    Ok(Vocab::new(words).map_err(ngram_counts::CorpusError::from)?)
}

/// The words of a vocabulary in classes, which are numbered like words, by decreasing frequency.
struct Placed {
    vocab: Vocab,
    /// How often each class occurs.
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
        // The class of `<unk>` is called `<unk>`, so that no probability goes to a class without words.
        let of_unknown = listed.get(SPECIAL_WORDS[0]).copied();
        let names = classes.names.iter().map(String::as_str).zip(&tokens).enumerate();
        let named = names.filter(|(class, _)| Some(*class) != of_unknown);
        // Nor does any go to a class without a word in the vocabulary.
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

/// Returns log10 of the probability of each word in its class.
fn in_class(class_of: &[WordId], frequencies: &[u64], classes: usize) -> Vec<f32> {
    let weight = |word: usize| match frequencies[word] {
        0 => UNSEEN,
        frequency => frequency as f64,
    };
    let mut totals = vec![0.0; classes];
    class_of.iter().enumerate().for_each(|(word, class)| totals[class.index()] += weight(word));
    let shares = class_of.iter().enumerate().map(|(word, class)| {
        // A word alone in its class gets exactly 1, since x / x does not round.
        log10(weight(word) / totals[class.index()])
    });
    shares.collect()
}
