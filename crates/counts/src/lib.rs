//! Word ids to n-gram counts of every order, with one sort.
//!
//! Every word of a text makes one *key*: the words before it, read backwards, then the word itself.
//! Sorted, the keys of one history stand together, and so do histories that end alike: they form a trie
//! in which the parent of a history is the history without its first word. One pass over the sorted
//! keys counts all orders. Equal keys are one n-gram of the highest order. When the next key leaves a
//! history, that history is *closed*, and the successors of its children become its own: summed, they
//! are raw counts; counted, continuation counts, N1+(· h w) of Kneser and Ney (1995). Nothing is sorted
//! twice, and no order is counted separately.
//!
//! - **In**: [`Text`](ngram_input::Text)s with a tokenizer, or count files; an order, a memory limit.
//! - **Out**: the counts of all orders as a trie, in shards; counts-of-counts; count files.
//! - **Never**: probabilities. Its only floating-point numbers estimate memory.
//!
//! # Example
//!
//! The text `a b a b a / b a`, order 3. Histories stop at `<s>`, so there are nine keys:
//!
//! ```text
//! sorted key           history   successor, count
//! <s>      a           <s>       a 1
//! <s>      b           <s>       b 1
//! a <s>    b           <s> a     b 1
//! a b      </s>  ×2    b a       </s> 2
//! a b      b           b a       b 1          closing a: </s> raw 2, continuation 1
//!                                                        b    raw 2, continuation 2
//! b <s>    a           <s> b     a 1
//! b a      a     ×2    a b       a 2          closing b: a    raw 3, continuation 2
//! ```
//!
//! `</s>` follows `a` twice, but only ever in `b a </s>`: its continuation count is 1. N-grams that
//! begin with `<s>` keep their raw counts, since nothing can precede them. Unigrams come last: `a`
//! follows `<s>` and b, `b` follows `<s>` and a, and `</s>` follows a only.
//!
//! ```
//! use ngram_counts::{Corpus, CountOptions, Ids, LowerOrders, NgramCounts, Shard, VocabRule};
//! use ngram_input::Text;
//! use ngram_store::Resources;
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
//!
//! let text = Text::bytes("example", b"a b a b a\nb a\n".to_vec());
//! let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
//! let resources = Resources::default();
//! let corpus = Corpus::read(&[text], &tokenizer, &VocabRule::All, &resources, &())?;
//! assert_eq!(*corpus.blocks.get(0)?, [3, 4, 3, 4, 3, 2, 4, 3, 2]); // 1 <s>, 2 </s>, 3 a, 4 b
//! assert_eq!(corpus.summary.tokens, 9);
//!
//! // The successors of all histories of one length with their counts, in sorted order.
//! let successors = |shards: &[Shard], length: usize| -> Vec<(u32, u32)> {
//!     let levels = shards.iter().map(|shard| &shard.levels[length - 1]);
//!     levels
//!         .flat_map(|level| level.successor_words.iter().zip(&level.successor_counts))
//!         .map(|(&word, &count)| (word, count))
//!         .collect()
//! };
//!
//! let raw = NgramCounts::count(Ids::from(&corpus), &CountOptions::new(3), &())?;
//! assert_eq!(raw.unigrams, [0, 0, 2, 4, 3]); // <unk>, <s>, </s>, a, b
//! //                              after <s>,       a,               b
//! assert_eq!(successors(&raw.shards.into_vec()?, 1), [(3, 1), (4, 1), (2, 2), (4, 2), (3, 3)]);
//!
//! let options = CountOptions { lower_orders: LowerOrders::Continuation, ..CountOptions::new(3) };
//! let kneser_ney = NgramCounts::count(Ids::from(&corpus), &options, &())?;
//! assert_eq!(kneser_ney.unigrams, [0, 0, 1, 2, 2]);
//!
//! // Counts-of-counts (n1, n2): how many n-grams have count 1, and how many 2.
//! let seen = kneser_ney.counts_of_counts.iter().map(|order| (order.of(1), order.of(2)));
//! assert_eq!(seen.collect::<Vec<_>>(), [(1, 2), (3, 2), (3, 2)]);
//!
//! let shards = kneser_ney.shards.into_vec()?;
//! assert_eq!(successors(&shards, 1), [(3, 1), (4, 1), (2, 1), (4, 2), (3, 2)]);
//! // The highest order is raw in both: after <s> a, b a, <s> b and a b.
//! assert_eq!(successors(&shards, 2), [(4, 1), (2, 2), (4, 1), (3, 1), (3, 2)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Count files
//!
//! Counts can be kept in a file, merged with others, and trained from without the texts. The
//! documentation of [`CountFile`] describes the layout.
//!
//! ```
//! use ngram_counts::{Corpus, CountFile, CountFileInfo, CountOptions, CountSet, Ids, NgramCounts, RecordLengths, VocabRule};
//! use ngram_input::Text;
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
//!
//! let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
//! let options = CountOptions::new(3);
//! let file = |lines: &str| -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//!     let text = Text::bytes("example", lines.as_bytes().to_vec());
//!     let rule = VocabRule::All;
//!     let corpus = Corpus::read(&[text], &tokenizer, &rule, &options.resources, &())?;
//!     let info = CountFileInfo {
//!         tokenizer: &tokenizer,
//!         vocab: corpus.vocab.view(),
//!         frequencies: &corpus.frequencies,
//!         summary: &corpus.summary,
//!         is_complete: true,
//!         surface: &corpus.surface,
//!     };
//!     let counts = NgramCounts::measured(Ids::from(&corpus), &options, RecordLengths::of, &())?;
//!     Ok(CountFile::to_bytes(info, counts)?)
//! };
//! let parts = [file("b a b\n")?, file("a b a b a\n")?];
//! let parts = parts.map(|bytes| CountFile::from_bytes("a part", bytes));
//! let set = CountSet::new(parts.into_iter().collect::<Result<_, _>>()?, &VocabRule::All)?;
//! let counts = NgramCounts::from_files(&set, &options, RecordLengths::of, &())?;
//! assert_eq!(counts.unigrams, [0, 0, 2, 4, 4]); // <unk>, <s>, </s>, a, b
//! assert_eq!(CountFile::to_bytes(set.info(), counts)?, file("b a b\na b a b a\n")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Types
//!
//! - [`Corpus`]: a text as word ids, numbered by falling frequency, with its vocabulary. [`VocabRule`]
//!   chooses the words, for example from a [`VocabFile`]; [`CorpusSummary`] says what was found and
//!   what was replaced.
//! - [`ContextCounts`]: counts for an open vocabulary, collected in the same pass
//!   ([`Corpus::read_with_surface`]).
//! - [`NgramCounts`]: the n-grams of every order, counted from [`Ids`] as [`CountOptions`] say. They
//!   are a trie in parts: each [`Shard`] has one [`Level`] per history length, and [`Shards`] yields
//!   them one by one.
//! - [`CountFile`]: counts in a file, also read from lines of text ([`CountFile::from_text`]);
//!   [`CountSet`]: one or more files under one vocabulary, to count from ([`NgramCounts::from_files`]).
//! - [`PartialCounts`]: lists of some of the n-grams of a text, completed from each other.
//! - [`each_sorted()`]: lists the n-grams of all orders in the order of lines of text.
//! - [`CountsOfCounts`]: how many n-grams of one order were seen once, twice, and so on up to ten
//!   times. Discounts are estimated from them.
//! - [`TokenizerName`]: a tokenizer as the user names it: by name, or by the path of a `tokenizer.json`.
//!
//! Counts do not depend on the number of threads; work runs in the current rayon pool.
//!
//! # Bounded memory
//!
//! Under a memory limit, ids beyond a share of it go to a temporary file. Keys are collected in as many
//! rounds as needed, each of which reads all ids; finished shards that do not fit are packed into a
//! second temporary file. Keys are never written. The files are named `ngram-<process>-ids-….tmp` and
//! `ngram-<process>-counts-….tmp`, and are deleted with the [`IdBlocks`] and [`Shards`] that own them.
//! Counts do not depend on the limit.
//!
//! Some things must fit: the vocabulary, once per thread, and the windows that follow the most frequent
//! word. Otherwise there is a [`TooLittleMemory`](ngram_store::TooLittleMemory) error, which says how
//! much is needed.
//!
//! Counting from files needs only the windows of one shard per thread, and 24 bytes per word for each
//! file besides the words themselves. Records are read, not mapped. Lists in text order are sorted in
//! memory, in as many stretches as needed.
//!
//! # What it does not do
//!
//! It knows no smoothing, and drops no n-gram, however rare. Orders go up to [`MAX_ORDER`]. Counts of
//! n-grams of two words or more go up to 2³² − 1, those of single words, and totals, up to 2⁶⁴ − 1;
//! anything larger is an error, except in partial lists.

mod close;
mod collect;
mod corpus;
mod count;
mod counts_of_counts;
mod cursor;
mod error;
mod file;
mod ids;
mod key;
mod pack;
mod shards;
mod sorted;
mod surface;
mod tokenizer_file;
mod trie;
mod vocab_file;

pub use corpus::{Corpus, CorpusError, CorpusSummary, FewKnown, VocabRule};
pub use count::{CountError, CountOptions, CountOverflow, LowerOrders, MAX_ORDER, NgramCounts};
pub use counts_of_counts::CountsOfCounts;
pub use error::CountFileError;
pub use file::{
    Completed, CountFile, CountFileInfo, CountSet, CountTextError, PartialCounted, PartialCounts,
    RecordLengths,
};
pub use ids::{IdBlocks, Ids};
pub use shards::{LooseShards, Shards, in_order};
pub use sorted::{Listing, Ngram, TooManyToList, each_sorted};
pub use surface::ContextCounts;
pub use tokenizer_file::{TokenizerFileError, TokenizerName, UnknownName};
pub use trie::{Level, Shard};
pub use vocab_file::{VocabFile, VocabFileError};
