//! Word ids to n-gram counts of every order, with one sort.

mod close;
mod corpus;
mod count;
mod counts_of_counts;
mod key;
mod mapped;
mod progress;
mod text;
mod trie;

pub use corpus::{Corpus, CorpusError, CorpusSummary, Place, VocabRule};
pub use count::{CountError, CountOverflow, Ids, LowerOrders, MAX_ORDER, NgramCounts};
pub use counts_of_counts::CountsOfCounts;
pub use mapped::Mapped;
pub use progress::Progress;
pub use text::{Text, TextError};
pub use trie::{Level, Shard};
