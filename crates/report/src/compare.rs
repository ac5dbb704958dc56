//! Renders a comparison as text: which model is better, by how much, and where.

use ngram_eval::compare::{Compared, Difference, LineDifference, Pair, PerplexityRatio, Share};
use ngram_eval::error::shown;
use ngram_eval::number::{decimals, grouped};
use ngram_eval::sampling::Interval;
use std::fmt::Write;

/// The number of characters quoted from a line.
const QUOTED: usize = 90;

/// The p-value below which a difference is reported as more than chance.
const CHANCE: f64 = 0.05;

/// Renders a comparison as tables and sentences.
pub fn compared(compared: &Compared) -> String {
    let mut out = String::new();
    let texts: Vec<&str> = compared.texts.iter().map(|name| shown(name)).collect();
    let _ = writeln!(out, "{}\n", texts.join(" "));
    models(&mut out, compared);
    for pair in &compared.pairs {
        out.push('\n');
        beside(&mut out, pair, compared);
    }
    let mut notes = Vec::new();
    for model in &compared.models {
        // Notes on bits per character appear where these are compared.
        for note in model.report.notes.iter().filter(|_| model.report.figures.infinite).take(1) {
            notes.push(format!("{}: {note}", model.name));
        }
    }
    for note in notes {
        let _ = writeln!(out, "\nnote: {note}.");
    }
    out
}

/// Writes one row per model.
fn models(out: &mut String, compared: &Compared) {
    let width =
        compared.models.iter().map(|model| model.name.chars().count()).max().unwrap_or(0).max(5);
    let _ = writeln!(
        out,
        "{:<width$}{:>6}  {:<11}{:>11}{:>8}{:>12}{:>15}{:>15}{:>11}",
        "model",
        "order",
        "tokenizer",
        "vocabulary",
        "OOVs",
        "bits/token",
        "ppl incl. OOV",
        "ppl excl. OOV",
        "bits/char"
    );
    for model in &compared.models {
        let report = &model.report;
        let figures = &report.figures;
        let value = |value: Option<f64>| value.map_or("-".to_owned(), |value| decimals(value, 4));
        let open = figures.open_vocabulary.as_ref();
        let _ = writeln!(
            out,
            "{:<width$}{:>6}  {:<11}{:>11}{:>8}{:>12}{:>15}{:>15}{:>11}",
            model.name,
            report.order,
            report.tokenizer,
            grouped(report.vocabulary_size),
            grouped(figures.oovs),
            value(figures.bits_per_token),
            value(figures.perplexity_including_oovs),
            value(figures.perplexity_excluding_oovs),
            value(open.map_or(figures.bits_per_character, |open| open.bits_per_character)),
        );
    }
}

fn beside(out: &mut String, pair: &Pair, compared: &Compared) {
    let Pair { first, other, .. } = pair;
    let _ = writeln!(
        out,
        "{:<44}{:>12}{:>26}{:>12}",
        format!("{other} against {first}"),
        "difference",
        "95 % interval",
        "p"
    );
    let mut row = |name: &str,
                   value: String,
                   interval: Option<Interval>,
                   p: Option<f64>,
                   shown: fn(f64) -> String| {
        let interval = interval.map_or("-".to_owned(), |Interval { low, high }| {
            format!("{} to {}", shown(low), shown(high))
        });
        let p = p.map_or(String::new(), |p| format!("{p:.4}"));
        let _ =
            writeln!(out, "{}", format!("{name:<44}{value:>12}{interval:>26}{p:>12}").trim_end());
    };
    let bits = |value: f64| format!("{value:+.4}");
    let times = |value: f64| format!("{value:.4}");
    if let Some(Difference { difference, interval, p_value, .. }) = pair.bits_per_token {
        row("cross-entropy, bits a token", bits(difference), interval, p_value, bits);
    }
    let perplexities = [
        ("perplexity including OOVs, times", pair.perplexity_including_oovs),
        ("perplexity excluding OOVs, times", pair.perplexity_excluding_oovs),
    ];
    for (name, ratio) in perplexities {
        if let Some(PerplexityRatio { ratio, interval, .. }) = ratio {
            row(name, times(ratio), interval, None, times);
        }
    }
    if let Some(Difference { difference, interval, p_value, .. }) = pair.bits_per_character {
        row("bits per character", bits(difference), interval, p_value, bits);
    }
    for reason in &pair.reasons {
        let _ = writeln!(out, "  {reason}.");
    }
    verdict(out, pair, compared);
    table(out, "by the longest n-gram of the first model", &pair.by_matched_order);
    table(out, "by how probable the word is by itself", &pair.by_word);
    lines(out, pair);
}

