//! Training.

use crate::{Error, Trained};
use ngram_counts::{TokenizerName, VocabRule};
use ngram_input::{Reading, Text, TextLocation, expand};
use ngram_store::{Resources, folder_of, replaced};
use ngram_train::{TrainOptions, smoothing, train};
use std::path::{Path, PathBuf};

/// Trains a model: say how, name the texts, and [`write`](Trainer::write) it.
///
/// Without further words it is the model that `ngram train` makes: interpolated modified Kneser–Ney of
/// order 5, over words, with an open vocabulary.
///
/// ```no_run
/// use ngram_lm::Trainer;
///
/// let trained = Trainer::new().order(3).lowercase().file("train.txt").write("model.ngram")?;
/// println!("{trained}");
/// # Ok::<(), ngram_lm::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is trained before `write`"]
pub struct Trainer {
    texts: Vec<Given>,
    order: usize,
    tokenizer: String,
    lowercase: bool,
    smoothing: Option<String>,
    vocab: VocabRule,
    closed: bool,
    memory: Option<u64>,
    threads: Option<usize>,
}

/// A text as it was given.
#[derive(Clone, Debug)]
enum Given {
    Memory(String),
    File(PathBuf),
}

impl Default for Trainer {
    fn default() -> Trainer {
        Trainer::new()
    }
}

impl Trainer {
    /// Begins with the defaults of `ngram train`, and no text.
    pub fn new() -> Trainer {
        let TrainOptions { order, tokenizer, vocab, .. } = TrainOptions::default();
        Trainer {
            texts: Vec::new(),
            order,
            tokenizer: tokenizer.kind.name().to_owned(),
            lowercase: tokenizer.lowercase,
            smoothing: None,
            vocab,
            closed: false,
            memory: None,
            threads: None,
        }
    }

    /// Adds a text in memory: each line is a sentence.
    pub fn text(mut self, text: &str) -> Trainer {
        self.texts.push(Given::Memory(text.to_owned()));
        self
    }

    /// Adds a file, read as `ngram train` reads it: each line is a sentence, or each record of a
    /// `.jsonl` file has its lines in the field `text`; plain, gzip, zstd, bzip2 or xz. The name may be a pattern
    /// such as `books/*.txt`, or end with a weight: `a.txt:0.5` is half of the lines of `a.txt`.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Trainer {
        self.texts.push(Given::File(path.into()));
        self
    }

    /// Adds several files, each as [`file`](Trainer::file) does.
    pub fn files(self, paths: impl IntoIterator<Item = impl Into<PathBuf>>) -> Trainer {
        paths.into_iter().fold(self, Trainer::file)
    }

    /// Sets the order n, from 1 to 64: a word is predicted from the n − 1 words before it. Default: 5.
    pub fn order(mut self, order: usize) -> Trainer {
        self.order = order;
        self
    }

    /// Sets how lines are cut into tokens: `words` (the default), `whitespace`, `chars`, `bytes`,
    /// `shannon`, or the path of a `tokenizer.json`, which needs the feature `tokenizers`.
    pub fn tokenizer(mut self, name: &str) -> Trainer {
        name.clone_into(&mut self.tokenizer);
        self
    }

    /// Lowercases the text first.
    pub fn lowercase(mut self) -> Trainer {
        self.lowercase = true;
        self
    }

    /// Sets the smoothing method by the name that `ngram train --smoothing` takes, such as
    /// `modified-kneser-ney` (the default), `kneser-ney`, `witten-bell` or `katz`.
    pub fn smoothing(mut self, name: &str) -> Trainer {
        self.smoothing = Some(name.to_owned());
        self
    }

    /// Keeps only words that occur at least this often; all others are read as `<unk>`.
    pub fn min_count(mut self, least: u64) -> Trainer {
        self.vocab = VocabRule::MinCount(least);
        self
    }

    /// Keeps only so many words, the most frequent; all others are read as `<unk>`.
    pub fn max_vocab(mut self, most: usize) -> Trainer {
        self.vocab = VocabRule::MaxWords(most);
        self
    }

    /// Keeps exactly these words; all others are read as `<unk>`.
    pub fn vocab(mut self, words: impl IntoIterator<Item = impl Into<String>>) -> Trainer {
        self.vocab = VocabRule::List(words.into_iter().map(Into::into).collect());
        self
    }

    /// Closes the vocabulary, as other toolkits do: unknown words are not spelled, and spacing and
    /// case cost nothing.
    pub fn closed(mut self) -> Trainer {
        self.closed = true;
        self
    }

    /// Limits the memory of the whole process to so many bytes; what does not fit goes to temporary
    /// files beside the model. The model is the same for any limit. Default: none.
    pub fn memory(mut self, bytes: u64) -> Trainer {
        self.memory = Some(bytes);
        self
    }

    /// Sets the number of threads; the model is the same for any. Default: the threads of the current
    /// [rayon] pool, one per core unless the program says otherwise.
    pub fn threads(mut self, threads: usize) -> Trainer {
        self.threads = Some(threads);
        self
    }

    /// Trains the model and writes it to `path`. The file appears whole or not at all, and is the one
    /// that `ngram train` writes, byte for byte.
    ///
    /// # Errors
    ///
    /// If a name is unknown, a text cannot be read or is empty, the options exclude each other, or the
    /// file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<Trained, Error> {
        let path = path.as_ref();
        let smoothing = self.smoothing.as_deref().map(smoothing::by_name).transpose()?;
        let defaults = TrainOptions::default();
        let options = TrainOptions {
            order: self.order,
            tokenizer: self.tokenizer.parse::<TokenizerName>()?.open(self.lowercase)?,
            vocab: self.vocab.clone(),
            smoothing: smoothing.unwrap_or(defaults.smoothing),
            resources: Resources {
                memory: self.memory.unwrap_or(u64::MAX),
                temp_dir: folder_of(path).to_owned(),
                shares: None,
            },
            open: !self.closed,
            ..defaults
        };
        let texts = self.open(path)?;
        let work = || train(&texts, &options, path, &());
        let trained = match self.threads {
            None => work(),
            Some(0) => return Err(Error::NoThreads),
            Some(threads) => {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                pool.map_err(|source| Error::Threads { threads, source })?.install(work)
            }
        };
        Ok(Trained::new(path, trained?))
    }

    /// Opens the texts, none of which may be the file to write.
    fn open(&self, output: &Path) -> Result<Vec<Text>, Error> {
        let reading = Reading::default();
        let mut texts = Vec::new();
        for given in &self.texts {
            let path = match given {
                Given::Memory(text) => {
                    texts.push(Text::bytes("text", text.clone().into_bytes()));
                    continue;
                }
                Given::File(path) => path,
            };
            for source in expand(std::slice::from_ref(path))? {
                if let TextLocation::File(path) = &source.place
                    && replaced(output, [&**path]).is_some()
                {
                    return Err(Error::Replaces { path: path.clone() });
                }
                texts.push(match source.as_plain_lines(&reading) {
                    Some(path) => Text::file(path),
                    None => Text::stream(&source.name, source.lines(&reading, |_| Ok(()))?),
                });
            }
        }
        if texts.is_empty() { Err(Error::NoText) } else { Ok(texts) }
    }
}
