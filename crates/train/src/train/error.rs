//! Errors of training.

use crate::cutoffs::InvalidCutoffs;
use crate::held_out::HeldOutError;
use crate::prune_counts::PruneCountsError;
use crate::smoothing::{InvalidSetting, UnknownSmoothing};
use ngram_counts::{CorpusError, CountError, CountFileError, CountTextError, FewKnown};
use ngram_input::SampleError;
use ngram_model::native::convert::ConvertError;
use ngram_model::native::{MAX_SKIP, SuffixError, WriteError};
use ngram_model::{AssembleError, ModelError, TooManyNgrams};
use ngram_store::{Cancelled, DiskTooFull, TemporaryError, TooLittleMemory};
use ngram_tokenizer::VocabError;
use std::io;
use std::path::PathBuf;
/// Why training made no model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The text is not a valid corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// Nearly no word of the text is in the list of words.
    #[error(transparent)]
    FewKnown(#[from] FewKnown),
    /// A count file cannot be used.
    #[error(transparent)]
    CountFile(#[from] CountFileError),
    /// The n-grams could not be counted.
    #[error(transparent)]
    Count(#[from] CountError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The model does not fit the layout.
    #[error(transparent)]
    Layout(#[from] SuffixError),
    /// The held-out text cannot be read or is not a valid corpus.
    #[error(transparent)]
    HeldOut(#[from] HeldOutError),
    /// A held-out text was given for a method that does not use one.
    #[error(
        "{0} takes its parameters from the training text: give no held-out text, or choose modified-kneser-ney, kneser-ney, absolute or jelinek-mercer"
    )]
    HeldOutUnused(&'static str),
    /// The method has nothing to fit by leaving one out, or a held-out text was given as well.
    #[error(
        "discounts are fitted by leaving one out or to held-out text, not both, and {0} must have discounts: choose modified-kneser-ney, kneser-ney or absolute"
    )]
    LeaveOneOut(&'static str),
    /// Discounts cannot be fitted, because the model is not interpolated throughout.
    #[error(
        "discounts are fitted for models that are interpolated down to the uniform distribution: leave out backing off, or take the discounts by the formula"
    )]
    NotInterpolated,
    /// Not as many methods as orders.
    #[error(
        "{given} methods for a model of order {order}: give one for each order, or one for all"
    )]
    OrderMethods {
        /// How many were given.
        given: usize,
        /// The order of the model.
        order: usize,
    },
    /// The counts of the orders' methods do not go together.
    #[error(
        "orders 2 to {} take raw counts and continuation counts: choose Kneser-Ney for all of them, or for none", order - 1
    )]
    MixedCounts {
        /// The order of the model.
        order: usize,
    },
    /// Order 1 alone would have continuation counts.
    #[error(
        "Kneser-Ney for single words needs continuation counts, which order 2 does not take: choose Kneser-Ney for both, or another method for single words"
    )]
    MixedWords,
    /// A method cannot be that of one order.
    #[error("{0} is a method for all orders together: choose another one where orders differ")]
    NotByOrder(&'static str),
    /// What is fitted to texts is fitted for all orders together.
    #[error(
        "discounts of a method by order come from its counts, or are given: fit none to a text"
    )]
    FittedByOrder,
    /// The given parameters of an order do not fit its method.
    #[error(
        "the discounts given for order {order} do not fit {method}: Kneser-Ney takes numbers from 0 to their count, one or several, and Good-Turing factors above 0 and at most 1"
    )]
    Parameters {
        /// The order.
        order: usize,
        /// The method.
        method: &'static str,
    },
    /// Count files have no text to leave tokens out of.
    #[error(
        "leaving one out needs the training text: train from it, or take the discounts by the formula"
    )]
    NothingToLeaveOut,
    /// A held-out text was given for a class-based model.
    #[error(
        "a model of classes cannot be fitted to a held-out text: give none, or train without classes"
    )]
    ClassesHeldOut,
    /// A word outside all classes has the same name as a class.
    #[error(
        "{0:?} is the name of a class and also a word of the text that is in no class: rename the class, or put the word in a class"
    )]
    ClassName(String),
    /// Too many words to skip, or skipping does not work with count files or classes.
    #[error(
        "{0} words cannot be skipped: choose 0 to {MAX_SKIP}, and train from texts, without classes"
    )]
    Skip(usize),
    /// A setting is invalid.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// No smoothing method has this name.
    #[error(transparent)]
    UnknownSmoothing(#[from] UnknownSmoothing),
    /// A table in memory cannot hold all n-grams that are kept.
    #[error(transparent)]
    TooMany(#[from] TooManyNgrams),
    /// An n-gram is missing from the counts.
    #[error(
        "{ngram:?} is missing from the counts, although {longer:?}, which begins with it, is there: count the text again without dropping any n-gram, or, if the counts are text, train on them as part of a whole (`ngram train --partial`)"
    )]
    Incomplete {
        /// The number of its words.
        order: usize,
        /// The words of the n-gram that is missing.
        ngram: String,
        /// An n-gram that begins with it.
        longer: String,
    },
    /// An n-gram in the counts is followed by nothing.
    #[error(
        "nothing follows {ngram:?} in the counts, although it does not end in </s>: count the text again without dropping any n-gram, or, if the counts are text, train on them as part of a whole (`ngram train --partial`)"
    )]
    NothingFollows {
        /// The number of its words.
        order: usize,
        /// Its words.
        ngram: String,
    },
    /// Lists of n-grams cannot be trained on.
    #[error(transparent)]
    CountText(#[from] CountTextError),
    /// An option needs the counts of a whole text.
    #[error("partial counts do not allow {0}: leave it out")]
    PartialOption(&'static str),
    /// N-grams cannot be left out as asked.
    #[error(transparent)]
    Cutoffs(#[from] InvalidCutoffs),
    /// The remaining words do not form a vocabulary.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The counts cannot be pruned as asked.
    #[error(transparent)]
    Prune(#[from] PruneCountsError),
    /// The model's counts cannot be pruned, or the options conflict with it.
    #[error(
        "training can prune n-grams only with kneser-ney and modified-kneser-ney, interpolated, of order 2 or more, without minimum counts, by the exact convention and with discounts by the formula: train another model whole, then use `ngram prune`"
    )]
    NotPruned,
    /// The model cannot be laid out as asked.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The temporary model cannot be read back.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The disk filled up while the file was written.
    #[error(
        "cannot write {}, which needs about {needed} bytes: free some space, or choose another folder",
        path.display()
    )]
    Full {
        /// The file that was to be written.
        path: PathBuf,
        /// About the length of the file in bytes.
        needed: u64,
        /// The system's error.
        source: io::Error,
    },
    /// The layout needs more memory than is allowed.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A disk has too little space, as found before writing.
    #[error(transparent)]
    Disk(#[from] DiskTooFull),
    /// The text could not be sampled.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<AssembleError> for TrainError {
    fn from(error: AssembleError) -> TrainError {
        match error {
            AssembleError::TooMany(error) => TrainError::TooMany(error),
            AssembleError::Cancelled(error) => TrainError::Cancelled(error),
        }
    }
}
