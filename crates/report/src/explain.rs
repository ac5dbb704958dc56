//! Renders explanations of scores as text and as JSON Lines.

use super::json;
use ngram_eval::explain::{ExplainedToken, Explanation, OpenCharge, Spelling, Total};
use ngram_eval::number::{figure, shortest, significant};
use ngram_model::derivation::{Backoff, ClassFactors, Component, Counted, SkipFactors};
use ngram_model::{Derivation, LogProb};
use ngram_tokenizer::escape;
use std::borrow::Cow;
use std::fmt::Write;

/// Renders every token with its factors, and the totals.
pub fn text(explained: &Explanation) -> String {
    let mut out = format!("{}\n", explained.sentence);
    for token in &explained.tokens {
        of_token(&mut out, token, explained.novelty);
    }
    total(&mut out, &explained.total);
    out
}

/// Renders one JSON object on a line of its own.
pub fn line(explained: &Explanation) -> String {
    json::line(explained)
}

fn of_token(out: &mut String, token: &ExplainedToken, novelty: Option<f64>) {
    let _ = write!(out, "\n{}", escape(&token.token));
    if token.oov {
        out.push_str("  out of vocabulary, scored as <unk>");
    }
    out.push('\n');
    derivation(out, 2, &token.derivation);
    token.counts.iter().flatten().for_each(|row| counted(out, row));
    let _ = writeln!(out, "  {} bits, order {}", figure(token.bits), token.matched);
    if let Some((charge, novelty)) = token.open.as_ref().zip(novelty) {
        open(out, token, charge, novelty);
    }
}

fn derivation(out: &mut String, indent: usize, derivation: &Derivation) {
    let probability = number(derivation.log_prob().prob());
    match derivation {
        Derivation::Given { log10_prob } => {
            let _ =
                writeln!(out, "{:indent$}p = {probability}, log10 {}", "", shortest(*log10_prob));
        }
        Derivation::Backoff(table) => backoff(out, indent, table),
        Derivation::Skip(SkipFactors { skip, table }) => {
            let words = if *skip == 1 { "word" } else { "words" };
            let _ = writeln!(out, "{:indent$}{skip} {words} skipped before each that counts", "");
            backoff(out, indent, table);
        }
        Derivation::Class(of) => classes(out, indent, of, &probability),
        Derivation::Mixture { components } => {
            mixture(out, indent, components, derivation.log_prob())
        }
    }
}

fn backoff(out: &mut String, indent: usize, table: &Backoff) {
    let head = conditional(&table.word, &table.history);
    let start = table.history.len() + 1 - usize::from(table.matched);
    let stored = conditional(&table.word, &table.history[start..]);
    let under = head.chars().count();
    let log10 = LogProb(table.stored_log10_prob);
    if table.weights.is_empty() {
        let value = number(table.stored_probability);
        let _ = writeln!(out, "{:indent$}{head} = {value}, which is stored", "");
    } else {
        let weights = &table.weights;
        let names = weights.iter().map(|weight| format!("backoff({})", joined(&weight.history)));
        let names: Vec<String> = names.chain([stored]).collect();
        let values = weights.iter().map(|weight| weight.weight);
        let values: Vec<String> = values.chain([table.stored_probability]).map(number).collect();
        let value = number(table.log_prob().prob());
        let _ = writeln!(out, "{:indent$}{head} = {}", "", names.join(" · "));
        let _ = writeln!(out, "{:indent$}{:under$} = {} = {value}", "", "", values.join(" · "));
    }
    let logs = table.weights.iter().map(|weight| weight.log10_weight).chain([log10.0]);
    let logs: Vec<String> = logs.map(shortest).collect();
    let sum = shortest(table.log_prob().0);
    let _ = match logs.len() {
        1 => writeln!(out, "{:indent$}{:<under$} = {sum}", "", "log10 p"),
        _ => writeln!(out, "{:indent$}{:<under$} = {} = {sum}", "", "log10 p", logs.join(" + ")),
    };
    if !table.parameters.is_empty() {
        let parameters = table.parameters.iter();
        let parameters = parameters.map(|p| format!("{} {:.4}", p.name, p.value));
        let parameters: Vec<String> = parameters.collect();
        let _ =
            writeln!(out, "{:indent$}order {} has {}", "", table.matched, parameters.join("  "));
    }
}

/// Writes the counts from which a stored probability was estimated.
pub(super) fn counted(out: &mut String, row: &Counted) {
    let Counted { ngram, count, total, types, .. } = row;
    let Some((word, history)) = ngram.split_last() else { return };
    let kind = if row.continuation { "continuation counts" } else { "counts" };
    let after = match history {
        [] => "of all words".to_owned(),
        history => format!("after {}", joined(history)),
    };
    let ngram = joined(ngram);
    let _ = writeln!(
        out,
        "  {kind}: c({ngram}) = {count}; {after}, T = {total} over N = {types} types"
    );
    let Some((probability, share)) = row.probability.zip(row.share) else { return };
    let share = row.formula.clone().unwrap_or_else(|| number(share));
    let lower = row.reserved.zip(row.lower_probability).map(|(reserved, lower)| {
        let [reserved, lower] = [reserved, lower].map(number);
        format!(" + {reserved} · {lower}")
    });
    let head = conditional(word, history);
    let (lower, probability) = (lower.unwrap_or_default(), number(probability));
    let _ = write!(out, "    {head} = {share}{lower} = {probability}");
    if row.agrees() == Some(false) {
        let stored = number(row.stored_probability);
        let _ = write!(out, ", but the model has {stored}: pruned, quantised, or of other counts");
    }
    out.push('\n');
}

