//! What was made for the histories that came lately, so that it need not be made again.

use rustc_hash::FxHashMap;
use std::sync::Arc;

/// The overhead of a list, in words.
const OVERHEAD: usize = 8;

/// Lists by the hash of their history. In two generations: when the young one is full, it becomes the old one, and what
/// was not asked for since is dropped.
#[derive(Clone)]
pub struct RecentLists<L> {
    young: FxHashMap<u64, Arc<L>>,
    old: FxHashMap<u64, Arc<L>>,
    /// The words of the young lists, and how many they may have.
    words: usize,
    most: usize,
}

impl<L> RecentLists<L> {
    /// Creates an empty cache for lists of about `most` words in all.
    pub fn new(most: usize) -> RecentLists<L> {
        let (young, old) = (FxHashMap::default(), FxHashMap::default());
        RecentLists { young, old, words: 0, most: most / 2 }
    }

    /// Returns a list of the young generation.
    pub fn young(&self, key: u64) -> Option<Arc<L>> {
        self.young.get(&key).cloned()
    }

    /// Takes a list out of the old generation, to be put into the young one.
    pub fn old(&mut self, key: u64) -> Option<Arc<L>> {
        self.old.remove(&key)
    }

    /// Puts a list of `words` words into the young generation.
    pub fn put(&mut self, key: u64, list: &Arc<L>, words: usize) {
        self.words += words + OVERHEAD;
        if self.words > self.most {
            self.old = std::mem::take(&mut self.young);
            self.words = words + OVERHEAD;
        }
        self.young.insert(key, Arc::clone(list));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays() {
        let mut lists = RecentLists::new(2000);
        for key in 0..500u64 {
            let asked = lists.young(0).or_else(|| lists.old(0));
            assert_eq!(asked.as_deref(), (key > 0).then_some(&0));
            if let Some(list) = asked.filter(|_| lists.young(0).is_none()) {
                lists.put(0, &list, 92);
            }
            lists.put(key, &Arc::new(key), 92);
        }
        assert!(lists.young(499).is_some() && lists.young(1).or_else(|| lists.old(1)).is_none());
    }
}
