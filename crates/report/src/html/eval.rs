//! The HTML page of an evaluation.

use super::page::{Page, card, table_head};
use super::{course, heat};
use crate::escape::escape;
use crate::plot::{Axis, Bar, Bars, Chart, Mark, Series};
use crate::survey::{Survey, counts_of_counts};
use ngram_eval::error::shown;
use ngram_eval::number::{self, figure, grouped};
use ngram_eval::report::{Figures, OpenFigures, Report};
use ngram_lab::english::published::BROWN_1992;
use ngram_model::{LanguageModel, LogProb, ModelInfo};
use ngram_tokenizer::WordId;
use std::fmt::Write;

/// The number of most surprising tokens listed, and of OOVs.
const SURPRISES: usize = 25;
const OOVS: usize = 80;

/// Renders a report and a survey of the same texts as a page. `name` is the name of the model, and
/// `info` its own description, if it has one.
pub fn page(
    report: &Report,
    survey: &Survey,
    model: &dyn LanguageModel,
    name: &str,
    info: Option<&ModelInfo>,
) -> String {
    let texts = match report.files.as_slice() {
        [] => "no text".to_owned(),
        [only] => shown(&only.file).to_owned(),
        files => format!("{} texts", files.len()),
    };
    let mut page = Page::new(&format!("{texts} under {name}"), &about(report, info));
    headlines(&mut page, &report.figures, report.token_unit);
    page.list("notes", report.notes.iter().map(|note| sentence(note)));
    charges(&mut page, &report.figures);
    text(&mut page, survey, model, report.figures.tokens);
    by_order(&mut page, survey, &report.figures);
    course::tokens(&mut page, survey, report);
    course::characters(&mut page, report);
    surprises(&mut page, survey, model);
    oovs(&mut page, survey, &report.figures, report.token_unit);
    frequencies(&mut page, survey, report.token_unit);
    if let Some(info) = info {
        model_orders(&mut page, info);
    }
    if report.files.len() > 1 {
        files(&mut page, report);
    }
    page.html(
        "<footer>Every figure is made from Σ −log2 p, summed over tokens in the order of the text. \
         <code>ngram eval --json</code> prints the same numbers in full.</footer>\n",
    );
    page.finish()
}

/// Adds a capital at the beginning and a full stop at the end.
fn sentence(note: &str) -> String {
    let mut letters = note.chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    first.chain(letters).chain(['.']).collect()
}

fn about(report: &Report, info: Option<&ModelInfo>) -> String {
    let mut about = format!("A model of order {}", report.order);
    if let Some(smoothing) = info.and_then(|info| info.smoothing.as_deref()) {
        let _ = write!(about, ", smoothed by {smoothing}");
    }
    let _ = write!(
        about,
        "; tokens by the tokenizer {}{}; vocabulary of {} {}, {}",
        report.tokenizer,
        if report.lowercase { ", lowercased" } else { "" },
        grouped(report.vocabulary_size),
        report.token_unit,
        match (report.vocabulary_closed, &report.figures.open_vocabulary) {
            (_, Some(_)) => "open",
            (true, None) => "closed",
            (false, None) => "complete",
        },
    );
    if let Some(training) = info.and_then(|info| info.training.as_ref()) {
        let _ = write!(about, "; trained on {} tokens", grouped(training.tokens));
    }
    about + "."
}

