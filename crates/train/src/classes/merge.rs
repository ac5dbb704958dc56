//! Agglomerative clustering: merges the two classes that say the least about their neighbours.
//!
//! As in Brown, Della Pietra, deSouza, Lai and Mercer (1992), section 3, the most frequent words
//! start as classes of their own. Each further word makes one class too many, and the two classes
//! whose merger loses the least of the criterion are merged. Finally, all classes can be merged in
//! the same way, two by two, which arranges them in a tree.
//!
//! A table holds the gain of merging any two classes, which is never above 0. As in Liang (2005), a
//! step changes few of its terms. They are even fewer if the criterion is in counts, as in [`Cells`]:
//!
//! ```text
//! gain(i,j) = corner(i,j) + Σ term(c; i,j)              over all classes c but i and j
//! term(c; i,j) = g(N(i,c), N(j,c)) + g(N(c,i), N(c,j))
//! corner(i,j)  = f(N(i,i) + N(i,j) + N(j,i) + N(j,j)) − f(N(i,i)) − f(N(i,j)) − f(N(j,i)) − f(N(j,j))
//!                − g(N(i,·), N(j,·)) − g(N(·,i), N(·,j))
//! f(x) = x ln x,  g(x,y) = f(x + y) − f(x) − f(y), which is 0 where x or y is
//! ```
//!
//! so a class only affects the gains of its neighbours, and a rare word has few.

use super::cells::Cells;
use super::x_log_x::XLogX;
use super::{Bigrams, ClassesError, Clustering, Sweep};
use ngram_store::Progress;
use ngram_tokenizer::WordId;
use rayon::prelude::*;

const SPECIAL: usize = WordId::SPECIAL as usize;

/// Steps with fewer terms than this are faster on one thread.
const SHARED: usize = if cfg!(test) { 1 << 6 } else { 1 << 15 };

/// Clusters the words of a text into classes by merging.
///
/// Uses the threads of the current rayon pool; their number does not affect the classes. Besides
/// the bigrams, takes 16 bytes of memory times the square of the number of classes.
///
/// # Errors
///
/// [`ClassesError::Classes`] if there are fewer words than classes, or no class; or if `progress`
/// stops the work.
pub fn merge(
    bigrams: &Bigrams,
    classes: usize,
    progress: &dyn Progress,
) -> Result<Clustering, ClassesError> {
    if classes == 0 || classes > bigrams.free_words() {
        return Err(ClassesError::Classes { classes, words: bigrams.free_words() });
    }
    let words = bigrams.words();
    progress.begin("merging classes", Some((words - SPECIAL - classes) as u64), "words");
    let mut merger = Merger::of_frequent(bigrams, classes);
    for word in SPECIAL + classes..words {
        if word % 64 == 0 {
            progress.proceed()?;
        }
        merger.insert(word);
        if let Some((keep, go)) = merger.best() {
            merger.unite(keep, go);
        }
        progress.advance(1);
    }
    progress.end();
    Ok(merger.clustering(bigrams, classes))
}

/// Clusters the words of a text into classes by merging, from one class per word, the two classes that lose
/// the least until `classes` are left.
///
/// Uses the threads of the current rayon pool; their number does not affect the classes. Besides the bigrams,
/// takes 16 bytes of memory times the square of the number of words.
///
/// # Errors
///
/// As for [`merge`].
pub fn merge_fully(
    bigrams: &Bigrams,
    classes: usize,
    progress: &dyn Progress,
) -> Result<Clustering, ClassesError> {
    let words = bigrams.free_words();
    if classes == 0 || classes > words {
        return Err(ClassesError::Classes { classes, words });
    }
    progress.begin("merging classes", Some((words - classes) as u64), "words");
    let alone = (0..bigrams.words() as u32).collect();
    let mut merger = Merger::of(bigrams, alone, bigrams.words());
    for _ in classes..words {
        progress.proceed()?;
        if let Some((keep, go)) = merger.best() {
            merger.unite(keep, go);
        }
        progress.advance(1);
    }
    progress.end();
    Ok(merger.clustering(bigrams, classes))
}

