//! Lists of hypotheses, as SRILM's `ngram -rescore` and `-nbest` score them, in the formats of nbest-format(5).

use super::ends::OmittedEnds;
use super::lists::Unknowns;
use super::srilm::Given;
use super::usage::Usage;
use crate::input;
use crate::tell::tell;
use crate::visible;
use anyhow::{Context, bail};
use ngram_eval::number::significant;
use ngram_model::Model;
use ngram_report::srilm::SrilmStats;
use ngram_tokenizer::WordId;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Significant digits of scores.
const DIGITS: usize = 7;

/// Bytelogs in a log10: a bytelog is a logarithm to the base 1.0001, which SRILM takes as exp(1 / 10000.5), divided
/// by 1024.
const BYTELOGS: f64 = std::f64::consts::LN_10 * 10000.5 / 1024.0;

/// A word that is in lists, but not in the text that a model predicts.
const PAUSE: &str = "-pau-";

const CANNOT_WRITE: &str = "cannot write to standard output";

/// How lists are read and scored.
pub struct Ranking<'r> {
    model: &'r Model,
    unknown: Unknowns<'r>,
    ends: OmittedEnds,
    /// The weight of the language model's log10 p: `-rescore-lmw`.
    model_weight: f64,
    /// The score of each word: `-rescore-wtw`.
    word_weight: f64,
    /// How many hypotheses are read: `-max-nbest`.
    most: Option<usize>,
    /// What joins the words of a multiword to split: `-split-multiwords`.
    joint: Option<char>,
    /// Whether they stay in the order of the list: `-no-reorder`.
    stay: bool,
    /// Whether total scores are written, as in `NBestList1.0`: `-decipher-nbest`.
    totals: bool,
}

/// The formats of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListFormat {
    /// `acoustic model words w1 w2 …`, or a line of the next.
    Srilm,
    /// `(total) w1 w2 …`, below `NBestList1.0`.
    Total,
    /// `(total) w1 ( st: 0.1 et: 0.2 g: -1 a: -2 ) w2 …`, below `NBestList2.0`.
    Timed,
}

/// A hypothesis, with scores in log10.
#[derive(Debug, PartialEq)]
struct Hypothesis {
    acoustic: f64,
    /// Whether the acoustic score holds that of a language model, too.
    is_total: bool,
    words: Vec<String>,
}

/// A hypothesis with its new scores.
struct Ranked {
    acoustic: f64,
    model: f64,
    length: u64,
    total: f64,
    words: Vec<String>,
}

/// What was unusual in a list.
#[derive(Default)]
struct Noted {
    oovs: u64,
    zeros: u64,
    totals: u64,
}