fn headlines(page: &mut Page, figures: &Figures, unit: &str) {
    let scored = figures.tokens - figures.zero_probability_tokens;
    let over = format!("over {} tokens, </s> of every line included", grouped(scored));
    let known = scored - (figures.oovs - figures.zero_probability_oovs);
    let value = |value: Option<f64>| value.map(|full| (full, number::decimals(full, 4)));
    // Two decimals are enough above 10.
    let choices = |value: Option<f64>| {
        value.map(|full| (full, number::decimals(full, if full < 10.0 { 4 } else { 2 })))
    };
    page.html("<dl class=\"cards\">\n");
    page.html(&card(
        "Perplexity",
        choices(figures.perplexity_including_oovs),
        "choices",
        &format!("as hard to foresee as so many equally likely tokens; {over}, OOVs as <unk>"),
    ));
    page.html(&card(
        "Cross-entropy",
        value(figures.bits_per_token),
        "bits a token",
        &format!("mean of −log2 p {over}"),
    ));
    let open = figures.open_vocabulary.as_ref();
    let (per_character, total) = match open {
        Some(open) => (open.bits_per_character, open.total_bits),
        None => (figures.bits_per_character, figures.total_bits),
    };
    let paid = match open {
        Some(_) => "tokens, spelling, case and spacing",
        None => "all bits",
    };
    if let Some(words) = figures.text_words {
        page.html(&card(
            "Perplexity a word",
            choices(figures.perplexity_per_word),
            "choices",
            &format!(
                "2 to the power of {paid} over {} words between white space and {} line ends",
                grouped(words),
                grouped(figures.sentences)
            ),
        ));
    }
    page.html(&card(
        "Bits per character",
        value(per_character),
        "bits",
        &format!("{paid} over {} characters of the raw text", grouped(figures.characters)),
    ));
    page.html(&card(
        "Perplexity without OOVs",
        choices(figures.perplexity_excluding_oovs),
        "choices",
        &format!("over the {} tokens that are in the vocabulary", grouped(known)),
    ));
    page.html(&card(
        "Out of vocabulary",
        figures.oov_rate.map(|rate| (rate, format!("{:.2} %", rate * 100.0))),
        "",
        &format!("{} of {} {unit}", grouped(figures.oovs), grouped(figures.words)),
    ));
    page.html(&card(
        "All of it",
        Some((total, number::decimals(total / 8192.0, 1))),
        "KiB",
        &format!(
            "{} bits: the length of the text in a code made from the model; as it stands it has {} bytes",
            grouped(total.round() as u64),
            grouped(figures.bytes)
        ),
    ));
    page.html("</dl>\n");
}

/// Writes the cost of a whole text under an open vocabulary, part by part.
fn charges(page: &mut Page, figures: &Figures) {
    let Some(open) = &figures.open_vocabulary else { return };
    if figures.characters == 0 {
        return;
    }
    let characters = figures.characters as f64;
    let columns: Vec<&OpenFigures> = [open].into_iter().chain(&figures.adaptive).collect();
    let bar = |name: &str, bits: fn(&OpenFigures) -> f64| Bar {
        name: name.to_owned(),
        values: columns
            .iter()
            .map(|of| bits(of) / characters)
            .map(|each| (each, format!("{each:.4}")))
            .collect(),
    };
    page.section(
        "charges",
        "What is paid for",
        &format!(
            "Every string has a probability, so the bits per character bound the entropy of what the text \
             was taken from. Split as Brown, Della Pietra, Mercer, Della Pietra and Lai split theirs in 1992, \
             {BROWN_1992} bits of printed English in all."
        ),
    );
    let mut series = vec!["the model".to_owned()];
    if figures.adaptive.is_some() {
        series.push("as it adapts to the text".to_owned());
    }
    let bars = Bars {
        id: "charged".to_owned(),
        title: "Bits per character by what they pay for".to_owned(),
        description: "Tokens, the spelling of unknown words, case, and spacing.".to_owned(),
        label: "bits per character".to_owned(),
        series,
        bars: vec![
            bar("all", |of| of.total_bits),
            bar("tokens", |of| of.token_bits),
            bar("spelling", |of| of.spelling_bits),
            bar("case", |of| of.case_bits),
            bar("spacing", |of| of.spacing_bits),
        ],
        names: 110.0,
    };
    page.bars(
        &bars,
        "Tokens: which word, or that it is unknown. Spelling: which unknown word. Case: capitals, where \
         tokens have none. Spacing: what stands between tokens.",
    );
    page.end_section();
}