/// Arranges the classes of a clustering in a binary tree, by merging the two that lose the least
/// until one is left.
///
/// Returns the path of each class from the root, in zeros and ones; classes with a longer common prefix
/// are closer. The first path is that of class number 3. Uses the threads of the current rayon pool.
///
/// # Errors
///
/// If `progress` stops the work.
pub fn hierarchy(
    bigrams: &Bigrams,
    clustering: &Clustering,
    progress: &dyn Progress,
) -> Result<Vec<String>, ClassesError> {
    let classes = clustering.classes;
    progress.begin("ordering classes", Some(classes.saturating_sub(1) as u64), "classes");
    let mut merger = Merger::of(bigrams, clustering.class_of.clone(), SPECIAL + classes);
    // The classes below each slot, and the steps from each class up to the root.
    let mut below: Vec<Vec<usize>> = (0..classes).map(|class| vec![class]).collect();
    let mut paths = vec![Vec::new(); classes];
    while let Some((keep, go)) = merger.best() {
        progress.proceed()?;
        merger.unite(keep, go);
        let (keep, go) = (keep - SPECIAL, go - SPECIAL);
        let gone = std::mem::take(&mut below[go]);
        // The side with the most frequent word goes to the left.
        let first = |classes: &[usize]| classes.iter().min().copied();
        let left = first(&below[keep]) < first(&gone);
        below[keep].iter().for_each(|&class| paths[class].push(if left { '0' } else { '1' }));
        gone.iter().for_each(|&class| paths[class].push(if left { '1' } else { '0' }));
        below[keep].extend(gone);
        progress.advance(1);
    }
    progress.end();
    Ok(paths.into_iter().map(|path| path.into_iter().rev().collect()).collect())
}

/// Classes that are being merged. Each has a slot; a slot can be empty.
struct Merger<'b> {
    bigrams: &'b Bigrams,
    /// The slot of each word; `NOWHERE` before its turn.
    class_of: Vec<u32>,
    words: Vec<Vec<u32>>,
    cells: Cells,
    logs: XLogX,
    /// The gain of merging any two slots, in either order; −∞ if there is nothing to merge.
    gains: Vec<f64>,
}

const NOWHERE: u32 = u32::MAX;

