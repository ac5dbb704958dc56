//! The HTML page that explains scores.

use super::page::{Page, card, plain};
use crate::escape::escape;
use crate::explain::counted;
use crate::plot::{Bar, Bars};
use ngram_eval::explain::steps::{Factor, Step, of_derivation, of_token};
use ngram_eval::explain::{ExplainedToken, Explanation, OpenCharge, Spelling};
use ngram_eval::number::{decimals, grouped, significant};
use ngram_model::derivation::{Backoff, SkipFactors};
use ngram_model::{Derivation, LanguageModel};
use ngram_tokenizer::WordId;
use std::fmt::Write;

/// The meaning of each colour.
const KINDS: [&str; 7] = [
    "stored probability",
    "back-off weight",
    "spelling",
    "word in its class",
    "new or known",
    "case",
    "spacing",
];

/// Renders explanations of sentences as a page. `name` is the name of the model.
pub fn page(explained: &[Explanation], model: &dyn LanguageModel, name: &str) -> String {
    let title = match explained {
        [only] => format!("“{}” under {name}", only.sentence),
        several => format!("{} sentences under {name}", several.len()),
    };
    let about = format!(
        "A model of order {}; tokens by the tokenizer {}; vocabulary of {} words.",
        model.order(),
        model.tokenizer(),
        grouped(model.vocab().len() as u64 - u64::from(WordId::SPECIAL)),
    );
    let mut page = Page::new(&title, &about);
    for (number, sentence) in (1..).zip(explained) {
        of_sentence(&mut page, number, sentence, explained.len() > 1);
    }
    page.html(
        "<footer>A probability is the product of its factors, and its bits, −log2 p, are the sum of theirs. \
         <code>ngram explain --json</code> prints the same numbers in full.</footer>\n",
    );
    page.finish()
}

/// Renders the explanation of one sentence for a part of another page, on which `number` tells it from
/// others.
pub fn part(explained: &Explanation, number: usize) -> String {
    let mut page = Page::new("", "");
    of_sentence(&mut page, number, explained, false);
    page.inside()
}

