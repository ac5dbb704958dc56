//! How much the lines of a text vary, and the intervals that follow for its figures.

use crate::sampling::{Interval, Ratio};
use crate::tally::{LineSum, Tally};
use serde::Serialize;
use std::f64::consts::LOG2_10;

/// The number of consecutive lines grouped into a run to see whether neighbouring lines are alike.
pub const RUN: u64 = 50;

/// With this many texts or more, the units are texts.
const TEXTS: usize = 10;

/// With fewer units an interval would be very wide, and still contain the truth too rarely.
const FEWEST: u64 = 10;

/// The number of pairs of sums: bits and tokens; the same without OOVs; bits and characters; total
/// open-vocabulary bits and characters.
const PAIRS: usize = 4;

/// The sums from which intervals are computed.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    lines: [Ratio; PAIRS],
    runs: [Ratio; PAIRS],
    run: [(f64, f64); PAIRS],
    in_run: u64,
}

impl Spread {
    /// Adds the next line.
    #[inline]
    pub fn add(&mut self, line: &LineSum) {
        let characters = line.characters as f64;
        let pairs = [
            (line.bits(), line.scored as f64),
            (line.known_bits(), line.known as f64),
            (line.bits(), characters),
            (line.charge.total(), characters),
        ];
        for ((ratio, run), (x, y)) in self.lines.iter_mut().zip(&mut self.run).zip(pairs) {
            ratio.add(x, y);
            *run = (run.0 + x, run.1 + y);
        }
        self.in_run += 1;
        if self.in_run == RUN {
            for (ratio, (x, y)) in self.runs.iter_mut().zip(std::mem::take(&mut self.run)) {
                ratio.add(x, y);
            }
            self.in_run = 0;
        }
    }

    /// Returns the intervals over sentences; with `open`, bits per character are those of the open
    /// vocabulary.
    pub fn intervals(&self, open: bool) -> Option<Intervals> {
        let mut intervals = Intervals::new(Unit::Sentence, &self.lines, open)?;
        intervals.widening = widening(&self.lines[0], &self.runs[0]);
        Some(intervals)
    }
}

/// Returns the factor by which the standard error grows when the units are runs: 1 if neighbours
/// are no more alike than other lines. `None` if the factor could be due to chance.
pub fn widening(lines: &Ratio, runs: &Ratio) -> Option<f64> {
    let (one, other) = (lines.standard_error()?, runs.standard_error()?);
    // A standard error over n units itself has a relative error of 1/√2n.
    let chance = 3.0 / (2.0 * runs.units() as f64).sqrt();
    let widening = other / one;
    (runs.units() >= 10 && widening > 1.2 && widening > 1.0 + chance && widening.is_finite())
        .then_some(widening)
}

/// The unit treated as an independent draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// A line.
    Sentence,
    /// A text.
    Text,
}

impl Unit {
    /// The plural of its name.
    pub fn several(self) -> &'static str {
        match self {
            Unit::Sentence => "sentences",
            Unit::Text => "texts",
        }
    }
}

/// 95 % intervals of a text's figures: see [`crate::sampling`]. The units are sentences, if there
/// are ten or more; for the figures over all of ten or more texts, the units are texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Intervals {
    /// The unit treated as an independent draw: `sentence` or `text`.
    pub unit: Unit,
    /// The number of units.
    pub units: u64,
    /// The interval of the cross-entropy, in bits per token.
    pub bits_per_token: Option<Interval>,
    /// The interval of the perplexity including OOVs.
    pub perplexity_including_oovs: Option<Interval>,
    /// The interval of the perplexity excluding OOVs.
    pub perplexity_excluding_oovs: Option<Interval>,
    /// The interval of the bits per character: those of `open_vocabulary` if there are any.
    pub bits_per_character: Option<Interval>,
    /// The factor by which the cross-entropy interval widens when the units are runs of 50 lines,
    /// if that is more than chance. Neighbouring lines are then alike, and the interval over
    /// sentences is too narrow for other texts.
    pub widening: Option<f64>,
}

