//! Bigram counts of classes, and the likelihood of the text under them.

use super::Bigrams;
use super::x_log_x::{Large, XLogX};

/// How often each class follows each other class, for a given class of each word; classes are numbered from 0.
///
/// The log-likelihood of a text under a class bigram model of its own relative frequencies is, in nats,
///
/// ```text
/// Σ N(c,d) ln N(c,d) − Σ N(c,·) ln N(c,·) − Σ N(·,c) ln N(·,c) + Σ N(w) ln N(w)
/// ```
///
/// (Kneser and Ney 1993; Martin, Liermann and Ney 1998, the bigram criterion; the two margins
/// differ, as sentences begin and end). The last sum does not depend on the classes. The first
/// three are the *criterion*; it differs from the average mutual information of adjacent classes
/// (Brown et al. 1992) by a factor and a constant.
pub struct Cells {
    classes: usize,
    /// N(c,d) at `c * classes + d`, and at `d * classes + c`.
    rows: Vec<u32>,
    columns: Vec<u32>,
    /// N(c,·) and N(·,c).
    firsts: Vec<Large>,
    seconds: Vec<Large>,
    first_counts: Vec<u64>,
    second_counts: Vec<u64>,
    total: u32,
}

impl Cells {
    /// Counts the bigrams of classes.
    pub fn new(bigrams: &Bigrams, class_of: &[u32], classes: usize) -> Cells {
        Cells::of_placed(bigrams, class_of, classes, u32::MAX)
    }

    /// Counts the bigrams of classes when some words, those of class `nowhere`, have no class yet.
    /// Their bigrams are left out, except from the margins of other words' classes.
    pub fn of_placed(bigrams: &Bigrams, class_of: &[u32], classes: usize, nowhere: u32) -> Cells {
        let mut cells = Cells {
            classes,
            rows: vec![0; classes * classes],
            columns: vec![0; classes * classes],
            firsts: vec![Large::default(); classes],
            seconds: vec![Large::default(); classes],
            first_counts: vec![0; classes],
            second_counts: vec![0; classes],
            total: bigrams.total(),
        };
        let placed = class_of.iter().enumerate().filter(|&(_, &class)| class != nowhere);
        for (first, &class) in placed {
            for (second, count) in bigrams.after(first) {
                if class_of[second] == nowhere {
                    continue;
                }
                cells.add(class as usize, class_of[second] as usize, count);
            }
            cells.first_counts[class as usize] += bigrams.first(first);
            cells.second_counts[class as usize] += bigrams.second(first);
        }
        (0..classes).for_each(|class| cells.renew_margins(class));
        cells
    }

    /// Returns the number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Returns N(c,d).
    #[inline]
    pub fn at(&self, first: usize, second: usize) -> u32 {
        self.rows[first * self.classes + second]
    }

    /// Returns N(c,d) for one c and every d.
    #[inline]
    pub fn row(&self, first: usize) -> &[u32] {
        &self.rows[first * self.classes..][..self.classes]
    }

    /// Returns N(c,d) for every c and one d.
    #[inline]
    pub fn column(&self, second: usize) -> &[u32] {
        &self.columns[second * self.classes..][..self.classes]
    }

    /// Returns N(c,·), prepared for growing.
    #[inline]
    pub fn firsts(&self) -> &[Large] {
        &self.firsts
    }

    /// Returns N(·,c), prepared for growing.
    #[inline]
    pub fn seconds(&self) -> &[Large] {
        &self.seconds
    }

    /// Returns N(c,·).
    #[inline]
    pub fn first(&self, class: usize) -> u64 {
        self.first_counts[class]
    }

    /// Returns N(·,c).
    #[inline]
    pub fn second(&self, class: usize) -> u64 {
        self.second_counts[class]
    }

    /// Adds to N(c,d).
    #[inline]
    pub fn add(&mut self, first: usize, second: usize, count: u32) {
        self.rows[first * self.classes + second] += count;
        self.columns[second * self.classes + first] += count;
    }

    /// Subtracts from N(c,d).
    #[inline]
    pub fn take(&mut self, first: usize, second: usize, count: u32) {
        self.rows[first * self.classes + second] -= count;
        self.columns[second * self.classes + first] -= count;
    }

    /// Moves occurrences as first and as second word from the margins of one class to those of another.
    pub fn shift_margins(&mut self, from: usize, to: usize, first: u64, second: u64) {
        self.first_counts[from] -= first;
        self.first_counts[to] += first;
        self.second_counts[from] -= second;
        self.second_counts[to] += second;
        self.renew_margins(from);
        self.renew_margins(to);
    }

    /// Adds occurrences as first and as second word to the margins of a class.
    pub fn add_margins(&mut self, class: usize, first: u64, second: u64) {
        self.first_counts[class] += first;
        self.second_counts[class] += second;
        self.renew_margins(class);
    }

    /// Moves all bigrams of class `go` to class `keep`.
    pub fn unite(&mut self, keep: usize, go: usize) {
        for class in 0..self.classes {
            let after = self.at(go, class);
            self.take(go, class, after);
            self.add(keep, class, after);
        }
        for class in 0..self.classes {
            let before = self.at(class, go);
            self.take(class, go, before);
            self.add(class, keep, before);
        }
        self.shift_margins(go, keep, self.first_counts[go], self.second_counts[go]);
    }

    fn renew_margins(&mut self, class: usize) {
        self.firsts[class] = Large::new(self.first_counts[class]);
        self.seconds[class] = Large::new(self.second_counts[class]);
    }

    /// Returns the criterion, in nats; higher is better.
    pub fn criterion(&self, logs: &XLogX) -> f64 {
        let cells: f64 = self.rows.iter().map(|&count| logs.of(u64::from(count))).sum();
        let margins = self.first_counts.iter().chain(&self.second_counts);
        cells - margins.map(|&count| logs.of(count)).sum::<f64>()
    }

    /// Returns the average mutual information of adjacent classes, in bits: Σ p(c,d) log2 [p(c,d) /
    /// (p(c,·) p(·,d))].
    pub fn mutual_information(&self, logs: &XLogX) -> f64 {
        let total = f64::from(self.total).max(1.0);
        let nats = self.criterion(logs) + logs.of(u64::from(self.total));
        nats / total / std::f64::consts::LN_2
    }
}