fn of_sentence(page: &mut Page, number: usize, explained: &Explanation, is_named: bool) {
    let tokens: Vec<(&ExplainedToken, Vec<Step<'_>>)> =
        explained.tokens.iter().map(|token| (token, of_token(token, explained.novelty))).collect();
    let heading = match is_named {
        true => format!("“{}”", explained.sentence),
        false => "What it costs".to_owned(),
    };
    page.section(&format!("sentence-{number}"), &heading, "");
    headlines(page, explained);
    overview(page, number, &tokens);
    let parts: Vec<Vec<Step<'_>>> =
        explained.tokens.iter().flat_map(|token| components(&token.derivation)).collect();
    let shown = || tokens.iter().map(|(_, steps)| steps).chain(&parts).map(Vec::as_slice);
    legend(page, shown().flatten());
    let scale = Scale::of(shown());
    for (token, steps) in &tokens {
        of_one(page, token, steps, explained.order, scale);
    }
    page.end_section();
}

fn headlines(page: &mut Page, explained: &Explanation) {
    let total = &explained.total;
    let value = |value: Option<f64>| value.map(|full| (full, decimals(full, 4)));
    let over = format!("{} tokens, </s> included", grouped(total.tokens));
    let left_out = match total.zero_probability_tokens {
        0 => String::new(),
        zeros => format!("; {} of probability 0 left out", grouped(zeros)),
    };
    page.html("<dl class=\"cards\">\n");
    let bits = Some((total.bits, decimals(total.bits, 4)));
    page.html(&card("Total", bits, "bits", &format!("Σ −log2 p over {over}{left_out}")));
    let meaning = format!("mean of −log2 p over {over}{left_out}");
    page.html(&card("Cross-entropy", value(total.bits_per_token), "bits a token", &meaning));
    let meaning = "as hard to foresee as so many equally likely tokens; OOVs as <unk>";
    page.html(&card("Perplexity", value(total.perplexity_including_oovs), "choices", meaning));
    if let Some(open) = &total.open_vocabulary {
        let bits = Some((open.total_bits, decimals(open.total_bits, 4)));
        let meaning = match open.bits_per_character {
            Some(bits) => format!(
                "spelling of unknown words, case and spacing included: {} a character with the line end",
                decimals(bits, 4)
            ),
            None => "spelling of unknown words, case and spacing included".to_owned(),
        };
        page.html(&card("The whole line", bits, "bits", &meaning));
    }
    page.html("</dl>\n");
}

fn overview(page: &mut Page, number: usize, tokens: &[(&ExplainedToken, Vec<Step<'_>>)]) {
    let bars = tokens.iter().map(|(token, steps)| {
        let bits = sum(steps);
        let written = match bits.is_finite() {
            true => decimals(bits, 2),
            false => "probability 0".to_owned(),
        };
        Bar { name: short(&token.token), values: vec![(bits, written)] }
    });
    let bars = Bars {
        id: format!("tokens-{number}"),
        title: "Bits of each token".to_owned(),
        description: "A bar for each token, as long as what is paid for it in bits, from the first to the end of \
                      the sentence."
            .to_owned(),
        label: "bits paid for the token".to_owned(),
        series: vec!["bits".to_owned()],
        bars: bars.collect(),
        names: 165.0,
    };
    let caption = "All that is paid for each token.";
    page.bars(&bars, caption);
}

/// Returns the steps of each model of a mixture.
fn components(derivation: &Derivation) -> Vec<Vec<Step<'_>>> {
    match derivation {
        Derivation::Mixture { components } => {
            components.iter().map(|component| of_derivation(&component.derivation)).collect()
        }
        _ => Vec::new(),
    }
}

fn legend<'s>(page: &mut Page, steps: impl Iterator<Item = &'s Step<'s>>) {
    let used: Vec<usize> = steps.map(|step| colour(&step.factor)).collect();
    let mut out = String::from("<ul class=\"legend\">");
    for (index, name) in KINDS.iter().enumerate() {
        let colour = index + 1;
        if used.contains(&colour) {
            let _ = write!(
                out,
                "<li><svg viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"c{colour}\" x=\"2\" y=\"2\" \
                 width=\"22\" height=\"12\" rx=\"2\"/></svg>{name}</li>",
            );
        }
    }
    out.push_str("</ul>\n");
    page.html(&out);
}

fn of_one(page: &mut Page, token: &ExplainedToken, steps: &[Step<'_>], order: usize, scale: Scale) {
    let bits = sum(steps);
    let mark = if token.oov { ", out of vocabulary, scored as <unk>" } else { "" };
    let cost = match bits.is_finite() {
        true => format!("{} bits", decimals(bits, 4)),
        false => "probability 0: infinitely many bits".to_owned(),
    };
    let mut out = format!(
        "<h3><bdi>{}</bdi> <span class=\"before\">{}, matched order {} of {order}{}</span></h3>\n",
        escape(&token.token),
        escape(&cost),
        token.matched,
        escape(mark),
    );
    if let Derivation::Skip(SkipFactors { skip, .. }) = &token.derivation {
        let words = if *skip == 1 { "word is" } else { "words are" };
        let _ = writeln!(
            out,
            "<p class=\"before\">{skip} {words} skipped before each that counts.</p>"
        );
    }
    ladder(&mut out, steps, token.open.as_ref(), scale);
    if let Derivation::Mixture { components } = &token.derivation {
        let whole = token.derivation.log_prob().prob();
        for component in components {
            let part = component.weight * component.probability / whole;
            let mut lead = format!(
                "{}: λ {} of p = {}, {} % of the sum",
                component.model,
                significant(component.weight, 4),
                significant(component.probability, 6),
                significant(part * 100.0, 3),
            );
            if component.share < 1.0 {
                lead.push_str("; it lacks the word, which gets nothing of its <unk>");
            }
            let _ = writeln!(out, "<div class=\"part\"><p>{}</p>", plain(&lead));
            ladder(&mut out, &of_derivation(&component.derivation), None, scale);
            out.push_str("</div>\n");
        }
    }
    let mut lines = String::new();
    token.counts.iter().flatten().for_each(|row| counted(&mut lines, row));
    if !lines.is_empty() {
        let _ = writeln!(out, "<pre class=\"counts\">{}</pre>", plain(&lines));
    }
    page.html(&out);
}

/// The range of bits that the bars span: its lower end, at most 0, and its width.
#[derive(Clone, Copy)]
struct Scale {
    low: f64,
    width: f64,
}

impl Scale {
    fn of<'s>(tokens: impl Iterator<Item = &'s [Step<'s>]>) -> Scale {
        let (mut low, mut high) = (0.0f64, 1.0f64);
        for steps in tokens {
            let mut reached = 0.0;
            for step in steps.iter().filter(|step| step.bits.is_finite()) {
                reached += step.bits;
                low = low.min(reached);
                high = high.max(reached);
            }
        }
        Scale { low, width: high - low }
    }

    /// Returns the left end and the width of a bar, in per cent.
    fn place(self, from: f64, to: f64) -> (f64, f64) {
        let percent = |bits: f64| (bits / self.width * 1e4).round() / 1e2;
        (percent(from.min(to) - self.low).max(0.0), percent((to - from).abs()).min(100.0))
    }
}

/// Writes a row for each step; its bar begins where the last one ended.
fn ladder(out: &mut String, steps: &[Step<'_>], open: Option<&OpenCharge>, scale: Scale) {
    out.push_str("<ol class=\"ladder\">\n");
    let mut reached = 0.0;
    for step in steps {
        let (ngram, said) = row(&step.factor, open);
        let to = if step.bits.is_finite() { reached + step.bits } else { reached };
        let (left, width) = scale.place(reached, to);
        reached = to;
        let bits = match step.bits.is_finite() {
            true => {
                let sign = if step.bits < 0.0 { "−" } else { "" };
                let shown = decimals(step.bits.abs(), 4);
                format!("<data value=\"{}\">{sign}{shown}</data> bits", step.bits)
            }
            false => "∞ bits".to_owned(),
        };
        let _ = writeln!(
            out,
            "<li><span class=\"ngram\" dir=\"auto\">{ngram}</span><span class=\"said\">{}</span><span class=\"run\">\
             <i class=\"c{}\" style=\"left:{left}%;width:{width}%\"></i></span><span class=\"number\">{bits}</span></li>",
            plain(&said),
            colour(&step.factor),
        );
    }
    out.push_str("</ol>\n");
}

/// Returns the subject of a step, as HTML, and a remark on it.
fn row(factor: &Factor<'_>, open: Option<&OpenCharge>) -> (String, String) {
    let number = |value: f64| significant(value, 6);
    match *factor {
        Factor::BackOff { table, kept, weight } => {
            let history = table.history[table.history.len() - kept..].join(" ");
            let said = match weight == 1.0 {
                true => "nothing stored after it: × 1".to_owned(),
                false => format!("not stored; backoff({history}): × {}", number(weight)),
            };
            (ngram(table, kept), said)
        }
        Factor::Stored { table, kept } => {
            (ngram(table, kept), format!("stored: p = {}", number(table.stored_probability)))
        }
        Factor::InClass { word, class, probability } => (
            format!("<b>{}</b>", escape(word)),
            format!("in its class {class}: × {}", number(probability)),
        ),
        Factor::Mixed { probability } => {
            ("Σ λ p".to_owned(), format!("the sum over the models: p = {}", number(probability)))
        }
        Factor::Given { probability } => {
            ("p".to_owned(), format!("as the model says: {}", number(probability)))
        }
        Factor::Novelty { novelty, oov } => {
            let [known, new] = [1.0 - novelty, novelty].map(number);
            let (what, said) = match oov {
                false => ("known", format!("not new: × (1 − ν) = {known}")),
                true => ("new", format!("× (1 − ν), and ν = {new} more")),
            };
            (what.to_owned(), said)
        }
        Factor::Spelling => ("spelled".to_owned(), spelled(open)),
        Factor::Case => {
            let form = open.and_then(|open| open.case.as_ref()).map_or("", |case| &case.form);
            ("case".to_owned(), format!("written {form}"))
        }
        Factor::Gap => {
            let gap = match open.map_or("", |open| &open.gap.text) {
                "" => "nothing".to_owned(),
                " " => "a space".to_owned(),
                other => format!("{other:?}"),
            };
            ("spacing".to_owned(), format!("before it: {gap}"))
        }
    }
}

/// Renders the history, with dropped words marked, and the word.
fn ngram(table: &Backoff, kept: usize) -> String {
    let mut out = String::new();
    let dropped = table.history.len() - kept;
    for (index, word) in table.history.iter().enumerate() {
        let tag = if index < dropped { "s" } else { "i" };
        let _ = write!(out, "<{tag}>{}</{tag}> ", escape(word));
    }
    let _ = write!(out, "<b>{}</b>", escape(&table.word));
    out
}

fn spelled(open: Option<&OpenCharge>) -> String {
    let Some(Spelling { letters, not_known_bits, .. }) =
        open.and_then(|open| open.spelling.as_ref())
    else {
        return String::new();
    };
    let letters = letters.iter().map(|spelled| match spelled.letter.as_str() {
        "" => format!("end {}", decimals(spelled.bits, 1)),
        letter => format!("{letter} {}", decimals(spelled.bits, 1)),
    });
    let letters: Vec<String> = letters.collect();
    format!("{}, less {} as no known word", letters.join(" + "), decimals(*not_known_bits, 1))
}

/// Returns the position of a factor's name in [`KINDS`], from 1.
fn colour(factor: &Factor<'_>) -> usize {
    match factor {
        Factor::Stored { .. } | Factor::Mixed { .. } | Factor::Given { .. } => 1,
        Factor::BackOff { .. } => 2,
        Factor::Spelling => 3,
        Factor::InClass { .. } => 4,
        Factor::Novelty { .. } => 5,
        Factor::Case => 6,
        Factor::Gap => 7,
    }
}

fn sum(steps: &[Step<'_>]) -> f64 {
    steps.iter().map(|step| step.bits).sum()
}

/// Shortens a token to fit a drawing.
fn short(token: &str) -> String {
    // Letters from Hangul and CJK up are twice as wide.
    let width = |letter: char| if letter < '\u{1100}' { 1 } else { 2 };
    if token.chars().map(width).sum::<usize>() <= 12 {
        return token.to_owned();
    }
    let mut room = 11;
    let fits = |letter: &char| {
        let width = width(*letter);
        let fits = width <= room;
        room = if fits { room - width } else { 0 };
        fits
    };
    token.chars().take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_eval::explain::explain;
    use ngram_testing::trained::every_model;

    /// Every step of every token is on the page, and the steps of a token sum to its bits.
    #[test]
    fn steps_come_to_what_is_paid() {
        every_model(|name, model| {
            let explained = ["w2 w0 w1 w11", "w1 zzz <x>"].map(|line| explain(model, line));
            let html = page(&explained, model, name);
            for sentence in &explained {
                for token in &sentence.tokens {
                    let steps = of_token(token, sentence.novelty);
                    let expected = token.open.as_ref().map_or(token.bits, |open| open.bits);
                    if !token.is_zero() {
                        let found = sum(&steps);
                        let off = (found - expected).abs() / (1.0 + expected);
                        assert!(off < 2e-6, "{name}: {found}, not {expected}");
                    }
                    for step in steps.iter().filter(|step| step.bits.is_finite()) {
                        assert!(
                            html.contains(&format!("<data value=\"{}\">", step.bits)),
                            "{name}"
                        );
                    }
                }
            }
            assert!(html.contains("&lt;x&gt;") && !html.contains("<x>"), "{html}");
        });
    }

    #[test]
    fn a_bar_begins_where_the_last_one_ends() {
        let step = |bits| Step { factor: Factor::Gap, bits };
        let steps = [step(3.0), step(-4.0), step(f64::INFINITY), step(2.0)];
        let scale = Scale::of([&steps[..]].into_iter());
        assert_eq!((scale.low, scale.width), (-1.0, 4.0));
        let mut out = String::new();
        ladder(&mut out, &steps, None, scale);
        let places: Vec<&str> =
            out.split("style=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(
            places,
            ["left:25%;width:75%", "left:0%;width:100%", "left:0%;width:0%", "left:0%;width:50%"]
        );
    }

    #[test]
    fn long_tokens_are_cut_for_drawings() {
        assert_eq!(short("twelve-signs"), "twelve-signs");
        assert_eq!(short("thirteen-sign"), "thirteen-si…");
        assert_eq!(short("漢字漢字漢字漢字"), "漢字漢字漢…");
    }
}