impl Intervals {
    fn new(unit: Unit, ratios: &[Ratio; PAIRS], open: bool) -> Option<Intervals> {
        if ratios[0].units() < FEWEST {
            return None;
        }
        let [tokens, known, plain, paid] = ratios.map(|ratio| ratio.interval());
        Some(Intervals {
            unit,
            units: ratios[0].units(),
            bits_per_token: Some(tokens?),
            perplexity_including_oovs: tokens.map(|interval| interval.map(f64::exp2)),
            perplexity_excluding_oovs: known.map(|interval| interval.map(f64::exp2)),
            bits_per_character: if open { paid } else { plain },
            widening: None,
        })
    }

    /// Returns the intervals over texts, if there are enough texts.
    pub(crate) fn over_texts<'t>(
        texts: impl ExactSizeIterator<Item = &'t Tally>,
        open: bool,
    ) -> Option<Intervals> {
        if texts.len() < TEXTS {
            return None;
        }
        let mut ratios = [Ratio::default(); PAIRS];
        for tally in texts {
            let counts = &tally.counts;
            let bits = -tally.log10 * LOG2_10;
            let scored = (tally.tokens() - counts.zeros) as f64;
            let known = scored - (counts.oovs - counts.zero_oovs) as f64;
            let characters = counts.characters as f64;
            let pairs = [
                (bits, scored),
                ((tally.log10_oovs - tally.log10) * LOG2_10, known),
                (bits, characters),
                (tally.charge.total(), characters),
            ];
            ratios.iter_mut().zip(pairs).for_each(|(ratio, (x, y))| ratio.add(x, y));
        }
        Intervals::new(Unit::Text, &ratios, open)
    }

    /// Returns a note if neighbouring lines are alike.
    pub(crate) fn note(&self) -> Option<String> {
        self.widening.map(|times| {
            format!(
                "neighbouring lines are alike: if runs of {RUN} lines were drawn, the intervals would be {times:.1} times as \
                 wide. Those given are for other sentences of the same texts, not for other texts"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bits: f64, tokens: u64) -> LineSum {
        LineSum {
            log10: -bits / LOG2_10,
            scored: tokens,
            known: tokens,
            tokens,
            characters: 2 * tokens,
            ..LineSum::default()
        }
    }

    #[test]
    fn an_interval_is_that_of_the_ratio() {
        let lines = [(1.0, 1), (4.0, 2), (7.0, 3)];
        let mut spread = Spread::default();
        lines.iter().for_each(|&(bits, tokens)| spread.add(&line(bits, tokens)));
        assert_eq!(spread.intervals(false), None);
        lines.repeat(3).iter().for_each(|&(bits, tokens)| spread.add(&line(bits, tokens)));
        // R = 2, and x − R·y is −1, 0, 1 four times: SE² = 12/11 · 8 / 24²; t of 11 degrees is 2.2010.
        let intervals = spread.intervals(false).unwrap();
        let tokens = intervals.bits_per_token.unwrap();
        let reach = 2.2010 * (12.0 / 11.0 * 8.0f64).sqrt() / 24.0;
        assert!((tokens.low - 2.0 + reach).abs() < 1e-4, "{tokens:?}");
        assert!((tokens.high - 2.0 - reach).abs() < 1e-4, "{tokens:?}");
        let characters = intervals.bits_per_character.unwrap();
        assert!((characters.low - tokens.low / 2.0).abs() < 1e-12, "{characters:?}");
        let perplexity = intervals.perplexity_including_oovs.unwrap();
        assert!((perplexity.low - tokens.low.exp2()).abs() < 1e-12);
        assert_eq!((intervals.units, intervals.widening), (12, None));
    }

    /// Runs of fifty easy and fifty hard lines, and the same lines alternating.
    #[test]
    fn neighbours_that_are_alike_are_found() {
        let mut alike = Spread::default();
        let mut mixed = Spread::default();
        for number in 0..2000 {
            alike.add(&line(if number / 50 % 2 == 0 { 5.0 } else { 9.0 }, 1));
            mixed.add(&line(if number % 2 == 0 { 5.0 } else { 9.0 }, 1));
        }
        let times = alike.intervals(false).unwrap().widening.unwrap();
        assert!((times - 50f64.sqrt()).abs() < 0.2, "{times}");
        assert_eq!(mixed.intervals(false).unwrap().widening, None);
    }
}
