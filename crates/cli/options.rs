//! Options that many verbs have. Where the help of one has to say something else, the verb has it [`saying`] so.

use crate::foreign::ForeignArgs;
use crate::input;
use crate::machine;
use crate::number;
use crate::progress::ProgressDisplay;
use crate::size;
use crate::vocabulary;
use clap::Arg;
use ngram_counts::{TokenizerName, VocabRule};
use ngram_input::Reading;
use ngram_model::AnyModel;
use ngram_store::Resources;
use ngram_tokenizer::TokenizerSpec;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// Changes what the help says of some options, named by their ids.
pub fn saying(helps: &'static [(&'static str, &'static str)]) -> impl FnMut(Arg) -> Arg {
    move |option| match helps.iter().find(|(id, _)| option.get_id() == id) {
        Some((_, help)) => option.help(help),
        None => option,
    }
}

/// The model to ask.
#[derive(clap::Args)]
pub struct ModelArgs {
    /// Model file.
    #[arg(short, long, value_name = "FILE", default_value = "model.ngram")]
    pub model: PathBuf,
}

impl ModelArgs {
    /// Opens the model, of whatever kind.
    pub fn open_any(&self) -> anyhow::Result<AnyModel> {
        input::open_any_model(&self.model)
    }
}

/// The model to score with, which may be of another toolkit.
#[derive(clap::Args)]
pub struct AnyModelArgs {
    /// Model: made by `ngram train`, an ARPA file, or a binary file of KenLM's.
    #[arg(short, long, value_name = "FILE", default_value = "model.ngram")]
    pub model: PathBuf,
    #[command(flatten)]
    pub foreign: ForeignArgs,
}

impl AnyModelArgs {
    /// Opens the model, of whatever kind.
    pub fn open_any(&self) -> anyhow::Result<AnyModel> {
        input::open_any_model_as(&self.model, &self.foreign)
    }
}

/// How lines are split into tokens.
#[derive(clap::Args)]
pub struct TokenizerArgs {
    /// How to split lines into tokens: words (Unicode word boundaries), whitespace, chars, bytes,
    /// shannon (27 symbols), words-icu (words; Chinese, Japanese, Thai, Lao, Khmer and Burmese by dictionaries, if compiled in), or the file of a SentencePiece model or a Hugging Face tokenizer.json.
    #[arg(long, default_value = "words", value_name = "NAME")]
    tokenizer: TokenizerName,
    /// Lowercase the text first.
    #[arg(long)]
    lowercase: bool,
}

impl TokenizerArgs {
    /// Opens the tokenizer.
    pub fn open(&self) -> anyhow::Result<TokenizerSpec> {
        Ok(self.tokenizer.open(self.lowercase)?)
    }
}

/// The words that are known.
#[derive(clap::Args)]
pub struct VocabArgs {
    /// Vocabulary file, one word per line; all other words are read as `<unk>`.
    #[arg(long, value_name = "FILE", group = "rule")]
    vocab: Option<PathBuf>,
    /// Keep only words that occur at least N times in the text; read the others as `<unk>`.
    #[arg(long, value_name = "N", group = "rule", value_parser = number::whole::<u64>(0, u64::MAX))]
    min_count: Option<u64>,
    /// Keep only the N most frequent words; read the others as `<unk>`.
    #[arg(long, value_name = "N", group = "rule", value_parser = number::whole::<usize>(0, u32::MAX.into()))]
    max_vocab: Option<usize>,
}

impl VocabArgs {
    /// Returns the rule that the options ask for, and reads the vocabulary file.
    pub fn rule(&self, tokenizer: &TokenizerSpec) -> anyhow::Result<VocabRule> {
        Ok(match (&self.vocab, self.min_count, self.max_vocab) {
            (Some(path), _, _) => VocabRule::List(vocabulary::read(path, tokenizer)?),
            (_, Some(least), _) => VocabRule::MinCount(least),
            (_, _, Some(most)) => VocabRule::MaxWords(most),
            _ => VocabRule::All,
        })
    }
}

/// The memory and the disk space that work may take.
#[derive(clap::Args)]
pub struct MemoryArgs {
    /// Limit on peak memory, such as 2G, 500M or 80% of the machine's; what does not fit goes to temporary
    /// files [default: three quarters of the free memory of the machine or container]. The model is
    /// the same for any amount.
    #[arg(long, value_name = "SIZE", value_parser = size::memory)]
    memory: Option<u64>,
    /// Folder for temporary files, which are named ngram-*.tmp and removed at the end [default: the
    /// folder of the model].
    #[arg(long, value_name = "DIR")]
    temp_dir: Option<PathBuf>,
}

impl MemoryArgs {
    /// The folder for temporary files, if one is named.
    pub fn temp_dir(&self) -> Option<&Path> {
        self.temp_dir.as_deref()
    }

    /// Limits the records of texts to what the memory allows: one is held several times while it is taken apart.
    pub fn bounded(&self, reading: Reading) -> Reading {
        let most = self.memory.unwrap_or(u64::MAX) / 16;
        Reading { longest: reading.longest.min(most.max(1 << 20)), ..reading }
    }

    /// Returns the resources for work that writes to `output`.
    pub fn resources(&self, output: &Path) -> Resources {
        machine::resources(self.memory, self.temp_dir(), output)
    }
}

/// The threads that work on something.
#[derive(clap::Args)]
pub struct ThreadsArgs {
    /// Number of threads [default: one per core].
    #[arg(long, short = 'j', value_name = "N", value_parser = number::threads)]
    threads: Option<usize>,
}

impl ThreadsArgs {
    /// Starts the threads.
    pub fn pool(&self) -> anyhow::Result<rayon::ThreadPool> {
        machine::pool(self.threads)
    }
}

/// How much is told.
#[derive(clap::Args)]
pub struct QuietArgs {
    /// Show no progress and no summary.
    #[arg(long, short)]
    quiet: bool,
}

impl QuietArgs {
    /// Whether to leave out what is not asked for.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Creates a display for the progress of the work.
    pub fn progress(&self) -> ProgressDisplay {
        ProgressDisplay::new(self.quiet)
    }
}

/// Threads that make a model, and how much they tell.
#[derive(clap::Args)]
#[command(mut_args(saying(&[("threads", "Number of threads [default: one per core]; the model is the same for any number")])))]
pub struct WorkArgs {
    #[command(flatten)]
    threads: ThreadsArgs,
    #[command(flatten)]
    quiet: QuietArgs,
}

impl WorkArgs {
    /// Starts the threads.
    pub fn pool(&self) -> anyhow::Result<rayon::ThreadPool> {
        self.threads.pool()
    }

    /// Creates a display for the progress of the work.
    pub fn progress(&self) -> ProgressDisplay {
        self.quiet.progress()
    }

    /// Whether to leave out what is not asked for.
    pub fn is_quiet(&self) -> bool {
        self.quiet.is_quiet()
    }
}

/// Threads that compute figures, and how much they tell.
#[derive(clap::Args)]
#[command(mut_args(saying(&[
    ("threads", "Number of threads [default: one per core]; the figures are the same for any number"),
    ("quiet", "Show no progress"),
])))]
pub struct FiguresArgs {
    #[command(flatten)]
    work: WorkArgs,
}

impl Deref for FiguresArgs {
    type Target = WorkArgs;

    fn deref(&self) -> &WorkArgs {
        &self.work
    }
}
