//! The comparison of one model with another.

use super::report::{Difference, LineDifference, Pair, PerplexityRatio, Share};
use super::tokens::{KINDS, Sum};
use super::{Contestant, TextRead, WordsApart};
use crate::notes::{left_out, listed};
use crate::number::grouped;
use crate::report::Report;
use crate::sampling::{Interval, Ratio, Resampling, resample, sign_flip, studentised};
use crate::spread::{RUN, widening};
use crate::tally::LineSum;
use ngram_tokenizer::TokenizerSpec;
use std::f64::consts::LOG2_10;
use std::ops::Range;

/// With more units than this, neighbouring units are merged, so that resampling stays fast. With
/// this many, merging loses nothing.
const MOST: usize = 10_000;

/// The number of lines quoted for each model.
const QUOTED: usize = 4;

/// A unit's difference in bits with tokens, the same without OOVs, and the difference in total cost
/// with characters.
type Row = [(f64, f64); 3];

const TOKENS: usize = 0;
const KNOWN: usize = 1;
const CHARACTERS: usize = 2;

pub fn compare(
    first: &Contestant<'_>,
    other: &Contestant<'_>,
    reports: [&Report; 2],
    units: &[Range<usize>],
    how: Resampling,
    texts: &[TextRead],
) -> Pair {
    let lines = Lines { first: &first.lines, other: &other.lines, open: reports.map(is_open) };
    let (tokens, characters, reasons) = comparable(first, other, reports);
    let main = if tokens { TOKENS } else { CHARACTERS };
    let mut pair = Pair {
        first: first.name.clone(),
        other: other.name.clone(),
        identical: tokens && lines.identical(),
        units: 0,
        together: 1,
        infinite_lines: (0..lines.first.len()).filter(|&line| lines.is_infinite(line)).count()
            as u64,
        bits_per_token: None,
        perplexity_including_oovs: None,
        perplexity_excluding_oovs: None,
        bits_per_character: None,
        widening: None,
        other_better: 0,
        first_better: 0,
        alike: 0,
        by_matched_order: Vec::new(),
        by_word: Vec::new(),
        lines: Vec::new(),
        words: other.apart.clone(),
        reasons,
    };
    let rows: Vec<Row> = units.iter().filter_map(|unit| lines.row(unit.clone())).collect();
    if !tokens && !characters || rows.is_empty() {
        return pair;
    }
    for row in &rows {
        match row[main].0 {
            less if less < 0.0 => pair.other_better += 1,
            more if more > 0.0 => pair.first_better += 1,
            _ => pair.alike += 1,
        }
    }
    let together = rows.len().div_ceil(MOST);
    let rows: Vec<Row> = rows.chunks(together).map(sum).collect();
    (pair.units, pair.together) = (rows.len() as u64, together as u64);
    let differences = Differences::new(&rows, how);
    let firsts = lines.firsts();
    if tokens {
        pair.bits_per_token = differences.of(TOKENS, firsts[TOKENS], how, &rows);
        let ratio = |which| perplexity(differences.of(which, firsts[which], how, &[]));
        pair.perplexity_including_oovs = ratio(TOKENS);
        pair.perplexity_excluding_oovs = ratio(KNOWN);
        if pair.infinite_lines == 0 {
            let all = reports[0].figures.tokens;
            let names = (1..).map(|order| match order {
                1 => "order 1, no history".to_owned(),
                order => format!("order {order}"),
            });
            pair.by_matched_order = shares(names, &first.tables.orders, &other.tables.orders, all);
            let names = KINDS.iter().map(|&kind| kind.to_owned());
            pair.by_word = shares(names, &first.tables.kinds, &other.tables.kinds, all);
        }
    }
    if characters {
        pair.bits_per_character = differences.of(CHARACTERS, firsts[CHARACTERS], how, &rows);
    }
    pair.widening = lines.widening(main, texts);
    pair.lines = lines.quoted(main, texts);
    pair
}

fn is_open(report: &Report) -> bool {
    report.figures.open_vocabulary.is_some()
}