/// Writes what the figures say, in sentences.
fn verdict(out: &mut String, pair: &Pair, compared: &Compared) {
    let Pair { first, other, .. } = pair;
    if pair.identical {
        let _ = writeln!(
            out,
            "\nThe two are identical on this text: both give every token the same probability."
        );
        return;
    }
    let Some(main) = pair.bits_per_token.or(pair.bits_per_character) else { return };
    let unit = if pair.bits_per_token.is_some() { "bits a token" } else { "bits a character" };
    let (better, worse) = if main.difference < 0.0 { (other, first) } else { (first, other) };
    let size = main.difference.abs();
    let percent = 100.0 * size / if main.difference < 0.0 { main.first } else { main.other };
    let _ = write!(out, "\n{better} is better than {worse} by {size:.4} {unit}, {percent:.2} %");
    let _ = match main.p_value {
        None => {
            writeln!(out, ". Of one {}, nothing can be said about any other text.", compared.by)
        }
        Some(p) if p < CHANCE => {
            writeln!(out, ": more than chance would make of models that are alike (p = {p:.4}).")
        }
        Some(p) => {
            writeln!(out, ": no more than chance could make of models that are alike (p = {p:.4}).")
        }
    };
    let _ = writeln!(
        out,
        "Fewer bits on {} {} for {other}, on {} for {first}, as many on {}.",
        grouped(pair.other_better),
        several(&compared.by),
        grouped(pair.first_better),
        grouped(pair.alike)
    );
    if pair.units > 1 {
        let together = match pair.together {
            1 => several(&compared.by),
            together => format!("groups of {together} neighbouring {}", several(&compared.by)),
        };
        let _ = writeln!(
            out,
            "Interval and p-value: {} samples of {} {together}; seed {}.",
            grouped(compared.samples as u64),
            grouped(pair.units),
            compared.seed
        );
    }
    if let Some(times) = pair.widening.filter(|_| compared.by == "sentence") {
        let _ = writeln!(
            out,
            "Neighbouring lines are alike: over runs of 50 lines the interval would be {times:.1} times as wide. This one is for \
             other sentences of the same texts; for other texts, see --by."
        );
    }
    if pair.infinite_lines > 0 {
        let _ = writeln!(
            out,
            "{} lines with a token of probability 0 under one of them are in none of this.",
            grouped(pair.infinite_lines)
        );
    }
}

/// The plural of the unit drawn.
fn several(by: &str) -> String {
    match by.strip_prefix("run ") {
        Some(of_lines) => format!("runs {of_lines}"),
        None => format!("{by}s"),
    }
}

/// Writes where the difference lies, by kind of token.
fn table(out: &mut String, title: &str, shares: &[Share]) {
    if shares.is_empty() {
        return;
    }
    let all: u64 = shares.iter().map(|share| share.tokens).sum();
    let _ = writeln!(
        out,
        "\n{title:<44}{:>12}{:>8}{:>9}{:>9}{:>16}",
        "tokens", "share", "first", "other", "of difference"
    );
    for share in shares {
        let _ = writeln!(
            out,
            "  {:<42}{:>12}{:>6.1} %{:>9.3}{:>9.3}{:>+16.4}",
            share.kind,
            grouped(share.tokens),
            100.0 * share.tokens as f64 / all as f64,
            share.first,
            share.other,
            share.of_difference
        );
    }
}

fn lines(out: &mut String, pair: &Pair) {
    let (others, firsts): (Vec<_>, Vec<_>) =
        pair.lines.iter().partition(|line| line.other < line.first);
    for (name, lines) in [(&pair.other, others), (&pair.first, firsts)] {
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\nlines that speak most for {name}: bits less, and the line");
        for LineDifference { file, line, text, first, other } in lines {
            let mut quoted: String =
                text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
            if text.chars().nth(QUOTED).is_some() {
                quoted.push('…');
            }
            let _ =
                writeln!(out, "{:>9.1}  {}:{}: {quoted}", (other - first).abs(), shown(file), line);
        }
    }
}
