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

    /// OOVs, tokens of probability 0 and an open vocabulary have sums of their own. All lines are
    /// alike, so intervals have no width.
    #[test]
    fn every_interval_has_its_own_sums() {
        // 4 tokens of 9 bits in all, 2 OOVs of 5 bits; 10 characters; 30 bits for the whole line.
        let mut line = LineSum {
            log10: -9.0 / LOG2_10,
            log10_oovs: -5.0 / LOG2_10,
            tokens: 5,
            scored: 4,
            known: 2,
            oovs: 2,
            characters: 10,
            ..LineSum::default()
        };
        line.charge.token = 30.0;
        assert!((line.bits() - 9.0).abs() < 1e-12 && (line.known_bits() - 4.0).abs() < 1e-12);
        let mut spread = Spread::default();
        for number in 1..=10 {
            assert_eq!(spread.intervals(true), None, "{number}");
            spread.add(&line);
        }
        let near = |interval: Option<Interval>, value: f64| {
            let Interval { low, high } = interval.unwrap();
            assert!((low - value).abs() < 1e-9 && (high - value).abs() < 1e-9, "{low} {high}");
        };
        for (open, characters) in [(false, 0.9), (true, 3.0)] {
            let found = spread.intervals(open).unwrap();
            near(found.bits_per_token, 2.25);
            near(found.perplexity_including_oovs, 2.25f64.exp2());
            near(found.perplexity_excluding_oovs, 4.0);
            near(found.bits_per_character, characters);
            assert_eq!((found.unit, found.units), (Unit::Sentence, 10));
        }

        // A text with these sums: 12 words and 4 sentences, of them 3 OOVs, one with probability 0,
        // and a known token with probability 0.
        let mut tally =
            Tally { log10: -28.0 / LOG2_10, log10_oovs: -4.0 / LOG2_10, ..Tally::new(1) };
        (tally.counts.words, tally.counts.sentences) = (12, 4);
        (tally.counts.oovs, tally.counts.zeros, tally.counts.zero_oovs) = (3, 2, 1);
        tally.counts.characters = 56;
        tally.charge.token = 84.0;
        assert_eq!(tally.tokens(), 16);
        let texts =
            |texts: usize, open| Intervals::over_texts(std::iter::repeat_n(&tally, texts), open);
        assert_eq!(texts(9, false), None);
        for (open, characters) in [(false, 0.5), (true, 1.5)] {
            let found = texts(10, open).unwrap();
            // 16 tokens less 2 of probability 0; less the 2 OOVs above 0.
            near(found.bits_per_token, 2.0);
            near(found.perplexity_excluding_oovs, 4.0);
            near(found.bits_per_character, characters);
            assert_eq!((found.unit, found.units, found.note()), (Unit::Text, 10, None));
        }
        assert_eq!([Unit::Sentence, Unit::Text].map(Unit::several), ["sentences", "texts"]);
    }

    /// Ratios over lines, fifty alike in each run, and over runs.
    fn ratios(runs: usize, run: impl Fn(usize) -> f64) -> (Ratio, Ratio) {
        let (mut lines, mut of_runs) = (Ratio::default(), Ratio::default());
        for number in 0..runs {
            let bits = run(number);
            (0..50).for_each(|_| lines.add(bits, 1.0));
            of_runs.add(50.0 * bits, 50.0);
        }
        (lines, of_runs)
    }

    /// If the lines of a run are all alike, its standard error is that of runs alone: √50 times
    /// that of lines, but for the n − 1 of each.
    #[test]
    fn widening_by_hand() {
        let (lines, runs) = ratios(10, |number| if number % 2 == 0 { 5.0 } else { 9.0 });
        // SE² is 4 / (n − 1): 4/9 for ten runs, and 4/499 for 500 lines.
        let found = widening(&lines, &runs).unwrap();
        assert!((found - (499.0f64 / 9.0).sqrt()).abs() < 1e-9, "{found}");
        // Nine runs are too few to say.
        let (lines, runs) = ratios(9, |number| if number % 2 == 0 { 5.0 } else { 9.0 });
        assert_eq!(widening(&lines, &runs), None);
        // Without any error there is nothing to compare.
        let (lines, runs) = ratios(20, |_| 5.0);
        assert_eq!(widening(&lines, &runs), None);
        // A factor must be above 1.2, and above what chance gives: 1 + 3 / √2n.
        let with_error = |units: u64, error: f64| {
            // Half of the units above and half below 1 by d: SE² = d² / (n − 1).
            let d = error * ((units - 1) as f64).sqrt();
            let mut ratio = Ratio::default();
            for number in 0..units {
                ratio.add(if number % 2 == 0 { 1.0 + d } else { 1.0 - d }, 1.0);
            }
            assert!((ratio.standard_error().unwrap() / error - 1.0).abs() < 1e-9);
            ratio
        };
        let times = |runs: u64, factor: f64| {
            let lines = with_error(runs * 50, 0.01);
            widening(&lines, &with_error(runs, 0.01 * factor))
        };
        // 3 / √(2 · 50) = 0.3.
        assert!(times(50, 1.29).is_none() && (times(50, 1.31).unwrap() - 1.31).abs() < 1e-6);
        // 3 / √(2 · 450) = 0.1, so it is 1.2 that counts.
        assert!(times(450, 1.19).is_none() && times(450, 1.21).is_some());
    }

    #[test]
    fn a_note_says_how_much_wider() {
        let mut spread = Spread::default();
        (0..1000).for_each(|n| spread.add(&line(if n / 50 % 2 == 0 { 5.0 } else { 9.0 }, 1)));
        let intervals = spread.intervals(false).unwrap();
        // √(999 / 19).
        let note = intervals.note().unwrap();
        assert!(note.contains("runs of 50 lines") && note.contains("7.3 times as wide"), "{note}");
    }
}
