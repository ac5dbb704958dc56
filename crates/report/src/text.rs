//! Renders a report as text: every figure with its unit, formula and denominator.

use ngram_eval::error::shown;
use ngram_eval::mixture::PartReport;
use ngram_eval::number::{figure, grouped};
use ngram_eval::report::{Figures, OpenFigures, Report};
use ngram_eval::sampling::Interval;
use ngram_eval::spread::Intervals;
use std::fmt::Write;

/// Shown for a figure that cannot be computed.
const NONE: &str = "cannot be computed";

/// Renders the report in some twenty lines.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    let figures = &report.figures;
    title(&mut out, report);
    measures(&mut out, figures);
    out.push('\n');
    if let Some(parts) = &report.parts {
        mixed(&mut out, parts);
        out.push('\n');
    }
    if let Some(found) = &figures.intervals {
        intervals(&mut out, found);
        out.push('\n');
    }
    unknown(&mut out, figures, report.token_unit);
    out.push('\n');
    matched(&mut out, figures);
    out.push('\n');
    sizes(&mut out, report);
    if report.files.len() > 1 {
        out.push('\n');
        files(&mut out, report);
    }
    for note in &report.notes {
        let _ = writeln!(out, "\nnote: {note}.");
    }
    out
}

fn title(out: &mut String, report: &Report) {
    match report.files.as_slice() {
        [] => out.push_str("no text"),
        [only] => out.push_str(shown(&only.file)),
        files => {
            let _ = write!(out, "{} texts together", files.len());
        }
    }
    out.push_str("\n\n");
}

fn row(out: &mut String, label: &str, value: &str, explanation: &str) {
    let row = format!("{label:<27}{value:>16}  {explanation}");
    let _ = writeln!(out, "{}", row.trim_end());
}

fn measures(out: &mut String, figures: &Figures) {
    let scored = figures.tokens - figures.zero_probability_tokens;
    let tokens = match figures.zero_probability_tokens {
        0 => format!("{} tokens", grouped(scored)),
        _ => format!("{} tokens of probability above 0", grouped(scored)),
    };
    let value = |figure_or_none: Option<f64>| figure_or_none.map_or(NONE.to_owned(), figure);
    row(
        out,
        "cross-entropy",
        &value(figures.bits_per_token),
        &format!("bits a token: Σ −log2 p / {tokens}"),
    );
    row(
        out,
        "perplexity including OOVs",
        &value(figures.perplexity_including_oovs),
        &format!("10^(−Σ log10 p / tokens), over {tokens}"),
    );
    row(
        out,
        "perplexity excluding OOVs",
        &value(figures.perplexity_excluding_oovs),
        &format!(
            "10^(−Σ log10 p / tokens), over the {} of them that are no OOV",
            grouped(scored - (figures.oovs - figures.zero_probability_oovs))
        ),
    );
    let open = figures.open_vocabulary.as_ref();
    if let Some(words) = figures.text_words {
        let paid = if open.is_some() { "all that is paid" } else { "Σ −log2 p" };
        let (words, sentences) = (grouped(words), grouped(figures.sentences));
        let over = format!("2^({paid} / ({words} words between white space + {sentences} </s>))");
        row(out, "perplexity a word", &value(figures.perplexity_per_word), &over);
    }
    let (per_character, per_byte, total) = match open {
        Some(open) => (open.bits_per_character, open.bits_per_byte, open.total_bits),
        None => (figures.bits_per_character, figures.bits_per_byte, figures.total_bits),
    };
    let over = |count: u64, what: &str| {
        let paid = if open.is_some() { "all that is paid" } else { "Σ −log2 p" };
        format!("{paid} / {} {what} of the raw text, line ends included", grouped(count))
    };
    row(out, "bits per character", &value(per_character), &over(figures.characters, "characters"));
    row(out, "bits per byte", &value(per_byte), &over(figures.bytes, "bytes"));
    match open {
        Some(open) => {
            charges(out, open, figures.characters);
            if let Some(adaptive) = &figures.adaptive {
                out.push('\n');
                let characters = grouped(figures.characters);
                let over = format!(
                    "as the model adapts to the text: all that is paid / {characters} characters"
                );
                row(out, "bits per character", &value(adaptive.bits_per_character), &over);
                charges(out, adaptive, figures.characters);
            }
        }
        None => row(out, "total", &figure(total), "bits: Σ −log2 p"),
    }
}