fn text(page: &mut Page, survey: &Survey, model: &dyn LanguageModel, tokens: u64) {
    let shown: usize = survey.passages.get().iter().map(|passage| passage.tokens.len()).sum();
    if shown == 0 {
        return;
    }
    let which = if survey.passages.are_all() {
        format!("All {} tokens of the text.", grouped(tokens))
    } else {
        format!(
            "{} of {} tokens, in {} passages at equal distances through the text.",
            grouped(shown as u64),
            grouped(tokens),
            survey.passages.get().len()
        )
    };
    page.section(
        "text",
        "The text, by surprise",
        &format!(
            "{which} The stronger its colour, the more bits a token took; underlined ones are out of \
             vocabulary, ¶ is the end of a line. Point at a token, tap it, or go from one to the \
             next with the arrow keys, to see its probability, the n-gram that gave it, and what the \
             model held most probable."
        ),
    );
    page.html(&heat::map(model, &survey.passages));
    page.end_section();
}

fn by_order(page: &mut Page, survey: &Survey, figures: &Figures) {
    let all: u64 = survey.by_order.iter().map(|order| order.tokens).sum();
    let all_bits: f64 = survey.by_order.iter().map(|order| order.bits).sum();
    if all == 0 {
        return;
    }
    page.section(
        "orders",
        "Which order knew it",
        "A token is predicted by the longest n-gram of the model that ends in it. Long matches are \
         cheap; where only order 1 matched, no history helped, and that is where the bits go.",
    );
    let share = |part: f64, whole: f64| {
        let percent = if whole > 0.0 { part / whole * 100.0 } else { 0.0 };
        (percent, format!("{percent:.1} %"))
    };
    let bars = survey.by_order.iter().zip(1..).map(|(order, number)| Bar {
        name: format!("order {number}"),
        values: vec![share(order.tokens as f64, all as f64), share(order.bits, all_bits)],
    });
    let bars = Bars {
        id: "by-order".to_owned(),
        title: "Tokens and bits by matched order".to_owned(),
        description: "For each order, its share of the tokens beside its share of the bits."
            .to_owned(),
        label: "share of the whole (%)".to_owned(),
        series: vec!["share of tokens".to_owned(), "share of bits".to_owned()],
        bars: bars.collect(),
        names: 100.0,
    };
    page.bars(&bars, "Tokens by the order of their longest n-gram, and the bits they cost.");
    page.html(&table_head(&["order", "#tokens", "#of all", "#bits a token", "#bits", "#of all"]));
    for (order, number) in survey.by_order.iter().zip(1..) {
        let each = match order.tokens {
            0 => "–".to_owned(),
            tokens => format!("{:.3}", order.bits / tokens as f64),
        };
        page.html(&format!(
            "<tr><td>{number}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{each}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
            grouped(order.tokens),
            share(order.tokens as f64, all as f64).1,
            grouped(order.bits.round() as u64),
            share(order.bits, all_bits).1,
        ));
    }
    page.html("</tbody></table></div>\n");
    if figures.infinite {
        page.paragraph("Tokens of probability 0 are in none of these figures.");
    }
    page.end_section();
}

fn surprises(page: &mut Page, survey: &Survey, model: &dyn LanguageModel) {
    let top = survey.surprises.top(SURPRISES);
    if top.is_empty() {
        return;
    }
    page.section(
        "surprises",
        "Most surprising",
        "The tokens of least probability, each where it cost most, with those before it.",
    );
    page.html(&table_head(&["#bits", "token", "#order", "place"]));
    for surprise in top {
        let bits = match surprise.score.log_prob {
            LogProb::ZERO => "∞".to_owned(),
            log_prob => format!("{:.2}", log_prob.bits() + 0.0),
        };
        let class = if surprise.id == WordId::UNKNOWN { " class=\"oov\"" } else { "" };
        page.html(&format!(
            "<tr><td class=\"number\">{bits}</td><td class=\"words\"><bdi><span class=\"before\">{}</span> \
             <b{class}>{}</b></bdi></td><td class=\"number\">{} of {}</td><td><bdi>{}</bdi>, line {}</td></tr>\n",
            escape(&surprise.before),
            escape(&surprise.word),
            surprise.score.matched,
            model.order(),
            escape(shown(&surprise.file)),
            grouped(surprise.line),
        ));
    }
    page.html("</tbody></table></div>\n");
    page.end_section();
}