fn classes(out: &mut String, indent: usize, of: &ClassFactors, probability: &str) {
    let ClassFactors { word, class, classes, in_class_probability, in_class_log10_prob } = of;
    let head = format!("p({} | {})", escape(word), escape(class));
    let of_class = conditional(&classes.word, &classes.history);
    let values = [classes.log_prob().prob(), *in_class_probability].map(number).join(" · ");
    let logs = [classes.log_prob().0, *in_class_log10_prob].map(shortest).join(" + ");
    let sum = shortest(LogProb(classes.log_prob().0 + in_class_log10_prob).0);
    let _ = writeln!(out, "{:indent$}p = {of_class} · {head}, by class", "");
    let _ = writeln!(out, "{:indent$}  = {values} = {probability}", "");
    let _ = writeln!(out, "{:indent$}log10 p = {logs} = {sum}", "");
    let _ = writeln!(out, "{:indent$}the class:", "");
    backoff(out, indent + 2, classes);
}

fn mixture(out: &mut String, indent: usize, components: &[Component], log_prob: LogProb) {
    let terms = components.iter().map(|component| {
        let [weight, probability] = [component.weight, component.probability].map(number);
        format!("{weight} · {probability}")
    });
    let terms: Vec<String> = terms.collect();
    let value = number(log_prob.prob());
    let _ = writeln!(out, "{:indent$}p = Σ λ · p of each model", "");
    let _ = writeln!(out, "{:indent$}  = {} = {value}", "", terms.join(" + "));
    let _ = writeln!(out, "{:indent$}log10 p = {}", "", shortest(log_prob.0));
    for component in components {
        let Component { model, weight, share, derivation: of_model, .. } = component;
        let weight = number(*weight);
        let _ = write!(out, "{:indent$}{model}, λ {weight}", "");
        if *share < 1.0 {
            out.push_str(", which lacks the word: nothing of its <unk>");
        }
        out.push('\n');
        derivation(out, indent + 2, of_model);
    }
}

fn open(out: &mut String, token: &ExplainedToken, charge: &OpenCharge, novelty: f64) {
    let (known, p) = (number(1.0 - novelty), number(token.probability));
    let (probability, bits) = (number(charge.token_probability), figure(charge.token_bits));
    let _ = match token.oov {
        false => writeln!(out, "  known: (1 − ν) · p = {known} · {p} = {probability}, {bits} bits"),
        true => {
            let new = number(novelty);
            writeln!(
                out,
                "  new: (1 − ν) · p + ν = {known} · {p} + {new} = {probability}, {bits} bits"
            )
        }
    };
    if let Some(Spelling { letters, not_known_bits, bits }) = &charge.spelling {
        let letters = letters.iter().map(|spelled| match spelled.letter.as_str() {
            "" => format!("end {}", figure(spelled.bits)),
            letter => format!("{} {}", escape(letter), figure(spelled.bits)),
        });
        let letters: Vec<String> = letters.collect();
        let (bits, less) = (figure(*bits), figure(*not_known_bits));
        let letters = letters.join(" + ");
        let _ = writeln!(out, "  spelled: {letters} − {less} as no known word = {bits} bits");
    }
    if let Some(case) = &charge.case {
        let _ = writeln!(out, "  written {}: {} bits", escape(&case.form), figure(case.bits));
    }
    let gap: Cow<str> = match charge.gap.text.as_str() {
        "" => "nothing".into(),
        " " => "a space".into(),
        other => escape(other).into_owned().into(),
    };
    let _ = writeln!(out, "  spacing before it, {gap}: {} bits", figure(charge.gap.bits));
    let _ = writeln!(out, "  {} bits in all", figure(charge.bits));
}

fn total(out: &mut String, total: &Total) {
    let Total { tokens, oovs, zero_probability_tokens: zeros, log10_prob, bits, .. } = total;
    let _ = writeln!(
        out,
        "\ntotal  log10 p {}, {} bits over {tokens} tokens, {oovs} of them OOVs",
        significant(*log10_prob, 8),
        figure(*bits)
    );
    if *zeros > 0 {
        let _ = writeln!(out, "       {zeros} tokens of probability 0 are left out");
    }
    let shown = |value: &Option<f64>| value.map_or("cannot be computed".to_owned(), figure);
    let _ = writeln!(
        out,
        "       {} bits a token, perplexity {}, without OOVs {}",
        shown(&total.bits_per_token),
        shown(&total.perplexity_including_oovs),
        shown(&total.perplexity_excluding_oovs),
    );
    if let Some(open) = &total.open_vocabulary {
        let parts = [open.token_bits, open.spelling_bits, open.case_bits, open.spacing_bits];
        let [tokens, spelling, case, spacing] = parts.map(figure);
        let _ = writeln!(
            out,
            "       the whole line: tokens {tokens} + spelling {spelling} + case {case} + spacing {spacing} = {} bits, {} a character with the line end",
            figure(open.total_bits),
            shown(&open.bits_per_character),
        );
    }
}

/// p(w | h), or p(w) without a history.
fn conditional(word: &str, history: &[String]) -> String {
    match history {
        [] => format!("p({})", escape(word)),
        history => format!("p({} | {})", escape(word), joined(history)),
    }
}

fn joined(words: &[String]) -> String {
    words.iter().map(|word| escape(word)).collect::<Vec<_>>().join(" ")
}

fn number(value: f64) -> String {
    significant(value, 6)
}