/// Writes the parts of a mixture.
fn mixed(out: &mut String, parts: &[PartReport]) {
    row(out, "a mixture of", "perplexity alone", "weight");
    for PartReport { name, weight, perplexity, .. } in parts {
        let perplexity = perplexity.filter(|perplexity| perplexity.is_finite());
        let alone = perplexity.map_or_else(|| "infinite".to_owned(), figure);
        row(out, &format!("  {}", shown(name)), &alone, &format!("{weight:.4}"));
    }
}

/// Writes the open-vocabulary costs, part by part.
fn charges(out: &mut String, open: &OpenFigures, characters: u64) {
    row(out, "total", &figure(open.total_bits), "bits, paid for:");
    let parts = [
        ("  tokens", open.token_bits, "which word, or that it is unknown"),
        ("  spelling", open.spelling_bits, "which unknown word"),
        ("  case", open.case_bits, "capitals, where tokens have none"),
        ("  spacing", open.spacing_bits, "what stands between tokens"),
    ];
    for (label, bits, what) in parts {
        let each = match characters {
            0 => String::new(),
            _ => format!("{:.4} a character: ", bits / characters as f64),
        };
        row(out, label, &figure(bits), &format!("{each}{what}"));
    }
}

/// Writes both ends of each interval.
fn intervals(out: &mut String, intervals: &Intervals) {
    let rows = [
        ("cross-entropy", intervals.bits_per_token),
        ("perplexity including OOVs", intervals.perplexity_including_oovs),
        ("perplexity excluding OOVs", intervals.perplexity_excluding_oovs),
        ("bits per character", intervals.bits_per_character),
    ];
    let units = format!("{} {}", grouped(intervals.units), intervals.unit.several());
    let mut over = format!(", the 95 % interval over {units}");
    for (label, interval) in rows {
        if let Some(interval) = interval {
            let Interval { low, high } = interval;
            let reach = format!("± {}", figure(interval.half()));
            row(out, label, &reach, &format!("{} to {}{over}", figure(low), figure(high)));
            over.clear();
        }
    }
}

fn unknown(out: &mut String, figures: &Figures, unit: &str) {
    let rate = match figures.oov_rate {
        Some(rate) => format!("{:.2} % of {} {unit}", rate * 100.0, grouped(figures.words)),
        None => format!("there are no {unit}"),
    };
    row(out, "OOVs", &grouped(figures.oovs), &format!("{unit} out of vocabulary: {rate}"));
    row(
        out,
        "zero probabilities",
        &grouped(figures.zero_probability_tokens),
        if figures.infinite {
            "tokens of probability 0, in none of the sums above: with them every figure is infinite"
        } else {
            "tokens of probability 0"
        },
    );
}

fn matched(out: &mut String, figures: &Figures) {
    for matched in &figures.matched {
        let share = matched.share.map_or(String::new(), |share| format!("{:.2} %", share * 100.0));
        let label = format!("matched at order {}", matched.order);
        let what = match matched.order {
            1 => "tokens for which no history helped",
            _ => "tokens by their longest n-gram in the model",
        };
        row(out, &label, &grouped(matched.tokens), &format!("{share:>7} {what}"));
    }
}

fn sizes(out: &mut String, report: &Report) {
    let figures = &report.figures;
    row(out, "sentences", &grouped(figures.sentences), "lines");
    let unit = report.token_unit;
    row(out, unit, &grouped(figures.words), "tokens of the text");
    row(out, "tokens", &grouped(figures.tokens), &format!("{unit} and one </s> a sentence"));
    row(
        out,
        "time",
        &format!("{:.3}", report.seconds),
        &match report.tokens_per_second {
            Some(rate) => format!("seconds, {} tokens a second", grouped(rate.round() as u64)),
            None => "seconds".to_owned(),
        },
    );
    row(
        out,
        "model",
        &format!("order {}", report.order),
        &format!(
            "tokenizer {}{}, vocabulary of {} {unit}, {}",
            report.tokenizer,
            if report.lowercase { " (lowercased)" } else { "" },
            grouped(report.vocabulary_size),
            match (report.vocabulary_closed, &figures.open_vocabulary) {
                (_, Some(_)) => "open",
                (true, None) => "closed",
                (false, None) => "complete: there are no others",
            },
        ),
    );
}