fn oovs(page: &mut Page, survey: &Survey, figures: &Figures, unit: &str) {
    let oovs = survey.frequencies.oovs();
    if oovs.is_empty() {
        return;
    }
    let bits: f64 = -figures.log10_prob_oovs * std::f64::consts::LOG2_10 + 0.0;
    let of_all = if figures.total_bits > 0.0 { bits / figures.total_bits * 100.0 } else { 0.0 };
    page.section(
        "oovs",
        "Out of vocabulary",
        &format!(
            "{} {unit} of {} kinds that the model does not know, all scored as the one symbol <unk>. \
             As such they cost {} bits, {of_all:.1} % of those of all tokens; {}.",
            grouped(figures.oovs),
            grouped(oovs.len() as u64),
            grouped(bits.round() as u64),
            match figures.open_vocabulary {
                Some(_) => "which each is, its spelling says",
                None => "nothing is charged for which it is",
            },
        ),
    );
    page.list(
        "chips",
        oovs.iter().take(OOVS).map(|oov| match oov.count {
            1 => oov.word.clone(),
            count => format!("{} × {}", oov.word, grouped(count)),
        }),
    );
    if oovs.len() > OOVS {
        page.paragraph(&format!("And {} more kinds.", grouped((oovs.len() - OOVS) as u64)));
    }
    page.end_section();
}

fn frequencies(page: &mut Page, survey: &Survey, unit: &str) {
    let ranked = survey.frequencies.ranked();
    let Some(&first) = ranked.first() else { return };
    let total: u64 = ranked.iter().sum();
    page.section(
        "frequencies",
        &format!("How {unit} are spread"),
        &format!(
            "{} {unit} of {} kinds in the text; </s> is not among them.",
            grouped(total),
            grouped(ranked.len() as u64)
        ),
    );
    let points = spread(ranked.len()).map(|rank| (rank as f64, ranked[rank - 1] as f64)).collect();
    let law = [1.0, ranked.len().min(first as usize) as f64];
    let law = law.map(|rank| (rank, first as f64 / rank)).to_vec();
    let zipf = Chart {
        id: "zipf".to_owned(),
        title: "Zipf plot".to_owned(),
        description: format!(
            "The most frequent comes {} times; {} {unit} come once.",
            grouped(first),
            grouped(ranked.iter().filter(|&&count| count == 1).count() as u64)
        ),
        x: Axis::log("rank (1 is the most frequent)"),
        y: Axis::log("how often it comes"),
        series: vec![
            Series { name: format!("{unit} of the text"), mark: Mark::Points, points },
            Series {
                name: "in proportion to 1 / rank".to_owned(),
                mark: Mark::Dashed,
                points: law,
            },
        ],
        references: Vec::new(),
    };
    page.chart(&zipf, "Zipf 1949: frequency falls about as 1 / rank. Both axes are logarithmic.");

    let counts = counts_of_counts(&ranked);
    let counts_chart = Chart {
        id: "counts".to_owned(),
        title: "Counts of counts".to_owned(),
        description: format!("How many kinds of {unit} come once, twice, and so on."),
        x: Axis::log("how often one comes"),
        y: Axis::log(format!("kinds of {unit}")),
        series: vec![Series {
            name: format!("kinds of {unit}"),
            mark: Mark::Points,
            points: counts.iter().map(|&(count, kinds)| (count as f64, kinds as f64)).collect(),
        }],
        references: Vec::new(),
    };
    page.chart(
        &counts_chart,
        &format!(
            "How many kinds of {unit} come once, twice, and so on, in the text that was evaluated. Both axes are \
             logarithmic."
        ),
    );
    page.end_section();
}

/// Returns ranks from 1 to `last`: all at first, then in steps of a twelfth of the rank.
fn spread(last: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1), move |&rank| {
        (rank < last).then(|| last.min(rank + 1 + rank / 12))
    })
}

