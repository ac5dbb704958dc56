//! How the cost of a text changes along its length.

/// The most stretches kept: twice what a plot can show separately.
const MOST: usize = 160;

/// Consecutive lines of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// The number of lines.
    pub lines: u64,
    /// The number of units that the bits are for: tokens of probability above 0, or characters.
    pub units: u64,
    /// What they cost, in bits.
    pub bits: f64,
}

/// A text in stretches of equal numbers of lines; the last may have fewer.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    stretches: Vec<Stretch>,
    /// Lines per stretch.
    length: u64,
}

impl Default for Course {
    fn default() -> Course {
        Course { stretches: Vec::new(), length: 1 }
    }
}

impl Course {
    /// Adds the next line.
    pub fn add(&mut self, units: u64, bits: f64) {
        if self.stretches.last().is_none_or(|last| last.lines == self.length) {
            if self.stretches.len() == MOST {
                self.stretches = self.stretches.chunks(2).map(join).collect();
                self.length *= 2;
            }
            self.stretches.push(Stretch::default());
        }
        if let Some(last) = self.stretches.last_mut() {
            last.lines += 1;
            last.units += units;
            last.bits += bits;
        }
    }

    /// The stretches, in text order.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// The number of lines per stretch.
    pub fn lines_each(&self) -> u64 {
        self.length
    }
}

fn join(pair: &[Stretch]) -> Stretch {
    pair.iter().fold(Stretch::default(), |sum, one| Stretch {
        lines: sum.lines + one.lines,
        units: sum.units + one.units,
        bits: sum.bits + one.bits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_grow_with_the_text() {
        let mut course = Course::default();
        for line in 0..1000u64 {
            course.add(line % 7, 0.5);
        }
        assert_eq!(course.lines_each(), 8);
        assert_eq!(course.stretches().len(), 125);
        assert!(course.stretches().iter().all(|stretch| stretch.lines == 8));
        let units: u64 = course.stretches().iter().map(|stretch| stretch.units).sum();
        assert_eq!(units, (0..1000).map(|line| line % 7).sum::<u64>());
        assert_eq!(course.stretches()[124].bits, 4.0);
    }
}