impl<'b> Merger<'b> {
    /// Puts the most frequent words in classes of their own, and leaves one slot empty.
    fn of_frequent(bigrams: &'b Bigrams, classes: usize) -> Merger<'b> {
        let slot = |word: usize| if word < SPECIAL + classes { word as u32 } else { NOWHERE };
        let class_of = (0..bigrams.words()).map(slot).collect();
        Merger::of(bigrams, class_of, SPECIAL + classes + 1)
    }

    fn of(bigrams: &'b Bigrams, class_of: Vec<u32>, slots: usize) -> Merger<'b> {
        let mut words = vec![Vec::new(); slots];
        for (word, &class) in class_of.iter().enumerate().filter(|(_, class)| **class != NOWHERE) {
            words[class as usize].push(word as u32);
        }
        let cells = Cells::of_placed(bigrams, &class_of, slots, NOWHERE);
        let gains = vec![f64::NEG_INFINITY; slots * slots];
        let mut merger = Merger { bigrams, class_of, words, cells, logs: XLogX::new(), gains };
        let all: Vec<usize> = (0..slots).collect();
        let mut gains = std::mem::take(&mut merger.gains);
        gains.par_chunks_mut(slots).enumerate().for_each(|(one, row)| {
            for (other, gain) in row.iter_mut().enumerate() {
                if merger.can_unite(one, other) {
                    *gain = merger.terms(one, other, &all) + merger.corner(one, other);
                }
            }
        });
        merger.gains = gains;
        merger
    }

    fn slots(&self) -> usize {
        self.cells.classes()
    }

    fn can_unite(&self, one: usize, other: usize) -> bool {
        let is_class = |slot: usize| slot >= SPECIAL && !self.words[slot].is_empty();
        one != other && is_class(one) && is_class(other)
    }

    /// Returns g(x, y).
    fn union(&self, x: u32, y: u32) -> f64 {
        if x == 0 || y == 0 {
            return 0.0;
        }
        let (x, y) = (u64::from(x), u64::from(y));
        self.logs.of(x + y) - (self.logs.of(x) + self.logs.of(y))
    }

    /// Returns term(c; i,j), which is the same to the last bit if i and j are swapped.
    fn term(&self, class: usize, one: usize, other: usize) -> f64 {
        let (before, after) = (self.cells.column(class), self.cells.row(class));
        self.union(before[one], before[other]) + self.union(after[one], after[other])
    }

    /// Returns the sum of the terms of these classes.
    fn terms(&self, one: usize, other: usize, classes: &[usize]) -> f64 {
        let others = classes.iter().filter(|&&class| class != one && class != other);
        others.map(|&class| self.term(class, one, other)).sum()
    }

    /// Returns corner(i,j).
    fn corner(&self, one: usize, other: usize) -> f64 {
        let cells = &self.cells;
        let (low, high) = (one.min(other), one.max(other));
        let parts = [(low, low), (high, high), (low, high), (high, low)];
        let parts = parts.map(|(c, d)| u64::from(cells.at(c, d)));
        let apart: f64 = parts.iter().map(|&count| self.logs.of(count)).sum();
        let margin = |x: u64, y: u64| self.logs.of(x + y) - (self.logs.of(x) + self.logs.of(y));
        self.logs.of(parts.iter().sum())
            - apart
            - margin(cells.first(low), cells.first(high))
            - margin(cells.second(low), cells.second(high))
    }

    /// Returns the other classes that occur before or after a class.
    fn near(&self, class: usize) -> Vec<usize> {
        let (before, after) = (self.cells.column(class), self.cells.row(class));
        let is_near = |&other: &usize| other != class && (before[other] > 0 || after[other] > 0);
        (0..self.slots()).filter(is_near).collect()
    }

    /// Puts a word into the empty slot, as a class of its own.
    fn insert(&mut self, word: usize) {
        let Some(slot) = (SPECIAL..self.slots()).find(|&slot| self.words[slot].is_empty()) else {
            return;
        };
        self.class_of[word] = slot as u32;
        self.words[slot].push(word as u32);
        for (other, count) in self.bigrams.after(word) {
            let class = self.class_of[other];
            if class != NOWHERE {
                self.cells.add(slot, class as usize, count);
            }
        }
        for (other, count) in self.bigrams.before(word).filter(|&(other, _)| other != word) {
            let class = self.class_of[other];
            if class != NOWHERE {
                self.cells.add(class as usize, slot, count);
            }
        }
        self.cells.add_margins(slot, self.bigrams.first(word), self.bigrams.second(word));
        let near = self.near(slot);
        self.change(&near, &[slot], 1.0);
        let slots = self.slots();
        for other in SPECIAL..slots {
            if self.can_unite(slot, other) {
                let gain = self.terms(slot, other, &near) + self.corner(slot, other);
                self.gains[slot * slots + other] = gain;
                self.gains[other * slots + slot] = gain;
            }
        }
    }

    /// Merges class `go` into the slot of class `keep`.
    fn unite(&mut self, keep: usize, go: usize) {
        let slots = self.slots();
        let near: Vec<usize> = self.near(go).into_iter().filter(|&class| class != keep).collect();
        // Subtract what changes, and add the new values later.
        self.change(&near, &[keep, go], -1.0);
        let others: Vec<usize> =
            (SPECIAL..slots).filter(|&other| other != go && self.can_unite(keep, other)).collect();
        let merger = &*self;
        let left: Vec<f64> = shared(&others, near.len(), |other| {
            merger.gains[keep * slots + other]
                - merger.corner(keep, other)
                - merger.term(go, keep, other)
                - merger.terms(keep, other, &near)
        });
        self.cells.unite(keep, go);
        let gone = std::mem::take(&mut self.words[go]);
        gone.iter().for_each(|&word| self.class_of[word as usize] = keep as u32);
        self.words[keep].extend(gone);
        let merger = &*self;
        let come: Vec<f64> = shared(&others, near.len(), |other| {
            merger.corner(keep, other) + merger.terms(keep, other, &near)
        });
        for ((&other, left), come) in others.iter().zip(left).zip(come) {
            self.gains[keep * slots + other] = left + come;
            self.gains[other * slots + keep] = left + come;
        }
        for other in 0..slots {
            self.gains[go * slots + other] = f64::NEG_INFINITY;
            self.gains[other * slots + go] = f64::NEG_INFINITY;
        }
        self.change(&near, &[keep], 1.0);
    }

    /// Adds or subtracts the terms of `classes` in the gains of all other pairs with at least one near class.
    fn change(&mut self, near: &[usize], classes: &[usize], sign: f64) {
        let slots = self.slots();
        let mut is_near = vec![false; slots];
        near.iter().for_each(|&class| is_near[class] = true);
        let all: Vec<usize> = (SPECIAL..slots).collect();
        let mut gains = std::mem::take(&mut self.gains);
        let merger = &*self;
        let change_row = |(one, row): (usize, &mut [f64])| {
            if one < SPECIAL || classes.contains(&one) {
                return;
            }
            for &other in if is_near[one] { &all } else { near } {
                if row[other] > f64::NEG_INFINITY && !classes.contains(&other) {
                    let terms: f64 =
                        classes.iter().map(|&class| merger.term(class, one, other)).sum();
                    row[other] += sign * terms;
                }
            }
        };
        if near.len() * slots < SHARED {
            gains.chunks_mut(slots).enumerate().for_each(change_row);
        } else {
            gains.par_chunks_mut(slots).enumerate().for_each(change_row);
        }
        self.gains = gains;
    }

    /// Returns the two classes whose merger loses the least, the one with more neighbours first;
    /// `None` if there are no two.
    fn best(&self) -> Option<(usize, usize)> {
        let slots = self.slots();
        let mut best = (f64::NEG_INFINITY, 0, 0);
        for one in SPECIAL..slots {
            let row = &self.gains[one * slots..][..one];
            let most = row
                .iter()
                .fold(f64::NEG_INFINITY, |most, &gain| if gain > most { gain } else { most });
            if most > best.0 {
                let other = row.iter().position(|&gain| gain == most)?;
                best = (most, other, one);
            }
        }
        let (gain, one, other) = best;
        if gain == f64::NEG_INFINITY {
            return None;
        }
        let is_larger = self.near(one).len() >= self.near(other).len();
        Some(if is_larger { (one, other) } else { (other, one) })
    }

    /// Returns the classes as they are now.
    fn clustering(&self, bigrams: &Bigrams, classes: usize) -> Clustering {
        let class_of = self.numbered();
        let cells = Cells::new(bigrams, &class_of, SPECIAL + classes);
        let sweeps = vec![Sweep::new(bigrams, &cells, &self.logs, 0)];
        Clustering { class_of, classes, sweeps }
    }

    /// Returns the class of each word; classes are numbered by their most frequent words.
    fn numbered(&self) -> Vec<u32> {
        let mut number_of = vec![None; self.slots()];
        let mut next = SPECIAL as u32;
        let mut class_of: Vec<u32> = (0..SPECIAL as u32).collect();
        for &slot in &self.class_of[SPECIAL..] {
            let number = number_of[slot as usize].get_or_insert_with(|| {
                next += 1;
                next - 1
            });
            class_of.push(*number);
        }
        class_of
    }
}

/// Computes a number for each class, on several threads if there is enough to do for each.
fn shared(classes: &[usize], each: usize, of: impl Fn(usize) -> f64 + Sync + Send) -> Vec<f64> {
    if classes.len() * each < SHARED {
        classes.iter().map(|&class| of(class)).collect()
    } else {
        classes.par_iter().map(|&class| of(class)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::bigrams::tests::bigrams;
    use ngram_testing::text;

    /// Computes the criterion of the words that have a class so far, straight from its definition;
    /// margins are complete.
    fn naive(bigrams: &Bigrams, class_of: &[u32]) -> f64 {
        let mut cells = std::collections::BTreeMap::<(u32, u32), f64>::new();
        let mut margins = std::collections::BTreeMap::<u32, [f64; 2]>::new();
        for first in (0..bigrams.words()).filter(|&word| class_of[word] != NOWHERE) {
            let of_class = margins.entry(class_of[first]).or_default();
            of_class[0] += bigrams.first(first) as f64;
            of_class[1] += bigrams.second(first) as f64;
            for (second, count) in bigrams.after(first) {
                if class_of[second] != NOWHERE {
                    *cells.entry((class_of[first], class_of[second])).or_default() +=
                        f64::from(count);
                }
            }
        }
        let log = |x: &f64| if *x > 0.0 { x * x.ln() } else { 0.0 };
        cells.values().map(log).sum::<f64>() - margins.values().flatten().map(log).sum::<f64>()
    }

    /// Computes the gain of merging two classes.
    fn union(merger: &Merger, one: usize, other: usize) -> f64 {
        let mut united = merger.class_of.clone();
        for class in united.iter_mut().filter(|class| **class == other as u32) {
            *class = one as u32;
        }
        naive(merger.bigrams, &united) - naive(merger.bigrams, &merger.class_of)
    }

    fn check(merger: &Merger) {
        let slots = merger.slots();
        let mut best = f64::NEG_INFINITY;
        for one in 0..slots {
            for other in 0..slots {
                let gain = merger.gains[one * slots + other];
                if merger.can_unite(one, other) {
                    let exact = union(merger, one, other);
                    assert!((gain - exact).abs() < 1e-8, "{one} {other}: {gain} {exact}");
                    assert_eq!(gain, merger.gains[other * slots + one]);
                    best = best.max(exact);
                } else {
                    assert_eq!(gain, f64::NEG_INFINITY);
                }
            }
        }
        if let Some((keep, go)) = merger.best() {
            assert!((union(merger, keep, go) - best).abs() < 1e-8);
        } else {
            assert_eq!(best, f64::NEG_INFINITY);
        }
    }

    #[test]
    fn every_step_unites_the_two_that_lose_the_least() {
        for seed in 0..4 {
            let bigrams = bigrams(&text(seed, 40, 17));
            let mut merger = Merger::of_frequent(&bigrams, 5);
            check(&merger);
            for word in SPECIAL + 5..bigrams.words() {
                merger.insert(word);
                check(&merger);
                let (keep, go) = merger.best().unwrap();
                merger.unite(keep, go);
                check(&merger);
            }
            for left in (1..5).rev() {
                let (keep, go) = merger.best().unwrap();
                merger.unite(keep, go);
                check(&merger);
                assert_eq!(merger.words[SPECIAL..].iter().filter(|w| !w.is_empty()).count(), left);
            }
            assert_eq!(merger.best(), None);
        }
    }

    #[test]
    fn all_words_are_merged_as_by_definition() {
        let bigrams = bigrams(&text(3, 60, 12));
        let classes = 4;
        let found = merge_fully(&bigrams, classes, &()).unwrap();
        // Each step tries every pair.
        let mut class_of: Vec<u32> = (0..bigrams.words() as u32).collect();
        for _ in classes..bigrams.free_words() {
            let mut best: Option<(f64, Vec<u32>)> = None;
            for one in SPECIAL as u32..bigrams.words() as u32 {
                for other in one + 1..bigrams.words() as u32 {
                    if !class_of.contains(&one) || !class_of.contains(&other) {
                        continue;
                    }
                    let mut united = class_of.clone();
                    united
                        .iter_mut()
                        .filter(|class| **class == other)
                        .for_each(|class| *class = one);
                    let value = naive(&bigrams, &united);
                    if best.as_ref().is_none_or(|(most, _)| value > *most) {
                        best = Some((value, united));
                    }
                }
            }
            class_of = best.unwrap().1;
        }
        for (one, other) in (SPECIAL..bigrams.words()).zip(SPECIAL + 1..bigrams.words()) {
            let together = |classes: &[u32]| classes[one] == classes[other];
            assert_eq!(together(&found.class_of), together(&class_of), "{one} {other}");
        }
        assert!((naive(&bigrams, &found.class_of) - naive(&bigrams, &class_of)).abs() < 1e-8);
        assert!(merge_fully(&bigrams, 0, &()).is_err());
        assert!(merge_fully(&bigrams, bigrams.free_words() + 1, &()).is_err());
        // With as many classes as words, either way leaves each alone.
        let words = bigrams.free_words();
        let (full, frequent) = (merge_fully(&bigrams, words, &()), merge(&bigrams, words, &()));
        assert_eq!(full.unwrap().class_of, frequent.unwrap().class_of);
    }

    #[test]
    fn paths_are_a_prefix_code_of_all_classes() {
        let bigrams = bigrams(&text(1, 60, 23));
        let clustering = merge(&bigrams, 6, &()).unwrap();
        let paths = hierarchy(&bigrams, &clustering, &()).unwrap();
        assert_eq!(paths.len(), 6);
        let kraft: f64 = paths.iter().map(|path| 0.5f64.powi(path.len() as i32)).sum();
        assert_eq!(kraft, 1.0);
        assert!(paths[0].starts_with('0'));
        for (one, other) in (0..6).flat_map(|one| (0..6).map(move |other| (one, other))) {
            assert!(one == other || !paths[one].starts_with(&paths[other]));
        }
    }
}