/// Returns whether bits per token and bits per character can be compared, and if not, why.
fn comparable(
    first: &Contestant<'_>,
    other: &Contestant<'_>,
    reports: [&Report; 2],
) -> (bool, bool, Vec<String>) {
    let mut reasons = Vec::new();
    let names = [&first.name, &other.name];
    let tokenizers = [first.model.tokenizer(), other.model.tokenizer()];
    match &other.apart {
        Some(apart) if apart.is_none() => {}
        Some(apart) => reasons.push(different_words(apart, names)),
        None => reasons.push(format!(
            "bits a token and perplexity do not compare: {} cuts text into other tokens ({}) than {} ({})",
            names[1], tokenizers[1], names[0], tokenizers[0]
        )),
    }
    let tokens = reasons.is_empty();
    let open = reports.map(is_open);
    let missing = [0, 1].map(|which| missing(reports[which], tokenizers[which]));
    let characters = missing.iter().all(Vec::is_empty) || tokens && open == [false; 2];
    if !characters {
        for (name, missing) in names.iter().zip(&missing).filter(|(_, missing)| !missing.is_empty())
        {
            let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
            reasons.push(format!(
                "bits per character do not compare: those of {name}, whose vocabulary is closed, leave out {}; a model \
                 trained without --closed pays for them",
                listed(&missing)
            ));
        }
    }
    (tokens, characters, reasons)
}

fn different_words(apart: &WordsApart, names: [&String; 2]) -> String {
    let sides = [
        (apart.first_only, &apart.first_examples, names[0]),
        (apart.other_only, &apart.other_examples, names[1]),
    ];
    let sides = sides.map(|(count, examples, name)| match count {
        0 => format!("none are known to {name} alone"),
        _ => {
            let words: Vec<&str> = examples.iter().map(String::as_str).collect();
            format!("{} are known to {name} alone, such as {}", grouped(count), listed(&words))
        }
    });
    format!(
        "bits a token and perplexity do not compare, as the models know different words: {}. Whoever knows fewer words has \
         more <unk>s, which are easy to predict",
        sides.join("; ")
    )
}

/// Returns what bits per character leave out of this text.
fn missing(report: &Report, tokenizer: &TokenizerSpec) -> Vec<String> {
    if is_open(report) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    if report.vocabulary_closed && report.figures.oovs > 0 {
        missing.push(format!("the spelling of {} OOVs", grouped(report.figures.oovs)));
    }
    missing.extend(left_out(tokenizer).into_iter().map(str::to_owned));
    missing
}

/// The same lines under both models.
struct Lines<'l> {
    first: &'l [LineSum],
    other: &'l [LineSum],
    open: [bool; 2],
}

impl Lines<'_> {
    /// Whether every figure of every line is the same.
    fn identical(&self) -> bool {
        let same = |(one, other): (&LineSum, &LineSum)| {
            (one.log10, one.single.to_bits(), one.charge, one.scored)
                == (other.log10, other.single.to_bits(), other.charge, other.scored)
        };
        self.first.iter().zip(self.other).all(same)
    }

    fn is_infinite(&self, line: usize) -> bool {
        [&self.first[line], &self.other[line]].iter().any(|line| line.scored < line.tokens)
    }

    /// Returns the total cost of a line under both models.
    fn paid(&self, line: usize) -> [f64; 2] {
        let paid = |sum: &LineSum, open| if open { sum.charge.total() } else { sum.bits() };
        [paid(&self.first[line], self.open[0]), paid(&self.other[line], self.open[1])]
    }

    /// Returns the difference on some lines; `None` if none of them is finite.
    fn row(&self, lines: Range<usize>) -> Option<Row> {
        let finite: Vec<Row> =
            lines.filter(|&line| !self.is_infinite(line)).map(|line| self.of(line)).collect();
        (!finite.is_empty()).then(|| sum(&finite))
    }

    fn of(&self, line: usize) -> Row {
        let (first, other) = (&self.first[line], &self.other[line]);
        let [paid, others] = self.paid(line);
        [
            (other.bits() - first.bits(), first.scored as f64),
            (other.known_bits() - first.known_bits(), first.known as f64),
            (others - paid, first.characters as f64),
        ]
    }

    /// Returns the first model's figures on the finite lines.
    fn firsts(&self) -> [Option<f64>; 3] {
        let mut sums = [Ratio::default(); 3];
        for (line, sum) in
            self.first.iter().enumerate().filter(|(line, _)| !self.is_infinite(*line))
        {
            sums[TOKENS].add(sum.bits(), sum.scored as f64);
            sums[KNOWN].add(sum.known_bits(), sum.known as f64);
            sums[CHARACTERS].add(self.paid(line)[0], sum.characters as f64);
        }
        sums.map(|sum| sum.value())
    }

    /// Returns how much wider the interval is over runs of lines within each text.
    fn widening(&self, main: usize, texts: &[TextRead]) -> Option<f64> {
        let (mut lines, mut runs) = (Ratio::default(), Ratio::default());
        for text in texts {
            let of = |line: usize| self.row(line..line + 1).unwrap_or_default();
            let rows: Vec<Row> = text.lines.clone().map(of).collect();
            rows.iter().for_each(|row| lines.add(row[main].0, row[main].1));
            for run in rows.chunks_exact(RUN as usize) {
                let (x, y) = sum(run)[main];
                runs.add(x, y);
            }
        }
        widening(&lines, &runs)
    }

    /// Returns the lines that most favour either model.
    fn quoted(&self, main: usize, texts: &[TextRead]) -> Vec<LineDifference> {
        let mut lines: Vec<(f64, usize)> = (0..self.first.len())
            .filter(|&line| !self.is_infinite(line))
            .map(|line| (self.of(line)[main].0, line))
            .filter(|(difference, _)| *difference != 0.0)
            .collect();
        lines.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let better = lines.iter().take_while(|(difference, _)| *difference < 0.0).count();
        let (others, firsts) = lines.split_at(better);
        let chosen = others.iter().take(QUOTED).chain(firsts.iter().rev().take(QUOTED));
        let quote = |&(_, line): &(f64, usize)| {
            let text = texts.iter().find(|text| text.lines.contains(&line))?;
            let number = line - text.lines.start;
            let bytes = text.bytes.split(|&byte| byte == b'\n').nth(number).unwrap_or_default();
            let [first, other] = match main {
                TOKENS => [self.first[line].bits(), self.other[line].bits()],
                _ => self.paid(line),
            };
            Some(LineDifference {
                file: text.name.clone(),
                line: number as u64 + 1,
                text: String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned(),
                first,
                other,
            })
        };
        chosen.filter_map(quote).collect()
    }
}