fn files(out: &mut String, report: &Report) {
    let _ = writeln!(
        out,
        "{:>12}{:>10}{:>13}{:>15}{:>15}{:>11}  file",
        "tokens", "OOVs", "bits/token", "ppl incl. OOV", "ppl excl. OOV", "bits/char"
    );
    for file in &report.files {
        let figures = &file.figures;
        let value = |value: Option<f64>| value.map_or("-".to_owned(), figure);
        let _ = writeln!(
            out,
            "{:>12}{:>10}{:>13}{:>15}{:>15}{:>11}  {}",
            grouped(figures.tokens),
            grouped(figures.oovs),
            value(figures.bits_per_token),
            value(figures.perplexity_including_oovs),
            value(figures.perplexity_excluding_oovs),
            value(figures.bits_per_character),
            shown(&file.file),
        );
    }
}

#[cfg(test)]
mod tests {
    use ngram_eval::{Evaluation, Report};
    use ngram_testing::toy::Toy;
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

    fn shown(model: &Toy, texts: &[(&str, &str)]) -> String {
        let mut evaluation = Evaluation::new(model);
        for (name, text) in texts {
            evaluation.read(name, text.as_bytes()).unwrap();
        }
        let report = evaluation.report();
        super::report(&Report { seconds: 0.5, tokens_per_second: Some(12345.6), ..report })
    }

    #[test]
    fn shows_every_figure_with_its_denominator() {
        // the −.25, cat −.5, sat −.75, </s> 0; the −.25, dog −2.25, </s> −1: Σ −5, known −2.75.
        let expected = "\
held.txt

cross-entropy                        2.3728  bits a token: Σ −log2 p / 7 tokens
perplexity including OOVs            5.1795  10^(−Σ log10 p / tokens), over 7 tokens
perplexity excluding OOVs            2.8730  10^(−Σ log10 p / tokens), over the 6 of them that are no OOV
bits per character                   0.8305  Σ −log2 p / 20 characters of the raw text, line ends included
bits per byte                        0.8305  Σ −log2 p / 20 bytes of the raw text, line ends included
total                               16.6096  bits: Σ −log2 p

OOVs                                      1  words out of vocabulary: 20.00 % of 5 words
zero probabilities                        0  tokens of probability 0

matched at order 1                        2  28.57 % tokens for which no history helped
matched at order 2                        5  71.43 % tokens by their longest n-gram in the model

sentences                                 2  lines
words                                     5  tokens of the text
tokens                                    7  words and one </s> a sentence
time                                  0.500  seconds, 12,346 tokens a second
model                               order 2  tokenizer whitespace, vocabulary of 3 words, closed

note: the vocabulary is closed: every unknown word is scored as the one symbol <unk>. \
Bits per character are no bound on the entropy of English, as nothing is charged for \
which unknown word stands at each <unk> and the spacing between tokens.
";
        assert_eq!(shown(&Toy::exact(), &[("held.txt", "the cat sat\nthe dog\n")]), expected);
    }

    #[test]
    fn characters_are_no_words() {
        let mut toy = Toy::exact();
        toy.tokenizer = TokenizerSpec::new(TokenizerKind::Chars);
        let shown = shown(&toy, &[("held.txt", "a  b\nc\n")]);
        // a, two spaces and b are unknown: −2.5 after <s>, −2 each; c −2.5; </s> −1 each: Σ −13 over 3 + 2 words.
        for line in [
            "perplexity a word                  398.1072  2^(Σ −log2 p / (3 words between white space + 2 </s>))\n",
            "OOVs                                      5  characters out of vocabulary: 100.00 % of 5 characters\n",
            "characters                                5  tokens of the text\n",
            "tokens                                    7  characters and one </s> a sentence\n",
            "vocabulary of 3 characters, closed\n",
        ] {
            assert!(shown.contains(line), "{line}{shown}");
        }
        assert!(!shown.contains("words out of"), "{shown}");
    }

    #[test]
    fn what_cannot_be_computed_is_said_to_be_so() {
        let shown = shown(&Toy::exact(), &[("empty.txt", "")]);
        assert_eq!(shown.matches("cannot be computed").count(), 6, "{shown}");
        assert!(!shown.contains("NaN") && !shown.contains("inf"), "{shown}");
    }

    #[test]
    fn several_texts_have_a_row_each() {
        let shown = shown(&Toy::exact(), &[("a.txt", "the\n"), ("-", "")]);
        let expected = "
      tokens      OOVs   bits/token  ppl incl. OOV  ppl excl. OOV  bits/char  file
           2         0       2.4914         5.6234         5.6234     1.2457  a.txt
           0         0            -              -              -          -  standard input
";
        assert!(shown.starts_with("2 texts together\n"), "{shown}");
        assert!(shown.contains(expected), "{shown}");
    }
}
