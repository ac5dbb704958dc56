//! The neighbours of a word by class, and the gain of moving it.

use super::Bigrams;
use super::cells::Cells;
use super::x_log_x::XLogX;

/// How often each class occurs after a word and before it.
pub struct Neighbours {
    /// By class; 0 if it does not occur.
    after: Vec<u32>,
    before: Vec<u32>,
    /// The classes after the word, those before it, and those on either side, each once.
    are_after: Vec<usize>,
    are_before: Vec<usize>,
    either: Vec<usize>,
    /// How often the word follows itself; counted neither in `after` nor in `before`.
    itself: u32,
    /// How often the word is the first of a bigram, and the second.
    first: u64,
    second: u64,
}

impl Neighbours {
    /// Creates buffers for `classes` classes.
    pub fn new(classes: usize) -> Neighbours {
        Neighbours {
            after: vec![0; classes],
            before: vec![0; classes],
            are_after: Vec::new(),
            are_before: Vec::new(),
            either: Vec::new(),
            itself: 0,
            first: 0,
            second: 0,
        }
    }

    /// Counts the neighbours of a word.
    pub fn look(&mut self, bigrams: &Bigrams, class_of: &[u32], word: usize) {
        self.are_after.drain(..).for_each(|class| self.after[class] = 0);
        self.are_before.drain(..).for_each(|class| self.before[class] = 0);
        self.either.clear();
        self.itself = 0;
        for (other, count) in bigrams.after(word) {
            if other == word {
                self.itself = count;
                continue;
            }
            let class = class_of[other] as usize;
            if self.after[class] == 0 {
                self.are_after.push(class);
                self.either.push(class);
            }
            self.after[class] += count;
        }
        for (other, count) in bigrams.before(word).filter(|&(other, _)| other != word) {
            let class = class_of[other] as usize;
            if self.before[class] == 0 {
                self.are_before.push(class);
                if self.after[class] == 0 {
                    self.either.push(class);
                }
            }
            self.before[class] += count;
        }
        self.first = bigrams.first(word);
        self.second = bigrams.second(word);
    }

    /// Computes the gain in the criterion if the word moves from class `from` to each other class.
    /// The part that depends on the other class goes to `gains`; the rest is returned.
    pub fn gains(&self, cells: &Cells, logs: &XLogX, from: usize, gains: &mut [f64]) -> f64 {
        let &Neighbours { itself, first, second, .. } = self;
        // As if the word were new and all its neighbours stayed where they are.
        for ((gain, firsts), seconds) in gains.iter_mut().zip(cells.firsts()).zip(cells.seconds()) {
            *gain = -firsts.growth(first, logs) - seconds.growth(second, logs);
        }
        for &class in &self.are_after {
            logs.add_growths(gains, cells.column(class), self.after[class]);
        }
        for &class in &self.are_before {
            logs.add_growths(gains, cells.row(class), self.before[class]);
        }
        if itself > 0 {
            for (class, gain) in gains.iter_mut().enumerate() {
                *gain += logs.growth(cells.at(class, class), itself);
            }
        }
        // Cells of both the old and the new class change differently.
        for &to in self.either.iter().filter(|&&to| to != from) {
            let both = cells.at(to, to);
            let as_if = logs.growth(both, self.after[to])
                + logs.growth(both, self.before[to])
                + logs.growth(both, itself)
                + logs.growth(cells.at(to, from), self.after[from])
                + logs.growth(cells.at(from, to), self.before[from])
                + self.loss(cells, logs, from, to);
            gains[to] += self.corners(cells, logs, from, to) - as_if;
        }
        let sides = self.either.iter().filter(|&&class| class != from);
        let left: f64 = sides.map(|&class| self.loss(cells, logs, from, class)).sum();
        left + self.within(cells, logs, from) + self.margins_left(cells, logs, from)
    }

    /// Returns the gain in the criterion if the word moves from one class to another.
    pub fn gain(&self, cells: &Cells, logs: &XLogX, from: usize, to: usize) -> f64 {
        let mut gain = 0.0;
        for &class in self.either.iter().filter(|&&class| class != from && class != to) {
            gain += logs.growth(cells.at(to, class), self.after[class])
                + logs.growth(cells.at(class, to), self.before[class])
                + self.loss(cells, logs, from, class);
        }
        let margins = logs.of(cells.first(to) + self.first) - logs.of(cells.first(to))
            + logs.of(cells.second(to) + self.second)
            - logs.of(cells.second(to));
        gain + self.corners(cells, logs, from, to) + self.within(cells, logs, from) - margins
            + self.margins_left(cells, logs, from)
    }

    /// Returns the change in the cells of the old class with one other class.
    fn loss(&self, cells: &Cells, logs: &XLogX, from: usize, class: usize) -> f64 {
        let (after, before) = (self.after[class], self.before[class]);
        -logs.growth(cells.at(from, class) - after, after)
            - logs.growth(cells.at(class, from) - before, before)
    }

    /// Returns the change in the cell of the old class with itself.
    fn within(&self, cells: &Cells, logs: &XLogX, from: usize) -> f64 {
        let gone = self.after[from] + self.before[from] + self.itself;
        -logs.growth(cells.at(from, from) - gone, gone)
    }

    /// Returns the change in the cells of the old class with the new one, and of the new one with itself.
    fn corners(&self, cells: &Cells, logs: &XLogX, from: usize, to: usize) -> f64 {
        let change = |cell: u32, gone: u32, come: u32| {
            logs.of(u64::from(cell - gone + come)) - logs.of(u64::from(cell))
        };
        change(cells.at(from, to), self.after[to], self.before[from])
            + change(cells.at(to, from), self.before[to], self.after[from])
            + change(cells.at(to, to), 0, self.after[to] + self.before[to] + self.itself)
    }

    /// Returns the change in the margins of the old class.
    fn margins_left(&self, cells: &Cells, logs: &XLogX, from: usize) -> f64 {
        let (first, second) = (cells.first(from), cells.second(from));
        logs.of(first) - logs.of(first - self.first) + logs.of(second)
            - logs.of(second - self.second)
    }

    /// Moves the word's bigrams from one class to another.
    pub fn shift(&self, cells: &mut Cells, from: usize, to: usize) {
        for &class in &self.are_after {
            cells.take(from, class, self.after[class]);
            cells.add(to, class, self.after[class]);
        }
        for &class in &self.are_before {
            cells.take(class, from, self.before[class]);
            cells.add(class, to, self.before[class]);
        }
        if self.itself > 0 {
            cells.take(from, from, self.itself);
            cells.add(to, to, self.itself);
        }
        cells.shift_margins(from, to, self.first, self.second);
    }
}