fn sum(rows: &[Row]) -> Row {
    let mut sum = Row::default();
    for row in rows {
        for (sum, part) in sum.iter_mut().zip(row) {
            *sum = (sum.0 + part.0, sum.1 + part.1);
        }
    }
    sum
}

/// The differences, in all and in each bootstrap sample.
struct Differences {
    ratios: [Ratio; 3],
    samples: Vec<[Ratio; 3]>,
}

impl Differences {
    fn new(rows: &[Row], how: Resampling) -> Differences {
        let mut ratios = [Ratio::default(); 3];
        for row in rows {
            ratios.iter_mut().zip(row).for_each(|(ratio, &(x, y))| ratio.add(x, y));
        }
        let samples = if rows.len() > 1 { resample(rows, how) } else { Vec::new() };
        Differences { ratios, samples }
    }

    /// Returns one of the three differences; with `rows`, also its p-value.
    fn of(
        &self,
        which: usize,
        first: Option<f64>,
        how: Resampling,
        rows: &[Row],
    ) -> Option<Difference> {
        let ratio = &self.ratios[which];
        let (first, difference) = (first?, ratio.value()?);
        let interval: Option<Interval> =
            studentised(ratio, self.samples.iter().map(|sample| sample[which]));
        let tested: Vec<f64> = rows.iter().map(|row| row[which].0).collect();
        Some(Difference {
            first,
            other: first + difference,
            difference,
            standard_error: ratio.standard_error(),
            interval,
            p_value: (tested.len() > 1).then(|| sign_flip(&tested, how)),
        })
    }
}

fn perplexity(bits: Option<Difference>) -> Option<PerplexityRatio> {
    let bits = bits?;
    Some(PerplexityRatio {
        first: bits.first.exp2(),
        other: bits.other.exp2(),
        ratio: bits.difference.exp2(),
        interval: bits.interval.map(|interval| interval.map(f64::exp2)),
    })
}

/// Returns the share of each kind of token in the difference; kinds without tokens are left out.
fn shares(
    names: impl Iterator<Item = String>,
    first: &[Sum],
    other: &[Sum],
    all: u64,
) -> Vec<Share> {
    let share = |((kind, &(tokens, first)), &(_, other)): ((String, &Sum), &Sum)| Share {
        kind,
        tokens,
        first: -first * LOG2_10 / tokens as f64,
        other: -other * LOG2_10 / tokens as f64,
        of_difference: (first - other) * LOG2_10 / all as f64,
    };
    names.zip(first).zip(other).map(share).filter(|share| share.tokens > 0).collect()
}