fn model_orders(page: &mut Page, info: &ModelInfo) {
    page.section(
        "model",
        "What the model was made from",
        "For each order, how many n-grams the model has, how many of them were seen once, twice, 3 \
         and 4 times in its training text (counts of counts; of continuations where the method counts \
         those), and what was fitted to them.",
    );
    page.html(&table_head(&[
        "order", "#n-grams", "#once", "#twice", "#3 times", "#4 times", "fitted",
    ]));
    for (order, number) in info.orders.iter().zip(1..) {
        let fitted: Vec<String> =
            order.parameters.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
        let mut row =
            format!("<tr><td>{number}</td><td class=\"number\">{}</td>", grouped(order.ngrams));
        for count in order.counts_of_counts {
            let _ = write!(row, "<td class=\"number\">{}</td>", grouped(count));
        }
        let note = order.note.as_deref().map_or(String::new(), |note| format!(" ({note})"));
        let _ = writeln!(row, "<td>{}{}</td></tr>", escape(&fitted.join("  ")), escape(&note));
        page.html(&row);
    }
    page.html("</tbody></table></div>\n");
    page.end_section();
}

fn files(page: &mut Page, report: &Report) {
    page.section("texts", "Text by text", "");
    page.html(&table_head(&[
        "text",
        "#tokens",
        "#OOVs",
        "#bits a token",
        "#perplexity",
        "#without OOVs",
        "#bits a character",
    ]));
    for file in &report.files {
        let figures = &file.figures;
        let value = |value: Option<f64>| value.map_or("–".to_owned(), figure);
        page.html(&format!(
            "<tr><td class=\"words\"><bdi>{}</bdi></td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td></tr>\n",
            escape(shown(&file.file)),
            grouped(figures.tokens),
            grouped(figures.oovs),
            value(figures.bits_per_token),
            value(figures.perplexity_including_oovs),
            value(figures.perplexity_excluding_oovs),
            value(figures.bits_per_character),
        ));
    }
    page.html("</tbody></table></div>\n");
    page.end_section();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Survey;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::Toy;

    fn shown_page(texts: &[(&str, &str)]) -> String {
        let model = Toy::exact();
        let mut survey = Survey::new(&model);
        let mut evaluation = Evaluation::new(&model);
        for (name, text) in texts {
            survey.read(&mut evaluation, name, text.as_bytes()).unwrap();
        }
        page(&evaluation.report(), &survey, &model, "toy", None)
    }

    #[test]
    fn the_page_has_the_figures_of_the_report() {
        let html = shown_page(&[("held", "the cat sat\nthe dog\n"), ("more", "the\n")]);
        let report = {
            let model = Toy::exact();
            let mut evaluation = Evaluation::new(&model);
            evaluation.read("held", "the cat sat\nthe dog\n".as_bytes()).unwrap();
            evaluation.read("more", "the\n".as_bytes()).unwrap();
            evaluation.report()
        };
        let figures = &report.figures;
        for value in [figures.perplexity_including_oovs, figures.bits_per_character] {
            assert!(html.contains(&format!("<data value=\"{}\">", value.unwrap())), "{html}");
        }
        for section in ["text", "orders", "course", "surprises", "oovs", "frequencies", "texts"] {
            assert!(html.contains(&format!("<section id=\"{section}\">")), "{section}");
        }
        assert!(html.contains("<li>dog</li>"));
    }

    #[test]
    fn of_nothing_the_page_says_so() {
        let html = shown_page(&[("empty", "")]);
        assert!(html.matches("cannot be computed").count() >= 5, "{html}");
        assert!(!html.contains("NaN") && !html.contains(">inf"), "{html}");
    }

    #[test]
    fn ranks_are_spread() {
        assert_eq!(spread(3).collect::<Vec<_>>(), [1, 2, 3]);
        let ranks: Vec<usize> = spread(50_000).collect();
        assert!(ranks.len() < 200 && ranks[ranks.len() - 1] == 50_000);
    }
}