impl<'r> Ranking<'r> {
    /// Reads the options.
    pub fn given(
        given: &'r Given,
        model: &'r Model,
        unknown: Unknowns<'r>,
    ) -> anyhow::Result<Ranking<'r>> {
        let joint = match given.text("multi-char") {
            None => '_',
            Some(text) => match text.chars().collect::<Vec<_>>()[..] {
                [joint] => joint,
                _ => {
                    return Err(Usage("ngram: -multi-char is a single character".to_owned()).into());
                }
            },
        };
        Ok(Ranking {
            model,
            unknown,
            ends: OmittedEnds::given(given),
            model_weight: given.number("rescore-lmw")?.unwrap_or(8.0),
            word_weight: given.number("rescore-wtw")?.unwrap_or(0.0),
            // As in the original, 0 is all.
            most: given.number("max-nbest")?.filter(|&most| most > 0),
            joint: given.has("split-multiwords").then_some(joint),
            stay: given.has("no-reorder"),
            totals: given.has("decipher-nbest"),
        })
    }

    /// Gives each hypothesis of a stream, which has no header, a new score, and writes it.
    pub fn rescore(&self, path: &Path) -> anyhow::Result<()> {
        let input = input::named(path)?;
        let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
        let mut noted = Noted::default();
        let lines = BufReader::with_capacity(1 << 16, input.open(|_| ())?).lines();
        for (number, line) in (1u64..).zip(lines) {
            let line = line.with_context(|| format!("cannot read {}", input.name))?;
            let Some(hypothesis) = parse(&line, ListFormat::Srilm, None)
                .with_context(|| format!("{}, line {number}", input.name))?
            else {
                continue;
            };
            let ranked = self.score(hypothesis, &mut noted);
            write_scores(&mut out, &ranked).context(CANNOT_WRITE)?;
        }
        out.flush().context(CANNOT_WRITE)?;
        noted.tell(&input.name);
        Ok(())
    }

    /// Ranks the hypotheses of a list, the best first, and writes them with their new scores.
    pub fn rank(&self, path: &Path) -> anyhow::Result<()> {
        let input = input::named(path)?;
        let (mut noted, mut ranked) = (Noted::default(), Vec::new());
        let mut format = ListFormat::Srilm;
        let lines = BufReader::with_capacity(1 << 16, input.open(|_| ())?).lines();
        for (number, line) in (1u64..).zip(lines) {
            if self.most.is_some_and(|most| ranked.len() >= most) {
                break;
            }
            let line = line.with_context(|| format!("cannot read {}", input.name))?;
            match (number, line.split_ascii_whitespace().next()) {
                (1, Some("NBestList1.0")) => format = ListFormat::Total,
                (1, Some("NBestList2.0")) => format = ListFormat::Timed,
                _ => {
                    let hypothesis = parse(&line, format, self.joint)
                        .with_context(|| format!("{}, line {number}", input.name))?;
                    ranked.extend(hypothesis.map(|found| self.score(found, &mut noted)));
                }
            }
        }
        if ranked.is_empty() {
            tell!("warning: {} has no hypotheses", input.name);
            return Ok(());
        }
        if !self.stay {
            // Those of the same score stay in the order of the list.
            ranked.sort_by(|one, other| other.total.total_cmp(&one.total));
        }
        let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
        if self.totals {
            writeln!(out, "NBestList1.0").context(CANNOT_WRITE)?;
        }
        for hypothesis in &ranked {
            match self.totals {
                true => write_total(&mut out, hypothesis),
                false => write_scores(&mut out, hypothesis),
            }
            .context(CANNOT_WRITE)?;
        }
        out.flush().context(CANNOT_WRITE)?;
        noted.tell(&input.name);
        Ok(())
    }

    /// Scores a hypothesis. Its length, as in the original, is that of what is scored, less one.
    fn score(&self, hypothesis: Hypothesis, noted: &mut Noted) -> Ranked {
        let Hypothesis { acoustic, is_total, words } = hypothesis;
        let inner = match words.first() {
            Some(word) if word == "<s>" => &words[1..],
            _ => &words[..],
        };
        let inner = match inner.split_last() {
            Some((word, rest)) if word == "</s>" => rest,
            _ => inner,
        };
        let spoken = inner.iter().filter(|word| *word != PAUSE);
        let ids: Vec<WordId> = spoken.map(|word| self.unknown.id(self.model, word)).collect();
        let mut scores = Vec::new();
        self.ends.score(self.model, &ids, &mut scores);
        let mut stats = SrilmStats::default();
        for (&word, score) in ids.iter().chain([&WordId::END]).zip(&scores) {
            self.unknown.add(&mut stats, word, score.log_prob, 1);
        }
        noted.oovs += stats.oovs;
        noted.zeros += stats.zeros;
        noted.totals += u64::from(is_total);
        let length = (scores.len() as u64).saturating_sub(1);
        // Adding zero drops the sign of −0.
        let model = self.model_weight * stats.log10 + 0.0;
        let total = acoustic + model + self.word_weight * length as f64;
        Ranked { acoustic, model, length, total, words }
    }
}

impl Noted {
    fn tell(&self, name: &str) {
        let Noted { oovs, zeros, totals } = self;
        if oovs + zeros > 0 {
            tell!(
                "warning: {name}: {oovs} words out of vocabulary and {zeros} of probability 0 add nothing to scores, as in the original"
            );
        }
        if *totals > 0 {
            tell!(
                "warning: {name}: {totals} hypotheses have total scores, with a language model's in them; they are taken as acoustic scores"
            );
        }
    }
}

fn write_scores(out: &mut impl Write, hypothesis: &Ranked) -> io::Result<()> {
    let Ranked { acoustic, model, length, words, .. } = hypothesis;
    let [acoustic, model] = [*acoustic, *model].map(|score| significant(score, DIGITS));
    write!(out, "{acoustic} {model} {length}")?;
    words.iter().try_for_each(|word| write!(out, " {word}"))?;
    writeln!(out)
}

fn write_total(out: &mut impl Write, hypothesis: &Ranked) -> io::Result<()> {
    write!(out, "({:.0})", (hypothesis.total * BYTELOGS).round_ties_even() + 0.0)?;
    hypothesis.words.iter().try_for_each(|word| write!(out, " {word}"))?;
    writeln!(out)
}

/// Reads a line, with its multiwords split at a character; `None` if it is blank.
fn parse(
    line: &str,
    format: ListFormat,
    joint: Option<char>,
) -> anyhow::Result<Option<Hypothesis>> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    let Some((first, rest)) = fields.split_first() else { return Ok(None) };
    let (acoustic, is_total, words) = match format {
        ListFormat::Srilm if !first.starts_with('(') => {
            let [old, length, words @ ..] = rest else {
                bail!(
                    "a hypothesis has an acoustic score, one of the language model, the number of words, and the words"
                );
            };
            number(old)?;
            length.parse::<u64>().with_context(|| format!("{length:?} is no number of words"))?;
            (number(first)?, false, words.to_vec())
        }
        ListFormat::Srilm | ListFormat::Total => (total(first)?, true, rest.to_vec()),
        ListFormat::Timed => {
            total(first)?;
            let (acoustic, words) = timed(rest)?;
            (acoustic, false, words)
        }
    };
    let words = words.into_iter().flat_map(|word| match joint {
        Some(joint) => word.split(joint).map(str::to_owned).collect(),
        None => vec![word.to_owned()],
    });
    Ok(Some(Hypothesis { acoustic, is_total, words: words.collect() }))
}

/// Reads the words with their times and scores. Returns the sum of their acoustic scores, too.
fn timed<'l>(fields: &[&'l str]) -> anyhow::Result<(f64, Vec<&'l str>)> {
    let (mut acoustic, mut words, mut end_before) = (0.0, Vec::new(), f64::NEG_INFINITY);
    for token in fields.chunks(11) {
        let [word, "(", "st:", start, "et:", end, "g:", model, "a:", sound, ")"] = token else {
            bail!(
                "{token:?} is no word with its times and scores, `w ( st: 0 et: 1 g: -2 a: -3 )`"
            );
        };
        number(model)?;
        let (start, end, sound) = (number(start)?, number(end)?, number(sound)?);
        // Sounds and states follow the word that they are in, within its time.
        if start > end_before {
            words.push(*word);
            acoustic += sound / BYTELOGS;
            end_before = end;
        }
    }
    Ok((acoustic, words))
}

/// Reads a total score in parentheses, in bytelogs.
fn total(field: &str) -> anyhow::Result<f64> {
    let inner = field.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let score = inner.with_context(|| format!("{field:?} is no score in parentheses"))?;
    Ok(number(score)? / BYTELOGS)
}

fn number(field: &str) -> anyhow::Result<f64> {
    let number = field.parse::<f64>().ok().filter(|number| number.is_finite());
    number.with_context(|| format!("{field:?} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, format: ListFormat) -> Hypothesis {
        parse(line, format, Some('_')).unwrap().unwrap()
    }

    /// 9.8 bytelogs are a factor of e: ln p = 1024 / 10000.5 a bytelog.
    #[test]
    fn all_formats_are_read() {
        let plain = read("-120.5 -3.25 3 a b_c", ListFormat::Srilm);
        let words: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(plain, Hypothesis { acoustic: -120.5, is_total: false, words: words.clone() });
        let log10 = -2000.0 * 1024.0 / 10000.5 / std::f64::consts::LN_10;
        for format in [ListFormat::Srilm, ListFormat::Total] {
            let found = read("(-2000) a b_c", format);
            assert!((found.acoustic - log10).abs() < 1e-12, "{}", found.acoustic);
            assert_eq!((found.is_total, found.words), (true, words.clone()));
        }
        // The sound [a] and its state are within the time of a.
        let timed = "(-2600) a ( st: 0.00 et: 0.30 g: -100 a: -500 ) [a] ( st: 0.00 et: 0.30 g: 0 a: -500 ) \
                     a-1 ( st: 0.10 et: 0.30 g: 0 a: -9 ) b_c ( st: 0.31 et: 0.60 g: -500 a: -1500 )";
        let found = read(timed, ListFormat::Timed);
        assert!((found.acoustic - log10).abs() < 1e-12, "{}", found.acoustic);
        assert_eq!((found.is_total, found.words), (false, words));
        assert_eq!(parse(" \t", ListFormat::Total, None).unwrap(), None);
    }

    #[test]
    fn malformed_lines_are_told() {
        let cases = [
            ("-1 -2", ListFormat::Srilm, "a hypothesis has"),
            ("-1 x 2 a b", ListFormat::Srilm, "no number"),
            ("-1 -2 2.5 a b", ListFormat::Srilm, "no number of words"),
            ("nan -2 2 a b", ListFormat::Srilm, "no number"),
            ("-5 a b", ListFormat::Total, "no score in parentheses"),
            ("(-5) a ( st: 0 et: 1 g: 2 )", ListFormat::Timed, "times and scores"),
            ("(-5) a ( st: 0 et: 1 g: 2 b: 3 )", ListFormat::Timed, "times and scores"),
            ("(-5) a ( st: 0 et: 1 g: 2 a: x )", ListFormat::Timed, "no number"),
        ];
        for (line, format, needle) in cases {
            let error = format!("{:#}", parse(line, format, None).unwrap_err());
            assert!(error.contains(needle), "{line}: {error}");
        }
    }
}
